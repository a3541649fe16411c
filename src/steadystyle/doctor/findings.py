"""What a recorded run found: the origins of the bad value, what entered the network, and what was on the edge."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np

from steadystyle.doctor import numpy_errors, source
from steadystyle.doctor.observed import Ancestor, LossScale, Observed, Operand, Origin
from steadystyle.doctor.record import Record, Recorder, bad
from steadystyle.doctor.sites import array_of, floats
from steadystyle.doctor.surroundings import NOW
from steadystyle.doctor.trace import SOURCES, Trace

FIRST_LAYERS = {"Conv2D", "MatMul", "Conv3D", "DepthwiseConv2dNative", "BatchMatMulV2", "Einsum"}
EDGES = {"Sqrt", "Rsqrt", "Log", "RealDiv", "Reciprocal", "Pow", "Acos", "Asin"}
PARTS = 40
ELEMENTS = 2000
"""Elements of a pipeline that are looked at."""


class Findings:
    """Told by the `Watch` of each bad tensor; traces it at once, while all of its makers are still known."""

    def __init__(self) -> None:
        self.recorder = Recorder(NOW)
        self.trace = Trace(self.recorder)
        self._origins: list[Origin] = []
        self._by_key: dict[Any, list[Origin]] = {}
        self._chosen: list[Origin] = []
        self._maps: list[tuple[Any, Any]] = []

    def found(self, tensors: list[Any], key: Any = None) -> None:
        """These tensors are watched, and some of them are bad."""
        worse = [tensor for tensor in tensors if bad(tensor)]
        if key is not None:
            self._by_key[key] = self.trace.origins(worse)
        elif not self._origins:
            self._origins = self.trace.origins(worse)

    def forget(self) -> None:
        """What was found did no harm."""
        self._origins = []

    def choose(self, key: Any) -> None:
        """What was found at this line is what the run ended with."""
        self._chosen = self._by_key.get(key, [])

    def report(self, observed: Observed, error: BaseException | None) -> None:
        """Complete what was observed."""
        origins = self._origins or self._chosen
        if not origins and error is not None:
            origins = self._of_the_last_bad()
        if origins and origins[0].leaf == "dataset":
            origins = self._in_the_pipeline() or origins
        if origins:
            observed.origin, *observed.others = [_from_numpy(origin) for origin in origins]
        self._network_input(observed)
        observed.loss_scale = self._loss_scale()
        observed.suspects = self._edges() if not origins else []
        observed.parts = self._largest()

    def _of_the_last_bad(self) -> list[Origin]:
        """A script that raised by itself: the last bad value that was made."""
        for record in reversed(self.recorder.records):
            if record.results is None:
                break
            worse = [t for t in [*record.results, *(record.values or ())] if t.dtype.is_floating and bad(t)]
            if worse:
                return self.trace.origins(worse[:1])
        return []

    def mapped(self, dataset: Any, function: Any) -> None:
        """A pipeline was given a function: should the pipeline bring something bad, it is run here once more."""
        self._maps.append((dataset, function))

    def _in_the_pipeline(self) -> list[Origin]:
        for dataset, function in self._maps:
            for element in itertools.islice(dataset, ELEMENTS):
                made = function(*element) if isinstance(element, tuple) else function(element)
                worse = [t for t in floats(made) if bad(t)]
                if worse:
                    return self.trace.origins(worse)
        return []

    def _network_input(self, observed: Observed) -> None:
        for record in self._forward():
            if record.op in FIRST_LAYERS and record.values and record.values[0].dtype.is_floating:
                observed.network_input = self._through_the_pipeline(self.trace.operand(record.values[0]))
                observed.input_places = source.places(record.lines)
                return

    def _through_the_pipeline(self, entering: Operand) -> Operand:
        """What enters from a dataset, with what the last function that made floats of whole numbers there did."""
        if not {"dataset", *SOURCES} & {entering.leaf, *(one.op for one in entering.ancestors)}:
            return entering
        for dataset, function in reversed(self._maps):
            for element in itertools.islice(dataset, 1):
                made = floats(function(*element) if isinstance(element, tuple) else function(element))
                before = self.trace.operand(made[0]).ancestors if made else ()
                if any(one.op == "Cast" for one in before):
                    return replace(entering, ancestors=(*entering.ancestors, *before))
        return entering

    def _loss_scale(self) -> LossScale | None:
        """The last product of two single numbers, one of them a written power of two of at least 128."""
        found: LossScale | None = None
        for record in self.recorder.records:
            if record.op not in ("Mul", "RealDiv") or record.values is None or record.backward or record.in_optimizer:
                continue
            numbers = [_number(v) for v in record.values]
            if record.op == "Mul" and None not in numbers and found is None:
                factor = next((n for n in numbers if n and n >= 128 and math.log2(n).is_integer()), None)
                if factor:
                    found = LossScale(factor, source.place(record.lines[0]) if record.lines else None, False)
            elif found and None in numbers and {found.factor, 1 / found.factor} & set(numbers):
                return replace(found, taken_back=True)
        return found

    def _edges(self) -> list[Origin]:
        """Operations whose argument is exactly at the edge of their domain; XLA differentiates them otherwise."""
        found: list[Origin] = []
        for record in self._forward():
            if record.op in EDGES and record.values and not record.in_optimizer and len(found) < 10:
                tensor = record.values[-1 if record.op == "RealDiv" else 0]
                if tensor.dtype.is_floating and not np.all(array_of(tensor)):
                    found.append(self.trace._origin(record, tensor))
        return found

    def _largest(self) -> list[Ancestor]:
        """The largest results of the forward pass, in the order in which they were made."""
        made = [
            Ancestor(record.op, 0, source.place(record.lines[0]) if record.lines else None, self.trace.describe(result))
            for record in self._forward()
            if record.op not in ("ReadVariableOp", "Fill") and not record.in_optimizer
            for result in (record.results or ())[:1]
            if result.dtype.is_floating
        ][:400]
        largest = sorted(made, key=lambda part: -part.output.magnitude)[:PARTS]
        return [part for part in made if part in largest]

    def _forward(self) -> list[Record]:
        return [r for r in self.recorder.records if not r.backward and r.results is not None]


def _number(tensor: Any) -> float | None:
    return (
        float(array_of(tensor).reshape(())) if tensor.dtype.is_floating and tensor.shape.num_elements() == 1 else None
    )


def _from_numpy(origin: Origin) -> Origin:
    """A bad value that came in from numpy, with the line on which numpy made it."""
    complaints = numpy_errors.seen()
    if origin.leaf not in ("data", "dataset", "variable", "constant") or not complaints:
        return origin
    kind, place = complaints[0]
    return replace(origin, numpy=kind, place=place)
