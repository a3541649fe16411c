"""What `benchmarks.floor` times, ready to run; loads TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf

from benchmarks.arithmetic import Arithmetic, stack
from benchmarks.floor import OURS, PLAIN, PRODUCT
from benchmarks.options import Options
from benchmarks.problems import Pair
from steadystyle.backbones.compact import OWN_WEIGHTS, Compact
from steadystyle.core.settings import Settings
from steadystyle.images.load import load_image
from steadystyle.transfer.problem import Problem
from steadystyle.transfer.scales import plan

Task = Callable[[], object]
Layer = tuple[int, tf.Tensor, tf.Tensor]
"""Its block, counted from 1, its kernel and its bias."""


def tasks_of(
    pair: Pair, precision: str, options: Options, size: int, side: int
) -> tuple[dict[str, Task], Arithmetic, str]:
    """Each task by its name, the arithmetic of one evaluation forward, and the size of the picture in words."""
    settings = Settings(size=size, weights=options.weights)
    content = load_image(pair.content)
    problem = Problem(settings, precision, content, [load_image(pair.style)])
    scale = plan(settings, *content.shape[:2])[-1]
    posed, image = problem.at(scale), problem.batch(problem.content_at(scale))
    used = [layer for layer in problem.measure.all_layers() if layer in Compact.layers]
    layers = read_layers(options.weights or OWN_WEIGHTS, used, precision)
    compared = [*Compact.style_layers, *Compact.content_layers]
    kernels = {name: tuple(kernel.shape) for name, (_, kernel, _) in zip(used, layers, strict=True)}
    arithmetic = stack(scale.height, scale.width, kernels, compared, Compact.style_layers)
    tasks = {
        OURS: lambda: posed(image).loss.numpy(),
        PLAIN: plain_loop(image, layers),
        PRODUCT: matrix_product(side, precision),
    }
    return tasks, arithmetic, f"{scale.width}x{scale.height}"


def read_layers(weights: Path, names: list[str], precision: str) -> list[Layer]:
    """Kernels and biases of those layers, cast before anything is timed."""
    with np.load(weights, allow_pickle=False) as arrays:
        return [
            (int(name[4]), *(tf.cast(arrays[f"{name}.{part}"], precision) for part in ("kernel", "bias")))
            for name in names
        ]


def plain_loop(image: tf.Tensor, layers: list[Layer]) -> Task:
    """The gradient of the sum of the deepest features along `image` (1, H, W, 3), as anyone would write it."""

    @tf.function(autograph=False)
    def gradient(image: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(image)
            x, before = tf.cast(image, layers[0][1].dtype), 1
            for block, kernel, bias in layers:
                if block > before:
                    x = tf.nn.max_pool2d(x, 2, 2, "VALID")
                x, before = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "SAME"), bias)), block
        return tape.gradient(x, image)

    # On a GPU an operation returns before it is done; reading one number of its result is waiting for it.
    return lambda: gradient(image)[0, 0, 0, 0].numpy()


def matrix_product(side: int, precision: str) -> Task:
    """The product of two square matrices of `side`."""
    left, right = (tf.cast(np.random.default_rng(seed).random((side, side), np.float32), precision) for seed in (0, 1))
    product = tf.function(tf.matmul, autograph=False)
    return lambda: product(left, right)[0, 0].numpy()
