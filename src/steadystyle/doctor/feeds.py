"""Where data enter the network, and the edits that bring them into range or clean them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from steadystyle.doctor.contracts import Case, Edit
from steadystyle.doctor.observed import Ancestor, Place
from steadystyle.doctor.rewrite import Source, called, open_source, operand, rewrite

CONVERSIONS = {"convert_to_tensor", "constant", "Variable", "fit", "from_tensor_slices", "evaluate", "train_on_batch"}
CASTS = ("cast", "convert", "astype", "float")


def feeding_place(case: Case) -> Place | None:
    """The line that scales what enters the network, or that makes it a float, or that hands it over."""
    scaling = _scaling(case)
    if scaling is not None:
        return scaling.place
    if case.origin is not None and not case.examined.network_input:
        return case.origin.place
    return _handing_over(case)


def _scaling(case: Case) -> Ancestor | None:
    """The multiplication by about 255 that the network's input went through, or the cast of whole numbers."""
    entering = case.examined.network_input
    for one in entering.ancestors if entering else ():
        if one.op == "Mul" and any(v.size == 1 and v.largest >= 100 for v in one.inputs) and one.place:
            return one
    for one in entering.ancestors if entering else ():
        whole = bool(one.inputs) and one.inputs[0].dtype.startswith(("uint", "int"))
        if one.op == "Cast" and whole and one.place and one.output.size > 1:
            return one
    return None


def _handing_over(case: Case) -> Place | None:
    """From the first layer outwards, the first line that hands over something that it was not handed itself."""
    places = case.examined.input_places
    for place in places:
        source = open_source(case.watched.sources, place)
        node = source.expression(place) if source else None
        given = operand(node, 0)
        function = _function(source, place) if source else None
        if source is None or function is None or "GradientTape" in source.segment(function):
            return place
        names = {a.arg for a in [*function.args.args, *function.args.posonlyargs]}
        if not (isinstance(given, ast.Name) and given.id in names):
            return place
    return places[-1] if places else None


def _function(source: Source, place: Place) -> ast.FunctionDef | None:
    around = [n for n in source.nodes(ast.FunctionDef) if n.lineno <= place.line <= (n.end_lineno or 0)]  # type: ignore[attr-defined]
    return max(around, key=lambda n: n.lineno) if around else None  # type: ignore[attr-defined,return-value]


def feeding_edits(case: Case) -> Iterator[Edit]:
    """What is handed over, divided by 255 or by its largest value."""
    entering = case.examined.network_input
    largest = entering.values.magnitude if entering else 255.0
    divisor = "255.0" if largest <= 256 else f"{largest:.6g}"
    summary = f"divide what enters the network by {divisor}"
    scaling = _scaling(case)
    if scaling and scaling.op == "Mul":
        yield from rewrite(case.watched.sources, scaling.place, _without_factor, "leave out the second scaling")
    if scaling:
        yield from rewrite(case.watched.sources, scaling.place, partial(_divided, divisor), summary)
    for place in [scaling.place if scaling else None, _handing_over(case)]:
        yield from _fed(case, place, "{x} / " + divisor, summary)
        mapped = "{x}.map(lambda x, *rest: (x / " + divisor + ", *rest))"
        yield from _fed(case, place, mapped, summary)


def _divided(divisor: str, source: Source, node: ast.AST) -> tuple[ast.AST, str] | None:
    """A cast or product of the program's own; Keras casts too, in a call whose result is not what enters."""
    own = not isinstance(node, ast.Call) or any(word in called(node) for word in CASTS)
    return (node, f"({source.segment(node)} / {divisor})") if own else None


def _fed(case: Case, place: Place | None, template: str, summary: str) -> Iterator[Edit]:
    source = open_source(case.watched.sources, place)
    node = source.expression(place) if source and place else None
    given = operand(node, 0)
    if source and given is not None:
        yield source.replaced(summary, (given, template.format(x=_bracketed(source, given))))


def _bracketed(source: Source, node: ast.AST) -> str:
    text = source.segment(node)
    return text if isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.Subscript)) else f"({text})"


def _without_factor(source: Source, node: ast.AST) -> tuple[ast.AST, str] | None:
    if not isinstance(node, ast.BinOp):
        return None
    kept = node.left if isinstance(node.right, ast.Constant) else node.right
    return node, source.segment(kept)


def scaled_names(case: Case) -> Iterator[Edit]:
    """In the argument of the operation that failed, every name of data divided by 255."""
    place = case.origin.place if case.origin else None
    source = open_source(case.watched.sources, place)
    given = operand(source.expression(place), 0) if source and place else None
    if source is None or given is None:
        return
    functions = {n.func for n in ast.walk(given) if isinstance(n, ast.Call)}
    modules = {n.value for n in ast.walk(given) if isinstance(n, ast.Attribute)} | functions
    names = [n for n in ast.walk(given) if isinstance(n, ast.Name) and n not in modules]
    if names:
        yield source.replaced("divide by 255 first", *((n, f"({n.id} / 255.0)") for n in names))


def cleaning_edits(case: Case) -> Iterator[Edit]:
    """What comes in, with 0 in place of what is not finite."""
    place = case.origin.place if case.origin else None
    source = open_source(case.watched.sources, place)
    node = source.expression(place) if source and place else None
    if source is None or place is None:
        return
    pipeline = case.origin is not None and case.origin.leaf == "dataset"
    if pipeline and node is None:
        yield from _cleaned_pipeline(source, place)
    yield from _cleaned_arrays(source, node)
    if pipeline:
        yield from _cleaned_pipeline(source, place)


def _cleaned_arrays(source: Source, node: ast.AST | None) -> Iterator[Edit]:
    """What a call or an operation is given, all at once and one by one."""
    summary = "put 0 in place of what is not finite; better, find out where it comes from"
    numpy, tf = source.name_of("numpy"), source.name_of("tensorflow")
    arrays = list(dict.fromkeys(_arrays_given(node)))
    if numpy and called(node) in CONVERSIONS and len(arrays) > 1:
        cleaned = f"{numpy}.nan_to_num({{}}, posinf=0.0, neginf=0.0)"
        yield source.replaced(summary, *((one, cleaned.format(source.segment(one))) for one in arrays))
    for given in arrays:
        text = source.segment(given)
        cleaned = f"{numpy}.nan_to_num({text}, posinf=0.0, neginf=0.0)"
        finite = f"{tf}.where({tf}.math.is_finite({text}), {text}, {tf}.zeros_like({text}))"
        if numpy and called(node) == "set_weights":
            yield source.replaced(summary, (given, f"[{numpy}.nan_to_num(w, posinf=0.0, neginf=0.0) for w in {text}]"))
        if numpy and called(node) in CONVERSIONS | {"assign"}:
            yield source.replaced(summary, (given, cleaned))
            everywhere = source.with_line_before(summary, given, f"{text} = {cleaned}")
            if isinstance(given, ast.Name) and everywhere:
                yield everywhere
        if tf:
            yield source.replaced(summary, (given, finite))


def _arrays_given(node: ast.AST | None) -> Iterator[ast.AST]:
    """What a call or an operation is given that may be an array, the likeliest first; a tuple counts by its parts."""
    index = 1 if called(node) == "scatter_nd" else 0
    given = [operand(node, index), operand(node, index + 1)]
    given += [k.value for k in node.keywords if k.arg == "validation_data"] if isinstance(node, ast.Call) else []
    for one in given:
        parts = one.elts if isinstance(one, (ast.Tuple, ast.List)) else [one]
        yield from (part for part in parts if part is not None and not isinstance(part, ast.Constant))


def _cleaned_pipeline(source: Source, place: Place) -> Iterator[Edit]:
    """The dataset that a loop runs over, or that a call is given, with 0 in place of what is not finite."""
    tf = source.name_of("tensorflow")
    loops = (n.iter for n in source.nodes(ast.For) if isinstance(n, ast.For) and n.lineno == place.line)
    calls = _arrays_given(source.expression(place))
    for given in dict.fromkeys([*loops, *calls]) if tf else ():
        finite = f"{tf}.where({tf}.math.is_finite(t), t, {tf}.zeros_like(t)) if t.dtype.is_floating else t"
        batch = "batch[0] if len(batch) == 1 else batch"
        mapped = f".map(lambda *batch: {tf}.nest.map_structure(lambda t: {finite}, {batch}))"
        yield source.replaced("put 0 in place of what is not finite", (given, source.segment(given) + mapped))
