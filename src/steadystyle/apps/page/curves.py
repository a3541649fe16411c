"""What the page's curves show, as plain columns: one number a step, and a gap where no number can stand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from steadystyle.core.causes import CAUSES
from steadystyle.core.outcome import Event, StepRecord

MOST_POINTS = 4000
"""A screen has no more columns; a run of 100,000 steps would make a page of many megabytes."""


def curves_of(history: Sequence[StepRecord], events: Sequence[Event]) -> dict[str, Any]:
    """The columns of every chart, where the sizes begin, and where the repairs are.

    A step that was rejected is a gap in losses and gradient: its numbers are no part of the picture's way, and one of
    1e30 would flatten all others. The learning rate has none.
    """
    steps = _thinned(history, {event.step for event in events})

    def accepted(read: Callable[[StepRecord], float | None]) -> list[float | None]:
        return [read(record) if record.accepted else None for record in steps]

    losses = {"total": accepted(lambda record: record.loss)}
    for name in dict.fromkeys(name for record in steps for name in record.terms):
        losses[name] = accepted(lambda record, name=name: record.terms.get(name))  # type: ignore[misc]
    return {
        "steps": [record.step for record in steps],
        "charts": [
            chart("Loss", "the total, and each loss before it is weighted", losses),
            chart("Gradient norm", "how steep it is", {"norm": accepted(lambda record: record.gradient_norm)}),
            chart("Learning rate", "the size of a step", {"rate": [record.learning_rate for record in steps]})
            | {"stepped": True},
        ],
        "scales": [{"step": record.step, "label": f"{record.width}×{record.height}"} for record in _starts(history)],
        "events": [
            {
                "step": event.step,
                "number": number,
                "cause": CAUSES[event.cause].title if event.cause in CAUSES else event.cause,
            }
            for number, event in enumerate(events, 1)
            if event.step >= 0  # what was done in set-up has no place on the axis
        ],
    }


def chart(title: str, note: str, columns: Mapping[str, Sequence[float | None]]) -> dict[str, Any]:
    """A chart with a logarithmic axis; a column without a single number that has a logarithm is left out."""
    series = [{"name": name, "values": [_drawable(value) for value in values]} for name, values in columns.items()]
    drawn = [line for line in series if any(value is not None for value in line["values"])]
    return {"title": title, "note": note, "series": drawn}


def _drawable(value: float | None) -> float | None:
    """`value` to five digits, None for what a logarithmic axis has no place for."""
    return float(f"{value:.5g}") if value is not None and math.isfinite(value) and value > 0 else None


def _starts(history: Sequence[StepRecord]) -> list[StepRecord]:
    """The first step of each size."""
    return [*history[:1], *(now for before, now in pairwise(history) if now.scale != before.scale)]


def _thinned(history: Sequence[StepRecord], marked: set[int]) -> list[StepRecord]:
    """Every n-th step, the last one, and all that are marked."""
    every = math.ceil(len(history) / MOST_POINTS) or 1
    return [
        record
        for place, record in enumerate(history)
        if place % every == 0 or place == len(history) - 1 or record.step in marked
    ]
