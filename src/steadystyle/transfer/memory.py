"""How much memory a run takes, how much there is, and what fits: the tile, and the optimizer's history."""

from __future__ import annotations

import contextlib
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from steadystyle.core import discover
from steadystyle.core.contracts import Backbone, Optimizer
from steadystyle.core.settings import AUTO, OFF, Settings

GIGABYTE = 1e9
BASE = 0.75 * GIGABYTE
"""TensorFlow, NumPy, a network and the graphs."""
PICTURES = 40
"""Bytes per pixel of the result: the picture that is measured, its gradient, the best so far, the content in 8 bits."""
SHARE = 0.8
"""Of what is available: the rest is for the page cache and for what else runs here."""
UNKNOWN = 4 * GIGABYTE
"""Where the system does not tell, as much as any computer has that runs TensorFlow."""
GROUPS = (Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))
"""The file that tells a process's control groups, and the folder of theirs."""
TILES = (2048, 1024, 512)
"""Sides in pixels, tried from the largest: its margin costs least time."""
SMALLEST_TILE = 256


class Fit(NamedTuple):
    """What fits.

    Attributes:
        tile: in pixels a side; None where the whole picture is measured at once.
        history: bytes that an optimizer's history may take.
        share: of a whole history.
        needed: bytes, estimated, in all.
        budget: bytes to stay below.
    """

    tile: int | None
    history: float
    share: float
    needed: float
    budget: float


def fit(settings: Settings, height: int, width: int) -> Fit:
    """The fastest way to make a picture of `height` x `width` within the memory: whole, else in large tiles, else with
    less history. Where nothing fits, the least that can be.
    """
    budget = _budget(settings.memory)
    full = _optimizer(settings).bytes_of_history * height * width
    tiles: list[int | None] = [None, *TILES]
    if settings.tile != AUTO:
        tiles = [None if settings.tile == OFF else int(settings.tile)]
    for tile in tiles:
        needed = estimate(settings, height, width, tile, full)
        if needed <= budget:
            return Fit(tile, full, 1.0, needed, budget)
    part = max(1.0, full / _optimizer(settings).parts_of_history)

    def worth(tile: int | None) -> float:
        """Small tiles cost time: they have to make room for another part of a history, or for the run itself."""
        spare = budget - estimate(settings, height, width, tile, 0)
        return spare // part if spare >= 0 else -float(tile or math.inf)

    tile = max([*TILES, SMALLEST_TILE] if settings.tile == AUTO else tiles, key=worth)  # the largest of equals
    least = estimate(settings, height, width, tile, 0)
    history = min(full, max(0.0, budget - least))
    return Fit(tile, history, history / full if full else 1.0, least + history, budget)


def estimate(settings: Settings, height: int, width: int, tile: int | None, history: float) -> float:
    """Bytes that a run takes at most, in all, with such tiles and such a history."""
    backbone = _backbone(settings)
    pixels = height * width
    seen = pixels
    if tile is not None:
        sights = [backbone.sight(layer) for layer in (*backbone.style_layers, *backbone.content_layers)]
        margin = max(sight.reach + sight.stride for sight in sights)
        seen = min(height, tile + 2 * margin) * min(width, tile + 2 * margin)
    kept = PICTURES + _optimizer(settings).bytes_of_state + backbone.bytes_of_content
    return BASE + pixels * kept + history + seen * backbone.bytes_of_graph


def available() -> float:
    """Bytes that this process may still take without being killed: what the machine has, what its group is allowed."""
    limits = [*_of_machine(), *_of_group(), *_of_addresses()]
    return min(limits, default=UNKNOWN)


def _budget(memory: float | str) -> float:
    """In all, so what the process holds already is part of it."""
    return float(memory) * GIGABYTE if memory != AUTO else SHARE * (available() + _held())


def _backbone(settings: Settings) -> type[Backbone]:
    return discover.feature("steadystyle.backbones", settings.backbone, Backbone)  # type: ignore[type-abstract]


def _optimizer(settings: Settings) -> type[Optimizer]:
    return discover.feature("steadystyle.optimizers", settings.optimizer, Optimizer)  # type: ignore[type-abstract]


def _of_machine() -> Iterator[float]:
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        yield next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) * 1024.0
    except (OSError, ValueError, StopIteration):
        try:  # half of it: how much is free, this system does not tell
            yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2
        except (AttributeError, ValueError, OSError):
            return


def _of_group() -> Iterator[float]:
    """Of each control group above this process (containers, batch systems), version 2 and then 1."""
    try:
        lines = GROUPS[0].read_text("utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        version_2 = not controllers
        if not version_2 and "memory" not in controllers.split(","):
            continue
        root = GROUPS[1] if version_2 else GROUPS[1] / "memory"
        most, held = (
            ("memory.max", "memory.current") if version_2 else ("memory.limit_in_bytes", "memory.usage_in_bytes")
        )
        group = root / path.lstrip("/")
        for folder in (parent for parent in [group, *group.parents] if parent.is_relative_to(root)):
            with contextlib.suppress(OSError, ValueError):  # not there, or "max": no limit
                yield float((folder / most).read_text("ascii")) - float((folder / held).read_text("ascii"))


def _of_addresses() -> Iterator[float]:
    """What `ulimit -v` leaves."""
    try:
        import resource

        most, _ = resource.getrlimit(resource.RLIMIT_AS)
        if most != resource.RLIM_INFINITY:
            used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
            yield float(most - used)
    except (ImportError, OSError, ValueError):
        return


def _held() -> float:
    """Bytes that this process has in memory; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0.0
    return float(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
