"""The one rule by which numbers become a picture: what is put right, what is refused, and what is left alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hypothesis_numpy

from steadystyle.core.causes import CAUSES
from steadystyle.core.errors import PictureError
from steadystyle.images.arrays import as_picture
from steadystyle.images.filled import filled
from steadystyle.images.recognised import Recognised
from tests import hostile

BGR_MEAN = np.array([103.939, 116.779, 123.68], np.float32)
MEAN, STD = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)


def eight_bits(picture: np.ndarray) -> np.ndarray:
    """Whole numbers, as floats."""
    whole: np.ndarray = np.rint(picture * 255).astype(np.float32)
    return whole


REPAIRED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "0 to 255": eight_bits,
    "0 to 255, not whole": lambda picture: picture * 255,
    "0 to 255 in half precision": lambda picture: eight_bits(picture).astype(np.float16),
    "0 to 255, 32 bits": lambda picture: eight_bits(picture).astype(np.int32),
    "0 to 255, 64 bits": lambda picture: eight_bits(picture).astype(np.int64),
    "0 to 65535": lambda picture: np.rint(picture * 65535),
    "0 to 65535, 32 bits": lambda picture: np.rint(picture * 65535).astype(np.int32),
    "-1 to 1": lambda picture: picture * 2 - 1,
    "-1 to 1, of 8 bits": lambda picture: eight_bits(picture) / 127.5 - 1,
    "torchvision": lambda picture: (picture - MEAN) / STD,
    "torchvision, channels first, a batch": lambda p: np.moveaxis((p - MEAN) / STD, -1, 0)[np.newaxis],
    "Keras": lambda picture: picture[..., ::-1] * 255 - BGR_MEAN,
    "Keras, of 8 bits": lambda picture: eight_bits(picture)[..., ::-1] - BGR_MEAN,
    "Caffe, but RGB": lambda picture: picture * 255 - BGR_MEAN[::-1],
    "scaled twice": lambda picture: eight_bits(picture) / 255 / 255,
}
"""The wrong range that came, by name."""
TURNED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "uint8": lambda picture: eight_bits(picture).astype(np.uint8),
    "uint16": lambda picture: np.rint(picture * 65535).astype(np.uint16),
    "channels first": lambda picture: np.moveaxis(picture, -1, 0),
    "a batch of one": lambda picture: picture[np.newaxis],
    "a batch of one, channels first": lambda picture: np.moveaxis(picture, -1, 0)[np.newaxis],
    "with alpha": lambda picture: np.concatenate([picture, np.ones_like(picture[..., :1])], -1),
    "uint8 with alpha, channels first": lambda picture: np.moveaxis(
        np.concatenate([eight_bits(picture), np.full_like(picture[..., :1], 255)], -1).astype(np.uint8), -1, 0
    ),
}
"""The form that came, by name; nothing is wrong with the values."""


def random_picture(seed: int, height: int = 12, width: int = 16) -> np.ndarray:
    """Random pixels, of which one is black and one white."""
    picture = np.random.default_rng(seed).random((height, width, 3), np.float32)
    picture[0, 0], picture[-1, -1] = 0, 1
    return picture


def causes(found: Recognised) -> list[str]:
    """What was said."""
    return [remark.cause for remark in found.remarks]


@pytest.mark.parametrize("name", REPAIRED | TURNED)
@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_a_picture_in_a_wrong_form_comes_back(name: str, seed: int) -> None:
    """To within half a level of 8 bits it is the picture that it was made of, and what was done is said."""
    picture = random_picture(seed)
    found = as_picture((REPAIRED | TURNED)[name](picture))
    np.testing.assert_allclose(found.picture, picture, atol=0.51 / 255)
    assert found.remarks
    assert any(remark.repaired for remark in found.remarks) == (name in REPAIRED)
    assert set(causes(found)) <= set(CAUSES)
    assert "bad-input-range" in causes(found) or name in TURNED


@pytest.mark.parametrize("name", REPAIRED | TURNED)
def test_a_smooth_picture_of_8_bits_comes_back(name: str) -> None:
    """As a photograph of few colours does, with neither white nor black in every channel."""
    picture = np.rint((0.1 + 0.8 * hostile.gradient()) * 255).astype(np.float32) / 255
    np.testing.assert_allclose(as_picture((REPAIRED | TURNED)[name](picture)).picture, picture, atol=1e-5)


@pytest.mark.parametrize("name", REPAIRED)
def test_a_grey_picture_in_a_wrong_range_comes_back_or_is_refused(name: str) -> None:
    """Of one channel, or as (H, W): what is made for three channels is not guessed at."""
    picture = np.repeat(random_picture(1)[..., :1], 3, -1)
    if name.startswith(("torchvision", "Keras", "Caffe")):
        with pytest.raises(PictureError):
            as_picture(REPAIRED[name](picture)[..., :1] if "batch" not in name else np.full((4, 5), -2.0))
    else:
        for grey in (REPAIRED[name](picture)[..., :1], REPAIRED[name](picture)[..., 0]):
            np.testing.assert_allclose(as_picture(grey).picture, picture, atol=0.51 / 255)


LOOK_ALIKES = {
    "8 bits, dark": np.rint(random_picture(2) * 100) / 255,
    "16 bits, very dark": np.rint(random_picture(2) * 257) / 65535,
    "two levels of 8 bits": np.rint(random_picture(2)) / 255,
    "black and white": np.rint(random_picture(2)),
    "bright": 0.5 + random_picture(2) / 2,
    "rounding errors": random_picture(2) * (1 + 1e-6) - 5e-7,
    "very dark and smooth": hostile.gradient() / 255,
}
"""Pictures in [0, 1] that some rule might have taken for something else."""


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_a_healthy_look_alike_is_not_touched(name: str) -> None:
    """Nothing is repaired; only of one that is almost black it is said that it may have been scaled twice."""
    picture = LOOK_ALIKES[name].astype(np.float32)
    found = as_picture(picture)
    np.testing.assert_allclose(found.picture, picture, atol=1e-6, rtol=0)
    assert not any(remark.repaired for remark in found.remarks)
    assert bool(found.remarks) == (picture.max() <= 1.001 / 255)


def _alpha(values: np.ndarray, alpha: float) -> np.ndarray:
    return np.concatenate([values, np.full_like(values[..., :1], alpha)], -1)


NOISE = np.random.default_rng(5).normal(size=(12, 16, 3)).astype(np.float32)
REFUSED: dict[str, Any] = {
    "HDR from 0 to 3": random_picture(3) * 3,
    "HDR with a lamp": np.where(random_picture(3) > 0.99, 200.0, random_picture(3) * 3),
    "HDR with a sun": np.where(random_picture(3) > 0.99, 65504.0, random_picture(3) * 3),
    "overshoot below 0": random_picture(3) * 1.05 - 0.05,
    "overshoot above 1": random_picture(3) * 1.02,
    "zero-centred": hostile.gradient() - 0.5,
    "standardised by its own deviation": (random_picture(3) - 0.5) / random_picture(3).std(),
    "a normal distribution": NOISE,
    "labels": np.random.default_rng(4).integers(0, 21, (12, 16)),
    "7 bits": np.random.default_rng(4).integers(0, 128, (12, 16, 3)).astype(np.float32),
    "12 bits": np.random.default_rng(4).integers(0, 4096, (12, 16, 3)).astype(np.float32),
    "whole numbers below 0": np.random.default_rng(4).integers(-5, 256, (12, 16, 3)),
    "too large": np.full((12, 16, 3), 2**40),
    "beyond 8 bits": random_picture(3) * 260,
    "-1 to 1 with alpha": _alpha(random_picture(3) * 2 - 1, 1.0),
    "0 to 255 with alpha to 1": _alpha(eight_bits(random_picture(3)), 1.0),
    "0 to 1 with alpha to 255": _alpha(np.rint(random_picture(3)), 255.0),
    "a batch of two": np.zeros((2, 12, 16, 3)),
    "grey with alpha": np.zeros((12, 16, 2)),
    "five channels": np.zeros((12, 16, 5)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_meaning_or_two_is_refused(name: str) -> None:
    """In one line; nothing is clipped into shape."""
    with pytest.raises(PictureError) as caught:
        as_picture(REFUSED[name])
    assert "\n" not in str(caught.value)


def _holes(picture: np.ndarray, share: float, value: float) -> np.ndarray:
    """`picture` with one bad channel in exactly that share of its pixels, rounded down."""
    broken = picture.astype(np.float64)
    pixels = np.random.default_rng(6).permutation(picture.shape[0] * picture.shape[1])
    broken.reshape(-1, 3)[pixels[: int(share * len(pixels))], 1] = value
    return broken


BAD_VALUES = [np.nan, np.inf, -np.inf, 1e300, 1e38, -1e38, 65505.0]
FLOATS = [None, *(name for name in REPAIRED if "bits" not in name.replace("8 bits", "") and "batch" not in name)]


@pytest.mark.parametrize(
    ("value", "form"),
    [(value, form) for form in FLOATS for value in BAD_VALUES if (value, form) != (65505.0, "0 to 65535")],
)
def test_a_few_bad_pixels_are_filled_whatever_the_range(value: float, form: str | None) -> None:
    """They do not hide what the rest is; the rest is as it was, and count, place and value are said."""
    smooth = np.rint(hostile.gradient() * 255).astype(np.float32) / 255
    wrong = smooth if form is None else REPAIRED[form](smooth)
    broken = _holes(wrong, 0.1, value)
    bad = ~(np.abs(broken - wrong) < 1).all(-1)
    assert 300 < bad.sum() <= 307
    found = as_picture(broken)
    np.testing.assert_allclose(found.picture[~bad], smooth[~bad], atol=1e-5)
    np.testing.assert_allclose(found.picture[bad], smooth[bad], atol=0.1)
    assert causes(found)[0] == ("bad-input-range" if abs(value) in {1e38, 65505.0} else "nonfinite-input")
    assert f"{bad.sum()} of 3072 pixels" in found.remarks[0].evidence
    assert len(found.remarks) == (1 if form is None else 2)
    assert all(remark.repaired for remark in found.remarks)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e38, -1e38])
def test_more_than_a_tenth_is_refused(value: float) -> None:
    """One pixel more than a tenth is too many, also if two kinds of damage share it."""
    picture = hostile.gradient()
    pixels = picture.shape[0] * picture.shape[1]
    with pytest.raises(PictureError):
        as_picture(_holes(picture, (pixels // 10 + 1.5) / pixels, value))
    both = _holes(picture, 0.06, value)
    both[:3, :] = np.nan
    with pytest.raises(PictureError):
        as_picture(both)


@pytest.mark.parametrize("value", [1.5, 2.0, 255.0, 1000.0, -3.0])
def test_one_number_a_little_outside_is_not_an_outlier(value: float) -> None:
    """It may be HDR, or a picture of another range: nobody knows, and it is refused."""
    picture = random_picture(7)
    picture[4, 5, 1] = value
    with pytest.raises(PictureError, match=r"wanted them in \[0, 1\]"):
        as_picture(picture)


def test_a_star_in_a_black_sky_is_not_filled() -> None:
    """A few bright pixels from 0 to 255 are the picture, not its damage."""
    np.testing.assert_allclose(as_picture(hostile.single_bright_pixel() * 255).picture, hostile.single_bright_pixel())


def test_a_bad_alpha_makes_a_bad_pixel() -> None:
    """The whole pixel is filled."""
    values = _alpha(hostile.flat(0.25), 1.0)
    values[3, 4, 3] = np.nan
    found = as_picture(values)
    np.testing.assert_allclose(found.picture, hostile.flat(0.25))
    assert causes(found) == ["input-form", "nonfinite-input"]


def test_what_was_recognised_passes() -> None:
    """Also what has remarks already."""
    found = as_picture(random_picture(8) * 255)
    assert as_picture(found) is found


NUMBERS = st.one_of(
    hypothesis_numpy.floating_dtypes(sizes=(16, 32, 64)),
    hypothesis_numpy.integer_dtypes(),
    hypothesis_numpy.unsigned_integer_dtypes(),
    hypothesis_numpy.boolean_dtypes(),
    hypothesis_numpy.complex_number_dtypes(),
)
SHAPES = hypothesis_numpy.array_shapes(min_dims=1, max_dims=4, max_side=6)


@settings(max_examples=300)
@given(values=hypothesis_numpy.arrays(NUMBERS, SHAPES))
def test_any_array_is_a_picture_or_refused(values: np.ndarray) -> None:
    """Whatever it holds: finite numbers in [0, 1], or a PictureError in one line, and no warning."""
    before = values.copy()
    try:
        picture = as_picture(values).picture
    except PictureError as error:
        assert "\n" not in str(error)
    else:
        assert picture.dtype == np.float32
        assert picture.ndim == 3
        assert picture.shape[-1] == 3
        assert picture.min() >= 0
        assert picture.max() <= 1
        assert not np.shares_memory(picture, values)
    np.testing.assert_array_equal(values, before)


# Filling


@settings(max_examples=100)
@given(
    picture=hypothesis_numpy.arrays(np.float32, (7, 10, 3), elements=st.floats(0, 1, width=32)),
    good=hypothesis_numpy.arrays(bool, (7, 10)),
)
def test_filling_keeps_what_is_good_and_stays_between(picture: np.ndarray, good: np.ndarray) -> None:
    """Good pixels do not change, bad ones lie between the good, even if they were NaN."""
    good[3, 4] = True
    broken = np.where(good[..., np.newaxis], picture, np.float32(np.nan))
    found = filled(broken, good)
    np.testing.assert_array_equal(found[good], picture[good])
    assert (found >= picture[good].min(0) - 1e-6).all()
    assert (found <= picture[good].max(0) + 1e-6).all()


def test_a_hole_takes_the_mean_of_its_square() -> None:
    """By hand: three good pixels beside it; in a square without a good one, the next larger square."""
    grey = np.arange(16, dtype=np.float32).reshape(4, 4, 1)
    good = np.ones((4, 4), bool)
    good[0, 0] = False
    assert filled(grey, good)[0, 0, 0] == pytest.approx((1 + 4 + 5) / 3)
    good[:2, :2] = False
    others = [grey[:2, 2:].mean(), grey[2:, :2].mean(), grey[2:, 2:].mean()]
    assert filled(grey, good)[1, 0, 0] == pytest.approx(np.mean(others))
