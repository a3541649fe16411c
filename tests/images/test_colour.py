"""Colours as their profile means them."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from steadystyle.images.colour import numbers_to_srgb, srgb_profile, to_srgb
from steadystyle.images.curves_profile import CurvesProfile
from steadystyle.images.load import load_image
from steadystyle.images.save import save_image
from tests import hostile

GRID = np.stack(np.meshgrid(*[np.arange(0, 256, 15)] * 3), -1).reshape(18, -1, 3).astype(np.uint8)


def little_cms(pixels: np.ndarray, profile: bytes) -> np.ndarray:
    """The oracle: LittleCMS with 8 bits."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    image = ImageCms.profileToProfile(
        Image.fromarray(pixels),
        source,
        ImageCms.createProfile("sRGB"),
        outputMode="RGB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    return np.asarray(image, np.float32) / 255


def gamma_profile(space: bytes, tag: bytes) -> bytes:
    """A profile of sRGB's primaries, or grey, with one curve."""
    names = (b"kTRC",) if space == b"GRAY" else (b"rTRC", b"gTRC", b"bTRC")
    p3 = hostile.display_p3_profile()
    parsed = {name: p3[p3.index(name) :] for name in (b"rXYZ", b"gXYZ", b"bXYZ", b"wtpt")}
    places = {name: [int.from_bytes(entry[i : i + 4], "big") for i in (4, 8)] for name, entry in parsed.items()}
    tags = {name: p3[offset : offset + size] for name, (offset, size) in places.items()}
    return hostile.icc_profile(space, tags | dict.fromkeys(names, tag))


CURVES = {
    "linear": b"curv\0\0\0\0\0\0\0\0",
    "gamma 1.8": b"curv\0\0\0\0\0\0\0\x01\x01\xcd",
    "table": b"curv\0\0\0\0\0\0\0\x05" + np.array([0, 4000, 17000, 38000, 65535], ">u2").tobytes(),
    "parametric 0": b"para\0\0\0\0\0\0\0\0" + np.array([2.2 * 65536], ">i4").tobytes(),
    "parametric 1": b"para\0\0\0\0\0\1\0\0" + (np.array([2.2, 0.9, 0.1]) * 65536).astype(">i4").tobytes(),
    "parametric 2": b"para\0\0\0\0\0\2\0\0" + (np.array([2.0, 0.8, 0.14868, 0.1]) * 65536).astype(">i4").tobytes(),
    "parametric 3": b"para\0\0\0\0\0\3\0\0"
    + (np.array([2.4, 0.948, 0.052, 0.077, 0.04]) * 65536).astype(">i4").tobytes(),
    "parametric 4": b"para\0\0\0\0\0\4\0\0"
    + (np.array([2.4, 0.945, 0.05082, 0.07, 0.04, 0.01, 0.01]) * 65536).astype(">i4").tobytes(),
}


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("space", [b"RGB ", b"GRAY"])
def test_our_arithmetic_agrees_with_littlecms(space: bytes, curve: str) -> None:
    """Every kind of curve, in colour and grey, gives what LittleCMS gives, up to its rounding."""
    profile = gamma_profile(space, CURVES[curve])
    pixels = GRID if space == b"RGB " else np.arange(15, 256, dtype=np.uint8)[np.newaxis]  # coarse below
    parsed = CurvesProfile.parse(profile)
    assert parsed is not None
    ours = parsed.to_srgb(np.atleast_3d(pixels).reshape(*pixels.shape[:2], -1).astype(np.float32) / 255)
    assert np.abs(ours - little_cms(pixels, profile)).max() < 1.2 / 255


def test_display_p3_in_eight_and_sixteen_bits(tmp_path: Path) -> None:
    """The same colours come out of both ways, and they differ from those that ignore the profile."""
    eight = load_image(hostile.display_p3_png(tmp_path))
    rounded = np.rint(hostile.gradient() * 255).astype(np.float32) / 255
    sixteen = numbers_to_srgb(rounded, hostile.display_p3_profile(), "p3")
    assert np.abs(eight - sixteen).max() < 2 / 255
    assert np.abs(sixteen - rounded).max() > 0.2


def test_sixteen_bits_stay_fine_through_a_profile() -> None:
    """A ramp of 60,000 colours is still one of nearly as many after conversion."""
    ramp = np.linspace(0.2, 0.8, 60_000, dtype=np.float32).reshape(1, -1, 1)
    converted = numbers_to_srgb(np.repeat(ramp, 3, -1), hostile.display_p3_profile(), "ramp")
    assert len(np.unique(np.rint(converted[..., 0] * 65535))) > 30_000


def test_our_own_profile_changes_nothing(tmp_path: Path) -> None:
    """What we save with an sRGB profile is read back bit for bit."""
    picture = np.rint(hostile.noise() * 255).astype(np.float32) / 255
    save_image(tmp_path / "a.png", picture)
    assert np.abs(load_image(tmp_path / "a.png") - picture).max() < 1e-6


def test_the_profile_that_we_embed_is_always_the_same() -> None:
    """It holds no date of today: the same picture gives the same file."""
    assert srgb_profile()[24:36] == bytes.fromhex("07e800010001000000000000")
    assert "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile())))


def test_grey_with_a_gamma() -> None:
    """Grey goes through its own curve: linear 0.2 is 0.48 in sRGB."""
    image = Image.new("L", (1, 1), 51)
    converted = to_srgb(image, gamma_profile(b"GRAY", CURVES["linear"]), "grey")
    assert np.asarray(converted)[0, 0] == pytest.approx([124] * 3, abs=1)


def test_grey_with_a_profile_for_colour() -> None:
    """As editors write it: grey stays grey, as bright as the profile says."""
    profile = gamma_profile(b"RGB ", CURVES["linear"])
    eight = np.asarray(to_srgb(Image.new("L", (1, 1), 51), profile, "grey"))[0, 0]
    sixteen = numbers_to_srgb(np.full((1, 1, 1), 0.2, np.float32), profile, "grey")[0, 0]
    assert eight == pytest.approx([124] * 3, abs=2)
    assert sixteen * 255 == pytest.approx([124] * 3, abs=2)


def test_ink_covers_paper(tmp_path: Path) -> None:
    """CMYK without a profile: no ink is white, black is black, cyan takes the red away."""
    image = Image.new("CMYK", (3, 1))
    for x, ink in enumerate([(0, 0, 0, 0), (0, 0, 0, 255), (255, 0, 0, 0)]):
        image.putpixel((x, 0), ink)
    image.save(tmp_path / "a.tif")
    assert load_image(tmp_path / "a.tif")[0] == pytest.approx(np.array([[1, 1, 1], [0, 0, 0], [0, 1, 1]]), abs=0.01)


def test_lab_is_converted(tmp_path: Path) -> None:
    """A Lab TIFF: L alone is grey, 100 is white."""
    image = Image.new("LAB", (2, 1), (255, 128, 128))
    image.putpixel((1, 0), (0, 128, 128))
    image.save(tmp_path / "a.tif")
    assert load_image(tmp_path / "a.tif")[0] == pytest.approx(np.array([[1, 1, 1], [0, 0, 0]]), abs=0.02)


@pytest.mark.parametrize("length", [0, 40, 131, 135, 200])
def test_a_profile_cut_short_is_not_parsed(length: int) -> None:
    """Whatever is missing, our reader of profiles says that it cannot."""
    assert CurvesProfile.parse(hostile.display_p3_profile()[:length]) is None


@settings(max_examples=300)
@given(
    changes=st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), max_size=8), curve=st.sampled_from([*CURVES])
)
def test_a_damaged_profile_never_damages_the_picture(changes: list[tuple[int, int]], curve: str) -> None:
    """Whatever bytes of a profile are changed, the numbers stay finite and in [0, 1]."""
    profile = bytearray(gamma_profile(b"RGB ", CURVES[curve]))
    for place, value in changes:
        profile[128 + place % (len(profile) - 128)] = value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*its colour profile cannot be used")
        converted = numbers_to_srgb(hostile.noise(), bytes(profile), "damaged")
    assert converted.min() >= 0
    assert converted.max() <= 1
