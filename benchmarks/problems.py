"""The pictures: ten pairs from `../shared/photos`, or a drawn one where that folder is not."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import NamedTuple

from benchmarks.options import ROOT
from steadystyle.apps.cli.demo_pictures import landscape, starry
from steadystyle.images.save import save_image

PHOTOS = ROOT.parent / "shared" / "photos"


class Pair(NamedTuple):
    """A content picture and a style picture."""

    content: Path
    style: Path

    @property
    def name(self) -> str:
        """Both names, without their folders."""
        return f"{self.content.stem} × {self.style.stem}"


def pairs(work: Path, count: int | None = None, photos: Path = PHOTOS) -> list[Pair]:
    """Each content picture with each style picture of `photos`, at most `count`.

    Args:
        work: a folder for the drawn pictures, if they are needed.
    """
    contents, styles = (sorted((photos / kind).glob("*.jpg")) for kind in ("content", "style"))
    if not contents or not styles:
        return [_drawn(work)]
    return [Pair(content, style) for content, style in product(contents, styles)][:count]


def _drawn(work: Path) -> Pair:
    pair = Pair(work / "landscape.png", work / "starry.png")
    save_image(pair.content, landscape())
    save_image(pair.style, starry())
    return pair
