"""One named builder for each thing that breaks programs: pictures, files that must be read, files that must be refused.

A test runs over all of them by name: `@pytest.mark.parametrize("name", hostile.PICTURES)`. To add one, write a function
here, with a docstring that says what it is.
"""

from __future__ import annotations

import functools
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms

PictureBuilder = Callable[[], np.ndarray]
FileBuilder = Callable[[Path], Path]

PICTURES: dict[str, PictureBuilder] = {}
"""Name to builder of a float32 (H, W, 3) array in [0, 1]."""
READABLE_FILES: dict[str, FileBuilder] = {}
"""Name to builder, in a folder, of a file that is a good picture, however odd."""
WARNED_FILES: dict[str, FileBuilder] = {}
"""Name to builder, in a folder, of a file whose picture is good and whose metadata are not: read, with a warning."""
PUT_RIGHT_FILES: dict[str, FileBuilder] = {}
"""Name to builder, in a folder, of a grey file whose numbers are put right: read, with a warning."""
REFUSED_FILES: dict[str, FileBuilder] = {}
"""Name to builder, in a folder, of a path that is no good picture."""


def picture(builder: PictureBuilder) -> PictureBuilder:
    """Enter a picture into the register under its own name."""
    PICTURES[builder.__name__] = builder
    return builder


def readable(builder: FileBuilder) -> FileBuilder:
    """Enter a good file into the register under its own name."""
    READABLE_FILES[builder.__name__] = builder
    return builder


def warned(builder: FileBuilder) -> FileBuilder:
    """Enter a file with broken metadata into the register under its own name."""
    WARNED_FILES[builder.__name__] = builder
    return builder


def put_right(builder: FileBuilder) -> FileBuilder:
    """Enter a file with numbers that are put right into the register under its own name."""
    PUT_RIGHT_FILES[builder.__name__] = builder
    return builder


def refused(builder: FileBuilder) -> FileBuilder:
    """Enter a bad file into the register under its own name."""
    REFUSED_FILES[builder.__name__] = builder
    return builder


# Pictures


def flat(value: float, height: int = 48, width: int = 64) -> np.ndarray:
    """One grey everywhere: no variance, and Gram matrices of rank one."""
    return np.full((height, width, 3), value, np.float32)


@picture
def black() -> np.ndarray:
    """All 0: features may be 0 too, and so their norms."""
    return flat(0.0)


@picture
def white() -> np.ndarray:
    """All 1: at the upper bound everywhere."""
    return flat(1.0)


@picture
def middle_grey() -> np.ndarray:
    """One grey: no edges, no variance."""
    return flat(0.5)


@picture
def pure_red() -> np.ndarray:
    """One saturated colour: every channel at a bound."""
    return flat(1.0) * np.array([1, 0, 0], np.float32)


@picture
def almost_black() -> np.ndarray:
    """A flat 1e-30, whose square is below float32."""
    return flat(1e-30)


@picture
def one_pixel() -> np.ndarray:
    """1 x 1: smaller than any kernel, window or stride."""
    return flat(0.3, 1, 1)


@picture
def one_by_5000() -> np.ndarray:
    """One row of 5,000 pixels."""
    return np.repeat(np.linspace(0, 1, 5000, dtype=np.float32)[np.newaxis, :, np.newaxis], 3, axis=-1)


@picture
def odd_sides() -> np.ndarray:
    """61 x 37: divisible by no stride."""
    return np.random.default_rng(1).random((61, 37, 3), np.float32)


@picture
def checkerboard() -> np.ndarray:
    """Black and white pixels in turn: the highest frequency there is."""
    return np.repeat((np.indices((48, 64)).sum(0) % 2)[..., np.newaxis], 3, axis=-1).astype(np.float32)


@picture
def noise() -> np.ndarray:
    """Uniform noise: no structure at all."""
    return np.random.default_rng(0).random((48, 64, 3), np.float32)


@picture
def gradient() -> np.ndarray:
    """A smooth ramp: tiny differences everywhere."""
    down, across = np.meshgrid(np.linspace(0, 1, 48), np.linspace(0, 1, 64), indexing="ij")
    return np.stack([down, across, (down + across) / 2], -1).astype(np.float32)


@picture
def single_bright_pixel() -> np.ndarray:
    """Black but for one white pixel: nearly all features 0, a few large."""
    dark = flat(0.0)
    dark[24, 32] = 1.0
    return dark


@picture
def silhouette() -> np.ndarray:
    """A black disc on white: two values and one edge."""
    down, across = np.indices((48, 64))
    return np.repeat(((down - 24) ** 2 + (across - 32) ** 2 > 225)[..., np.newaxis], 3, axis=-1).astype(np.float32)


# Files that must be read


def eight_bit(values: np.ndarray) -> Image.Image:
    """A float picture as Pillow's, for the builders below."""
    return Image.fromarray(np.rint(values * 255).astype(np.uint8))


def _saved(image: Image.Image, path: Path, **settings: Any) -> Path:
    image.save(path, **settings)
    return path


def png(width: int, height: int, bits: int, colour_type: int, rows: bytes, *chunks: bytes) -> bytes:
    """A PNG file of what is given, true or not."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    middle = [*chunks, png_chunk(b"IDAT", zlib.compress(rows, 9))]
    return b"\x89PNG\r\n\x1a\n" + b"".join([png_chunk(b"IHDR", header), *middle, png_chunk(b"IEND", b"")])


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG, with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def display_p3_profile() -> bytes:
    """An ICC profile of the screens of phones: sRGB's curve, wider primaries."""
    s15 = [
        (b"rXYZ", (0.51512, 0.24120, -0.00105)),
        (b"gXYZ", (0.29198, 0.69225, 0.04189)),
        (b"bXYZ", (0.15710, 0.06657, 0.78407)),
        (b"wtpt", (0.96420, 1.0, 0.82491)),
    ]
    tags = {name: b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(65536 * x) for x in xyz)) for name, xyz in s15}
    curve = [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045]
    for name in (b"rTRC", b"gTRC", b"bTRC"):
        tags[name] = b"para\0\0\0\0\0\x03\0\0" + struct.pack(">5i", *(round(65536 * x) for x in curve))
    return icc_profile(b"RGB ", tags)


def icc_profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC profile, version 4, for a display."""
    tags = {name: data.ljust(-(-len(data) // 4) * 4, b"\0") for name, data in tags.items()}
    table, body, offset = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        table += struct.pack(">4sII", name, offset + len(body), len(data))
        body += data
    date = struct.pack(">6H", 2024, 1, 1, 0, 0, 0)
    white = struct.pack(">3i", 63190, 65536, 54061)
    header = struct.pack(">I", offset + len(body)) + b"none" + b"\x04\x20\0\0" + b"mntr" + space + b"XYZ " + date
    header += b"acsp" + bytes(28) + white
    return header.ljust(128, b"\0") + table + body


@readable
def grey_png(folder: Path) -> Path:
    """8-bit grey, one channel."""
    return _saved(eight_bit(gradient()).convert("L"), folder / "grey.png")


@readable
def one_bit_png(folder: Path) -> Path:
    """Black and white, 1 bit per pixel."""
    return _saved(eight_bit(silhouette()).convert("1"), folder / "one_bit.png")


@readable
def two_bit_palette_png(folder: Path) -> Path:
    """Four colours, 2 bits per pixel."""
    return _saved(eight_bit(gradient()).quantize(4), folder / "palette.png", bits=2)


@readable
def transparent_palette_png(folder: Path) -> Path:
    """A palette with an alpha of its own for each colour."""
    return _saved(eight_bit(gradient()).quantize(8), folder / "palette_alpha.png", transparency=bytes([0, 128, 255]))


@readable
def grey_alpha_png(folder: Path) -> Path:
    """Grey with alpha, 8 bits each."""
    alpha = eight_bit(silhouette()).convert("L")
    return _saved(Image.merge("LA", [eight_bit(gradient()).convert("L"), alpha]), folder / "grey_alpha.png")


@readable
def fully_transparent_png(folder: Path) -> Path:
    """Alpha is 0 everywhere; below lies black."""
    return _saved(Image.new("RGBA", (64, 48)), folder / "transparent.png")


@readable
def sixteen_bit_grey_png(folder: Path) -> Path:
    """Grey with 16 bits, which Pillow's `convert("RGB")` turns white."""
    grey = np.rint(gradient()[..., 0] * 65535).astype(np.uint16)
    return _saved(Image.fromarray(grey), folder / "grey16.png")


@readable
def sixteen_bit_rgb_png(folder: Path) -> Path:
    """Colour with 16 bits, of which Pillow keeps 8."""
    values = np.rint(gradient() * 65535).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    path = folder / "rgb16.png"
    path.write_bytes(png(64, 48, 16, 2, rows))
    return path


@readable
def cmyk_jpeg(folder: Path) -> Path:
    """Four inks, no profile."""
    return _saved(eight_bit(gradient()).convert("CMYK"), folder / "cmyk.jpg", quality=95)


@readable
def exif_rotated_jpeg(folder: Path) -> Path:
    """Stored lying; EXIF says to turn it by a quarter."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return _saved(eight_bit(gradient()), folder / "rotated.jpg", exif=exif, quality=95)


@readable
def display_p3_png(folder: Path) -> Path:
    """Colours of a wider space than sRGB, as its profile says."""
    return _saved(eight_bit(gradient()), folder / "p3.png", icc_profile=display_p3_profile())


@readable
def animated_webp(folder: Path) -> Path:
    """Three frames; TensorFlow's own decoder kills the process on one like it."""
    frames = [eight_bit(value) for value in (gradient(), black(), white())]
    return _saved(frames[0], folder / "animated.webp", save_all=True, append_images=frames[1:], lossless=True)


@readable
def animated_gif(folder: Path) -> Path:
    """Two frames."""
    frames = [eight_bit(value) for value in (gradient(), white())]
    return _saved(frames[0], folder / "animated.gif", save_all=True, append_images=frames[1:])


@readable
def avif(folder: Path) -> Path:
    """A still AVIF."""
    return _saved(eight_bit(gradient()), folder / "still.avif", quality=90)


@readable
def bmp(folder: Path) -> Path:
    """Uncompressed, bottom row first."""
    return _saved(eight_bit(gradient()), folder / "plain.bmp")


@readable
def float_tiff(folder: Path) -> Path:
    """32-bit floats in [0, 1], grey."""
    return _saved(Image.fromarray(gradient()[..., 0].copy()), folder / "float.tif")


@readable
def lying_suffix(folder: Path) -> Path:
    """A PNG named .jpg."""
    return _saved(eight_bit(gradient()), folder / "really_png.jpg", format="PNG")


# Files that must be refused


@refused
def missing(folder: Path) -> Path:
    """There is nothing of that name."""
    return folder / "missing.png"


@refused
def a_folder(folder: Path) -> Path:
    """A folder named like a picture."""
    path = folder / "folder.png"
    path.mkdir()
    return path


@refused
def empty_file(folder: Path) -> Path:
    """No bytes."""
    path = folder / "empty.jpg"
    path.touch()
    return path


@refused
def text_named_jpg(folder: Path) -> Path:
    """Prose under a picture's name."""
    path = folder / "letter.jpg"
    path.write_text("Dear Sir or Madam,\nthis is no picture.\n")
    return path


@refused
def truncated_jpeg(folder: Path) -> Path:
    """The first half of a JPEG."""
    return _cut(eight_bit(noise()), folder / "half.jpg")


@refused
def truncated_png(folder: Path) -> Path:
    """The first half of a PNG."""
    return _cut(eight_bit(noise()), folder / "half.png")


@refused
def truncated_webp(folder: Path) -> Path:
    """The first half of a WebP."""
    return _cut(eight_bit(noise()), folder / "half.webp")


@refused
def truncated_tiff(folder: Path) -> Path:
    """The first half of a TIFF."""
    return _cut(eight_bit(noise()), folder / "half.tif")


def _cut(image: Image.Image, path: Path) -> Path:
    data = _saved(image, path).read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


@refused
def short_png(folder: Path) -> Path:
    """A flawless PNG but for half of its rows, which Pillow gives as black."""
    path = folder / "short.png"
    path.write_bytes(png(64, 48, 8, 0, (b"\0" + b"\xff" * 64) * 24))
    return path


@refused
def bit_flipped_png(folder: Path) -> Path:
    """One pixel changed on the way; only the checksum of the stream knows."""
    path = folder / "flipped.png"
    rows = (b"\0" + b"\xff" * 64) * 48
    stream = bytearray(zlib.compress(rows, 0))
    stream[100] ^= 1
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 48, 8, 0, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", bytes(stream)) + png_chunk(b"IEND", b""))
    return path


@refused
def decompression_bomb(folder: Path) -> Path:
    """160 kB that unpack to 13,000 x 12,500 pixels, within Pillow's own limit."""
    path = folder / "bomb.png"
    path.write_bytes(_bomb())
    return path


@functools.cache
def _bomb() -> bytes:
    return png(13_000, 12_500, 8, 0, bytes(13_001 * 12_500))


@refused
def header_of_a_giant(folder: Path) -> Path:
    """60 bytes whose header promises 2 billion x 2 billion pixels."""
    path = folder / "giant.png"
    path.write_bytes(png(2_000_000_000, 2_000_000_000, 8, 2, b""))
    return path


@refused
def text_bomb_png(folder: Path) -> Path:
    """A compressed text of 100 MB in a PNG of one pixel."""
    path = folder / "text_bomb.png"
    text = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100_000_000), 9))
    path.write_bytes(png(1, 1, 8, 0, b"\0\0", text))
    return path


@refused
def fifo(folder: Path) -> Path:
    """A pipe that nobody writes to: opening it waits for ever."""
    path = folder / "pipe.png"
    os.mkfifo(path)
    return path


@refused
def device(_: Path) -> Path:
    """Zeros without end."""
    return Path("/dev/zero")


@refused
def postscript(folder: Path) -> Path:
    """A program for Ghostscript, which must never be started."""
    path = folder / "program.jpg"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n")
    return path


@refused
def mostly_nan_float_tiff(folder: Path) -> Path:
    """Floats, of which a fifth is NaN."""
    values = gradient()[..., 0].copy()
    values[:10] = np.nan
    return _saved(Image.fromarray(values), folder / "mostly_nan.tif")


@refused
def all_nan_float_tiff(folder: Path) -> Path:
    """Floats, all NaN."""
    return _saved(Image.fromarray(np.full((48, 64), np.nan, np.float32)), folder / "all_nan.tif")


@refused
def hdr_float_tiff(folder: Path) -> Path:
    """Floats from 0 to 3, which have to be mapped to what a screen shows."""
    return _saved(Image.fromarray(gradient()[..., 0] * 3), folder / "hdr.tif")


# Files that are read with a warning


@warned
def broken_profile_png(folder: Path) -> Path:
    """Its colour profile is rubbish."""
    return _saved(eight_bit(gradient()), folder / "broken_profile.png", icc_profile=b"rubbish" * 30)


@warned
def foreign_profile_png(folder: Path) -> Path:
    """A colour picture with a profile for Lab."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    return _saved(eight_bit(gradient()), folder / "foreign_profile.png", icc_profile=profile)


# Files whose picture is put right with a warning


@put_right
def nan_float_tiff(folder: Path) -> Path:
    """Floats, of which one is NaN."""
    values = gradient()[..., 0].copy()
    values[3, 5] = np.nan
    return _saved(Image.fromarray(values), folder / "nan.tif")


@put_right
def infinite_float_tiff(folder: Path) -> Path:
    """Floats, of which one is infinite."""
    values = gradient()[..., 0].copy()
    values[3, 5] = np.inf
    return _saved(Image.fromarray(values), folder / "inf.tif")


@put_right
def float_tiff_to_255(folder: Path) -> Path:
    """Floats from 0 to 255."""
    return _saved(Image.fromarray(gradient()[..., 0] * 255), folder / "float255.tif")


FILES = {**READABLE_FILES, **WARNED_FILES, **PUT_RIGHT_FILES, **REFUSED_FILES}
