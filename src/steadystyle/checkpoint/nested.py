"""Nests of plain values, records and arrays, taken apart into what JSON holds and the arrays by name; and back.

What is one object in several places is one object again: the guard tells measurements apart by identity, and a state
that is kept three times is written once. Nothing is executed on the way back: a record is made by its class's name, and
only if it is a class of ours that is loaded already.
"""

from __future__ import annotations

import dataclasses
import hashlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

PLAIN = (bool, int, float, str, type(None))
OURS = "steadystyle."


class Taken(dict[str, np.ndarray]):
    """Arrays by name, each once, however often its numbers occur: rows of a matrix (k, n) are taken one by one.

    L-BFGS's pairs are such rows; from one step to the next all but one of them are the same.
    """

    def take(self, array: np.ndarray) -> list[str]:
        """The names of the parts of `array`."""
        return [self._name(part) for part in (array if array.ndim == 2 else [array])]

    def _name(self, part: np.ndarray) -> str:
        whole = np.ascontiguousarray(part)
        name = hashlib.sha256(f"{whole.dtype.str}{whole.shape}".encode())
        name.update(whole.data if whole.size else b"")
        self.setdefault(name.hexdigest(), whole)
        return name.hexdigest()


def taken_apart(nest: Any) -> tuple[Any, Taken]:
    """What JSON holds of `nest`, and its arrays.

    Args:
        nest: numbers, texts, None, lists, tuples, mappings with texts for keys, arrays, tensors, and records of ours:
            named tuples and frozen dataclasses.

    Raises:
        TypeError: something else is in it.
    """
    arrays = Taken()
    numbers: dict[int, int] = {}
    alive = []  # so that no other object gets the identity of one that was seen

    def once(value: Any, kind: str, parts: Callable[[], Any]) -> dict[str, Any]:
        if id(value) in numbers:
            return {"same": numbers[id(value)]}
        number = numbers[id(value)] = len(numbers)
        alive.append(value)
        return {kind: parts(), "number": number}

    def apart(value: Any) -> Any:
        if type(value) in PLAIN:
            return value
        if isinstance(value, list):
            return [apart(part) for part in value]
        if isinstance(value, np.generic):
            value = np.asarray(value)
        if tf.is_tensor(value) or isinstance(value, np.ndarray):
            return once(value, "array", lambda: _array(np.asarray(value), bool(tf.is_tensor(value)), arrays))
        fields = _fields(value)
        if fields is not None:
            return once(
                value, "record", lambda: [_name_of(type(value)), {n: apart(part) for n, part in fields.items()}]
            )
        if isinstance(value, tuple):
            return {"tuple": [apart(part) for part in value]}
        if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
            return {"mapping": {name: apart(part) for name, part in value.items()}}
        raise TypeError(f"cannot be kept: {type(value).__name__}")

    return apart(nest), arrays


def put_together(document: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """The inverse of `taken_apart`.

    Raises:
        ValueError, KeyError, TypeError: they do not belong together.
    """
    made: dict[int, Any] = {}

    def together(part: Any) -> Any:
        if type(part) in PLAIN:
            return part
        if isinstance(part, list):
            return [together(one) for one in part]
        if "same" in part:
            return made[part["same"]]
        if "tuple" in part:
            return tuple(together(one) for one in part["tuple"])
        if "mapping" in part:
            return {name: together(one) for name, one in part["mapping"].items()}
        if "array" in part:
            value = _whole(part["array"], arrays)
        else:
            name, fields = part["record"]
            value = _class_of(name)(**{field: together(one) for field, one in fields.items()})
        made[part["number"]] = value
        return value

    return together(document)


def _array(array: np.ndarray, is_tensor: bool, arrays: Taken) -> dict[str, Any]:
    if array.dtype.kind not in "fiub":
        raise TypeError(f"cannot be kept: numbers of {array.dtype}")
    kept = {"tensor": is_tensor, "dtype": array.dtype.str, "shape": list(array.shape)}
    if array.ndim == 0:  # a file of its own would be hundreds of bytes for one number
        return kept | {"value": array.item()}
    return kept | {"parts": arrays.take(array)}


def _whole(kept: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Any:
    if "value" in kept:
        array = np.array(kept["value"], kept["dtype"])
    elif len(kept["shape"]) == 2:
        array = np.array([arrays[name] for name in kept["parts"]], kept["dtype"]).reshape(kept["shape"])
    else:
        array = arrays[kept["parts"][0]].reshape(kept["shape"])
    return tf.constant(array) if kept["tensor"] else array


def _fields(value: Any) -> dict[str, Any] | None:
    """Those of a record by name; None for what is none."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return dict(zip(value._fields, value, strict=True))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return None


def _name_of(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _class_of(name: str) -> Any:
    module, _, qualname = name.partition(":")
    kind = getattr(sys.modules.get(module), qualname, None) if module.startswith(OURS) else None
    if not isinstance(kind, type) or not (hasattr(kind, "_fields") or dataclasses.is_dataclass(kind)):
        raise ValueError(f"no record {name!r}")
    return kind
