"""What fits in memory: whole, in tiles, with less history."""

from __future__ import annotations

from pathlib import Path

import pytest

from steadystyle.core import discover
from steadystyle.core.settings import Settings
from steadystyle.transfer import memory
from steadystyle.transfer.memory import SMALLEST_TILE, TILES, available, estimate, fit

SIZES = [(300, 400), (2000, 3000), (8000, 12000), (40_000, 60_000)]


@pytest.mark.parametrize("backbone", discover.names("steadystyle.backbones"))
@pytest.mark.parametrize("optimizer", discover.names("steadystyle.optimizers"))
@pytest.mark.parametrize("gigabytes", [1.0, 8.0, 64.0])
def test_what_is_chosen_stays_below_the_budget_if_anything_does(
    backbone: str, optimizer: str, gigabytes: float
) -> None:
    """Whole if that fits, else the largest tile with all the history, else less of it; else the least there is."""
    settings = Settings(backbone=backbone, optimizer=optimizer, memory=gigabytes)
    chosen = [fit(settings, *size) for size in SIZES]
    assert chosen[0].tile is None or gigabytes == 1.0
    for (height, width), found in zip(SIZES, chosen, strict=True):
        assert found.budget == gigabytes * 1e9
        assert found.needed == pytest.approx(estimate(settings, height, width, found.tile, found.history))
        if found.needed > found.budget:
            assert (found.tile, found.history) == (SMALLEST_TILE, 0)
        if found.tile is not None:
            assert estimate(settings, height, width, None, found.history) > found.budget


def test_a_larger_tile_takes_more() -> None:
    """And the whole takes most."""
    needed = [estimate(Settings(), 8000, 12000, tile, 0) for tile in (SMALLEST_TILE, *sorted(TILES), None)]
    assert needed == sorted(needed)


def test_the_history_is_cut_before_the_run_is_given_up() -> None:
    """Between too much for a whole history and too little for none, there is a part of it."""
    settings = Settings(memory=8)
    found = fit(settings, 5000, 8000)
    assert 0 < found.history < 240 * 5000 * 8000
    assert found.needed <= found.budget


@pytest.mark.parametrize(("tile", "taken"), [("off", None), (300, 300), (5000, 5000)])
def test_a_tile_that_is_given_is_taken(tile: int | str, taken: int | None) -> None:
    """Whatever is available."""
    assert fit(Settings(tile=tile, memory=1), 8000, 12000).tile == taken


def test_something_is_available() -> None:
    """More than a picture takes, less than a petabyte."""
    assert 1e6 < available() < 1e15


def test_the_limit_of_a_group_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every group above the process, in both versions; a group without a limit, or without files, has none."""
    old, new = tmp_path / "memory" / "a", tmp_path / "b" / "c"
    for folder in (old, new):
        folder.mkdir(parents=True)
    (old / "memory.limit_in_bytes").write_text("3000\n")
    (old / "memory.usage_in_bytes").write_text("1000\n")
    (new / "memory.max").write_text("max\n")
    (new / "memory.current").write_text("17\n")
    (new.parent / "memory.max").write_text("900\n")
    (new.parent / "memory.current").write_text("400\n")
    groups = tmp_path / "cgroup"
    groups.write_text("4:cpu,memory:/a\n2:cpuset:/a\n0::/b/c\n")
    monkeypatch.setattr(memory, "GROUPS", (groups, tmp_path))
    assert list(memory._of_group()) == [2000, 500]
    groups.unlink()
    assert list(memory._of_group()) == []
