"""A step on several devices at once: each takes a part of the batch, and what comes out is the mean over all of it.

This is not tf.distribute's mirrored strategy, which keeps a copy of each weight on each device: there the optimizer
brings the replicas together within its `apply`, which is refused inside a condition, and the guard's gate is one. Here
weights, slots and gate stay on one device; the weights of so small a network are sent to the others at each step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from steadystyle.core.errors import SettingsError

Part = tuple[Mapping[str, tf.Tensor], Sequence[tf.Tensor]]
"""Terms and gradients."""


def devices_for(wanted: int | None) -> list[str]:
    """Names of the GPUs to train on, all if None; of the processor where there is no GPU.

    Raises:
        SettingsError: there are not so many.
    """
    there = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    if wanted is not None and wanted > len(there):
        raise SettingsError(f"devices: got {wanted}, there are {len(there)}; leave it out to use all")
    return [device.name for device in there[:wanted]]


def side_by_side(
    measure: Callable[[tf.Tensor, tf.Tensor, float], Part], images: tf.Tensor, shares: tf.Tensor, devices: Sequence[str]
) -> Part:
    """What `measure` finds for the whole batch (N, H, W, 3) with shares (N, S).

    Args:
        measure: given a part of both and its share of the whole, it gives the terms and the gradients times that.
        devices: to use; no more than there are pictures are.
    """
    count = images.shape[0]
    if len(devices) < 2 or count < 2:
        return measure(images, shares, 1.0)
    used = devices[:count]
    sizes = [count // len(used) + (number < count % len(used)) for number in range(len(used))]
    parts = []
    for device, one, its in zip(used, tf.split(images, sizes), tf.split(shares, sizes), strict=True):
        with tf.device(device):  # the way back too: an operation of the gradient would else be the first device's
            parts.append(measure(one, its, one.shape[0] / count))
    terms = {name: tf.add_n([of_part[name] for of_part, _ in parts]) for name in parts[0][0]}
    gradients: list[Any] = [tf.add_n(list(of_parts)) for of_parts in zip(*(found for _, found in parts), strict=True)]
    return terms, gradients
