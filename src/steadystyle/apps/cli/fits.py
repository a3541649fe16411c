"""Which size fits in memory: what a result of some size takes, whole and in tiles, and the largest that fits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steadystyle.core.errors import SettingsError
from steadystyle.core.settings import OFF, Settings
from steadystyle.transfer.memory import SMALLEST_TILE, TILES, estimate, fit

LARGEST = 65535
"""Pixels a side."""


def sides(text: str) -> tuple[int, int]:
    """Height and width of `12000x8000`, which is width first.

    Raises:
        SettingsError: it is not so written, or a side is out of range.
    """
    match = re.fullmatch(r"\s*(\d{1,6})\s*[xX×]\s*(\d{1,6})\s*", text)
    if match is None or not all(1 <= int(side) <= LARGEST for side in match.groups()):
        raise SettingsError(
            f"size: got {text[:40]!r}, wanted WIDTHxHEIGHT in pixels, 12000x8000, at most {LARGEST} each"
        )
    width, height = map(int, match.groups())
    return height, width


def fit_lines(settings: Settings, height: int, width: int) -> Iterator[tuple[str, str]]:
    """Name and text of each line."""
    chosen = fit(settings, height, width)
    yield "result", f"{width}x{height}, {height * width / 1e6:.1f} megapixels"
    yield "memory", f"{chosen.budget / 1e9:.1f} GB may be used (--memory)"
    for tile in (None, *TILES, SMALLEST_TILE):
        if tile is not None and tile >= max(height, width):
            continue
        found = fit(settings.replaced({"tile": OFF if tile is None else tile}), height, width)
        part = "" if found.share == 1 else f" with {found.share:.0%} of the optimizer's history"
        verdict = f"fits{part}" if found.needed <= chosen.budget else "does not fit"
        mark = "; this is taken" if tile == chosen.tile else ""
        yield "whole" if tile is None else f"tiles of {tile}", f"about {found.needed / 1e9:.1f} GB: {verdict}{mark}"
    for name, tile in (("largest whole", None), ("largest in tiles", SMALLEST_TILE)):
        side = _largest(settings, height, width, tile, chosen.budget)
        yield name, f"{round(width * side / max(height, width))}x{round(height * side / max(height, width))}"


def _largest(settings: Settings, height: int, width: int, tile: int | None, budget: float) -> int:
    """The longest side of a picture of this shape that fits, with the least history; by halving."""
    low, high = 0, LARGEST
    while low < high:
        side = (low + high + 1) // 2
        share = side / max(height, width)
        if estimate(settings, max(1, round(height * share)), max(1, round(width * share)), tile, 0) <= budget:
            low = side
        else:
            high = side - 1
    return low
