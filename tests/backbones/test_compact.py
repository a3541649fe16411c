"""The compact network: the file it ships with, and files that are not what they should be."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.backbones import compact
from steadystyle.backbones._stack import run_stack
from steadystyle.backbones.compact import BLOCKS, OWN_SHA256, OWN_WEIGHTS, Compact
from steadystyle.core.errors import WeightsError
from steadystyle.core.matrix import gram, products
from tests import hostile

Arrays = dict[str, np.ndarray]


def load(weights: Path | None = None, pooling: str = "max", precision: str = "float32") -> Compact:
    """The network, its own weights unless told otherwise."""
    return Compact(pooling=pooling, precision=precision, weights=weights)


def arrays_of(path: Path) -> Arrays:
    """What a weight file holds."""
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def written(arrays: Arrays, path: Path) -> Path:
    """A weight file of these arrays."""
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def message(weights: Path | None = None) -> str:
    """What is said of a file that is refused; it is one line and names the file."""
    with pytest.raises(WeightsError) as caught:
        load(weights)
    assert "\n" not in str(caught.value)
    assert str(weights or compact.OWN_WEIGHTS.parent) in str(caught.value)
    return str(caught.value)


# The file that ships


def test_the_shipped_file_is_small_and_whole() -> None:
    """At most 4 MB, of the published hash, with nothing in it that is not a number."""
    assert OWN_WEIGHTS.stat().st_size <= 4_000_000
    assert hashlib.sha256(OWN_WEIGHTS.read_bytes()).hexdigest() == OWN_SHA256.read_text().strip()
    assert {array.dtype.kind for array in arrays_of(OWN_WEIGHTS).values()} == {"f"}
    load()


@pytest.mark.parametrize(("pooling", "precision"), [("max", "float32"), ("average", "float32"), ("max", "bfloat16")])
@pytest.mark.parametrize("picture", hostile.PICTURES)
def test_the_shipped_features_are_finite(pooling: str, precision: str, picture: str) -> None:
    """Every finite picture has finite features of moderate size at every layer."""
    missing = [(0, max(0, Compact.smallest_side - side)) for side in hostile.PICTURES[picture]().shape[:2]]
    image = np.pad(hostile.PICTURES[picture](), [*missing, (0, 0)], mode="symmetric")[np.newaxis]
    for layer, value in load(pooling=pooling, precision=precision).features(tf.constant(image), Compact.layers).items():
        features = value.numpy().astype(np.float32)
        assert np.isfinite(features).all(), layer
        assert np.abs(features).max() < 1e4, layer


def test_the_shipped_features_tell_pictures_apart() -> None:
    """Gram matrices of a checkerboard, of noise and of a ramp are far apart at every style layer."""
    network = load()
    found = [
        network.features(tf.constant(picture()[np.newaxis]), Compact.style_layers)
        for picture in (hostile.checkerboard, hostile.noise, hostile.gradient)
    ]
    for layer in Compact.style_layers:
        grams = [gram(products(features[layer])).numpy() for features in found]
        for i, j in ((0, 1), (0, 2), (1, 2)):
            assert np.linalg.norm(grams[i] - grams[j]) > 0.2 * np.linalg.norm(grams[i]), layer


@pytest.mark.parametrize("harm", ["flipped byte", "cut", "no hash", "no file"])
def test_a_damaged_installation_is_noticed(
    harm: str, compact_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file that ships is checked against its hash: the advice is to install again."""
    content = compact_weights.read_bytes()
    own, own_hash = tmp_path / "compact.npz", tmp_path / "compact.sha256"
    monkeypatch.setattr(compact, "OWN_WEIGHTS", own)
    monkeypatch.setattr(compact, "OWN_SHA256", own_hash)
    own.write_bytes(content)
    own_hash.write_text(hashlib.sha256(content).hexdigest() + "\n")
    load()
    if harm == "flipped byte":
        own.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif harm == "cut":
        own.write_bytes(content[:-100])
    else:
        (own_hash if harm == "no hash" else own).unlink()
    assert message().endswith("install SteadyStyle again")


# Files that users give


def test_a_file_is_read_as_float32(compact_weights: Path) -> None:
    """Features at a layer without a metric are those of the stack on the file's own numbers."""
    arrays = arrays_of(compact_weights)
    convolutions = {
        layer[4:]: tuple(tf.constant(arrays[f"{layer}.{part}"].astype(np.float32)) for part in ("kernel", "bias"))
        for layer in Compact.layers
    }
    image = tf.constant(hostile.noise()[np.newaxis])
    plain = run_stack(image, convolutions, BLOCKS, ("relu3_1", "relu3_2"), pooling="max", dtype=tf.float32)
    found = load(compact_weights).features(image, ("relu3_1", "relu3_2"))
    np.testing.assert_array_equal(found["relu3_2"], plain["relu3_2"])
    metric = arrays["relu3_1.metric"].astype(np.float32)
    np.testing.assert_allclose(found["relu3_1"], plain["relu3_1"].numpy() @ metric, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_refused(share: float, compact_weights: Path, tmp_path: Path) -> None:
    """Wherever it was cut."""
    content = compact_weights.read_bytes()
    (tmp_path / "cut.npz").write_bytes(content[: int(share * len(content))])
    assert "not a weight file" in message(tmp_path / "cut.npz")


def test_a_flipped_byte_is_refused(compact_weights: Path, tmp_path: Path) -> None:
    """The archive's checksums know, wherever in the numbers it is."""
    content = bytearray(compact_weights.read_bytes())
    place = content.find(arrays_of(compact_weights)["relu4_2.kernel"].tobytes())
    content[place + 100] ^= 0x40
    (tmp_path / "flipped.npz").write_bytes(content)
    assert "CRC" in message(tmp_path / "flipped.npz")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["relu1_1.kernel", "relu4_2.bias", "relu5_1.metric"])
def test_a_number_that_is_not_finite_is_refused(value: float, name: str, compact_weights: Path, tmp_path: Path) -> None:
    """One is enough; the message says in which array, and how many."""
    arrays = arrays_of(compact_weights)
    arrays[name].flat[3] = value
    said = message(written(arrays, tmp_path / "bad.npz"))
    assert f"{name}: 1 of {arrays[name].size} entries are not finite" in said


WRONG: dict[str, Callable[[Arrays], None]] = {
    "a kernel is missing": lambda arrays: arrays.__delitem__("relu4_2.kernel"),
    "a bias is missing": lambda arrays: arrays.__delitem__("relu5_1.bias"),
    "a metric is missing": lambda arrays: arrays.__delitem__("relu3_1.metric"),
    "a metric of another size": lambda arrays: arrays.update({"relu3_1.metric": np.eye(7, dtype=np.float16)}),
    "a kernel of 5x5": lambda arrays: arrays.update({"relu1_1.kernel": np.zeros((5, 5, 3, 4), np.float16)}),
    "a kernel of other inputs": lambda arrays: arrays.update({"relu1_1.kernel": np.zeros((3, 3, 4, 4), np.float16)}),
    "a kernel of three axes": lambda arrays: arrays.update(
        {"relu1_1.kernel": np.zeros((3, 3, 3), np.float16), "relu1_1.bias": np.zeros((), np.float16)}
    ),
    "a bias of two axes": lambda arrays: arrays.update(
        {"relu1_1.kernel": np.zeros((3, 3, 3, 2, 2), np.float16), "relu1_1.bias": np.zeros((2, 2), np.float16)}
    ),
    "words": lambda arrays: arrays.update({"relu1_1.kernel": np.array(["odd\nwords"])}),
    "nothing": lambda arrays: arrays.clear(),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_arrays_of_another_form_are_refused(wrong: str, compact_weights: Path, tmp_path: Path) -> None:
    """Another network's file, or part of this one's."""
    arrays = arrays_of(compact_weights)
    WRONG[wrong](arrays)
    message(written(arrays, tmp_path / "wrong.npz"))


def test_a_file_with_pickled_objects_is_not_unpickled(compact_weights: Path, tmp_path: Path) -> None:
    """A weight file is data: whatever in it would run code is refused."""
    arrays = {**arrays_of(compact_weights), "relu1_1.bias": np.array([{}] * 4, object)}
    assert "not a weight file" in message(written(arrays, tmp_path / "pickled.npz"))
