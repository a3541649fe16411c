"""What is wrapped of TensorFlow and Keras so that a `Watch` is told: methods of classes, so every alias is reached."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras.src.optimizers.base_optimizer import BaseOptimizer
from tensorflow.python.eager.polymorphic_function.polymorphic_function import Function
from tensorflow.python.framework import ops as framework
from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable, ResourceVariable

from steadystyle.doctor.changes import Changes
from steadystyle.doctor.watch import Watch

EagerTensor = framework._EagerTensorBase
array_of = EagerTensor.numpy
"""Our own way to a tensor's values, past what is wrapped here."""


class _Depth:
    """How deep we are inside optimizers, functions and our own questions."""

    optimizer = function = assign = ours = 0


@contextmanager
def _inside(name: str) -> Iterator[None]:
    setattr(_Depth, name, getattr(_Depth, name) + 1)
    try:
        yield
    finally:
        setattr(_Depth, name, getattr(_Depth, name) - 1)


def _tell(report: Callable[..., None], *facts: Any) -> None:
    """Report, and let no mistake of ours end the user's program."""
    if _Depth.ours:
        return
    with _inside("ours"):
        try:
            report(*facts)
        except Exception as error:
            _FAILURES.append(f"{type(error).__name__}: {error}")


_FAILURES: list[str] = []


def failures() -> list[str]:
    """What went wrong in watching, for a note in the report."""
    return _FAILURES


def _wrap(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    original = getattr(owner, name)
    setattr(owner, name, functools.wraps(original)(make(original)))


def install(watch: Watch, changes: Changes) -> None:
    """Wrap everything; the process is made for one run, so nothing is ever given back."""
    _wrap(tf.GradientTape, "gradient", lambda original: _gradient(watch, changes, original))
    for owner in {BaseOptimizer, keras.optimizers.LossScaleOptimizer}:
        _wrap(owner, "apply", lambda original: _apply(watch, original))
    _wrap(BaseOptimizer, "__init__", lambda original: _made(watch, original))
    _wrap(BaseOptimizer, "_get_current_learning_rate", lambda original: lambda self: changes.rate(original(self)))
    _wrap(keras.optimizers.LossScaleOptimizer, "scale_loss", lambda original: _scale_loss(watch, original))
    for name in ("assign", "assign_add", "assign_sub"):
        for owner in (BaseResourceVariable, ResourceVariable):  # TensorFlow writes the methods into both
            if name in owner.__dict__:
                _wrap(owner, name, lambda original: _assign(watch, original))
    _wrap(Function, "__call__", lambda original: _call(watch, changes, original))
    _wrap(Function, "__init__", lambda original: _make_function(watch, changes, original))
    for name in ("numpy", "__float__", "__str__", "__repr__", "__format__"):
        _wrap(EagerTensor, name, lambda original: _show(watch, original))
    for module, name in _QUESTIONS:
        _wrap(module, name, functools.partial(_question, watch, name))
    _wrap(keras.Layer, "__call__", lambda original: changes.layer_call(original))


_QUESTIONS = [
    *((tf.math, name) for name in ("is_nan", "is_inf", "is_finite")),
    *((tf.debugging, name) for name in ("check_numerics", "assert_all_finite")),
    (tf, "cast"),
    (tf, "saturate_cast"),
]
"""What scripts ask of a value that they suspect, or do with one that they are about to save."""


def _matters(name: str, tensor: Any, others: tuple[Any, ...]) -> bool:
    """Whole tensors are asked about to repair them, which is healthy; a number is asked about to stop."""
    if not (isinstance(tensor, framework.EagerTensor) and tensor.dtype.is_floating):
        return False
    if "cast" in name:
        return bool(others) and tf.as_dtype(others[0]).is_integer
    return name in ("check_numerics", "assert_all_finite") or math.prod(tensor.shape) == 1


def _gradient(watch: Watch, changes: Changes, original: Any) -> Any:
    def gradient(self: Any, target: Any, sources: Any, *args: Any, **options: Any) -> Any:
        result = original(self, target, sources, *args, **options)
        _tell(watch.gradient, target, sources, result)
        return changes.gradient(result)

    return gradient


def _apply(watch: Watch, original: Any) -> Any:
    def apply(self: Any, grads: Any, trainable_variables: Any = None) -> Any:
        grads = list(grads)
        known = list(trainable_variables) if trainable_variables is not None else None
        with _inside("optimizer"):
            result = original(self, grads, known)
        if not hasattr(self, "inner_optimizer"):
            variables = known if known is not None else list(self._trainable_variables)
            _tell(lambda: watch.applied(self, self._get_current_learning_rate(), grads, variables))
        return result

    return apply


def _made(watch: Watch, original: Any) -> Any:
    def made(self: Any, *args: Any, **options: Any) -> None:
        original(self, *args, **options)
        _tell(watch.made_optimizer, self)

    return made


def _scale_loss(watch: Watch, original: Any) -> Any:
    def scale_loss(self: Any, loss: Any) -> Any:
        _tell(watch.scaled_loss, loss)
        return original(self, loss)

    return scale_loss


def _assign(watch: Watch, original: Any) -> Any:
    def assign(self: Any, value: Any, *args: Any, **options: Any) -> Any:
        with _inside("assign"):
            result = original(self, value, *args, **options)
        if (
            not _Depth.assign
            and not _Depth.optimizer
            and not _Depth.ours
            and self.dtype.is_floating
            and not _of_a_metric()
        ):
            _tell(lambda: watch.assigned(self, tf.convert_to_tensor(value, self.dtype)))
        return result

    return assign


def _of_a_metric() -> bool:
    """Keras keeps running means by assigning; what they average is watched itself."""
    import sys

    frame = sys._getframe(2)
    for _ in range(6):
        if frame is None:
            return False
        if "/metrics/" in frame.f_code.co_filename.replace("\\", "/"):
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _make_function(watch: Watch, changes: Changes, original: Any) -> Any:
    def make(self: Any, *args: Any, **options: Any) -> None:
        if options.get("jit_compile"):
            watch.observed.compiled = True
            if changes.without_xla:
                options["jit_compile"] = None
        original(self, *args, **options)

    return make


def _call(watch: Watch, changes: Changes, original: Any) -> Any:
    def call(self: Any, *args: Any, **options: Any) -> Any:
        if _Depth.function or not tf.executing_eagerly():
            return original(self, *args, **options)
        if changes.eager_from is not None and watch.calls >= changes.eager_from:
            tf.config.run_functions_eagerly(True)
        watch.calls += 1
        with _inside("function"):
            result = original(self, *args, **options)
        _tell(watch.called)
        return result

    return call


def _show(watch: Watch, original: Any) -> Any:
    def show(self: Any, *args: Any) -> Any:
        result = original(self, *args)
        if not _Depth.ours and not _Depth.function and not _Depth.optimizer and self.dtype.is_floating:
            array = np.asarray(array_of(self))
            _tell(watch.shown, self, array, array.size > 1)
        return result

    return show


def _question(watch: Watch, name: str, original: Any) -> Any:
    def question(*args: Any, **options: Any) -> Any:
        tensor, *others = [*args, *options.values()]
        if not _Depth.ours and not _Depth.function and _matters(name, tensor, tuple(others)):
            _tell(watch.shown, tensor, np.asarray(array_of(tensor)), math.prod(tensor.shape) > 1)
        return original(*args, **options)

    return question


def in_optimizer() -> bool:
    """Whether an optimizer is at work right now."""
    return _Depth.optimizer > 0
