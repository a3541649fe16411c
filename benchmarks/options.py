"""What a run of the benchmarks was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steadystyle.images.atomic import write_atomically

ROOT = Path(__file__).parents[1]
QUICK_RESULTS = ROOT / "out" / "benchmarks"
"""Where quick figures go: not over those that were measured with care."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The choices of one run.

    Attributes:
        results: folder of the figures and of the table.
        size: longest side of the pictures, in pixels.
        quick: tiny amounts of everything, to see that it works; the figures mean nothing.
        full: take all steps of the rival instead of extrapolating, and meet every rival.
        pairs: how many pairs of pictures; None for all.
        weights: of the compact backbone, instead of its own.
        jobs: scripts of `doctor` that run at a time.
        largest: megapixels of a picture that `sizes` still makes; None for all.
        minutes: that `own-network` or `six-styles` trains each network; None for as many as users would wait.
    """

    results: Path
    size: int = 512
    quick: bool = False
    full: bool = False
    pairs: int | None = None
    weights: Path | None = None
    jobs: int = 1
    largest: float | None = None
    minutes: float | None = None

    def amount(self, careful: int, quick: int) -> int:
        """How many of something: `careful`, or `quick` in a quick run."""
        return quick if self.quick else careful

    def save_picture(self, file: str, content: bytes) -> Path:
        """Write a sheet or a plot into docs/, or beside the figures in a quick run; where it is."""
        path = (self.results if self.quick else ROOT / "docs") / file
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
        return path

    def minutes_or(self, usual: float) -> float:
        """How long to train: as long as was asked for, else the usual time; a moment in a quick run."""
        return self.minutes or (0.05 if self.quick else usual)

    @property
    def our_flags(self) -> tuple[str, ...]:
        """What `steadystyle stylize` is told besides pictures and size: nothing, so that its defaults are measured."""
        steps = ("--steps", "3", "--scale-steps", "3") if self.quick else ()
        weights = ("--weights", str(self.weights)) if self.weights else ()
        return (*steps, *weights)
