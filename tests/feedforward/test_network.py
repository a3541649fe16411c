"""The network for styles of its own, and its file."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from steadystyle.core.errors import OutputError, WeightsError
from steadystyle.feedforward.model_file import SETTINGS, WEIGHTS, load_model, save_model
from steadystyle.feedforward.network import WIDTHS, StyleNetwork

# Keras hands its variables to NumPy in a way that NumPy 2 calls outdated.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def scrambled(network: StyleNetwork, seed: int = 0) -> StyleNetwork:
    """With random numbers in each weight, as after some training."""
    generator = np.random.default_rng(seed)
    network.set_weights([w + generator.normal(scale=0.05, size=w.shape) for w in network.get_weights()])
    return network


@pytest.fixture(scope="module")
def network() -> StyleNetwork:
    """Two styles."""
    return scrambled(StyleNetwork(["wave", "sun"]))


@pytest.fixture(scope="module")
def model(network: StyleNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its file."""
    path = tmp_path_factory.mktemp("model") / "two.keras"
    save_model(network, path)
    return path


@settings(max_examples=10)
@given(height=st.integers(1, 30), width=st.integers(1, 30))
def test_a_picture_of_any_size_keeps_it(network: StyleNetwork, height: int, width: int) -> None:
    """In [0, 1], and each picture of a batch by itself."""
    images = np.random.default_rng(0).random((2, height, width, 3), np.float32)
    shares = np.eye(2, dtype=np.float32)
    made = network(images, shares).numpy()
    assert made.shape == images.shape
    assert made.dtype == np.float32
    assert made.min() >= 0
    assert made.max() <= 1
    np.testing.assert_allclose(network(images[1:], shares[1:]).numpy(), made[1:], atol=1e-5)


def test_styles_differ_and_blend(network: StyleNetwork) -> None:
    """Half of each is neither."""
    image = np.random.default_rng(1).random((1, 24, 24, 3), np.float32)
    made = [network(image, np.array([shares], np.float32)).numpy() for shares in ((1, 0), (0.5, 0.5), (0, 1))]
    for one, other in ((0, 1), (1, 2), (0, 2)):
        assert np.abs(made[one] - made[other]).max() > 1e-3


@pytest.mark.parametrize("kind", ["zeros", "ones", "one pixel"])
def test_value_and_gradient_are_finite_on_flat_pictures(network: StyleNetwork, kind: str) -> None:
    """Where nothing varies there is nothing to normalise."""
    shape = (1, 1, 1, 3) if kind == "one pixel" else (1, 16, 16, 3)
    image = tf.zeros(shape) if kind == "zeros" else tf.ones(shape)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(network(image, tf.constant([[0.5, 0.5]])))
    gradients = tape.gradient(loss, [variable.value for variable in network.trainable_variables])
    assert np.isfinite(loss)
    assert all(np.isfinite(gradient).all() for gradient in gradients)


def test_the_lean_variant_is_smaller() -> None:
    """A quarter of the weights or so."""
    lean, full = (StyleNetwork(["a"], variant).count_params() for variant in WIDTHS)
    assert 3 * lean < full


def test_a_file_gives_back_the_network(network: StyleNetwork, model: Path) -> None:
    """Names, variant and weights to the bit; in bfloat16 nearly the same pictures; small, as no optimizer is in it."""
    found = load_model(model, precision="float32")
    assert found.names == ("wave", "sun")
    image, shares = np.random.default_rng(1).random((1, 24, 24, 3), np.float32), np.array([[0.3, 0.7]], np.float32)
    np.testing.assert_array_equal(found(image, shares), network(image, shares))
    short = load_model(model, precision="bfloat16")
    assert np.abs(short(image, shares).numpy() - network(image, shares).numpy()).mean() < 0.02
    assert model.stat().st_size < 1.2 * 4 * network.count_params() + 200_000


def test_keras_reads_it_too(network: StyleNetwork, model: Path) -> None:
    """In safe mode, as there is no code in it."""
    found = keras.saving.load_model(model, safe_mode=True, compile=False)
    for mine, theirs in zip(network.get_weights(), found.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def repacked(model: Path, path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """The archive with its members changed."""
    with zipfile.ZipFile(model) as archive, zipfile.ZipFile(path, "w") as written:
        for name in archive.namelist():
            written.writestr(name, change(name, archive.read(name)))
    return path


def poisoned(model: Path, path: Path, value: float) -> Path:
    """With one weight of that value."""
    network = load_model(model, precision="float32")
    weights = network.get_weights()
    weights[2].flat[0] = value
    network.set_weights(weights)
    network.save(path)
    return path


def other_settings(model: Path, path: Path, **changed: object) -> Path:
    """With other settings for the same weights."""

    def change(name: str, content: bytes) -> bytes:
        if name != SETTINGS:
            return content
        config = json.loads(content)
        return json.dumps({**config, "config": {**config["config"], **changed}}).encode()

    return repacked(model, path, change)


def of_another_kind(model: Path, path: Path) -> Path:
    """A model that Keras wrote for somebody else, with a Lambda."""
    keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x)]).save(path)
    return path


def flipped(model: Path, path: Path) -> Path:
    """With one bit of its weights turned."""
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return path


def written(path: Path, content: bytes) -> Path:
    """`content` as a file."""
    path.write_bytes(content)
    return path


BAD: dict[str, tuple[Callable[[Path, Path], Path], str]] = {
    "missing": (lambda model, path: path, "cannot read"),
    "empty": (lambda model, path: written(path, b""), "not a whole"),
    "text": (lambda model, path: written(path, b"no model"), "not a whole"),
    "cut": (lambda model, path: written(path, model.read_bytes()[: model.stat().st_size // 2]), "not a whole"),
    "flipped": (flipped, "not a whole"),
    "nan": (lambda model, path: poisoned(model, path, float("nan")), "not finite"),
    "huge": (lambda model, path: poisoned(model, path, 1e30), "largest number"),
    "lambda": (of_another_kind, "another kind"),
    "no settings": (lambda model, path: repacked(model, path, lambda n, c: b"[]" if n == SETTINGS else c), "kind"),
    "no weights": (lambda model, path: repacked(model, path, lambda n, c: b"" if n == WEIGHTS else c), "do not fit"),
    "more styles": (lambda model, path: other_settings(model, path, names=["a", "b", "c"]), "do not fit"),
    "names": (lambda model, path: other_settings(model, path, names="ab"), "no meaning"),
    "nobody": (lambda model, path: other_settings(model, path, names=[]), "no meaning"),
    "variant": (lambda model, path: other_settings(model, path, variant="wide"), "no meaning"),
}


@pytest.mark.parametrize("harm", BAD)
def test_a_bad_file_is_refused_by_name(harm: str, model: Path, tmp_path: Path) -> None:
    """Cut, damaged, poisoned, or of another kind; nothing in it is run."""
    make, said = BAD[harm]
    path = make(model, tmp_path / "bad.keras")
    with pytest.raises(WeightsError, match=said) as caught:
        load_model(path, precision="float32")
    assert "bad.keras" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_network_with_nan_is_not_written(model: Path, tmp_path: Path) -> None:
    """What stood there still stands, and nothing new lies beside it."""
    path = tmp_path / "mine.keras"
    path.write_text("old")
    network = load_model(model, precision="float32")
    weights = network.get_weights()
    weights[0][...] = np.nan
    network.set_weights(weights)
    with pytest.raises(OutputError, match="not finite"):
        save_model(network, path)
    assert path.read_text() == "old"
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_full_folder_for_temporary_files_is_told(
    network: StyleNetwork, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the way out and on the way in; it is not the file's fault."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryDirectory", full)
    with pytest.raises(OutputError, match=r"new\.keras: No space left on device in .*; free some space there"):
        save_model(network, tmp_path / "new.keras")
    with pytest.raises(WeightsError, match=r"cannot unpack .*two\.keras: No space left"):
        load_model(model)
