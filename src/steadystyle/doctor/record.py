"""Every operation that runs eagerly, with its tensors and the user's lines, as it happens.

Built on TensorFlow's operation callbacks, and on a wrapped `backprop._gradient_function`, which says to which forward
operation each operation of the backward pass belongs. A `tf.function` that runs as a graph is one record.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any, NamedTuple

from tensorflow.python import pywrap_tfe
from tensorflow.python.eager import backprop
from tensorflow.python.framework import op_callbacks

from steadystyle.doctor import failures, source
from steadystyle.doctor.sites import array_of, finite_array
from steadystyle.doctor.surroundings import Surroundings

MEMORY = 2**30
"""Bytes of tensors that are kept; older ones are dropped first."""


@dataclass(slots=True)
class Record:
    """One operation that ran; `forward` is the number of the one that it is a derivative of."""

    number: int
    op: str
    inputs: tuple[int | None, ...]
    outputs: tuple[int | None, ...]
    lines: tuple[source.Line, ...]
    forward: int | None
    backward: bool
    in_optimizer: bool
    layers: tuple[str, ...]
    values: tuple[Any, ...] | None
    results: tuple[Any, ...] | None


class Reading(NamedTuple):
    """A tensor is the value that a variable had when the record of this number began."""

    variable: Any
    handle: int
    before: int


class Recorder:
    """The list of what ran, and who made which tensor, by the tensor's `_id`."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.records: list[Record] = []
        self.maker: dict[int, int] = {}
        self.assigned: dict[int, list[int]] = {}
        """A variable's handle -> the records that assigned it."""
        self.consumers: dict[int, list[int]] = {}
        self.readings: dict[int, Reading] = {}
        """Tensors that are values of variables: eager operations read a variable without an operation of its own."""
        self._variables: dict[tuple[Any, ...], list[weakref.ref[Any]]] = {}
        self._by_inputs: dict[tuple[str, tuple[int | None, ...]], int] = {}
        self._backward: list[int | None] = []
        self._surroundings = surroundings
        self._looking = False
        self._given: set[int] = set()
        """Tensors that a variable was given: it holds their memory from then on, and they are no values of it."""
        self._bytes, self._oldest = 0, 0

    def know(self, variable: Any) -> None:
        """A variable has been made."""
        self._variables.setdefault(_kind(variable), []).append(weakref.ref(variable))

    def install(self) -> None:
        """Begin to record."""
        original = backprop._gradient_function

        def gradient_function(op_name: Any, attributes: Any, count: Any, inputs: Any, outputs: Any, *rest: Any) -> Any:
            forward = None
            with failures.kept():
                forward = self._forward_of(op_name, inputs, outputs)
            self._backward.append(forward)
            try:
                return original(op_name, attributes, count, inputs, outputs, *rest)
            finally:
                self._backward.pop()

        pywrap_tfe.TFE_Py_RegisterGradientFunction(gradient_function)
        op_callbacks.add_op_callback(self._ran)

    def remove(self) -> None:
        """Record no more."""
        pywrap_tfe.TFE_Py_RegisterGradientFunction(backprop._gradient_function)
        op_callbacks.remove_op_callback(self._ran)

    def _forward_of(self, op_name: Any, inputs: Any, outputs: Any) -> int | None:
        name = op_name.decode() if isinstance(op_name, bytes) else op_name
        for tensor in outputs or ():
            if getattr(tensor, "_id", None) in self.maker:
                return self.maker[tensor._id]
        known = tuple(getattr(tensor, "_id", None) for tensor in inputs or ())
        return self._by_inputs.get((name, known))

    def _ran(self, op_type: Any, inputs: Any, attrs: Any, outputs: Any, op_name: Any = None, graph: Any = None) -> None:
        if graph is None and not self._looking:
            with failures.kept():
                self._record(op_type, inputs, outputs)

    def _record(self, op_type: Any, inputs: Any, outputs: Any) -> None:
        name = op_type.decode() if isinstance(op_type, bytes) else op_type
        number = len(self.records)
        ids = tuple(getattr(t, "_id", None) for t in inputs)
        made = tuple(getattr(t, "_id", None) for t in outputs or ())
        record = Record(
            number,
            name,
            ids,
            made,
            source.stack(),
            self._backward[-1] if self._backward else None,
            bool(self._backward),
            self._surroundings.optimizer > 0,
            tuple(reversed(self._surroundings.layers)),
            tuple(inputs),
            tuple(outputs or ()),
        )
        self.records.append(record)
        if name.startswith("Assign"):
            self._given.update(one for one in ids if one is not None)
        for tensor in inputs:
            self._note_reading(tensor, number)
        for one in made:
            if one is not None:
                self.maker[one] = number
        for one in ids:
            if one is not None:
                self.consumers.setdefault(one, []).append(number)
        self._by_inputs[name, ids] = number
        if name.startswith("Assign") and name.endswith("VariableOp") and ids and ids[0] is not None:
            self.assigned.setdefault(ids[0], []).append(number)
        self._account(record)

    def _note_reading(self, tensor: Any, number: int) -> None:
        identity = getattr(tensor, "_id", None)
        if identity is None or identity in self.maker or identity in self.readings or identity in self._given:
            return
        self._looking = True  # reading a variable is an operation too
        try:
            for reference in self._variables.get(_kind(tensor), ()):
                variable = reference()
                if variable is not None and variable.is_initialized() and _is_value_of(tensor, variable):
                    self.readings[identity] = Reading(variable, variable.handle._id, number)
                    return
        finally:
            self._looking = False

    def _account(self, record: Record) -> None:
        self._bytes += _size(record)
        while self._bytes > MEMORY and self._oldest < len(self.records) - 1:
            old = self.records[self._oldest]
            self._bytes -= _size(old)
            old.values = old.results = None
            self._oldest += 1


def _kind(value: Any) -> tuple[Any, ...]:
    return (value.dtype, *(value.shape.as_list() if value.shape.rank is not None else ()))


def _is_value_of(tensor: Any, variable: Any) -> bool:
    """Whether a tensor is what a variable holds now: the same memory or, away from the CPU, the same bytes."""
    here, held = array_of(tensor), array_of(variable)
    if "CPU" in tensor.device:
        return bool(here.__array_interface__["data"][0] == held.__array_interface__["data"][0])
    return bool(here.size > 1 and here.tobytes() == held.tobytes())


def _size(record: Record) -> int:
    total = 0
    for tensor in record.results or ():
        count = tensor.shape.num_elements()
        total += (count or 0) * max(1, tensor.dtype.size)
    return total


def bad(tensor: Any) -> bool:
    """Whether a tensor holds a NaN or an infinity."""
    return bool(tensor.dtype.is_floating) and not finite_array(array_of(tensor))
