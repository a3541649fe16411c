"""Pictures of 16 bits per channel, in and out."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin

from steadystyle.core.errors import PictureError
from steadystyle.images.load import load_image
from steadystyle.images.save import save_image
from tests import hostile

COLOUR_TYPE = {1: 0, 2: 4, 3: 2, 4: 6}


def values(channels: int) -> np.ndarray:
    """Random 16-bit numbers, (5, 7, channels)."""
    return np.random.default_rng(channels).integers(0, 65536, (5, 7, channels), dtype=np.uint16)


def write_tiff(path: Path, numbers: np.ndarray, **tags: object) -> Path:
    """An uncompressed TIFF of 16 bits in the byte order of `numbers`."""
    prefix = b"MM\0*" if numbers.dtype.byteorder == ">" else b"II*\0"
    directory = TiffImagePlugin.ImageFileDirectory_v2(prefix + b"\0\0\0\0")
    height, width, channels = numbers.shape
    directory[256], directory[257], directory[258] = width, height, (16,) * channels
    directory[259], directory[262], directory[277], directory[278] = 1, 2 if channels > 1 else 1, channels, height
    for number, value in tags.items():
        directory[int(number.removeprefix("tag"))] = value
    data = numbers.tobytes()
    directory[273], directory[279] = 0, len(data)
    start = b"\0\0\0\x08" if prefix == b"MM\0*" else b"\x08\0\0\0"
    path.write_bytes(prefix + start + directory.tobytes(8) + data)
    return path


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_png_keeps_every_bit(channels: int, tmp_path: Path) -> None:
    """Grey or colour, with alpha or without, each of the 65,536 values comes through."""
    numbers = values(channels)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in numbers)
    (tmp_path / "a.png").write_bytes(hostile.png(7, 5, 16, COLOUR_TYPE[channels], rows))
    read = np.rint(load_image(tmp_path / "a.png", keep_alpha=True) * 65535).astype(np.uint16)
    colours = numbers if channels in (1, 3) else numbers[..., :-1]
    assert (read[..., :3] == colours).all()
    assert (read[..., 3:] == (65535 if channels in (1, 3) else numbers[..., -1:])).all()


@pytest.mark.parametrize("order", ["<u2", ">u2"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_tiff_keeps_every_bit(channels: int, order: str, tmp_path: Path) -> None:
    """In either byte order."""
    numbers = values(channels).astype(order)
    path = write_tiff(tmp_path / "a.tif", numbers, **({"tag338": 2} if channels == 4 else {}))
    read = np.rint(load_image(path, keep_alpha=True) * 65535).astype(np.uint16)
    assert (read[..., : max(3, channels)] == numbers).all()


def test_premultiplied_alpha_is_divided_out(tmp_path: Path) -> None:
    """Where a TIFF holds colours times alpha, the colours come back; under no alpha at all, black."""
    numbers = np.array([[[10000, 20000, 0, 40000], [0, 0, 0, 0]]], np.uint16)
    path = write_tiff(tmp_path / "a.tif", numbers, tag338=1)
    expected = np.array([[0.25, 0.5, 0, 40000 / 65535], [0, 0, 0, 0]])
    assert np.allclose(load_image(path, keep_alpha=True)[0], expected)


def test_separate_planes_are_refused(tmp_path: Path) -> None:
    """Pillow would give rubbish for them."""
    with pytest.raises(PictureError, match="separate planes"):
        load_image(write_tiff(tmp_path / "a.tif", values(3), tag284=2, tag273=(0, 70, 140)))


def test_white_is_zero(tmp_path: Path) -> None:
    """A grey TIFF may count from white to black."""
    path = write_tiff(tmp_path / "a.tif", np.array([[[0], [65535]]], np.uint16), tag262=0)
    assert load_image(path)[0, :, 0] == pytest.approx([1, 0])


def test_one_colour_may_be_transparent(tmp_path: Path) -> None:
    """Compared with all 16 bits: a colour that differs in the last one stays."""
    rows = b"\0" + np.array([[258, 0, 0], [257, 0, 0]], ">u2").tobytes()
    chunk = hostile.png_chunk(b"tRNS", np.array([257, 0, 0], ">u2").tobytes())
    (tmp_path / "a.png").write_bytes(hostile.png(2, 1, 16, 2, rows, chunk))
    assert (load_image(tmp_path / "a.png", keep_alpha=True)[0, :, 3] == [1, 0]).all()


def test_grey_does_not_turn_white(tmp_path: Path) -> None:
    """Pillow's `convert("RGB")` would make white of all but the darkest 256 values."""
    assert np.abs(load_image(hostile.sixteen_bit_grey_png(tmp_path)) - hostile.gradient()[..., :1]).max() < 1e-5


def test_whole_numbers_without_a_white_are_refused(tmp_path: Path) -> None:
    """32-bit grey has no agreed white."""
    Image.fromarray(np.array([[0, 70000]], np.int32)).save(tmp_path / "a.tif")
    with pytest.raises(PictureError, match="no agreed white"):
        load_image(tmp_path / "a.tif")


@settings(max_examples=25)
@given(
    height=st.integers(1, 20),
    width=st.integers(1, 20),
    channels=st.sampled_from([3, 4]),
    suffix=st.sampled_from([".png", ".tif"]),
    seed=st.integers(0, 1000),
)
def test_what_is_saved_is_read_back(height: int, width: int, channels: int, suffix: str, seed: int) -> None:
    """16 bits out and in again change no number by more than half of 1/65535."""
    picture = np.random.default_rng(seed).random((height, width, channels), np.float32)
    path = f"{height}x{width}{suffix}"
    save_image(path, picture, bits=16)
    read = load_image(path, keep_alpha=channels == 4)
    assert np.abs(read - picture).max() <= 0.501 / 65535


def test_pillow_reads_our_files_too(tmp_path: Path) -> None:
    """Both kinds are valid to another reader, which sees the upper 8 bits and our profile."""
    picture = hostile.gradient()
    for name in ("a.png", "a.tif"):
        save_image(tmp_path / name, picture, bits=16)
        with Image.open(tmp_path / name) as image:
            assert np.abs(np.asarray(image) / 255 - picture).max() < 1 / 255
            assert "icc_profile" in image.info


def test_our_png_has_sixteen_bits(tmp_path: Path) -> None:
    """Its header says so, and its stream holds them."""
    save_image(tmp_path / "a.png", hostile.noise(), bits=16)
    data = (tmp_path / "a.png").read_bytes()
    assert data[24] == 16
    start = data.index(b"IDAT") + 4
    assert len(zlib.decompressobj().decompress(data[start:])) == 48 * (1 + 64 * 6)
