"""What is wrapped of TensorFlow and Keras so that a `Watch` is told: methods of classes, so every alias is reached."""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras.src.optimizers.base_optimizer import BaseOptimizer
from tensorflow.python.eager.polymorphic_function.polymorphic_function import Function
from tensorflow.python.framework import ops as framework
from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable, ResourceVariable

from steadystyle.doctor import failures, source
from steadystyle.doctor.changes import Changes
from steadystyle.doctor.sites import array_of
from steadystyle.doctor.surroundings import NOW
from steadystyle.doctor.watch import Watch
from steadystyle.doctor.wrapped import Wrapped

EagerTensor = framework._EagerTensorBase


def _tell(report: Callable[..., None], *facts: Any) -> None:
    """Report, and let no mistake of ours end the user's program."""
    if NOW.ours:
        return
    with NOW.inside("ours"), failures.kept():
        report(*facts)


def install(watch: Watch, changes: Changes) -> Wrapped:
    """Wrap everything; what comes back can undo it."""
    wrapped = Wrapped()
    wrap = wrapped.wrap
    wrap(tf.GradientTape, "gradient", lambda original: _gradient(watch, changes, original))
    for owner in {BaseOptimizer, keras.optimizers.LossScaleOptimizer}:
        wrap(owner, "apply", lambda original: _apply(watch, original))
    wrap(BaseOptimizer, "__init__", lambda original: _made(watch, original))
    wrap(BaseOptimizer, "_get_current_learning_rate", lambda original: lambda self: changes.rate(original(self)))
    wrap(keras.optimizers.LossScaleOptimizer, "scale_loss", lambda original: _scale_loss(watch, original))
    for name in ("assign", "assign_add", "assign_sub"):
        for owner in (BaseResourceVariable, ResourceVariable):  # TensorFlow writes the methods into both
            if name in owner.__dict__:
                wrap(owner, name, lambda original: _assign(watch, original))
    wrap(Function, "__call__", lambda original: _call(watch, changes, original))
    wrap(Function, "__init__", lambda original: _make_function(watch, changes, original))
    for name in ("numpy", "__float__", "__str__", "__repr__", "__format__"):
        wrap(EagerTensor, name, lambda original: _show(watch, original))
    for module, name in _QUESTIONS:
        wrap(module, name, functools.partial(_question, watch, name))
    for name in ("array", "asarray"):
        wrap(np, name, _as_array)
    wrap(keras.Layer, "__call__", lambda original: _layer(changes, original))
    wrap(keras.Model, "_compute_loss", lambda original: _compute_loss(watch, original))
    return wrapped


_QUESTIONS = [
    *((tf.math, name) for name in ("is_nan", "is_inf", "is_finite")),
    *((tf.debugging, name) for name in ("check_numerics", "assert_all_finite")),
    (tf, "cast"),
    (tf, "saturate_cast"),
    (tf.image, "convert_image_dtype"),
    (keras.utils, "save_img"),
    (keras.utils, "array_to_img"),
]
"""What scripts ask of a value that they suspect, or do with one that they are about to save."""


def _matters(name: str, tensor: Any, others: tuple[Any, ...]) -> bool:
    """Whole tensors are asked about to repair them, which is healthy; a number is asked about to stop."""
    if not (isinstance(tensor, framework.EagerTensor) and tensor.dtype.is_floating):
        return False
    if name in ("save_img", "array_to_img"):
        return True
    if "cast" in name or "dtype" in name:
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
        scales = hasattr(self, "inner_optimizer")
        with NOW.inside("optimizer"):
            rate = None if scales else self._get_current_learning_rate()  # before the step is counted
            result = original(self, grads, known)
        if not scales:
            variables = known if known is not None else list(self._trainable_variables)
            _tell(lambda: watch.applied(self, rate, variables))
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
        before = array_of(self).copy() if watch.doubts and tf.executing_eagerly() else None
        with NOW.inside("assignment"):
            result = original(self, value, *args, **options)
        inside = NOW.assignment or NOW.optimizer or NOW.ours
        if not inside and self.dtype.is_floating and not _of_a_metric():
            changed = before is None or not np.array_equal(before, array_of(self), equal_nan=True)
            _tell(lambda: watch.assigned(self, tf.convert_to_tensor(value, self.dtype), changed))
        return result

    return assign


def _of_a_metric() -> bool:
    """Keras keeps running means by assigning; what they average is watched itself."""
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
        if NOW.function or not tf.executing_eagerly():
            return original(self, *args, **options)
        if changes.eager_from is not None and watch.calls >= changes.eager_from:
            tf.config.run_functions_eagerly(True)
        watch.calls += 1
        with NOW.inside("function"):
            result = original(self, *args, **options)
        _tell(watch.called)
        return result

    return call


def _show(watch: Watch, original: Any) -> Any:
    def show(self: Any, *args: Any) -> Any:
        result = original(self, *args)
        if not NOW.ours and not NOW.function and not NOW.optimizer and self.dtype.is_floating:
            array = array_of(self)
            _tell(watch.shown, self, array, array.size > 1)
        return result

    return show


def _as_array(original: Any) -> Any:
    """numpy reads a tensor's memory without asking it; libraries do so all the time: the user's own lines count."""

    def as_array(*args: Any, **options: Any) -> Any:
        tensor = args[0] if args else None
        if isinstance(tensor, EagerTensor) and source.is_own(sys._getframe(1).f_code.co_filename):
            tensor = tensor.numpy()
        return original(tensor, *args[1:], **options) if args else original(**options)

    return as_array


def _compute_loss(watch: Watch, original: Any) -> Any:
    def compute_loss(self: Any, *args: Any, **options: Any) -> Any:
        loss = original(self, *args, **options)
        if options.get("training") is False:
            _tell(watch.evaluated, loss)
        return loss

    return compute_loss


def _layer(changes: Changes, original: Any) -> Any:
    def call(self: Any, *args: Any, **options: Any) -> Any:
        if not NOW.layers and args:
            args = (changes.entering(args[0]), *args[1:])
        with NOW.inside_layer(type(self).__name__):
            return original(self, *args, **options)

    return call


def _question(watch: Watch, name: str, original: Any) -> Any:
    def question(*args: Any, **options: Any) -> Any:
        tensor, *others = [*args[1 if name == "save_img" else 0 :], *options.values()]
        if not NOW.ours and not NOW.function and _matters(name, tensor, tuple(others)):
            _tell(watch.shown, tensor, array_of(tensor), math.prod(tensor.shape) > 1)
        return original(*args, **options)

    return question
