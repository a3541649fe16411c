"""From a bad tensor back to the operation that made the first one from finite inputs, and to where those came from."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from steadystyle.doctor import source
from steadystyle.doctor.observed import Ancestor, Operand, Origin, Values
from steadystyle.doctor.record import Record, Recorder, bad
from steadystyle.doctor.sites import array_of, finite_array

FARTHEST = 60
"""Operations that are looked at behind an operand."""
SOURCES = {"IteratorGetNext", "IteratorGetNextSync", "OptionalGetValue", "ReadFile", "EagerPyFunc", "PyFunc"}
"""Operations that bring numbers in."""
ELEMENTWISE_WAY = 8
"""Operations between a bad one and the `tf.where` that hides it."""


def describe(tensor: Any) -> Values:
    """What is in a tensor, in numbers: in one pass for each, and without a copy where it is float32 and finite."""
    dtype, shape = tensor.dtype.name, tuple(tensor.shape.as_list() or ())
    if not (tensor.dtype.is_floating or tensor.dtype.is_integer or tensor.dtype.is_bool):
        return Values(dtype, shape, 0)
    array = array_of(tensor)
    if tensor.dtype.is_floating and tensor.dtype.size < 4:
        array = array.astype(np.float32)
    finite, nan = array, 0
    if not finite_array(array):
        finite, nan = array[np.isfinite(array)], int(np.isnan(array).sum())
    infinite = array.size - finite.size - nan
    if not finite.size:
        return Values(dtype, shape, array.size, nan, infinite)
    smallest, largest = float(finite.min()), float(finite.max())
    zeros = finite.size - int(np.count_nonzero(finite)) if smallest <= 0 <= largest else 0
    negatives = int(np.count_nonzero(finite < 0)) if smallest < 0 else 0
    mean = float(finite.mean(dtype=np.float64))
    return Values(dtype, shape, array.size, nan, infinite, zeros, negatives, smallest, largest, mean)


class Trace:
    """Walks what a `Recorder` has recorded."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._described: dict[int, Values] = {}

    def describe(self, tensor: Any) -> Values:
        """What is in a tensor; operands have ancestors in common, and each is looked at once."""
        if isinstance(tensor, tf.Variable) or not hasattr(tensor, "_id"):
            return describe(tensor)
        if tensor._id not in self._described:
            self._described[tensor._id] = describe(tensor)
        return self._described[tensor._id]

    def origins(self, tensors: list[Any]) -> list[Origin]:
        """Where the bad values of these tensors began, the earliest first; at most five."""
        found: dict[int, Origin] = {}
        seen: set[int] = set()
        waiting = list(tensors)
        while waiting and len(seen) < 200_000:
            tensor = waiting.pop()
            if id(tensor) in seen:
                continue
            seen.add(id(tensor))
            record = self._made_by(tensor)
            if record is None or record.values is None or record.op in SOURCES:
                origin = self._leaf(tensor)
                found.setdefault(-1 - len(found), origin)
                continue
            worse = [value for value in self._inputs(record) if bad(value)]
            if worse and not self._from_a_mask(tensor, worse):
                waiting += worse
            else:
                found.setdefault(record.number, self._origin(record, tensor))
        order = sorted(found, key=lambda number: (number < 0, number))
        return [found[number] for number in order[:5]]

    def _made_by(self, tensor: Any) -> Record | None:
        if isinstance(tensor, tf.Variable) or not hasattr(tensor, "_id"):
            assigned = self._recorder.assigned.get(getattr(tensor.handle, "_id", -1), [])
            return self._last_bad_assignment(assigned)
        number = self._recorder.maker.get(tensor._id)
        if number is None:
            reading = self._recorder.readings.get(tensor._id)
            return None if reading is None else self._assignment(reading.handle, reading.before)
        record = self._recorder.records[number]
        if record.op == "ReadVariableOp" and record.inputs:
            return self._assignment(record.inputs[0] or -1, number)
        return record

    def _assignment(self, handle: int, before: int) -> Record | None:
        """What gave a variable the value that it had before a record."""
        return self._last_bad_assignment([n for n in self._recorder.assigned.get(handle, []) if n < before])

    def _last_bad_assignment(self, numbers: list[int]) -> Record | None:
        """The first of the run of assignments that ends with a bad one: what follows only spreads it."""
        for number in numbers:
            record = self._recorder.records[number]
            if record.values is not None and any(bad(v) for v in record.values[1:]):
                return record
        return self._recorder.records[numbers[-1]] if numbers and self._recorder.records[numbers[-1]].values else None

    def _inputs(self, record: Record) -> list[Any]:
        return [v for v in record.values or () if hasattr(v, "dtype") and v.dtype != tf.resource]

    def _from_a_mask(self, tensor: Any, worse: list[Any]) -> bool:
        """Whether a NaN was made here from infinities that somebody wrote down: a mask, not a fault of its own."""
        if not np.isnan(array_of(tensor).astype(np.float64)).any():
            return False
        if any(np.isnan(array_of(value).astype(np.float64)).any() for value in worse):
            return False
        return all(self._written_down(value) for value in worse)

    def _written_down(self, tensor: Any, depth: int = 12) -> bool:
        """Whether the infinities of a tensor come from constants."""
        record = self._made_by(tensor)
        if record is None:
            return self._leaf_kind(tensor) == "constant"
        worse = [value for value in self._inputs(record) if bad(value)]
        return bool(worse) and depth > 0 and all(self._written_down(value, depth - 1) for value in worse)

    def _leaf(self, tensor: Any) -> Origin:
        kind, number = self._leaf_kind(tensor), self._recorder.maker.get(getattr(tensor, "_id", -1))
        users = self._recorder.consumers.get(getattr(tensor, "_id", -1), [])
        record = (
            self._recorder.records[number if number is not None else users[0]] if number is not None or users else None
        )
        lines = record.lines if record else ()
        places = source.places(lines)
        reading = self._recorder.readings.get(getattr(tensor, "_id", -1))
        name = (
            reading.variable.name if reading else getattr(tensor, "name", "") if isinstance(tensor, tf.Variable) else ""
        )
        place = places[0] if places else None
        into = self._recorder.records[users[0]].op if users else name
        in_optimizer = bool(record and record.in_optimizer)
        return Origin(
            kind, "forward", into, place, places, (), self.describe(tensor), in_optimizer=in_optimizer, leaf=kind
        )

    def _leaf_kind(self, tensor: Any) -> str:
        if isinstance(tensor, tf.Variable) or not hasattr(tensor, "_id"):
            return "variable"
        number = self._recorder.maker.get(tensor._id)
        if number is not None:
            op = self._recorder.records[number].op
            return "dataset" if op in SOURCES else "variable" if op == "ReadVariableOp" else "forgotten"
        if tensor._id in self._recorder.readings:
            return "variable"
        return "constant" if tensor.shape.num_elements() == 1 else "data"

    def _origin(self, record: Record, tensor: Any) -> Origin:
        forward = self._recorder.records[record.forward] if record.forward is not None else record
        if forward.values is None:
            forward = record
        places = source.places(forward.lines)
        result = next((r for r in forward.results or () if r.dtype.is_floating), tensor)
        slopes = tuple(self.describe(v) for v in self._inputs(record)) if record.backward else ()
        operands = tuple(self.operand(v) for v in self._inputs(forward))
        direction = "backward" if record.backward else "forward"
        feeds, masked = self._feeds(forward)
        place = places[0] if places else None
        return Origin(
            record.op,
            direction,
            forward.op,
            place,
            places,
            operands,
            self.describe(result),
            feeds,
            masked,
            record.in_optimizer,
            gradient_inputs=slopes,
            layers=forward.layers,
        )

    def operand(self, tensor: Any) -> Operand:
        """A tensor and what it was made by, the nearest first."""
        ancestors: list[Ancestor] = []
        queue: list[tuple[int, int, Any]] = [(0, 0, tensor)]
        seen, leaf = {id(tensor)}, ""
        while queue and len(ancestors) < FARTHEST:
            depth, _, value = heapq.heappop(queue)
            record = self._made_by(value)
            if record is None or record.values is None:
                leaf = leaf or self._leaf_kind(value)
                if depth and self._leaf_kind(value) != "constant":
                    ancestors.append(Ancestor(self._leaf_kind(value), depth, None, self.describe(value)))
                continue
            inputs = self._inputs(record)
            lines = record.lines
            place = source.place(lines[0]) if lines else None
            ancestors.append(Ancestor(record.op, depth, place, self.describe(value), tuple(map(self.describe, inputs))))
            for one in inputs:
                if id(one) not in seen:
                    seen.add(id(one))
                    heapq.heappush(queue, (depth + 1, len(seen), one))
        return Operand(self.describe(tensor), tuple(ancestors), leaf if not ancestors else "")

    def _feeds(self, record: Record) -> tuple[tuple[str, ...], bool]:
        """The operations that use the result, near ones first, and whether a `tf.where` hides entries of it."""
        feeds: list[str] = []
        waiting = [(out, 0) for out in record.outputs]
        masked = False
        while waiting and len(feeds) < 40:
            identity, depth = waiting.pop(0)
            for user in self._users(identity):
                feeds.append(user.op)
                masked = masked or (user.op in ("SelectV2", "Select") and identity != user.inputs[0])
                if depth < ELEMENTWISE_WAY:
                    waiting += [(out, depth + 1) for out in user.outputs]
        return tuple(feeds), masked

    def _users(self, identity: int | None) -> Iterator[Record]:
        for number in self._recorder.consumers.get(identity or -1, []):
            record = self._recorder.records[number]
            if not record.backward and not record.in_optimizer:
                yield record
