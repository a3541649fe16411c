"""`bad-input-range`."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.feeds import feeding_edits, feeding_place, scaled_names
from steadystyle.doctor.lineage import PRODUCTS, overflowed, pixels_in_exponential, too_large
from steadystyle.doctor.observed import Ancestor, Operand, Place, Values
from steadystyle.doctor.rates import is_usual
from steadystyle.doctor.rewrite import Source, guard_operand, rewrite

WIDE = 30.0
"""Beyond this, what enters a network looks like pixels that nobody scaled."""
PIXELS = 100.0
"""Divided by so much or more, pixels from 0 to 255 are scaled."""
DOMAIN = {"Log", "Log1p", "Sqrt", "Pow", "Acos", "Asin", "Rsqrt", "Atanh", "Exp", "Xlogy"}
NOT_ELEMENTWISE = {
    "Softmax",
    "Sum",
    "Mean",
    "Sigmoid",
    "AssignVariableOp",
    "AssignSubVariableOp",
    "AssignAddVariableOp",
}
"""What has passed these is no data any more: statistics, probabilities, and what a variable holds."""


class BadInputRange(CauseRule):
    """What enters the network is far from the range that it is meant for, or wrapped around in uint8, and the rest is
    finite once it is scaled.
    """

    def examine(self, case: Case) -> Diagnosis | None:
        if wrapped := _wrapped(case):
            return Diagnosis(0.96, wrapped[:1], wrapped[1])
        of_domain = self._of_domain(case) if _left_its_domain(case) else None
        return of_domain or self._of_network(case)

    def _of_network(self, case: Case) -> Diagnosis | None:
        entering = case.examined.network_input
        if entering is None or entering.values.magnitude < WIDE or not too_large(case):
            return None
        values = entering.values
        evidence = [f"what enters the network lies between {values.smallest:.4g} and {values.largest:.4g}"]
        strength = 0.7
        if case.stays_finite("input / 255", "input scaled to 1"):
            strength = 0.96 if is_usual(case) else 0.9
            evidence += [str(tried) for name, tried in case.tried.items() if "input" in name]
        if values.largest > 300:
            strength += 0.01
        if pixels_in_exponential(case):
            strength = min(strength, 0.92)  # a softmax by hand is a fault of its own
        return Diagnosis(strength, tuple(evidence), feeding_place(case))

    def _of_domain(self, case: Case) -> Diagnosis | None:
        """A domain that data leave because of their range: 1 - 255, a negative pixel under a root."""
        assert case.origin is not None
        operand = case.origin.inputs[0] if case.origin.inputs else None
        data = _data_behind(operand)
        if data is None:
            return None
        smallest, largest = data
        if largest > 1.5 or smallest < -1e-3:
            evidence = f"it comes from data between {smallest:.4g} and {largest:.4g}, where 0 to 1 is meant"
            return Diagnosis(
                0.94 if largest > WIDE or smallest < 0 <= largest <= 1.5 else 0.8, (evidence,), feeding_place(case)
            )
        return None

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Divide what enters by 255 or by its largest value, leave out a second scaling, cast before computing."""
        if (wrapped := _wrapped(case)) is not None:
            yield from rewrite(case.watched.sources, wrapped[1], _cast_first, "cast to float32 before computing")
        elif case.origin and _left_its_domain(case) and self._of_domain(case):
            yield from scaled_names(case)
            floor = "{tf}.maximum({x}, 1e-6)"
            yield from guard_operand(
                case.watched.sources, case.origin.place, 0, floor, "keep the argument in its domain"
            )
        yield from feeding_edits(case)


def _left_its_domain(case: Case) -> bool:
    """Whether the first bad value is of an operation that is not defined everywhere, and did not just overflow."""
    origin = case.origin
    return origin is not None and origin.forward_op in DOMAIN and not origin.leaf and overflowed(case) is None


def _cast_first(source: Source, node: ast.AST) -> tuple[ast.AST, str] | None:
    tf = source.name_of("tensorflow")
    if not isinstance(node, ast.BinOp) or tf is None:
        return None
    sides = [(source.segment(side), isinstance(side, ast.Constant)) for side in (node.left, node.right)]
    left, right = (text if number else f"{tf}.cast({text}, {tf}.float32)" for text, number in sides)
    sign = {ast.Sub: "-", ast.Add: "+", ast.Mult: "*"}.get(type(node.op))
    return (node, f"({left} {sign} {right})") if sign else None


def _data_behind(operand: Operand | None) -> tuple[float, float] | None:
    """The range of the data that an operand is made of by elementwise operations alone."""
    if operand is None or any(a.op in PRODUCTS | NOT_ELEMENTWISE for a in operand.ancestors):
        return None
    scaled = next((a.output for a in operand.ancestors if _scales(a)), None)
    if scaled is not None:
        return scaled.smallest, scaled.largest
    leaves = [a for a in operand.ancestors if a.op in ("data", "dataset", "IteratorGetNext", "DecodePng", "DecodeJpeg")]
    values = [leaf.output for leaf in leaves if leaf.output.size > 1 and _may_be_pixels(leaf.output)] or (
        [operand.values] if operand.leaf in ("data", "dataset") else []
    )
    if not values:
        return None
    return min(v.smallest for v in values), max((v.largest for v in values), default=math.nan)


def _scales(one: Ancestor) -> bool:
    """Whether it brings pixels from 0-255 to about 1."""
    factors = [v.largest for v in one.inputs if v.size == 1]
    if one.op == "RealDiv":
        return one.inputs[1].size == 1 and one.inputs[1].largest >= PIXELS
    return one.op == "Mul" and any(0 < factor <= 1 / PIXELS for factor in factors)


def _may_be_pixels(values: Values) -> bool:
    """Shapes and indices are int32 and int64."""
    return values.dtype == "uint8" or values.dtype.startswith("float")


def _wrapped(case: Case) -> tuple[str, Place | None] | None:
    """Arithmetic of uint8 that went below 0 or above 255."""
    operands = list(case.origin.inputs) if case.origin else []
    if case.examined.network_input:
        operands.append(case.examined.network_input)
    for operand in operands:
        for one in operand.ancestors:
            if one.output.dtype != "uint8" or len(one.inputs) != 2:
                continue
            left, right = one.inputs
            # without wrapping, the mean of a sum is the sum of the means, however the two are broadcast
            means = {"Sub": left.mean - right.mean, "AddV2": left.mean + right.mean}.get(one.op, one.output.mean)
            above = one.op == "Mul" and one.output.largest < max(left.largest, right.largest)
            if above or abs(one.output.mean - means) > 0.5:
                line = f", line {one.place.line}: {one.place.code}" if one.place else ""
                return f"{one.op} of uint8 wrapped around{line}", one.place
    return None
