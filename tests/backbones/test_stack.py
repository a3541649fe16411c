"""The shape of the VGG family: borders, pools, precision."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from steadystyle.backbones._names import as_asked, checked, literature_name, stack_layers
from steadystyle.backbones._stack import pool, run_stack
from steadystyle.core.errors import SettingsError
from steadystyle.core.reflect import reflect_pad

BLOCKS = (1, 2)


def numpy_padded(images: np.ndarray) -> np.ndarray:
    """(N, H, W, C) with NumPy's reflection; a side of one pixel, which has nothing to reflect, is repeated."""
    for axis in (1, 2):
        border = [(1, 1) if number == axis else (0, 0) for number in range(4)]
        images = np.pad(images, border, mode="reflect" if images.shape[axis] > 1 else "edge")
    return images


@given(height=st.integers(1, 9), width=st.integers(1, 9))
def test_the_border_is_reflected(height: int, width: int) -> None:
    """Padding is NumPy's reflection at every size."""
    images = np.random.default_rng(height * 10 + width).random((2, height, width, 3), np.float32)
    np.testing.assert_array_equal(reflect_pad(tf.constant(images)), numpy_padded(images))


@given(height=st.integers(1, 9), width=st.integers(1, 9))
def test_padding_has_the_gradient_of_its_copies(height: int, width: int) -> None:
    """A pixel has the sum of the gradients at the places where it appears, for each picture of a batch on its own."""
    shape = (2, height, width, 3)
    images = tf.reshape(tf.range(np.prod(shape), dtype=tf.float32), shape)
    upstream = np.random.default_rng(height * 10 + width).integers(-9, 9, (2, height + 2, width + 2, 3))
    with tf.GradientTape() as tape:
        tape.watch(images)
        padded = reflect_pad(images)
    expected = np.zeros(shape)
    np.add.at(expected.reshape(-1), numpy_padded(np.arange(np.prod(shape)).reshape(shape)), upstream)
    np.testing.assert_array_equal(tape.gradient(padded, images, tf.constant(upstream, tf.float32)), expected)


def test_an_odd_last_row_is_dropped_by_a_pool() -> None:
    """Five rows give two, by maximum or by average."""
    images = tf.reshape(tf.range(5 * 4, dtype=tf.float32), (1, 5, 4, 1))
    np.testing.assert_array_equal(pool(images, "max")[0, ..., 0], [[5, 7], [13, 15]])
    np.testing.assert_array_equal(pool(images, "average")[0, ..., 0], [[2.5, 4.5], [10.5, 12.5]])


def convolutions(seed: int = 0) -> dict[str, tuple[tf.Tensor, tf.Tensor]]:
    """Random kernels and biases for two blocks of a few channels."""
    generator, inputs, found = np.random.default_rng(seed), 3, {}
    for name, outputs in (("1_1", 4), ("2_1", 5), ("2_2", 6)):
        kernel = generator.normal(scale=0.3, size=(3, 3, inputs, outputs)).astype(np.float32)
        found[name] = tf.constant(kernel), tf.constant(generator.normal(size=outputs).astype(np.float32))
        inputs = outputs
    return found


def slowly(image: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Convolution, bias and ReLU, place by place."""
    padded = np.pad(image, [(1, 1), (1, 1), (0, 0)], mode="reflect")
    result = np.empty((*image.shape[:2], len(bias)))
    for row, column in np.ndindex(*image.shape[:2]):
        result[row, column] = np.tensordot(padded[row : row + 3, column : column + 3], kernel, 3) + bias
    return np.maximum(result, 0)


def test_the_stack_computes_what_it_says() -> None:
    """Convolution, bias, ReLU, pool: the same as a loop over places."""
    image = np.random.default_rng(1).random((6, 8, 3), np.float32)
    parameters = {name: (kernel.numpy(), bias.numpy()) for name, (kernel, bias) in convolutions().items()}
    first = slowly(image, *parameters["1_1"])
    pooled = first.reshape(3, 2, 4, 2, 4).max((1, 3))
    last = slowly(slowly(pooled, *parameters["2_1"]), *parameters["2_2"])
    wanted = ("relu1_1", "relu2_2")
    found = run_stack(tf.constant(image[np.newaxis]), convolutions(), BLOCKS, wanted, pooling="max", dtype=tf.float32)
    assert set(found) == set(wanted)
    np.testing.assert_allclose(found["relu1_1"][0], first, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found["relu2_2"][0], last, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16])
def test_features_keep_the_precision_of_the_convolutions(dtype: tf.DType) -> None:
    """What is computed in bfloat16 stays so until a loss sums it."""
    found = run_stack(tf.zeros((1, 4, 4, 3)), convolutions(), BLOCKS, ("relu2_1",), pooling="average", dtype=dtype)
    assert found["relu2_1"].dtype == dtype


def test_names_are_those_of_the_literature() -> None:
    """From shallow to deep; Keras's and Caffe's names for the same place are understood."""
    assert stack_layers(BLOCKS) == ("relu1_1", "relu2_1", "relu2_2")
    assert {literature_name(name) for name in ("relu2_1", "conv2_1", "block2_conv1")} == {"relu2_1"}
    assert checked(["block2_conv2", "relu1_1"], stack_layers(BLOCKS), "net") == ("relu2_2", "relu1_1")
    assert as_asked({"relu2_1": 3, "relu1_1": 4}, ["block2_conv1"]) == {"block2_conv1": 3}


@given(st.text(max_size=12))
def test_a_name_of_no_layer_is_refused(name: str) -> None:
    """Any other text is no layer."""
    if literature_name(name) not in stack_layers(BLOCKS):
        with pytest.raises(SettingsError, match="choose from relu1_1, relu2_1, relu2_2"):
            checked([name], stack_layers(BLOCKS), "net")
