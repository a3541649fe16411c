"""Calls: of the program's own functions, of libraries' functions, of methods of the values that those made."""

from __future__ import annotations

import ast

from steadystyle.doctor.lint import names
from steadystyle.doctor.lint.arguments import Arguments
from steadystyle.doctor.lint.arithmetic import USUAL_EPSILON
from steadystyle.doctor.lint.facts import INFINITY, TENSOR, UNKNOWN, Facts, Site, Trace, join, joined, number
from steadystyle.doctor.lint.functions import Keywords, Nodes
from steadystyle.doctor.lint.made import BYTES
from steadystyle.doctor.lint.members import element_of
from steadystyle.doctor.lint.networks import Networks
from steadystyle.doctor.lint.operations import as_tensor, cast
from steadystyle.doctor.lint.program import Class

DATASET_KEEPS = {
    "batch", "shuffle", "prefetch", "repeat", "cache", "take", "skip", "as_numpy_iterator", "unbatch", "shard",
    "with_options", "padded_batch", "ignore_errors", "filter",
}  # fmt: skip
ARRAY_KEEPS = {
    "numpy", "copy", "reshape", "transpose", "flatten", "ravel", "squeeze", "item", "read_value", "value", "tolist",
}  # fmt: skip
BYTE_LOADERS = {"load_img", "imread", "fromarray", "open"}
BYTE_DATASETS = {"mnist", "fashion_mnist", "cifar10", "cifar100"}


class Calls(Networks):
    """Walks through calls."""

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
            return self.own(callee, node, values, keywords)
        if callee.kind in ("layer", "network"):
            return self.feed(callee, node, nodes, values, keywords)
        if isinstance(node.func, ast.Name) and callee.kind == "":
            return self._builtin(node.func.id, node, values)
        if owner is not None and method is not None and isinstance(node.func, ast.Attribute):
            found = self._method(owner, method, node, (node.func.value, *nodes), (owner, *values), keywords)
            if found != UNKNOWN or owner.kind != "":
                return found
        return TENSOR if any(facts.numeric for facts in values) else UNKNOWN

    # Libraries

    def _library(
        self, dotted: str, node: ast.Call, nodes: Nodes, values: tuple[Facts, ...], keywords: Keywords
    ) -> Facts:
        name, last = names.operation(dotted), dotted.rpartition(".")[2]
        given = Arguments(values, {key: facts for key, (_, facts) in keywords.items()})
        if dotted.startswith("keras.optimizers.schedules."):
            return given.get(0, "initial_learning_rate").but(kind="schedule")
        if dotted.startswith("keras.optimizers.") and last[:1].isupper():
            rate = given.get(0, "learning_rate").but(traces=self._rate_of(nodes, keywords))
            result = Facts("optimizer", target=last, parts=(("learning_rate", rate),))
            return self.show("optimizer", node, nodes, (Facts("text", target=last), *values), result, keywords)
        if dotted.startswith("keras.applications."):
            return self.pretrained(dotted, node, nodes, values, keywords)
        if dotted.startswith("keras.layers.") or last == "Sequential":
            return self.layer(last, given)
        if last in ("Model", "Functional") and dotted.startswith("keras"):
            return self.network(frozenset().union(*(facts.deep().marks for facts in given.all())))
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
            if last == "from_generator":
                element = element_of(self.escaped(given.first, "data"))
            return Facts("dataset", parts=(("element", element),))
        if last in ("function", "partial", "custom_gradient", "recompute_grad", "jit") and values:
            return values[0]
        if last == "cond" and len(nodes) > 2:
            return join(*(self.under(nodes[0], holds, values[position]) for position, holds in ((1, True), (2, False))))
        if last in ("map_fn", "vectorized_map", "while_loop", "foldl"):
            for facts in values:
                self.escaped(facts, self.frame.context.purpose)
        if last == "ArgumentParser":
            return Facts("parser", target=_Parser())
        if last in ("default_rng", "RandomState"):
            return Facts("module", target="numpy.random")
        if last == "epsilon" and dotted.startswith("keras."):
            return number(USUAL_EPSILON, "float")
        library = names.library(dotted)
        if not library:
            return UNKNOWN
        return self.operation(name, node, nodes, values, keywords, library)

    def _rate_of(self, nodes: Nodes, keywords: Keywords) -> frozenset[Trace]:
        """Where the rate of an optimizer is written."""
        given = keywords.get("learning_rate")
        written = given[0] if given else nodes[0] if nodes else None
        site = Site(self.frame.module.path, self.frame.module.text, self.frame.context.function)
        return frozenset({Trace("rate", written, site)} if written else ())

    # Methods of values that libraries made

    def _method(
        self, owner: Facts, method: str, node: ast.Call, nodes: Nodes, values: tuple[Facts, ...], keywords: Keywords
    ) -> Facts:
        given = Arguments(values[1:], {key: facts for key, (_, facts) in keywords.items()})
        if method in ("assign", "assign_add", "assign_sub"):
            self.show(method, node, nodes, values, UNKNOWN, keywords)
            self._moved(nodes[0], owner)
            return owner
        if method == "gradient" and owner.kind in ("tape", ""):
            loss = given.first.deep()
            result = TENSOR.marked("gradient", *(loss.marks & {"loss-scaled"})).but(traces=loss.traces)
            return self.show("gradient", node, nodes, values, result, keywords)
        if method in ("apply_gradients", "apply", "minimize"):
            return self.show("apply_gradients", node, nodes, values, UNKNOWN, keywords)
        if method == "compile":
            self.escaped(given.get(1, "loss"), "gradient")
            self.escaped(given.get(2, "metrics"), "metric")
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
            return cast(owner, given.first)
        if method in ARRAY_KEEPS and owner.kind == "number":
            return owner
        if method in ARRAY_KEEPS and owner.kind in ("tensor", "variable", "array"):
            return owner.but(kind="array" if method == "numpy" or owner.kind == "array" else "tensor")
        if owner.kind == "array" and method in ("mean", "std", "sum", "min", "max", "var", "clip"):
            return self.operation(names.ALIASES.get(method, method), node, nodes, values, keywords, "array")
        if owner.kind == "dict" and method in ("get", "pop", "setdefault"):
            return owner.part(given.first.target)
        if owner.kind == "dict" and method in ("values", "items"):
            value = joined(part for _, part in owner.parts)
            return Facts(
                "tuple",
                parts=(("element", value if method == "values" else Facts("tuple", parts=((0, UNKNOWN), (1, value)))),),
            )
        return UNKNOWN

    def _moved(self, target: ast.expr, variable: Facts) -> None:
        """A variable that was assigned to is not where it began."""
        moved = variable.without("zero-start", "begun")
        if isinstance(target, ast.Name):
            self.frame.scope.values[target.id] = moved
        elif isinstance(target, ast.Attribute):
            owner = self.evaluate(target.value)
            if isinstance(owner.target, Class):
                owner.target.attributes[target.attr] = moved

    def _dataset(self, owner: Facts, method: str, given: Arguments) -> Facts:
        if method in ("map", "flat_map", "interleave") and given.facts:
            element = owner.part("element")
            values = tuple(part for _, part in element.parts) if element.kind == "tuple" else (element,)
            values = tuple(as_tensor(value) for value in values)
            return owner.but(parts=(("element", self.escaped(given.facts[0], "data", *values)),))
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


def _shows(node: ast.Call, callee: Facts) -> bool:
    """Whether a call turns what it is given into something for people to read."""
    return isinstance(node.func, ast.Name) and callee.kind == "" and node.func.id in ("float", "int", "print", "str")
