"""Any picture in the style of any other, in one pass."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

import steadystyle
from steadystyle import ArbitraryStyle, PictureError, SettingsError, WeightsError
from steadystyle.apps.cli.demo_pictures import landscape, starry
from steadystyle.backbones.compact import Compact
from steadystyle.core.injection import injecting
from steadystyle.feedforward.decoder import OWN_SHA256, OWN_WEIGHTS, read_decoder
from steadystyle.images.luma import WEIGHTS as BRIGHTNESS
from steadystyle.images.resize import resize
from steadystyle.losses.content import Content
from steadystyle.losses.styles.gram import Gram
from tests import hostile

STYLE = starry()
PHOTO = resize(landscape(), 48, 64)


def colourful(seed: int, height: int = 24, width: int = 32) -> np.ndarray:
    """Random colours in small blocks."""
    blocks = np.random.default_rng(seed).random((height // 4, width // 4, 3), np.float32)
    return blocks.repeat(4, axis=0).repeat(4, axis=1)


@pytest.fixture(scope="module")
def network() -> ArbitraryStyle:
    """The network that ships, with one style."""
    return ArbitraryStyle(STYLE)


@settings(max_examples=12)
@given(height=st.integers(1, 40), width=st.integers(1, 40))
def test_any_size_comes_back_in_its_size(network: ArbitraryStyle, height: int, width: int) -> None:
    """Also one that the network cannot halve four times, and one of a pixel."""
    made = network(np.random.default_rng(0).random((height, width, 3), np.float32))
    assert made.shape == (height, width, 3)
    assert made.dtype == np.float32
    assert np.isfinite(made).all()
    assert made.min() >= 0
    assert made.max() <= 1


@pytest.mark.parametrize("name", hostile.PICTURES)
def test_hostile_pictures_give_pictures(network: ArbitraryStyle, name: str) -> None:
    """As content and as style."""
    picture = hostile.PICTURES[name]()
    for made in (ArbitraryStyle(STYLE, size=40)(picture), ArbitraryStyle(picture, size=40)(PHOTO)):
        assert np.isfinite(made).all()
        assert made.min() >= 0
        assert made.max() <= 1


def test_the_longest_side_is_the_size_that_was_asked_for() -> None:
    """The other follows."""
    assert ArbitraryStyle(STYLE, size=32)(PHOTO).shape == (24, 32, 3)


def test_without_strength_the_style_does_not_matter() -> None:
    """At strength 0 any style gives the same picture, at 1 each its own."""
    for strength, same in ((0.0, True), (1.0, False)):
        one, other = (ArbitraryStyle(style, strength=strength)(PHOTO) for style in (STYLE, colourful(1)))
        assert bool(np.abs(one - other).max() < 1e-6) is same


def test_half_the_strength_is_between() -> None:
    """Its colours' mean lies nearer to the style's than those of none, and farther than those of all."""
    style = np.clip(STYLE * [1.0, 0.2, 0.2], 0, 1).astype(np.float32)
    off = [
        np.abs(ArbitraryStyle(style, strength=strength)(PHOTO).mean((0, 1)) - style.mean((0, 1))).sum()
        for strength in (0.0, 0.5, 1.0)
    ]
    assert off[0] > off[1] > off[2]


def test_shares_blend_styles() -> None:
    """All of the first is the first; shares are proportions; equal ones are what nobody names."""
    styles = [STYLE, colourful(2)]
    np.testing.assert_allclose(ArbitraryStyle(styles, shares=[2, 0])(PHOTO), ArbitraryStyle(STYLE)(PHOTO), atol=1e-6)
    equal = ArbitraryStyle(styles)(PHOTO)
    np.testing.assert_array_equal(ArbitraryStyle(styles, shares=[3, 3])(PHOTO), equal)
    assert np.abs(equal - ArbitraryStyle(STYLE)(PHOTO)).max() > 1e-3


def test_the_contents_colours_can_be_kept() -> None:
    """Channels differ by what they differ in the photograph, where nothing had to be clipped."""
    photo = np.clip(PHOTO, 0.35, 0.65)
    made = ArbitraryStyle(STYLE, colours="content")(photo)
    inside = ((made > 0) & (made < 1)).all(-1)
    assert inside.mean() > 0.5
    difference = (made - photo)[inside]
    np.testing.assert_allclose(difference, np.repeat(difference @ BRIGHTNESS[:, None], 3, 1), atol=1e-5)


def test_one_network_serves_many_sizes_and_is_not_changed_by_them() -> None:
    """The same picture gives the same pixels before and after others."""
    network = ArbitraryStyle(STYLE)
    first = network(PHOTO)
    for side in range(17, 30):
        network(PHOTO[:side, :side])
    np.testing.assert_array_equal(network(PHOTO), first)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"strength": 1.5}, "strength"),
        ({"strength": float("nan")}, "strength"),
        ({"style_scale": 0}, "style_scale"),
        ({"size": 15}, "size"),
        ({"colours": "mine"}, "colours"),
        ({"precision": "float16"}, "precision"),
        ({"shares": [1, 2]}, "shares"),
        ({"shares": [0]}, "shares"),
        ({"shares": [-1]}, "shares"),
        ({"shares": [float("inf")]}, "shares"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_a_setting_without_meaning_is_refused(wrong: dict[str, Any], said: str) -> None:
    """The message names it."""
    with pytest.raises(SettingsError, match=said):
        ArbitraryStyle(STYLE, **wrong)


def test_what_would_not_fit_into_memory_is_refused() -> None:
    """Before anything is computed; the message says what to do."""
    with pytest.raises(PictureError, match=r"65535 x 49151 pixels: wanted at most 16,000,000; choose a smaller size"):
        ArbitraryStyle(STYLE, size=65535)(PHOTO)
    with pytest.raises(PictureError, match=r"style of 4480 x 4480"):
        ArbitraryStyle(np.zeros((8, 8, 3), np.float32), style_scale=20, size=224)(np.zeros((9, 9, 3), np.float32))


def test_what_was_put_right_is_told() -> None:
    """A NaN in a photograph is filled, and a warning says so."""
    broken = PHOTO.copy()
    broken[3, 4] = np.nan
    with pytest.warns(UserWarning, match="content: 1 of"):
        made = ArbitraryStyle(STYLE)(broken)
    assert np.isfinite(made).all()


def faulty(harm: Callable[[np.ndarray], np.ndarray], times: int) -> Callable[[str, int | None, Any], Any]:
    """An injector that harms the first pictures that come out of the network."""
    left = [times]

    def inject(point: str, step: int | None, numbers: Any) -> Any:
        if point != "picture" or left[0] == 0:
            return numbers
        left[0] -= 1
        return harm(numbers)

    return inject


HARMS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str]] = {
    "NaN": (lambda made: np.where(np.arange(3) == 1, np.nan, made).astype(np.float32), "is not finite"),
    "range": (lambda made: made * 300, "has numbers from"),
    "flat": (lambda made: made * 0, "is of one colour"),
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_bad_picture_is_made_again(harm: str) -> None:
    """What comes out once is told, and what is returned is sound."""
    clean = ArbitraryStyle(STYLE, precision="float32")(PHOTO)
    network = ArbitraryStyle(STYLE, precision="float32")
    with injecting(faulty(HARMS[harm][0], 1)), pytest.warns(UserWarning, match=HARMS[harm][1]):
        made = network(PHOTO)
    np.testing.assert_allclose(made, clean, atol=1e-6)


@pytest.mark.parametrize("harm", HARMS)
def test_a_picture_that_stays_bad_is_never_returned(harm: str) -> None:
    """It ends in an error that says what is wrong."""
    network = ArbitraryStyle(STYLE)
    told, refused = pytest.warns(UserWarning, match="made again"), pytest.raises(PictureError, match=HARMS[harm][1])
    with injecting(faulty(HARMS[harm][0], 2)), told, refused:
        network(PHOTO)
    assert np.isfinite(network(PHOTO)).all()


def test_weights_that_went_bad_in_memory_are_read_again() -> None:
    """The picture is then as if nothing had happened."""
    network = ArbitraryStyle(STYLE, precision="float32")
    clean = network(PHOTO)
    broken = ArbitraryStyle(STYLE, precision="float32", weights=OWN_WEIGHTS)
    broken._network._decoder["relu2_1.1.kernel"] *= 1.01  # a NaN would show in the picture
    assert not broken._network.is_intact()
    with pytest.warns(UserWarning, match="weights that changed in memory"):
        np.testing.assert_allclose(broken(PHOTO), clean, atol=1e-6)


def test_the_weights_that_ship_are_the_published_ones() -> None:
    """Their hash is beside them; they are float16 and small."""
    assert OWN_WEIGHTS.stat().st_size <= 6_000_000
    assert hashlib.sha256(OWN_WEIGHTS.read_bytes()).hexdigest() == OWN_SHA256.read_text().strip()
    with np.load(OWN_WEIGHTS, allow_pickle=False) as arrays:
        assert {arrays[name].dtype for name in arrays.files} == {np.dtype(np.float16)}


@pytest.mark.parametrize("harm", ["missing", "cut", "flipped", "nan", "shape", "lacks", "text", "huge"])
def test_a_damaged_file_is_refused_by_name(
    harm: str, decoder_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's own file and the package's."""
    with np.load(decoder_weights) as file:
        arrays = {name: file[name] for name in file.files}
    name, content = "relu4_1.0.kernel", decoder_weights.read_bytes()
    path = tmp_path / "mine.npz"
    if harm == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif harm == "flipped":
        place = content.find(arrays[name].tobytes())
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    elif harm == "text":
        path.write_text("no weights")
    elif harm != "missing":
        changed = {
            "nan": arrays[name] * np.float16("nan"),
            "shape": arrays[name][..., :-1],
            "huge": np.full_like(arrays[name], 60000),
        }
        kept = {key: array for key, array in arrays.items() if key != name}
        np.savez(path, **(kept | ({} if harm == "lacks" else {name: changed[harm]})))
    with pytest.raises(WeightsError, match=r"mine\.npz"):
        read_decoder(path)
    monkeypatch.setattr("steadystyle.feedforward.decoder.OWN_WEIGHTS", path)
    with pytest.raises(WeightsError, match=r"mine\.npz.*install SteadyStyle again"):
        read_decoder()


def test_random_weights_give_a_picture_too(decoder_weights: Path) -> None:
    """Safety does not rest on the training."""
    made = ArbitraryStyle(STYLE, weights=decoder_weights)(PHOTO)
    assert np.isfinite(made).all()


def test_the_picture_has_the_style_and_keeps_the_content() -> None:
    """At every size of texture; the content is nearer than the style's own."""
    content, style = resize(landscape(), 192, 256), resize(starry(), 192, 256)
    made = ArbitraryStyle(style, size=256)(content)
    backbone = Compact(pooling="max", precision="float32")

    def loss(kind: Any, layer: str, picture: np.ndarray, reference: np.ndarray) -> float:
        measure = kind((layer,))
        found, wanted = (backbone.features(tf.constant(one[np.newaxis]), (layer,)) for one in (picture, reference))
        return float(measure(found, measure.target([(wanted, 1.0)])))

    for layer, share in {"relu1_1": 0.1, "relu2_1": 0.1, "relu3_1": 0.2, "relu4_1": 0.3, "relu5_1": 0.4}.items():
        assert loss(Gram, layer, made, style) < share * loss(Gram, layer, content, style), layer
    assert loss(Content, "relu4_2", made, content) < 0.6 * loss(Content, "relu4_2", style, content)


def test_it_is_on_the_front_page() -> None:
    """Under its name."""
    assert steadystyle.ArbitraryStyle is ArbitraryStyle
