"""Writing pictures."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from steadystyle.core.errors import OutputError, PictureError, SteadyStyleError
from steadystyle.images import save
from steadystyle.images.atomic import write_atomically
from steadystyle.images.load import load_image, read_text
from steadystyle.images.read_back import Damaged, check_written
from steadystyle.images.save import FORMATS, check_writable, save_image
from tests import hostile

SMOOTH = hostile.gradient()
BITS_OF_SUFFIX = [(suffix, 8) for suffix in FORMATS] + [(".png", 16), (".tif", 16), (".TIFF", 16), (".JPG", 8)]


@pytest.mark.parametrize(("suffix", "bits"), BITS_OF_SUFFIX)
def test_every_format_is_read_back(suffix: str, bits: int, tmp_path: Path) -> None:
    """What is written is the picture, in the format that the name says, with an sRGB profile and nothing private."""
    path = tmp_path / f"out{suffix}"
    save_image(path, SMOOTH, bits=bits)
    exact = suffix.lower() in {".png", ".tif", ".tiff"}
    assert np.abs(load_image(path) - SMOOTH).max() <= (0.51 / (2**bits - 1) if exact else 0.05)
    with Image.open(path) as image:
        assert image.format == FORMATS[suffix.lower()]
        assert b"acsp" in image.info["icc_profile"]
        assert not {"exif", "xmp", "comment"} & set(image.info)
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("name", hostile.PICTURES)
@pytest.mark.parametrize("bits", [8, 16])
def test_every_hostile_picture_is_written_exactly(name: str, bits: int) -> None:
    """Flat, tiny, long or noisy, a PNG gives each number back to the last bit."""
    picture = hostile.PICTURES[name]()
    save_image("out.png", picture, bits=bits)
    assert np.abs(load_image("out.png") - picture).max() <= 0.51 / (2**bits - 1)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_alpha_is_written(suffix: str) -> None:
    """Four channels come back as four."""
    picture = np.concatenate([SMOOTH, SMOOTH[..., :1]], -1)
    save_image(f"out{suffix}", picture)
    assert np.abs(load_image(f"out{suffix}", keep_alpha=True)[..., 3] - picture[..., 3]).max() < 0.01


def test_jpeg_keeps_full_colour_resolution() -> None:
    """4:4:4: a thin red line stays red."""
    picture = hostile.flat(0.5)
    picture[:, 31] = [1, 0, 0]
    save_image("out.jpg", picture)
    assert np.abs(load_image("out.jpg") - picture).max() < 0.1


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (np.full((4, 5, 3), np.nan), "not finite"),
        (np.where(np.arange(60).reshape(4, 5, 3) == 33, -np.inf, 0.5), r"1 of 60 .* at \(2, 1, 0\) is -inf"),
        (np.full((4, 5, 3), 1.001), "wanted them in"),
        (np.full((4, 5, 3), -0.001), "wanted them in"),
        (np.zeros((4, 5, 3), np.uint8), "uint8"),
        (np.zeros((4, 5)), r"\(4, 5\)"),
        (np.zeros((0, 5, 3)), r"\(0, 5, 3\)"),
        (np.zeros((1, 4, 5, 3)), r"\(1, 4, 5, 3\)"),
    ],
)
@pytest.mark.parametrize("name", ["out.png", "out.jpg"])
def test_no_bad_picture_is_ever_written(picture: np.ndarray, said: str, name: str, tmp_path: Path) -> None:
    """The very array is checked; a refusal leaves the folder as it was."""
    with pytest.raises(PictureError, match=said):
        save_image(tmp_path / name, picture)
    assert os.listdir(tmp_path) == []


def test_rounding_errors_are_clipped() -> None:
    """A millionth beyond the range is rounding, not damage."""
    save_image("out.png", np.array([[[-9e-7, 0.5, 1 + 9e-7]]]))
    assert load_image("out.png")[0, 0] == pytest.approx([0, 0.5, 1], abs=0.51 / 255)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("out", {}, r"the name has no ending, wanted one of \.png"),
        ("out.bmp", {}, r"ends in \.bmp"),
        ("out.jpg", {"bits": 16}, r"with 16 bits; wanted 8, or 16 for \.png"),
        ("out.png", {"bits": 12}, "with 12 bits"),
        ("folder.png", {}, "is a folder"),
        ("nowhere/out.png", {}, r"there is no folder .*nowhere"),
        ("letter/out.png", {}, "there is no folder"),
        ("pipe.png", {}, "no regular file"),
        ("out.png", {"text": {"": "x"}}, "keywords"),
        ("out.png", {"text": {"k": "a\0b"}}, "no null character"),
    ],
)
def test_what_cannot_be_written_is_refused(name: str, arguments: dict[str, Any], said: str, tmp_path: Path) -> None:
    """Each with one line that says why, and the folder stays as it was."""
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "letter").touch()
    os.mkfifo(tmp_path / "pipe.png")
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(OutputError, match=said) as caught:
        save_image(name, SMOOTH, **arguments)
    assert "\n" not in str(caught.value)
    assert sorted(os.listdir(tmp_path)) == before


def test_jpeg_has_no_alpha() -> None:
    """Four channels do not fit."""
    with pytest.raises(OutputError, match="with alpha, which JPEG has not"):
        save_image("out.jpg", np.zeros((4, 5, 4)))


def test_webp_has_a_largest_side() -> None:
    """The limit of the format is named before anything is encoded."""
    with pytest.raises(OutputError, match="17000 x 1 pixels: WEBP ends at 16383"):
        save_image("out.webp", np.zeros((1, 17_000, 3)))


def test_a_folder_where_nothing_can_be_made() -> None:
    """It is found out beforehand, even for root: there is no making files in /proc."""
    if not os.path.isdir("/proc/self"):
        pytest.skip("this system has no /proc")
    with pytest.raises(OutputError, match=r"cannot write /proc/out\.png"):
        check_writable("/proc/out.png")


def test_asking_leaves_no_trace(tmp_path: Path) -> None:
    """`check_writable` makes nothing, and an existing file keeps its content."""
    check_writable(tmp_path / "new.png")
    assert os.listdir(tmp_path) == []
    (tmp_path / "old.png").write_bytes(b"precious")
    check_writable(tmp_path / "old.png")
    assert (tmp_path / "old.png").read_bytes() == b"precious"


@pytest.mark.parametrize("fails", ["fsync", "replace", "open"])
def test_a_failure_while_writing_leaves_the_old_file(
    fails: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk at any moment: what stood there still stands, and nothing lies beside it."""
    path = tmp_path / "out.png"
    path.write_bytes(b"precious")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, fails, full)
        with pytest.raises(OutputError, match="No space left on device"):
            write_atomically(path, b"new")
    assert path.read_bytes() == b"precious"
    assert os.listdir(tmp_path) == ["out.png"]


def test_an_interruption_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the middle is no exception to that, and stays what it is."""
    path = tmp_path / "out.png"
    path.write_bytes(b"precious")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_image(path, SMOOTH)
    assert path.read_bytes() == b"precious"
    assert os.listdir(tmp_path) == ["out.png"]


def test_permissions_are_kept(tmp_path: Path) -> None:
    """A file that exists keeps its mode, a new one has what the umask allows."""
    path = tmp_path / "out.png"
    save_image(path, SMOOTH)
    (tmp_path / "touched").touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "touched").stat().st_mode)
    path.chmod(0o640)
    save_image(path, SMOOTH)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_is_followed(tmp_path: Path) -> None:
    """The file that a link leads to is written; the link stays one."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link.png").symlink_to(tmp_path / "real" / "out.png")
    save_image(tmp_path / "link.png", SMOOTH)
    assert (tmp_path / "link.png").is_symlink()
    assert load_image(tmp_path / "real" / "out.png").shape == SMOOTH.shape


def test_the_same_picture_is_the_same_file() -> None:
    """Byte for byte, in every format."""
    for suffix, bits in BITS_OF_SUFFIX:
        save_image(f"one{suffix}", SMOOTH, bits=bits, text={"k": "v"})
        save_image(f"two{suffix}", SMOOTH, bits=bits, text={"k": "v"})
        assert Path(f"one{suffix}").read_bytes() == Path(f"two{suffix}").read_bytes()


@pytest.mark.parametrize("bits", [8, 16])
def test_texts_travel_in_a_png(bits: int) -> None:
    """Any Unicode, any length, under its keyword."""
    text = {"steadystyle": '{"size": 512}', "Title": "Größe – 絵\nline two", "long": "x" * 100_000, "empty": ""}
    save_image("out.png", SMOOTH, text=text, bits=bits)
    assert read_text("out.png") == text
    with Image.open("out.png") as image:
        assert image.text == text  # type: ignore[attr-defined]


def test_latin_texts_of_other_programs_are_read() -> None:
    """The older kind of text chunk, too; one that is compressed is passed over."""
    older = hostile.png_chunk(b"tEXt", b"Software\0Caf\xe9")
    packed = hostile.png_chunk(b"iTXt", b"Packed\0\1\0\0\0rubbish")
    Path("other.png").write_bytes(hostile.png(1, 1, 8, 0, b"\0\0", older, packed))
    assert read_text("other.png") == {"Software": "Café"}


def test_other_formats_drop_texts() -> None:
    """Only PNG has a place for them; the picture is written all the same."""
    save_image("out.tif", SMOOTH, text={"k": "v"}, bits=16)
    assert load_image("out.tif").shape == SMOOTH.shape


@pytest.mark.parametrize("name", ["truncated_jpeg", "fifo", "missing", "empty_file", "a_folder", "text_named_jpg"])
def test_texts_of_no_png(name: str, tmp_path: Path) -> None:
    """There is one line about it, at once."""
    with pytest.raises(PictureError, match=r"^[^\n]+$"):
        read_text(hostile.REFUSED_FILES[name](tmp_path))


def test_a_broken_or_giant_text_is_refused() -> None:
    """A changed byte, a text of 2 MB and a file that ends too early are found out."""
    save_image("out.png", SMOOTH, text={"k": "value"})
    data = Path("out.png").read_bytes()
    Path("changed.png").write_bytes(data.replace(b"value", b"vague"))
    giant = hostile.png_chunk(b"tEXt", b"k\0" + b"x" * 2_000_000)
    Path("giant.png").write_bytes(hostile.png(1, 1, 8, 0, b"\0\0", giant))
    Path("cut.png").write_bytes(data[: data.index(b"value") + 2])
    for name in ("changed.png", "giant.png", "cut.png"):
        with pytest.raises(SteadyStyleError, match=name):
            read_text(name)


# What was written is read back


@pytest.mark.parametrize("name", hostile.PICTURES)
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_no_hostile_picture_is_taken_for_damage(name: str, suffix: str) -> None:
    """Also where a lossy format loses the most, each is written."""
    save_image(f"out{suffix}", hostile.PICTURES[name]())
    assert load_image(f"out{suffix}").shape == hostile.PICTURES[name]().shape


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_the_worst_for_a_lossy_format_is_still_written(suffix: str) -> None:
    """Chessboards of opposite colours, whose colours WebP averages; and large noise, which JPEG hardly compresses."""
    board = np.indices((48, 64)).sum(0)[..., np.newaxis] % 2
    save_image(f"out{suffix}", np.where(board, [1.0, 0, 0], [0, 0, 1.0]))
    save_image(f"out{suffix}", np.where(board, [1.0, 0, 1.0], [0, 1.0, 0]))
    save_image(f"out{suffix}", np.random.default_rng(0).random((300, 300, 3)))


class DamagingEncoder:
    """A fake: so many times the encoder gets black in place of the picture, as from NaN cast to whole numbers."""

    def __init__(self, times: int, encode: Any) -> None:
        self.left, self.calls, self._encode = times, 0, encode

    def __call__(self, pixels: np.ndarray, *rest: Any) -> Any:
        self.calls, self.left = self.calls + 1, self.left - 1
        return self._encode(np.zeros_like(pixels) if self.left >= 0 else pixels, *rest)


def damaging(times: int, kind: str, bits: int, monkeypatch: pytest.MonkeyPatch) -> DamagingEncoder:
    """Puts the fake in the place of the encoder that is used."""
    encoder = DamagingEncoder(times, save.SIXTEEN_BIT[kind] if bits == 16 else save._eight_bit)
    if bits == 16:
        monkeypatch.setitem(save.SIXTEEN_BIT, kind, encoder)
    else:
        monkeypatch.setattr(save, "_eight_bit", encoder)
    return encoder


@pytest.mark.parametrize(("suffix", "bits"), BITS_OF_SUFFIX)
def test_a_picture_damaged_once_is_encoded_again(suffix: str, bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second try is the file, the same as without damage."""
    save_image(f"good{suffix}", SMOOTH, bits=bits)
    encoder = damaging(1, FORMATS[suffix.lower()], bits, monkeypatch)
    save_image(f"out{suffix}", SMOOTH, bits=bits)
    assert encoder.calls == 2
    assert Path(f"out{suffix}").read_bytes() == Path(f"good{suffix}").read_bytes()


@pytest.mark.parametrize(("suffix", "bits"), BITS_OF_SUFFIX)
def test_a_picture_damaged_always_replaces_nothing(suffix: str, bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says so; the older file stands, and nothing lies beside it."""
    path = Path(f"out{suffix}")
    path.write_bytes(b"precious")
    encoder = damaging(9, FORMATS[suffix.lower()], bits, monkeypatch)
    with pytest.raises(OutputError, match="twice it was not what was to be written: it is off by") as caught:
        save_image(path, SMOOTH, bits=bits)
    assert "\n" not in str(caught.value)
    assert encoder.calls == 2
    assert path.read_bytes() == b"precious"
    assert os.listdir() == [path.name]


@pytest.mark.parametrize("damage", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_cannot_be_read_back_is_none(damage: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fake encoder gives rubbish: the folder stays empty."""
    monkeypatch.setattr(save, "_eight_bit", lambda *_: damage)
    with pytest.raises(OutputError, match="it cannot be read back"):
        save_image("out.png", SMOOTH)
    assert os.listdir() == []


def test_one_level_in_one_place_is_damage_to_a_png() -> None:
    """And none to its neighbour, a picture that is equal; a wrong shape is."""
    save_image("out.png", SMOOTH)
    check_written(Path("out.png"), SMOOTH, "PNG")
    other = SMOOTH.copy()
    other[40, 50, 1] = np.rint(other[40, 50, 1] * 255) / 255 - 1 / 255
    with pytest.raises(Damaged, match=r"off by 0\.00392"):
        check_written(Path("out.png"), other, "PNG")
    with pytest.raises(Damaged, match="shape"):
        check_written(Path("out.png"), SMOOTH[1:], "PNG")
