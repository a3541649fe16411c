"""Where a script sets its learning rate, and the edit that divides it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from steadystyle.doctor.contracts import Case, Edit
from steadystyle.doctor.observed import Place
from steadystyle.doctor.rewrite import Source, called, open_source, operand

HIGHEST_USUAL = {
    **dict.fromkeys(("Adam", "AdamW", "Nadam", "Adamax", "RMSprop", "Lion"), 0.02),
    **{"SGD": 0.1, "Adagrad": 0.5, "Adadelta": 1.0, "Ftrl": 0.5},
}
"""Rates above these are unusual for the optimizer."""
OTHERS_HIGHEST = 0.1
DEFAULT = {"SGD": 0.01, "Lion": 1e-4}
"""Where people begin; with every other optimizer at 1e-3."""
BY_HAND = "SGD"
"""What an update written by hand is like."""
FACTORS = (10, 100, 1000)
NAMES = re.compile(r"(lr|rate|step_?size|alpha|eta|learning_rate)$", re.IGNORECASE)


USUAL_RATE = "the usual learning rate"


class Setting(NamedTuple):
    """The expression that sets a learning rate; `value` where it is a number."""

    source: Source
    node: ast.AST
    value: float | None
    optimizer: str = BY_HAND

    @property
    def place(self) -> Place:
        """Its line."""
        return self.source.place_of(self.node)

    def divided(self, by: int) -> Edit:
        """The edit that makes it `by` times smaller."""
        if self.value is not None:
            new = repr(float(f"{self.value / by:.6g}"))
            return self.source.replaced(
                f"divide the learning rate by {by}: {new} in place of {self.value:g}", (self.node, new)
            )
        text = self.source.segment(self.node)
        return self.source.replaced(f"divide the learning rate by {by}", (self.node, f"({text}) / {by}"))

    def usual(self) -> Edit:
        """The edit that takes the rate that the optimizer is usually begun with."""
        rate = default_rate(self.optimizer)
        return self.source.replaced(
            f"take the usual learning rate of {self.optimizer}: {rate:g}", (self.node, f"{rate:g}")
        )


def default_rate(optimizer: str) -> float:
    """The rate that an optimizer is usually begun with."""
    return DEFAULT.get(optimizer, 1e-3)


def lower_rates(case: Case) -> Iterator[Edit]:
    """Smaller learning rates, those first that a run has shown to be small enough."""
    enough = [by for by in FACTORS if case.stays_finite(f"learning rate / {by}")]
    found = list(settings(case))
    if case.stays_finite(USUAL_RATE):
        yield from (setting.usual() for setting in found)
    for by in [*enough, *(by for by in FACTORS if by not in enough)]:
        yield from (setting.divided(by) for setting in found)
    yield from (setting.usual() for setting in found)


def settings(case: Case) -> Iterator[Setting]:
    """Where the learning rate is set, likeliest first."""
    sources = case.watched.sources
    for optimizer in case.watched.optimizers:
        source = open_source(sources, optimizer.place)
        if source and optimizer.place:
            for setting in _of_optimizer(source, source.expression(optimizer.place)):
                yield setting._replace(optimizer=optimizer.name)
    for file in sources if case.watched.optimizers else ():
        if source := open_source(sources, Place(file, 1, "", "")):
            yield from _of_schedule(source)
    for place in [*case.examined.updates, *case.watched.updates]:
        source = open_source(sources, place)
        if source:
            yield from _of_update(source, place)
    if not case.watched.optimizers:
        for file, text in sources.items():
            source = open_source({file: text}, Place(file, 1, "", ""))
            if source:
                yield from _by_name(source)


def is_usual(case: Case) -> bool:
    """Whether every learning rate known is a usual one."""
    rates = [(o.learning_rate, o.name) for o in case.watched.optimizers]
    if not rates:
        rates = [(s.value, s.optimizer) for s in settings(case) if s.value is not None]
    return all(_excess(rate, name) <= 1 for rate, name in rates)


def _excess(rate: float, optimizer: str) -> float:
    """A rate in units of the highest usual one."""
    return abs(rate) / HIGHEST_USUAL.get(optimizer, OTHERS_HIGHEST)


def rate_place(case: Case) -> Place | None:
    """The line of the optimizer with the most unusual rate, or the line that sets the rate of a hand-written update."""
    optimizers = case.watched.optimizers
    if optimizers:
        return max(optimizers, key=lambda o: _excess(o.learning_rate, o.name)).place
    return next((setting.place for setting in settings(case)), None)


def _of_optimizer(source: Source, node: ast.AST | None) -> Iterator[Setting]:
    if called(node) == "compile":
        return
    if not isinstance(node, ast.Call):
        return
    named = [k.value for k in node.keywords if k.arg in ("learning_rate", "lr", "initial_learning_rate")]
    for given in [*named, *node.args][:1]:
        yield from _resolved(source, given)


def _of_schedule(source: Source) -> Iterator[Setting]:
    """What a function gives back that Keras asks for a rate before each epoch."""
    for node in source.nodes(ast.Call):
        given = operand(node, 0) if called(node) == "LearningRateScheduler" else None
        if isinstance(given, ast.Lambda):
            yield Setting(source, given.body, _number(given.body))
        for function in source.nodes(ast.FunctionDef) if isinstance(given, ast.Name) else ():
            if isinstance(function, ast.FunctionDef) and function.name == given.id:  # type: ignore[union-attr]
                returned = [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value]
                yield from (Setting(source, value, _number(value)) for value in returned)


def _resolved(source: Source, given: ast.AST) -> Iterator[Setting]:
    number = _number(given)
    if number is not None:
        yield Setting(source, given, number)
    elif isinstance(given, ast.Call):
        yield from _of_optimizer(source, given)  # a schedule begins with its first rate
    elif isinstance(given, ast.Name) and isinstance(bound := _bound(source, given.id), ast.Call):
        yield from _of_optimizer(source, bound)
    else:
        yield Setting(source, given, None)


def _of_update(source: Source, place: Place) -> Iterator[Setting]:
    """Of a hand-written update: the factor in it, or the number that its name was given."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and _within(node, place.line, source):
            for side in (node.left, node.right):
                if (number := _number(side)) is not None:
                    yield Setting(source, side, number)
                elif isinstance(side, ast.Name) and (number := _number(bound := _bound(source, side.id))) is not None:
                    yield Setting(source, bound, number)  # type: ignore[arg-type]
                elif isinstance(side, (ast.Name, ast.Attribute)) and NAMES.search(source.segment(side)):
                    yield Setting(source, side, None)


def _within(node: ast.BinOp, line: int, source: Source) -> bool:
    """Whether an expression is on a line, or on the line before with what is assigned there used on it."""
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _by_name(source: Source) -> Iterator[Setting]:
    for node in source.nodes(ast.Assign):
        assert isinstance(node, ast.Assign)
        target = node.targets[0]
        if isinstance(target, ast.Name) and NAMES.search(target.id) and (number := _number(node.value)) is not None:
            yield Setting(source, node.value, number)
    for node in source.nodes(ast.BinOp, ast.AugAssign):
        if not isinstance(node.op, ast.Sub):  # type: ignore[attr-defined]
            continue
        right = node.right if isinstance(node, ast.BinOp) else node.value  # type: ignore[attr-defined]
        if isinstance(right, ast.BinOp) and isinstance(right.op, ast.Mult):
            for side in (right.left, right.right):
                if (number := _number(side)) is not None:
                    yield Setting(source, side, number)


def _bound(source: Source, name: str) -> ast.AST | None:
    """What a name is given, where it is given something once."""
    given: list[ast.AST] = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            given.append(node.value)
        if isinstance(node, ast.FunctionDef):
            positional = node.args.args[len(node.args.args) - len(node.args.defaults) :]
            given += [d for a, d in zip(positional, node.args.defaults, strict=True) if a.arg == name]
            given += [
                d for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if a.arg == name and d
            ]
    return given[0] if len(given) == 1 else None


def _number(node: ast.AST | None) -> float | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return float(node.value)
    return None
