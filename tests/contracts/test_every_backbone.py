"""What holds for each backbone that `discover` finds, with random weights of the right form."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.core import discover
from steadystyle.core.contracts import Backbone
from steadystyle.core.errors import SettingsError, WeightsError
from tests import hostile

# Keras 3.15 asks NumPy 2 for its own variables in a deprecated way.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

NAMES = discover.names("steadystyle.backbones")
SLOWLY = [pytest.param(name, marks=pytest.mark.slow) if name.startswith("vgg") else name for name in NAMES]
Make = Callable[..., Backbone]


def found(name: str) -> type[Backbone]:
    """The class of that name."""
    return discover.feature("steadystyle.backbones", name, Backbone)  # type: ignore[type-abstract]


@pytest.fixture(scope="session")
def make(compact_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """The backbone of a name, loaded once for all tests, from a file with random weights that Keras wrote or we did."""

    @functools.cache
    def weights(name: str) -> Path:
        if name == "compact":
            return compact_weights
        import keras

        path: Path = tmp_path_factory.mktemp("keras") / f"{name}.weights.h5"
        getattr(keras.applications, name.upper())(include_top=False, weights=None).save_weights(path)
        return path

    @functools.cache
    def make(name: str, pooling: str = "max", precision: str = "float32") -> Backbone:
        return found(name)(pooling=pooling, precision=precision, weights=weights(name))

    return make


def batch(picture: np.ndarray, smallest_side: int) -> tf.Tensor:
    """(1, H, W, 3), at least so large, as the engine pads."""
    missing = [(0, max(0, smallest_side - side)) for side in picture.shape[:2]]
    return tf.constant(np.pad(picture, [*missing, (0, 0)], mode="symmetric")[np.newaxis])


@pytest.mark.parametrize("name", NAMES)
def test_layers_are_named_once_and_the_losses_layers_are_among_them(name: str) -> None:
    """What the losses look at unless told otherwise exists."""
    backbone = found(name)
    assert len(set(backbone.layers)) == len(backbone.layers)
    assert {*backbone.content_layers, *backbone.style_layers} <= set(backbone.layers)


@pytest.mark.parametrize("name", SLOWLY)
@pytest.mark.parametrize(("pooling", "precision"), [("max", "float32"), ("average", "bfloat16")])
@pytest.mark.parametrize("picture", hostile.PICTURES)
def test_features_and_gradients_are_finite(name: str, pooling: str, precision: str, picture: str, make: Make) -> None:
    """Every finite picture has finite features at each layer that a loss looks at, and a finite gradient of them."""
    backbone = make(name, pooling, precision)
    image = batch(hostile.PICTURES[picture](), backbone.smallest_side)
    with tf.GradientTape() as tape:
        tape.watch(image)
        features = backbone.features(image, (*backbone.content_layers, *backbone.style_layers))
        power = tf.add_n([tf.reduce_mean(tf.square(tf.cast(value, tf.float32))) for value in features.values()])
    for layer, value in features.items():
        assert np.isfinite(value.numpy().astype(np.float32)).all(), layer
    gradient = tape.gradient(power, image)
    assert gradient.shape == image.shape
    assert np.isfinite(gradient.numpy()).all()


@pytest.mark.parametrize("name", SLOWLY)
def test_noise_moves_every_layer(name: str, make: Make) -> None:
    """Each layer depends on the picture: its gradient there is not zero."""
    backbone = make(name)
    image = batch(hostile.noise(), 0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(image)
        powers = {k: tf.reduce_mean(tf.square(value)) for k, value in backbone.features(image, backbone.layers).items()}
    assert tuple(powers) == backbone.layers
    for layer, power in powers.items():
        assert np.abs(tape.gradient(power, image).numpy()).max() > 0, layer


@pytest.mark.parametrize("name", NAMES)
def test_features_have_the_shape_of_their_block(name: str, make: Make) -> None:
    """Each block halves the sides, rounding down; channels are the same at every size."""
    backbone = make(name)
    for height, width in ((61, 37), (64, 48)):
        for layer, value in backbone.features(tf.fill((1, height, width, 3), 0.5), backbone.layers).items():
            stride = 2 ** (int(layer[4]) - 1)
            assert value.shape[:3] == (1, height // stride, width // stride), layer


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pooling", ["max", "average"])
def test_the_smallest_side_reaches_the_deepest_layer(name: str, pooling: str, make: Make) -> None:
    """A picture of the smallest size has features at the last layer."""
    backbone = make(name, pooling)
    side, deepest = backbone.smallest_side, backbone.layers[-1]
    assert np.size(backbone.features(tf.fill((1, side, side, 3), 0.5), [deepest])[deepest]) > 0


@pytest.mark.parametrize("name", NAMES)
def test_no_layer_deeper_than_needed_is_run(name: str, make: Make) -> None:
    """The graph for the n-th layer has n convolutions."""
    backbone = make(name)
    for number in (1, len(backbone.layers) // 2, len(backbone.layers)):
        layer = backbone.layers[number - 1]
        graph = tf.function(lambda image, layer=layer: backbone.features(image, [layer])).get_concrete_function(
            tf.TensorSpec([1, None, None, 3])
        )
        assert sum(operation.type == "Conv2D" for operation in graph.graph.get_operations()) == number


@pytest.mark.parametrize("name", NAMES)
def test_keras_names_lead_to_the_same_layers(name: str, make: Make) -> None:
    """`block4_conv2` is `relu4_2`, and comes back under the name it was asked for."""
    backbone = make(name)
    image = batch(hostile.noise(), 0)
    features = backbone.features(image, ["relu4_2", "block4_conv2", "block1_conv1"])
    assert set(features) == {"relu4_2", "block4_conv2", "block1_conv1"}
    np.testing.assert_array_equal(features["block4_conv2"], features["relu4_2"])
    np.testing.assert_array_equal(features["block1_conv1"], backbone.features(image, ["relu1_1"])["relu1_1"])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("layer", ["relu9_1", "block1_conv9", "image", ""])
def test_an_unknown_layer_is_answered_with_the_known_ones(name: str, layer: str, make: Make) -> None:
    """The error is one line that names what was asked for and every layer there is."""
    backbone = make(name)
    with pytest.raises(SettingsError) as caught:
        backbone.features(batch(hostile.noise(), 0), [layer])
    assert repr(layer) in str(caught.value)
    assert all(known in str(caught.value) for known in backbone.layers)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", SLOWLY)
def test_bfloat16_is_float32_roughly(name: str, make: Make) -> None:
    """Eight bits of mantissa through all layers leave features within a few per cent."""
    image = batch(hostile.noise(), 0)
    layers = found(name).style_layers
    exact, rough = (make(name, "max", precision).features(image, layers) for precision in ("float32", "bfloat16"))
    for layer in layers:
        error = np.linalg.norm(rough[layer].numpy().astype(np.float32) - exact[layer])
        assert error < 0.05 * np.linalg.norm(exact[layer]), layer


@pytest.mark.parametrize("name", NAMES)
def test_pooling_is_what_was_asked_for(name: str, make: Make) -> None:
    """Behind the first pool the maximum is at least the average; before it they agree."""
    image = batch(hostile.noise(), 0)
    maximum, average = (make(name, pooling).features(image, ["relu1_2", "relu2_1"]) for pooling in ("max", "average"))
    np.testing.assert_array_equal(maximum["relu1_2"], average["relu1_2"])
    assert np.abs(maximum["relu2_1"] - average["relu2_1"]).max() > 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [None, b"", b"x" * 10_000])
def test_a_file_that_is_no_weight_file_gets_one_line(name: str, content: bytes | None, tmp_path: Path) -> None:
    """Missing, empty or something else: one line that names the file."""
    for suffix in (".npz", ".weights.h5"):
        path = tmp_path / f"odd{suffix}"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(WeightsError) as caught:
            found(name)(pooling="max", precision="float32", weights=path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_is_no_weight_file(name: str, tmp_path: Path) -> None:
    """A folder in place of the file is named in one line."""
    with pytest.raises(WeightsError, match=str(tmp_path)):
        found(name)(pooling="max", precision="float32", weights=tmp_path)
