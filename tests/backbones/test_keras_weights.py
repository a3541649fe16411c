"""VGG weights as Keras distributes them: from a file, from Keras's cache, or not at all."""

from __future__ import annotations

import functools
import hashlib
import socket
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from steadystyle.backbones import _keras_weights
from steadystyle.backbones.vgg16 import Vgg16
from steadystyle.backbones.vgg19 import Vgg19
from steadystyle.core.errors import WeightsError

# Keras 3.15 asks NumPy 2 for its own variables in a deprecated way, and says of `.h5` that it is old.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

FORMS = ("weights.h5", "h5")
"""Keras's own form, and the older one in which the published weights are."""
NETWORKS = {"vgg16": Vgg16, "vgg19": Vgg19}
CACHED = "tiny_notop.h5"


def tiny(*, include_top: bool, weights: str | None, blocks: tuple[int, ...] = (1, 2), channels: int = 4) -> Any:
    """A network of VGG's form with a handful of weights, in the place of `keras.applications.VGG19`."""
    assert not include_top
    x = inputs = keras.Input((None, None, 3))
    for block, count in enumerate(blocks, 1):
        for number in range(1, count + 1):
            name = f"block{block}_conv{number}"
            x = keras.layers.Conv2D(channels * block, 3, padding="same", activation="relu", name=name)(x)
        x = keras.layers.MaxPooling2D(name=f"block{block}_pool")(x)
    model = keras.Model(inputs, x)
    if weights is not None:
        model.load_weights(keras.utils.get_file(CACHED, "https://example.org/odd", cache_subdir="models"))
    return model


def saved(model: Any, folder: Path, form: str) -> Path:
    """The model's weights in a file of that form."""
    path = folder / f"network.{form}"
    if form == "h5":
        model.save(path)
    else:
        model.save_weights(path)
    return path


def randomised(model: Any, seed: int = 0) -> Any:
    """The model with random biases too, which Keras starts at 0."""
    generator = np.random.default_rng(seed)
    for layer in model.layers:
        if layer.get_weights():
            kernel, bias = layer.get_weights()
            layer.set_weights([kernel, generator.normal(scale=0.1, size=bias.shape)])
    return model


def load(path: Path | None, application: Callable[..., Any] = tiny, md5: str = "") -> _keras_weights.Arrays:
    """The tiny network's weights."""
    return _keras_weights.load(application, CACHED, md5, "Tiny", path)


def message(path: Path | None, **options: Any) -> str:
    """What is said of weights that are refused: one line, and Keras says nothing besides."""
    with warnings.catch_warnings(record=True, action="always") as said, pytest.raises(WeightsError) as caught:
        load(path, **options)
    assert not [warning for warning in said if warning.category is UserWarning]
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_of_either_form_is_read(form: str, tmp_path: Path) -> None:
    """Each convolution has the kernel and the bias that were saved, under its number."""
    model = randomised(tiny(include_top=False, weights=None))
    arrays = load(saved(model, tmp_path, form))
    assert set(arrays) == {"1_1", "2_1", "2_2"}
    for name, (kernel, bias) in arrays.items():
        expected = model.get_layer(f"block{name[0]}_conv{name[2]}").get_weights()
        np.testing.assert_array_equal(kernel, expected[0])
        np.testing.assert_array_equal(bias, expected[1])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("share", [0.0, 0.2, 0.7, 0.95])
def test_a_truncated_file_is_refused(form: str, share: float, tmp_path: Path) -> None:
    """Wherever it was cut."""
    path = saved(tiny(include_top=False, weights=None), tmp_path, form)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert message(path).startswith(f"Tiny: {path} does not hold this network's weights")


@pytest.mark.parametrize("form", FORMS)
def test_a_flipped_byte_that_makes_a_nan_is_refused(form: str, tmp_path: Path) -> None:
    """HDF5 has no checksum; a number that is not finite is found all the same, and named."""
    model = tiny(include_top=False, weights=None)
    kernel, bias = model.get_layer("block2_conv1").get_weights()
    kernel[0, 1, 2, 3] = 1.875  # all bits of its exponent are set but one
    model.get_layer("block2_conv1").set_weights([kernel, bias])
    path = saved(model, tmp_path, form)
    content = bytearray(path.read_bytes())
    place = content.find(np.float32(1.875).tobytes())
    content[place + 3] ^= 0x40
    path.write_bytes(content)
    expected = f"kernel of block2_conv1: 1 of {kernel.size} entries are not finite, the first at (0, 1, 2, 3): nan"
    assert expected in message(path)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("blocks", "channels"), [((1, 1), 4), ((2, 2), 4), ((1, 2), 5)])
def test_the_file_of_another_network_is_refused(
    form: str, blocks: tuple[int, ...], channels: int, tmp_path: Path
) -> None:
    """Fewer layers, or others: no layer is left at random numbers."""
    other = tiny(include_top=False, weights=None, blocks=blocks, channels=channels)
    assert "does not hold this network's weights" in message(saved(other, tmp_path, form))


@pytest.mark.parametrize("name", ["missing.h5", "missing.weights.h5", "."])
def test_a_missing_file_is_named(name: str) -> None:
    """What is not there, or is no file."""
    assert message(Path(name)).startswith(f"Tiny: no weight file {name}")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of Keras's, and no way to any other computer."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))

    def nowhere(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


@pytest.mark.parametrize("name", NETWORKS)
def test_without_a_network_one_line_says_what_to_do(name: str, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the weights were looked for, and three ways on; standard output is for results."""
    with pytest.raises(WeightsError) as caught:
        NETWORKS[name](pooling="max", precision="float32")
    said = str(caught.value)
    assert str(cache) in said
    assert f"--weights FILE with {name}_weights_tf_dim_ordering_tf_kernels_notop.h5" in said
    assert "connect to the internet" in said
    assert "--backbone compact" in said
    assert "\n" not in said
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", NETWORKS)
def test_a_damaged_file_in_the_cache_is_refused_by_name(name: str, cache: Path) -> None:
    """What a broken download left behind is not used, and the message says what to delete."""
    path = cache / f"{name}_weights_tf_dim_ordering_tf_kernels_notop.h5"
    path.write_bytes(b"half of it")
    with pytest.raises(WeightsError, match=f"{path} is damaged .*; delete it and run again"):
        NETWORKS[name](pooling="max", precision="float32")


def test_a_good_file_in_the_cache_is_used(cache: Path) -> None:
    """With the hash that is published for it, the cached file is read and nothing is fetched."""
    model = tiny(include_top=False, weights=None)
    model.save(cache / CACHED)
    md5 = hashlib.md5((cache / CACHED).read_bytes()).hexdigest()
    np.testing.assert_array_equal(load(None, md5=md5)["1_1"][0], model.get_layer("block1_conv1").get_weights()[0])


# The real networks


@functools.cache
def real(name: str) -> Any:
    """Keras's VGG-16 or VGG-19 with random weights."""
    return randomised(getattr(keras.applications, name.upper())(include_top=False, weights=None), seed=1)


@pytest.mark.parametrize(("name", "form"), [("vgg16", "h5"), ("vgg19", "weights.h5")])
def test_features_are_those_of_keras(name: str, form: str, tmp_path: Path) -> None:
    """Away from the border, where we reflect and Keras fills with zeros, preprocessing and all layers agree."""
    network = NETWORKS[name](pooling="max", precision="float32", weights=saved(real(name), tmp_path, form))
    names = ("block1_conv2", "block2_conv1", "block3_conv3", "block4_conv2")
    model = keras.Model(real(name).input, [real(name).get_layer(layer).output for layer in names])
    image = np.random.default_rng(0).random((1, 128, 112, 3), np.float32)
    preprocess = getattr(keras.applications, name).preprocess_input
    expected = dict(zip(names, model(preprocess(image * 255)), strict=True))
    for layer, value in network.features(tf.constant(image), names).items():
        border = 48 // (128 // value.shape[1])
        ours, theirs = (found.numpy()[:, border:-border, border:-border] for found in (value, expected[layer]))
        assert ours.size > 0
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-3 * np.abs(theirs).max())


def test_the_file_of_the_other_vgg_is_refused(tmp_path: Path) -> None:
    """VGG-16's weights are not VGG-19's."""
    path = saved(real("vgg16"), tmp_path, "weights.h5")
    with pytest.raises(WeightsError, match=r"VGG-19: .* does not hold this network's weights"):
        Vgg19(pooling="max", precision="float32", weights=path)
