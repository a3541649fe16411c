from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from benchmarks import floor
from benchmarks.arithmetic import Arithmetic, convolution, stack
from benchmarks.floor_tasks import matrix_product, plain_loop, read_layers
from steadystyle.backbones.compact import OWN_WEIGHTS


def test_a_convolution_multiplies_and_adds_once_for_each_weight_and_place() -> None:
    """Here 3 x 3 x 2 x 5 weights at 4 x 6 places."""
    assert convolution(4, 6, (3, 3, 2, 5)) == 2 * 90 * 24


def test_the_arithmetic_of_a_small_stack_is_that_of_a_count_by_hand() -> None:
    """Each block has a quarter of the places, an odd last row or column being dropped; metrics and Gram matrices are
    products of C x C at each place; the way back takes as many operations as the way there.
    """
    kernels = {"relu1_1": (3, 3, 3, 4), "relu1_2": (3, 3, 4, 4), "relu2_1": (3, 3, 4, 8)}
    found = stack(10, 7, kernels, metrics=["relu2_1"], styles=["relu1_1", "relu2_1"])
    assert found.convolutions == 2 * (108 * 70 + 144 * 70 + 288 * 15)
    assert found.metrics == 2 * 64 * 15
    assert found.grams == 2 * (16 * 70 + 64 * 15)
    assert found.with_gradient == 2 * (found.convolutions + found.metrics + found.grams)


def test_rates_are_compared_with_the_product_and_the_plain_loop() -> None:
    """Half as fast as the product is half of its rate and twice the floor."""
    seconds: dict[str, dict[str, Any]] = {
        floor.OURS: {"median": 4.0}, floor.PLAIN: {"median": 1.0}, floor.PRODUCT: {"median": 1.0}
    }  # fmt: skip
    found = floor.compared(seconds, Arithmetic(2_000, 0, 0), side=10)
    assert found["operations_per_second"] == {floor.OURS: 1_000, floor.PLAIN: 4_000, floor.PRODUCT: 2_000}
    assert found["share_of_product"][floor.OURS] == 0.5
    assert found["times_floor"] == 2.0
    assert found["times_plain"] == 4.0


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_tasks_run(precision: str) -> None:
    """The plain loop has a gradient, and the product a number."""
    image = tf.constant(np.random.default_rng(0).random((1, 32, 48, 3), np.float32))
    layers = read_layers(OWN_WEIGHTS, ["relu1_1", "relu1_2", "relu2_1"], precision)
    assert [block for block, _, _ in layers] == [1, 1, 2]
    assert float(plain_loop(image, layers)()) != 0.0  # type: ignore[arg-type]
    assert float(matrix_product(8, precision)()) > 0.0  # type: ignore[arg-type]
