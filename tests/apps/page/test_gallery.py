from __future__ import annotations

import numpy as np

from steadystyle.apps.page.gallery import MOST_PICTURES, Gallery
from steadystyle.core.outcome import Event, StepRecord


def grey(level: float) -> np.ndarray:
    """A plain picture."""
    return np.full((8, 8, 3), level, np.float32)


def event(step: int) -> Event:
    """A repair."""
    return Event(step, "loss", "unknown", "", "", "")


def test_tries_from_one_picture_show_it_once() -> None:
    """Repairs that found the same best picture share it."""
    gallery = Gallery()
    for step, level in ((3, 0.2), (4, 0.2), (9, 0.7)):
        gallery(event(step), lambda level=level: grey(level))  # type: ignore[misc]
    assert [moment.steps for moment in gallery.moments] == [[3, 4], [9]]


def test_the_first_and_the_last_repairs_are_kept() -> None:
    """A run with hundreds of repairs keeps a dozen pictures."""
    gallery = Gallery()
    for step in range(100):
        gallery(event(step), lambda step=step: grey(step / 100))  # type: ignore[misc]
    steps = [moment.steps[0] for moment in gallery.moments]
    assert len(steps) == MOST_PICTURES
    assert steps[:3] == [0, 1, 2]
    assert steps[-3:] == [97, 98, 99]


def test_a_step_without_a_repair_costs_nothing() -> None:
    """The best picture is not even asked for, nor for what was done before the first step."""

    def refuse() -> np.ndarray:
        raise AssertionError("asked for a picture")

    gallery = Gallery()
    gallery(StepRecord(0, 0, 8, 8, 1.0, {}, 1.0, 1.0, True, 0.1), refuse)
    gallery(event(-1), refuse)
    assert gallery.moments == []
