"""A measurement made again in detail, to see where the first bad number comes from; it costs nothing until then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from steadystyle.core.finite import describe_nonfinite
from steadystyle.core.flow import Verdict
from steadystyle.transfer.measure import Measure

HALF = (tf.float16, tf.bfloat16)


def first_fault(measure: Measure, image: tf.Tensor, targets: Mapping[str, Any]) -> Verdict | None:
    """What is the first not to be finite, on the way from `image` (1, H, W, 3) to the gradient; None if nothing is.

    Everything is computed anew and kept apart: targets, each layer of the network (a max pool may swallow a NaN, so
    that later ones are finite again), each term, their weighted sum, the gradient.
    """
    before = ""
    for where, cause, numbers, part in _on_the_way(measure, image, targets):
        problem = describe_nonfinite(numbers)
        if problem:
            return Verdict(False, cause, where, problem + part + (f"; before it, {before}" if before else ""))
        before = f"{where} is at most {np.abs(np.asarray(numbers, np.float64)).max():.3g}"
    return None


class Look(NamedTuple):
    """Where, the cause if this is where it begins, the numbers, and of which part of the picture they are."""

    where: str
    cause: str
    numbers: tf.Tensor
    part: str = ""


def _on_the_way(measure: Measure, image: tf.Tensor, targets: Mapping[str, Any]) -> Iterator[Look]:
    """Each only when the one before was finite."""
    for name, target in targets.items():
        for tensor in (tensor for tensor in tf.nest.flatten(target) if tensor is not None):
            yield Look(f"target of {name}", "nonfinite-input", tensor)
    # The optimizer made it from a measurement that was accepted.
    yield Look("image", "optimizer-state", image)
    intact = measure.backbone.is_intact()
    broken = "backend-bug" if intact else "nonfinite-weights"
    for part, layers in measure.by_parts(image):
        for layer, activations in layers.items():
            cause = "half-precision-overflow" if activations.dtype in HALF and intact else broken
            yield Look(layer, cause, activations, part)
    detailed = measure.in_detail(image, targets)
    for name, term in detailed.terms.items():
        yield Look(name, "unknown", term)
    yield Look("loss", "unnormalised-loss", detailed.loss)
    cause = "exploding-gradient" if measure.loss_scale is None else "loss-scale-misuse"
    yield Look("gradient", cause, detailed.gradient)
    yield Look("gradient", cause, detailed.gradient_norm)
