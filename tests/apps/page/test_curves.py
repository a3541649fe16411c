from __future__ import annotations

import json

import pytest

from steadystyle.apps.page.curves import MOST_POINTS, curves_of
from steadystyle.core.outcome import Event, StepRecord

NAN, INFINITY = float("nan"), float("inf")


def step(number: int, loss: float = 1.0, *, scale: int = 0, accepted: bool = True, rate: float = 0.5) -> StepRecord:
    """One record, whose only term is half the loss."""
    return StepRecord(number, scale, 10 * (scale + 1), 20, loss, {"style": loss / 2}, loss * 3, rate, accepted, 0.1)


def event(number: int, cause: str = "high-learning-rate") -> Event:
    """One repair."""
    return Event(number, "loss", cause, "", "", "")


def test_what_cannot_be_drawn_is_a_gap() -> None:
    """NaN, infinity and 0 have no place on a logarithmic axis; the data is strict JSON."""
    curves = curves_of([step(0, 2.0), step(1, NAN), step(2, INFINITY), step(3, 0.0)], [])
    loss, gradient, _ = curves["charts"]
    assert [line["name"] for line in loss["series"]] == ["total", "style"]
    assert loss["series"][0]["values"] == [2.0, None, None, None]
    assert gradient["series"][0]["values"] == [6.0, None, None, None]
    json.dumps(curves, allow_nan=False)


def test_a_rejected_step_is_a_gap_though_its_loss_is_finite() -> None:
    """Its loss and gradient would flatten all others; its learning rate is drawn."""
    loss, gradient, rate = curves_of([step(0), step(1, 1e30, accepted=False)], [event(1)])["charts"]
    assert loss["series"][0]["values"] == [1.0, None]
    assert gradient["series"][0]["values"] == [3.0, None]
    assert rate["series"][0]["values"] == [0.5, 0.5]


def test_a_chart_without_numbers_has_no_lines() -> None:
    """A run that never had a finite loss can still be shown."""
    assert [len(chart["series"]) for chart in curves_of([step(0, NAN, rate=NAN)], [])["charts"]] == [0, 0, 0]
    assert curves_of([], [])["steps"] == []


def test_sizes_and_repairs_are_marked() -> None:
    """Each new size with its first step; each repair with its number and its cause in words."""
    curves = curves_of([step(0), step(1), step(2, scale=1)], [event(1), event(2, "something <new>")])
    assert curves["scales"] == [{"step": 0, "label": "20×10"}, {"step": 2, "label": "20×20"}]
    assert [(mark["step"], mark["number"], mark["cause"]) for mark in curves["events"]] == [
        (1, 1, "The learning rate is too high"),
        (2, 2, "something <new>"),
    ]


@pytest.mark.parametrize("count", [MOST_POINTS, 25 * MOST_POINTS])
def test_a_long_run_makes_no_large_page(count: int) -> None:
    """Steps are thinned, but the last one and those with a repair stay."""
    curves = curves_of([step(number) for number in range(count)], [event(12_345 % count)])
    assert len(curves["steps"]) <= MOST_POINTS + 2
    assert {0, 12_345 % count, count - 1} <= set(curves["steps"])
    assert len(json.dumps(curves)) < 300_000


def test_what_was_done_in_set_up_has_no_mark() -> None:
    """The numbers of the others are those of the table."""
    curves = curves_of([step(0), step(1)], [event(-1, "nonfinite-input"), event(1)])
    assert [(mark["step"], mark["number"]) for mark in curves["events"]] == [(1, 2)]
