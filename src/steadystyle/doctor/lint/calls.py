"""Calls: of libraries' functions, of the program's own functions (walked through with these arguments), of methods."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace

from steadystyle.doctor.lint import names
from steadystyle.doctor.lint.arithmetic import USUAL_EPSILON, combined
from steadystyle.doctor.lint.expressions import Expressions, Frame, element_of
from steadystyle.doctor.lint.facts import INFINITY, TENSOR, UNKNOWN, Facts, join, joined, number
from steadystyle.doctor.lint.program import Function, Scope
from steadystyle.doctor.lint.transfer import BYTES, Arguments, result_of

Nodes = tuple[ast.expr, ...]
Keywords = Mapping[str, tuple[ast.expr, Facts]]

DEEPEST, MOST_VISITS = 16, 12
COMPARISONS = {
    "greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "logical_and", "logical_or", "logical_not",
}  # fmt: skip
OPERATOR_NAMES = {"add", "subtract", "multiply", "divide", "pow"}
SCALING_LAYERS = {
    "Rescaling", "Normalization", "BatchNormalization", "LayerNormalization", "GroupNormalization", "UnitNormalization",
}  # fmt: skip
DATASET_KEEPS = {
    "batch", "shuffle", "prefetch", "repeat", "cache", "take", "skip", "as_numpy_iterator", "unbatch", "shard",
    "with_options", "padded_batch", "ignore_errors", "filter",
}  # fmt: skip
ARRAY_KEEPS = {
    "numpy",
    "copy",
    "reshape",
    "transpose",
    "flatten",
    "ravel",
    "squeeze",
    "item",
    "read_value",
    "value",
    "tolist",
}
BYTE_LOADERS = {"load_img", "imread", "fromarray", "open"}
BYTE_DATASETS = {"mnist", "fashion_mnist", "cifar10", "cifar100"}
SIZES = ("dim", "depth", "size", "unit", "channel", "num", "n_", "d_model", "d_k", "step", "head", "height", "width")
"""Parameters with such names are whole numbers of Python's, most often."""
PURPOSES = (
    ("metric", {"metric", "psnr", "ssim", "accuracy", "evaluate", "plot", "show", "print", "report", "test", "save"}),
    ("data", {"preprocess", "load", "read", "augment", "decode", "parse", "prepare"}),
)
"""What functions are for whose name begins, or for a metric also ends, with such a word."""


class Calls(Expressions):
    """Walks through calls."""

    depth = 0

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._results: dict[object, Facts] = {}
        self._visits: dict[ast.AST, int] = {}
        self._active: set[ast.AST] = set()
        self.walk_body: Callable[[list[ast.stmt]], None]

    def call(self, node: ast.Call) -> Facts:
        """What is known of what a call returns."""
        owner = method = None
        if isinstance(node.func, ast.Attribute):
            method = node.func.attr
            with self.within(purpose="shown" if method == "numpy" else self.frame.context.purpose):
                owner = self.evaluate(node.func.value)
            callee = self.attribute(owner, method)
        else:
            callee = self.evaluate(node.func)
        nodes = tuple(node.args)
        with self.within(purpose="shown" if _shows(node, callee) else self.frame.context.purpose):
            values = tuple(self.evaluate(argument) for argument in nodes)
        keywords = {k.arg: (k.value, self.evaluate(k.value)) for k in node.keywords if k.arg}
        for keyword in node.keywords:
            if keyword.arg is None:
                self.evaluate(keyword.value)
        if callee.kind == "module":
            return self._library(str(callee.target), node, nodes, values, keywords)
        if callee.kind in ("function", "method", "class", "instance"):
            return self._own(callee, node, values, keywords)
        if callee.kind in ("layer", "network"):
            return self._feed(callee, node, nodes, values, keywords)
        if isinstance(node.func, ast.Name) and callee.kind == "":
            return self._builtin(node.func.id, node, values)
        if owner is not None and method is not None and isinstance(node.func, ast.Attribute):
            found = self._method(owner, method, node, (node.func.value, *nodes), (owner, *values), keywords)
            if found != UNKNOWN or owner.kind != "":
                return found
        return TENSOR if any(facts.numeric for facts in values) else UNKNOWN

    # The program's own functions

    def _own(self, callee: Facts, node: ast.Call, values: tuple[Facts, ...], keywords: Keywords) -> Facts:
        named = {name: facts for name, (_, facts) in keywords.items()}
        target = callee.target
        if callee.kind == "function":
            return self.walk(target, values, named)
        if callee.kind == "method":
            owner, function = target
            return self.walk(function, (owner, *values), named)
        instance = Facts("instance", target=target)
        if callee.kind == "class":
            start = target.method("__init__")
            if start:
                self.walk(start, (instance, *values), named)
            for name, facts in named.items() if start is None else ():  # a dataclass
                target.attributes[name] = facts
            return instance
        for name in ("__call__", "call"):
            function = target.method(name)
            if function:
                return self.walk(function, (instance, *values), named)
        return TENSOR if target.ancestors & {"Layer", "Model", "Loss", "Module"} else UNKNOWN

    def walk(self, function: Function, values: tuple[Facts, ...], named: Mapping[str, Facts]) -> Facts:
        """What a function of the program returns for these arguments."""
        node = function.node
        if node in self._active or self.depth > DEEPEST:
            return UNKNOWN
        context = self.frame.context
        if function.owner and "LearningRateSchedule" in function.owner.ancestors:
            context = replace(context, purpose="schedule")
        if function.differentiates_itself:
            context = replace(context, purpose="")
        bound = self._bound(function, values, named)
        key = (node, tuple(bound.items()), context.purpose)
        if key in self._results:
            return self._results[key]
        visits = self._visits.get(node, 0)
        if visits >= MOST_VISITS:
            return UNKNOWN
        self._visits[node] = visits + 1
        scope = Scope(function.scope)
        scope.values.update(bound)
        frame = Frame(function.module, scope, replace(context, function=function.name), function.owner)
        outer, self.frame = self.frame, frame
        self._active.add(node)
        self.depth += 1
        try:
            if isinstance(node, ast.Lambda):
                result = self.evaluate(node.body)
            else:
                self.walk_body(node.body)
                result = joined(frame.returned)
        finally:
            self.frame = outer
            self._active.discard(node)
            self.depth -= 1
        self._results[key] = result
        return result

    def _bound(self, function: Function, values: tuple[Facts, ...], named: Mapping[str, Facts]) -> dict[str, Facts]:
        arguments = function.node.args
        positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
        static = function.owner is not None and any(
            isinstance(one, ast.Name) and one.id == "staticmethod"
            for one in getattr(function.node, "decorator_list", [])
        )
        if static and values and values[0].kind == "instance":
            values = values[1:]
        bound: dict[str, Facts] = {}
        offset = len(positional) - len(arguments.defaults)
        for position, default in enumerate(arguments.defaults):
            bound[positional[offset + position]] = self.evaluate(default)
        for argument, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            bound[argument.arg] = self.evaluate(value)
        bound.update(zip(positional, values, strict=False))
        known = {*positional, *(argument.arg for argument in arguments.kwonlyargs)}
        bound.update({name: facts for name, facts in named.items() if name in known})
        if arguments.vararg:
            bound[arguments.vararg.arg] = Facts("tuple", parts=tuple(enumerate(values[len(positional) :])))
        for name in known:
            facts = bound.get(name, UNKNOWN)
            sized = any(word in name.lower() for word in SIZES)
            tensor_like = facts.kind == "" and name in function.computed_with and not sized
            bound[name] = facts.but(kind="tensor") if tensor_like else facts
        return bound

    def walk_alone(self, function: Function) -> None:
        """Walk through a function that nobody was seen to call: its arguments may be anything."""
        if self._visits.get(function.node):
            return
        owner, purpose = function.owner, _purpose(function)
        arguments = function.node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        values: list[Facts] = []
        if owner is not None and positional:
            values.append(Facts("instance", target=owner))
        tensors = function.name in ("call", "__call__") and purpose != "schedule" and bool(owner and owner.ancestors)
        if tensors:
            half = self.frame.context.half and "Layer" in owner.ancestors  # type: ignore[union-attr]
            facts = TENSOR.but(dtype="float16") if half else TENSOR
            offset = len(positional) - len(arguments.defaults)
            values += [facts] * max(offset - 1, 0)
        if purpose == "schedule":
            values += [Facts("tensor", 0.0, marks=frozenset({"step"}))] * max(
                len(positional) - len(arguments.defaults) - 1, 0
            )  # steps count from 0
        with self.within(purpose=purpose):
            self.walk(function, tuple(values), {})

    def _escaped(self, facts: Facts, purpose: str, *values: Facts) -> Facts:
        """Walk through a function that a library will call."""
        if facts.kind == "tuple":
            return joined(self._escaped(part, purpose, *values) for _, part in facts.parts)
        if facts.kind in ("function", "method"):
            function = facts.target if facts.kind == "function" else facts.target[1]
            given = values or (TENSOR,) * len(function.node.args.args)
            with self.within(purpose=purpose):
                return self.walk(function, given if facts.kind == "function" else (facts.target[0], *given), {})
        return UNKNOWN

    def _under(self, test: ast.expr, holds: bool, function: Facts) -> Facts:
        """What a branch of a tf.cond returns, where the test holds or does not."""
        before = dict(self.frame.scope.values)
        self.narrow(test, holds)
        try:
            return self._escaped(function, self.frame.context.purpose)
        finally:
            self.frame.scope.values = before

    # Libraries

    def _library(
        self, dotted: str, node: ast.Call, nodes: Nodes, values: tuple[Facts, ...], keywords: Keywords
    ) -> Facts:
        name, last = names.operation(dotted), dotted.rpartition(".")[2]
        given = Arguments(values, {key: facts for key, (_, facts) in keywords.items()})
        if dotted.startswith("keras.optimizers.schedules."):
            return given.get(0, "initial_learning_rate").but(kind="schedule")
        if dotted.startswith("keras.optimizers.") and last[:1].isupper():
            result = Facts("optimizer", target=last, parts=(("learning_rate", given.get(0, "learning_rate")),))
            return self.show("optimizer", node, nodes, (Facts("text", target=last), *values), result, keywords)
        if dotted.startswith("keras.applications."):
            return self._pretrained(dotted, node, nodes, values, keywords)
        if dotted.startswith("keras.layers.") or last == "Sequential":
            return self._layer(last, given)
        if last in ("Model", "Functional") and dotted.startswith("keras"):
            return self._network(frozenset().union(*(facts.deep().marks for facts in given.all())))
        if last in ("Input", "placeholder"):
            return TENSOR.marked("symbolic")
        if last == "GradientTape":
            return Facts("tape")
        if dotted.startswith("keras.datasets.") and last == "load_data":
            data = BYTES.but(kind="array") if dotted.split(".")[2] in BYTE_DATASETS else Facts("array")
            pair = Facts("tuple", parts=((0, data), (1, Facts("array"))))
            return Facts("tuple", parts=((0, pair), (1, pair)))
        if last in BYTE_LOADERS and (dotted.startswith(("cv2.", "PIL.", "imageio.")) or last == "load_img"):
            return BYTES.but(kind="array")
        if dotted.startswith("tensorflow.data."):
            element = given.first if last in ("from_tensor_slices", "from_tensors") else UNKNOWN
            return Facts("dataset", parts=(("element", element),))
        if last in ("function", "partial", "custom_gradient", "recompute_grad", "jit") and values:
            return values[0]
        if last == "cond" and len(nodes) > 2:
            return join(
                *(self._under(nodes[0], holds, values[position]) for position, holds in ((1, True), (2, False)))
            )
        if last in ("map_fn", "vectorized_map", "while_loop", "foldl"):
            for facts in values:
                self._escaped(facts, self.frame.context.purpose)
        if last == "ArgumentParser":
            return Facts("parser", target=_Parser())
        if last == "default_rng":
            return Facts("module", target="numpy.random")
        if last == "epsilon" and dotted.startswith("keras."):
            return number(USUAL_EPSILON, "float")
        library = names.library(dotted)
        if not library:
            return UNKNOWN
        return self.operation(name, node, nodes, values, keywords, library)

    def operation(
        self, name: str, node: ast.AST, nodes: Nodes, values: tuple[Facts, ...], keywords: Keywords, library: str
    ) -> Facts:
        """What an operation of a library returns; operators that are written as functions are operators."""
        named = {key: facts for key, (_, facts) in keywords.items()}
        if name in OPERATOR_NAMES and len(values) + len(named) >= 2:
            nodes = (*nodes, *(one for one, _ in keywords.values()))[:2]
            values = (*values, *named.values())[:2]
            left, right = (facts if facts.kind else facts.but(kind="tensor") for facts in values)
            if library == "tensor":
                return self.operator(name, node, nodes[0], nodes[1], left, right).but(kind="tensor")
            return combined(name, left, right, False).but(kind="array")
        if library == "tensor" and name not in ("constant", "variable", "fill"):
            values = tuple(_as_tensor(facts) for facts in values)
        given = Arguments(values, named)
        if name in COMPARISONS:
            compared = frozenset(one.id for node_ in nodes for one in ast.walk(node_) if isinstance(one, ast.Name))
            compared = compared.union(*(facts.target for facts in values if isinstance(facts.target, frozenset)))
            return self.show(name, node, nodes, values, result_of(name, given, library).but(target=compared), keywords)
        if name == "cast":
            result = _cast(given.first, given.get(1, "dtype"))
        else:
            result = result_of(name, given, library)
            asked = _dtype(given.named.get("dtype", UNKNOWN)) or (
                _dtype(values[1]) if name in ("constant", "zeros", "ones") and len(values) > 1 else ""
            )
            result = result.but(dtype=asked) if asked else result
        if name == "matmul" and result.numeric:
            result = self._gram(node, nodes, values, keywords, result)
        if name == "einsum" and len(nodes) == 3 and ast.dump(nodes[1]) == ast.dump(nodes[2]):
            result = result.marked("raw-gram", "gram").but(dtype=values[1].dtype)
        if library == "array":
            return self.show(f"numpy.{name}", node, nodes, values, result, keywords)
        return self.show(name, node, nodes, values, result, keywords) if library == "tensor" else result

    def _gram(self, node: ast.AST, nodes: Nodes, values: tuple[Facts, ...], keywords: Keywords, result: Facts) -> Facts:
        """A matrix times its own transpose."""
        if len(nodes) < 2:
            return result
        a, b = nodes[0], nodes[1]
        flags = {"transpose_a", "transpose_b", "adjoint_a", "adjoint_b"} & set(keywords)
        other = self.transposed(b)
        mine = self.transposed(a)
        same = ast.dump(a) == ast.dump(b) and flags
        if same or (other and other == ast.dump(a)) or (mine and mine == ast.dump(b)):
            return result.marked("raw-gram", "gram")
        return result

    def transposed(self, node: ast.expr) -> str:
        """What a node is the transpose of, as a dump; "" if it is not one."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in (
            "transpose", "matrix_transpose", "permute_dimensions", "swapaxes", "adjoint",
        ):  # fmt: skip
            return ast.dump(node.args[0]) if node.args else ""
        return ""

    # Networks

    def _layer(self, last: str, given: Arguments) -> Facts:
        if last == "Sequential":
            layers = [part for _, part in given.first.parts]
            marks = frozenset().union(*(layer.marks for layer in layers)) if layers else frozenset()
            return self._network(marks, layers[-1] if layers else UNKNOWN)
        activation = given.named.get("activation", given.get(1) if last == "Dense" else UNKNOWN)
        scales = {"scales"} if last in SCALING_LAYERS else set()
        return Facts("layer", target=(last, str(activation.target)), marks=frozenset(scales))

    def _network(self, marks: frozenset[str], last: Facts = UNKNOWN) -> Facts:
        scales = {"scales"} if self.frame.module.words & SCALING_LAYERS else set()
        return Facts("network", marks=frozenset(scales) | marks & {"scales", "pretrained"}, target=last.target)

    def _pretrained(
        self, dotted: str, node: ast.Call, nodes: Nodes, values: tuple[Facts, ...], keywords: Keywords
    ) -> Facts:
        last = dotted.rpartition(".")[2]
        if last == "preprocess_input":
            family = dotted.split(".")[2]
            result = TENSOR.marked("preprocessed")
            return self.show("preprocess", node, nodes, (Facts("text", target=family), *values), result, keywords)
        if not last[:1].isupper():
            return UNKNOWN
        weights = keywords["weights"][1] if "weights" in keywords else Facts("text", target="imagenet")
        trained = {"pretrained"} if weights.kind != "none" else set()
        return Facts("network", target=last, marks=frozenset(trained))

    def _feed(
        self, callee: Facts, node: ast.Call, nodes: Nodes, values: tuple[Facts, ...], keywords: Keywords
    ) -> Facts:
        name, activation = callee.target if isinstance(callee.target, tuple) else ("", "")
        result = result_of(activation, Arguments((TENSOR,), {}), "tensor") if activation not in ("", "None") else TENSOR
        if activation in ("None", "linear") and name in ("Dense", "Conv2D"):
            result = result.marked("signed")
        marks = frozenset({"scales"}) if callee.has("scales") else frozenset()
        marks |= values[0].marks & {"symbolic", "scales"} if values else frozenset()
        result = result.but(marks=result.marks | marks)
        return self.show("feed", node, (node.func, *nodes), (callee, *values), result, keywords)

    # Methods of values that libraries made

    def _method(
        self, owner: Facts, method: str, node: ast.Call, nodes: Nodes, values: tuple[Facts, ...], keywords: Keywords
    ) -> Facts:
        given = Arguments(values[1:], {key: facts for key, (_, facts) in keywords.items()})
        if method in ("assign", "assign_add", "assign_sub"):
            self.show(method, node, nodes, values, UNKNOWN, keywords)
            return owner
        if method == "gradient" and owner.kind in ("tape", ""):
            loss = given.first.deep()
            result = TENSOR.marked("gradient", *(loss.marks & {"loss-scaled"})).but(traces=loss.traces)
            return self.show("gradient", node, nodes, values, result, keywords)
        if method in ("apply_gradients", "apply", "minimize"):
            return self.show("apply_gradients", node, nodes, values, UNKNOWN, keywords)
        if method == "compile":
            self._escaped(given.get(1, "loss"), "gradient")
            self._escaped(given.get(2, "metrics"), "metric")
            return UNKNOWN
        if method == "get_layer" and owner.kind == "network":
            return Facts("layer", marks=owner.marks & {"pretrained"}, target=("", ""))
        if method in ("fit", "train_on_batch", "set_weights") and owner.kind in (
            "network",
            "instance",
            "",
        ):
            return self.show(
                "set_weights" if method == "set_weights" else "fit", node, nodes, values, UNKNOWN, keywords
            )
        if owner.kind == "dataset":
            return self._dataset(owner, method, given)
        if owner.kind == "parser":
            return owner.target.method(method, given)  # type: ignore[no-any-return]
        if method == "add" and owner.kind == "network" and given.first.kind == "layer":
            return UNKNOWN
        if method == "astype":
            return _cast(owner, given.first)
        if method in ARRAY_KEEPS and owner.kind == "number":
            return owner
        if method in ARRAY_KEEPS and owner.kind in ("tensor", "variable", "array"):
            return owner.but(kind="array" if method == "numpy" or owner.kind == "array" else "tensor")
        if owner.kind == "array" and method in ("mean", "std", "sum", "min", "max", "var", "clip"):
            return self.operation(names.ALIASES.get(method, method), node, nodes, values, {}, "array")
        if owner.kind == "dict" and method in ("get", "pop", "setdefault"):
            return owner.part(given.first.target)
        if owner.kind == "dict" and method in ("values", "items"):
            value = joined(part for _, part in owner.parts)
            return Facts(
                "tuple",
                parts=(("element", value if method == "values" else Facts("tuple", parts=((0, UNKNOWN), (1, value)))),),
            )
        return UNKNOWN

    def _dataset(self, owner: Facts, method: str, given: Arguments) -> Facts:
        if method in ("map", "flat_map", "interleave") and given.facts:
            element = owner.part("element")
            values = tuple(part for _, part in element.parts) if element.kind == "tuple" else (element,)
            values = tuple(_as_tensor(value) for value in values)
            return owner.but(parts=(("element", self._escaped(given.facts[0], "data", *values)),))
        return owner if method in DATASET_KEEPS else UNKNOWN

    # Python's own functions

    def _builtin(self, name: str, node: ast.Call, values: tuple[Facts, ...]) -> Facts:
        first = values[0] if values else UNKNOWN
        if name in ("float", "int", "round"):
            if first.kind == "text" and str(first.target).lower() == "nan":
                return Facts("number", marks=frozenset({"nan"}))
            return (
                first.but(kind="number", parts=(), target=None, traces=frozenset())
                if first.kind in ("number", "tensor")
                else Facts("number")
            )
        if name == "len":
            return Facts("number", 1.0, marks=frozenset({"size"}))
        if name == "abs" and first.numeric:
            return self.operation("abs", node, tuple(node.args), values, {}, "tensor")
        if name == "range":
            ends = [facts.constant for facts in values]
            low = ends[0] if len(ends) > 1 else 0.0
            high = ends[1] if len(ends) > 1 else (ends[0] if ends else None)
            element = Facts("number", -INFINITY if low is None else low, INFINITY if high is None else high - 1)
            return Facts("tuple", parts=(("element", element),))
        if name == "enumerate":
            return _rows(Facts("number", 0.0), element_of(first))
        if name == "zip":
            return _rows(*map(element_of, values))
        if name in ("list", "tuple", "reversed", "sorted", "iter"):
            return first if first.kind in ("tuple", "dataset", "tensor", "array") else UNKNOWN
        if name == "next":
            return element_of(first)
        if name == "sum":
            return element_of(first).but(low=-INFINITY, high=INFINITY, nonzero=False) if first.parts else UNKNOWN
        if name in ("max", "min") and len(values) > 1:
            return join(first, values[1]).but(
                low=max(first.low, values[1].low) if name == "max" else min(first.low, values[1].low)
            )
        return UNKNOWN


class _Parser:
    """What `argparse` will give: the defaults."""

    def __init__(self) -> None:
        self._defaults: dict[str, Facts] = {}

    def method(self, name: str, given: Arguments) -> Facts:
        """What one of its methods returns."""
        if name == "add_argument":
            flags = [str(facts.target) for facts in given.facts if facts.kind == "text"]
            long = next((flag for flag in flags if flag.startswith("--")), flags[0] if flags else "")
            if "default" in given.named:
                self._defaults[long.lstrip("-").replace("-", "_")] = given.named["default"]
        if name in ("parse_args", "parse_known_args"):
            return Facts("namespace", parts=tuple(self._defaults.items()))
        return UNKNOWN


def _rows(*elements: Facts) -> Facts:
    return Facts("tuple", parts=(("element", Facts("tuple", parts=tuple(enumerate(elements)))),))


def _as_tensor(facts: Facts) -> Facts:
    return facts.but(kind="tensor") if facts.kind == "array" else facts


def _dtype(facts: Facts) -> str:
    """The type that an argument names."""
    if facts.kind == "module":
        return str(facts.target).rpartition(".")[2]
    return str(facts.target) if facts.kind == "text" else ""


def _cast(x: Facts, to: Facts) -> Facts:
    kind = "tensor" if x.kind in ("variable", "number") else x.kind  # of what nothing is known, nothing is known
    dtype = _dtype(to)
    if dtype == "uint8":
        return Facts(kind, 0.0, 255.0, dtype=dtype, marks=x.marks & {"unit", "bytes"}, traces=x.traces)
    low = 0.0 if x.dtype == "bool" else x.low
    high = 1.0 if x.dtype == "bool" else x.high
    if x.has("bytes") and x.dtype == "uint8" and dtype.startswith("float"):
        x = x.marked("cast-of-bytes")
    return x.but(kind=kind, dtype=dtype, low=low, high=high, parts=(), target=None)


def _shows(node: ast.Call, callee: Facts) -> bool:
    """Whether a call turns what it is given into something for people to read."""
    return isinstance(node.func, ast.Name) and callee.kind == "" and node.func.id in ("float", "int", "print", "str")


def _purpose(function: Function) -> str:
    """What a function that nobody was seen to call is for, by its class and its name."""
    if function.owner is not None:
        ancestors = function.owner.ancestors
        if "LearningRateSchedule" in ancestors:
            return "schedule"
        if "Metric" in ancestors:
            return "metric"
    if function.tapes or function.acts:
        return ""
    words = function.name.lower().strip("_").split("_")
    ends = {words[0], words[-1]} if "loss" not in words else set()
    return next((purpose for purpose, known in PURPOSES if ends & known), "gradient")
