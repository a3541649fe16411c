"""The program's own functions: walked through with what is known of their arguments."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace

from steadystyle.doctor.lint.expressions import Expressions
from steadystyle.doctor.lint.facts import TENSOR, UNKNOWN, Facts, joined
from steadystyle.doctor.lint.frames import Frame
from steadystyle.doctor.lint.program import Function, Scope

Nodes = tuple[ast.expr, ...]
Keywords = Mapping[str, tuple[ast.expr, Facts]]

DEEPEST, MOST_VISITS = 16, 12
SIZES = ("dim", "depth", "size", "unit", "channel", "num", "n_", "d_model", "d_k", "step", "head", "height", "width")
"""Parameters with such names are whole numbers of Python's, most often."""
PURPOSES = (
    ("metric", {"metric", "psnr", "ssim", "accuracy", "evaluate", "plot", "show", "print", "report", "test", "save"}),
    ("data", {"preprocess", "load", "read", "augment", "decode", "parse", "prepare"}),
)
"""What functions are for whose name begins, or for a metric also ends, with such a word."""


class Functions(Expressions):
    """Walks through functions."""

    depth = 0

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._results: dict[object, Facts] = {}
        self._visits: dict[ast.AST, int] = {}
        self._active: set[ast.AST] = set()

    @abstractmethod
    def walk_body(self, body: Sequence[ast.stmt]) -> None:
        """Walk through statements."""

    def own(self, callee: Facts, node: ast.Call, values: tuple[Facts, ...], keywords: Keywords) -> Facts:
        """What a function, method, class or instance of the program returns."""
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
                if frame.yielded:
                    result = Facts("tuple", parts=(("element", joined(frame.yielded)),))
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

    def escaped(self, facts: Facts, purpose: str, *values: Facts) -> Facts:
        """Walk through a function that a library will call."""
        if facts.kind == "tuple":
            return joined(self.escaped(part, purpose, *values) for _, part in facts.parts)
        if facts.kind in ("function", "method"):
            function = facts.target if facts.kind == "function" else facts.target[1]
            given = values or (TENSOR,) * len(function.node.args.args)
            with self.within(purpose=purpose):
                return self.walk(function, given if facts.kind == "function" else (facts.target[0], *given), {})
        return UNKNOWN

    def _checks(self, test: ast.expr) -> bool:
        """Whether a test is that something is finite."""
        return isinstance(test, ast.Name) and self.frame.scope.find(test.id).has("finite-check")

    def under(self, test: ast.expr, holds: bool, function: Facts) -> Facts:
        """What a branch of a tf.cond returns, where the test holds or does not."""
        before = dict(self.frame.scope.values)
        self.narrow(test, holds)
        try:
            with self.within(checked=self.frame.context.checked or (holds and self._checks(test))):
                return self.escaped(function, self.frame.context.purpose)
        finally:
            self.frame.scope.values = before


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
