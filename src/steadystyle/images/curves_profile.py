"""ICC profiles that are made of curves and primaries, computed in float.

LittleCMS, as Pillow offers it, converts 8-bit colour only. Where 16-bit colour came in, the profiles that cameras and
editors embed (Adobe RGB, Display P3, ProPhoto, grey with a gamma) are simple enough to be computed here:

    linear = curve(colour);  XYZ = primaries · linear;  sRGB = encode(sRGB primaries⁻¹ · XYZ)

Source: ICC.1:2022, 8.3.3 (matrix/TRC model), 10.6 (curveType), 10.18 (parametricCurveType).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Curve = Callable[[np.ndarray], np.ndarray]

SRGB_PRIMARIES = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
)
"""Linear sRGB to XYZ as profiles state it, adapted to D50."""


@dataclass(frozen=True)
class CurvesProfile:
    """One curve and no primaries (grey), or three curves and the XYZ of each primary in a column."""

    curves: tuple[Curve, ...]
    primaries: np.ndarray | None

    def __post_init__(self) -> None:
        with np.errstate(all="ignore"):
            ends = [curve(np.array([0.0, 1.0], np.float32)) for curve in self.curves]
        if not np.isfinite(ends).all():  # each curve is largest at an end
            raise ValueError("a curve leads to infinity")

    @classmethod
    def parse(cls, profile: bytes) -> CurvesProfile | None:
        """None if the profile has tables, which take precedence, or is made in another way, or is broken."""
        try:
            tags = _tags(profile)
            if any(tag in tags for tag in (b"A2B0", b"A2B1", b"A2B2")) or profile[20:24] != b"XYZ ":
                return None
            if b"kTRC" in tags:
                return cls((_curve(tags[b"kTRC"]),), None)
            curves = tuple(_curve(tags[tag]) for tag in (b"rTRC", b"gTRC", b"bTRC"))
            columns = [struct.unpack_from(">3i", tags[tag], 8) for tag in (b"rXYZ", b"gXYZ", b"bXYZ")]
            return cls(curves, np.array(columns).T / 65536)
        except (KeyError, IndexError, ValueError, ZeroDivisionError, struct.error):
            return None

    def to_srgb(self, colours: np.ndarray) -> np.ndarray:
        """`colours` (H, W, as many as there are curves), in [0, 1], as sRGB (H, W, 3) float32, clipped to [0, 1]."""
        with np.errstate(all="ignore"):  # a curve is computed on both sides of where it changes
            linear = np.stack([curve(colours[..., channel]) for channel, curve in enumerate(self.curves)], axis=-1)
        if self.primaries is None:
            linear = np.repeat(linear, 3, axis=-1)
        else:
            linear = linear @ (np.linalg.inv(SRGB_PRIMARIES) @ self.primaries).T.astype(np.float32)
        linear = np.clip(linear, 0.0, 1.0)
        encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** np.float32(1 / 2.4) - 0.055)
        clipped: np.ndarray = np.clip(encoded, 0.0, 1.0, dtype=np.float32)
        return clipped


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = [struct.unpack_from(">4sII", profile, 132 + 12 * index) for index in range(min(count, 100))]
    return {name: profile[offset : offset + size] for name, offset, size in entries}


def _curve(tag: bytes) -> Curve:
    if tag[:4] == b"para":
        return _parametric(tag)
    if tag[:4] != b"curv":
        raise ValueError("an unknown kind of curve")
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return lambda colour: colour
    if count == 1:
        gamma = np.float32(struct.unpack_from(">H", tag, 12)[0] / 256)
        return lambda colour: colour**gamma
    table = np.frombuffer(tag, ">u2", count, 12) / 65535
    return lambda colour: np.interp(colour, np.linspace(0, 1, count), table).astype(np.float32)


def _parametric(tag: bytes) -> Curve:
    """`(a·x + b)^g + e` from x = d on, `c·x + f` below; the simpler kinds give fewer constants."""
    (kind,) = struct.unpack_from(">H", tag, 8)
    count = (1, 3, 4, 5, 7)[kind]
    given = [value / 65536 for value in struct.unpack_from(f">{count}i", tag, 12)]
    g, a, b, c, d, e, f = given + [0.0] * (7 - count)
    if g <= 0:
        raise ValueError("a curve leads to infinity")
    if kind == 0:
        a = 1.0
    elif kind in (1, 2):
        c, d, e, f = 0.0, -b / a, c, c
    return lambda colour: np.where(colour >= d, np.maximum(a * colour + b, 0.0) ** g + e, c * colour + f)
