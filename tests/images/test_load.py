"""Reading pictures."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile, ImageOps

from steadystyle.core.errors import DependencyError, PictureError, SettingsError, SteadyStyleError
from steadystyle.images.load import load_image
from tests import hostile

GRADIENT = hostile.gradient()
SAME_COLOURS = {"animated_webp", "animated_gif", "avif", "bmp", "cmyk_jpeg", "lying_suffix", "sixteen_bit_rgb_png"}
"""Files of the gradient that are to show it as it was; the others are turned, grey, transparent or of few colours."""


@pytest.mark.parametrize("name", hostile.READABLE_FILES)
def test_every_good_file_is_read(name: str, tmp_path: Path) -> None:
    """Each kind of picture is a float32 array of three channels in [0, 1], no matter what its file looked like."""
    picture = load_image(hostile.READABLE_FILES[name](tmp_path))
    assert picture.dtype == np.float32
    assert picture.flags.c_contiguous
    assert picture.shape == ((64, 48, 3) if name == "exif_rotated_jpeg" else (48, 64, 3))
    assert picture.min() >= 0
    assert picture.max() <= 1
    if name in SAME_COLOURS:
        assert np.abs(picture - GRADIENT).max() < 0.1


@pytest.mark.parametrize("name", hostile.WARNED_FILES)
def test_broken_metadata_warn(name: str, tmp_path: Path) -> None:
    """A picture whose profile is of no use is read as sRGB, and a warning says so and names the file."""
    path = hostile.WARNED_FILES[name](tmp_path)
    with pytest.warns(UserWarning, match=f"{path.name}: its colour profile cannot be used"):
        picture = load_image(path)
    assert np.abs(picture - GRADIENT).max() <= 0.5 / 255 + 1e-6


@pytest.mark.parametrize("name", hostile.PUT_RIGHT_FILES)
def test_what_was_put_right_is_said(name: str, tmp_path: Path) -> None:
    """A float picture in another range, or with a bad pixel, is read by the rule for arrays; a warning names it."""
    path = hostile.PUT_RIGHT_FILES[name](tmp_path)
    with pytest.warns(UserWarning, match=rf"{path.name}: .*(divided by 255|1 of 3072 .* row 3, column 5.* filled)"):
        picture = load_image(path)
    assert np.abs(picture - GRADIENT[..., :1]).max() < 0.03


@pytest.mark.parametrize("name", hostile.REFUSED_FILES)
def test_every_bad_file_is_refused(name: str, tmp_path: Path) -> None:
    """What is no good picture is refused within two seconds, in one line that names the file and what was wanted."""
    path = hostile.REFUSED_FILES[name](tmp_path)
    start = time.monotonic()
    with pytest.raises(PictureError) as caught:
        load_image(path)
    assert time.monotonic() - start < 2
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert len(message) < 600
    assert any(word in message for word in ("wanted", "save it", "smaller"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing", "No such file"),
        ("a_folder", "is a folder"),
        ("empty_file", "is empty"),
        ("text_named_jpg", "begins with b'Dear Sir"),
        ("truncated_jpeg", "cut short"),
        ("short_png", "its pixels end after 1,560 of 3,120 bytes"),
        ("decompression_bomb", "13000 x 12500 pixels: a decompression bomb"),
        ("header_of_a_giant", "2000000000 x 2000000000"),
        ("fifo", "is a pipe or a device"),
        ("mostly_nan_float_tiff", r"640 of 3072 numbers are not finite, the first at \(0, 0, 0\) is nan"),
        ("all_nan_float_tiff", "3072 of 3072 numbers are not finite"),
        ("hdr_float_tiff", r"from 0 to 3, wanted them in .0, 1."),
    ],
)
def test_a_refusal_says_what_was_found(name: str, said: str, tmp_path: Path) -> None:
    """The message tells what is wrong with this very file."""
    with pytest.raises(PictureError, match=said):
        load_image(hostile.REFUSED_FILES[name](tmp_path))


def test_a_bomb_is_refused_before_it_unpacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would take gigabytes is not decoded, and takes less than 10 MB to refuse."""
    path = hostile.decompression_bomb(tmp_path)
    assert path.stat().st_size < 200_000
    decoded: list[object] = []
    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded.append)
    tracemalloc.start()
    try:
        with pytest.raises(PictureError):
            load_image(path)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
        assert decoded == []
    finally:
        tracemalloc.stop()


def test_the_limit_on_pixels_can_be_set(tmp_path: Path) -> None:
    """A picture of exactly as many pixels as allowed is read, of one more refused."""
    path = hostile.bmp(tmp_path)
    assert load_image(path, max_pixels=48 * 64).shape == (48, 64, 3)
    with pytest.raises(PictureError, match=r"64 x 48 pixels, wanted .* at most 3,071"):
        load_image(path, max_pixels=48 * 64 - 1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_a_picture_is_turned_upright(orientation: int, suffix: str, tmp_path: Path) -> None:
    """Each EXIF orientation gives what Pillow's own `exif_transpose` gives."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"turned{suffix}"
    hostile.eight_bit(GRADIENT).save(path, exif=exif)
    with Image.open(path) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("RGB"), np.float32) / 255
    np.testing.assert_allclose(load_image(path), expected, atol=1e-6)


def test_alpha_is_composited(tmp_path: Path) -> None:
    """A transparent picture takes the colour of the background, white unless told otherwise."""
    path = hostile.fully_transparent_png(tmp_path)
    assert (load_image(path) == 1).all()
    assert np.allclose(load_image(path, background=(0.2, 0.4, 0.6)), [0.2, 0.4, 0.6])


def test_alpha_is_kept_if_wanted(tmp_path: Path) -> None:
    """`keep_alpha` gives the fourth channel, and 1 for an opaque picture."""
    grey = load_image(hostile.grey_alpha_png(tmp_path), keep_alpha=True)
    assert grey.shape == (48, 64, 4)
    assert (grey[..., 3] == hostile.silhouette()[..., 0]).all()
    assert (load_image(hostile.bmp(tmp_path), keep_alpha=True)[..., 3] == 1).all()


def test_half_transparent_grey_over_black(tmp_path: Path) -> None:
    """Compositing weighs colour and background by alpha."""
    Image.new("LA", (2, 2), (200, 51)).save(tmp_path / "la.png")
    assert np.allclose(load_image(tmp_path / "la.png", background=(0, 0, 0)), 200 / 255 * 0.2)


@pytest.mark.parametrize("transparency", [7, b"\xff\x00"])
def test_a_transparent_palette_colour(transparency: int | bytes, tmp_path: Path) -> None:
    """A palette may name one transparent colour, or give each an alpha; both show the background."""
    image = Image.new("P", (2, 1))
    image.putpalette([index for colour in range(8) for index in (10 * colour, 0, 0)])
    image.putpixel((1, 0), 7 if transparency == 7 else 1)
    image.save(tmp_path / "p.png", transparency=transparency)
    picture = load_image(tmp_path / "p.png")
    assert picture[0, 1] == pytest.approx(1)
    assert picture[0, 0] == pytest.approx(0)


def test_the_first_frame_of_an_animation(tmp_path: Path) -> None:
    """Of an animated WebP, the frames after the first leave no trace."""
    assert np.abs(load_image(hostile.animated_webp(tmp_path)) - GRADIENT).max() <= 0.5 / 255 + 1e-6


def test_one_bad_reading_does_not_spoil_the_next(tmp_path: Path) -> None:
    """A truncated file is refused each time: Pillow would give black the second time."""
    path = hostile.truncated_jpeg(tmp_path)
    for _ in range(3):
        with pytest.raises(PictureError):
            load_image(path)


def test_truncated_pictures_cannot_be_allowed_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a program has told Pillow to accept half pictures, we say so and read none."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(PictureError, match="LOAD_TRUNCATED_IMAGES is set"):
        load_image(hostile.truncated_jpeg(tmp_path))


def test_pillows_own_limit_is_neither_changed_nor_felt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our limit counts, not the global one, which warns first and stays as it was."""
    path = hostile.bmp(tmp_path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_image(path).shape == (48, 64, 3)
    assert Image.MAX_IMAGE_PIXELS == 10


def test_threads_read_side_by_side(tmp_path: Path) -> None:
    """Good and bad files read at the same time do not disturb each other."""
    good, bad = hostile.animated_webp(tmp_path), hostile.truncated_png(tmp_path)
    failures: list[str] = []

    def read() -> None:
        for _ in range(10):
            if np.abs(load_image(good) - GRADIENT).max() > 0.01:
                failures.append("a picture differs")
            try:
                load_image(bad)
                failures.append("half a picture was read")
            except PictureError:
                pass

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    """Neither a good nor a bad file is left open."""
    good, bad = hostile.sixteen_bit_rgb_png(tmp_path), hostile.truncated_tiff(tmp_path)
    before = len(os.listdir("/dev/fd"))
    for _ in range(5):
        load_image(good)
        with pytest.raises(PictureError):
            load_image(bad)
    assert len(os.listdir("/dev/fd")) == before


def test_a_strange_name_stays_on_one_line(tmp_path: Path) -> None:
    """Line breaks and bytes that are no text do not get into the message."""
    for name in (b"a\nb.png", b"a\xff.png", b"x" * 3000, b"a\0b"):
        with pytest.raises(PictureError) as caught:
            load_image(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
        assert str(caught.value).isprintable()
        str(caught.value).encode()
        assert len(str(caught.value)) < 600


def test_no_path_at_all() -> None:
    """A number is not taken for an open file."""
    with pytest.raises(PictureError, match="wanted the path of a picture, got int"):
        load_image(0)  # type: ignore[arg-type]


@pytest.mark.parametrize("background", [(1.0, 1.0), (float("nan"), 0.0, 0.0), (0.0, 0.0, 255.0)])
def test_a_background_that_is_no_colour(background: tuple[float, float, float], tmp_path: Path) -> None:
    """Compositing over it is refused before anything is read."""
    with pytest.raises(SettingsError, match="background: got"):
        load_image(tmp_path / "missing.png", background=background)


def test_heic_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An iPhone's picture says which package it needs."""
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    with pytest.raises(DependencyError, match=r"pip install 'steadystyle\[heif\]'"):
        load_image(tmp_path / "phone.heic")


def test_heic_is_read(tmp_path: Path) -> None:
    """With pillow-heif, an iPhone's picture is one like any other, and half of one is none."""
    pillow_heif = pytest.importorskip("pillow_heif", reason="needs the extra `heif`")
    path = tmp_path / "phone.heic"
    pillow_heif.from_pillow(hostile.eight_bit(GRADIENT)).save(path, quality=95)
    assert np.abs(load_image(path) - GRADIENT).max() < 0.1
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(PictureError, match="cut short"):
        load_image(path)


def test_reading_needs_no_tensorflow() -> None:
    """Pictures of every kind go in and out without it, so that the first error is there at once."""
    code = "import sys\nfrom steadystyle.images import arrays, load, save\nassert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


GOOD_FILES = [
    "grey_alpha_png",
    "exif_rotated_jpeg",
    "animated_webp",
    "animated_gif",
    "bmp",
    "float_tiff",
    "display_p3_png",
]


@pytest.mark.parametrize("name", GOOD_FILES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_never_gives_anything_but_a_picture_or_a_refusal(name: str, data: st.DataObject, tmp_path: Path) -> None:
    """Whatever bytes are changed or cut, there is a picture in [0, 1] or one of our errors, in one line."""
    content = bytearray(hostile.READABLE_FILES[name](tmp_path).read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged"
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            picture = load_image(path, max_pixels=1_000_000)
        except SteadyStyleError as error:
            assert "\n" not in str(error)
        else:
            assert picture.ndim == 3
            assert picture.shape[2] == 3
            assert picture.min() >= 0
            assert picture.max() <= 1
