"""A range test as a page: the loss that each learning rate reached, the gradients met on the way, and what follows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from steadystyle import __version__
from steadystyle.apps.page.curves import chart
from steadystyle.apps.page.document import assembled
from steadystyle.apps.page.embedded import CURVES, TUNED, embed
from steadystyle.apps.page.markup import Html, join, table, tag
from steadystyle.core.tuned import Trial, Tuned


def tuning_page(tuned: Tuned, report: Mapping[str, Any], flags: str) -> str:
    """The page: it asks for no other file and no network.

    Args:
        report: the test as plain values, for programs that read the page.
        flags: for the command line, that use what was chosen.
    """
    body = join(
        _heading(tuned),
        tag("p", "To use it: ", tag("code", flags), class_="lead"),
        tag("h2", "What each learning rate did"),
        tag(
            "p",
            "All started from the same picture. A gap: a number went bad there, and the rate has lost.",
            class_="note",
        ),
        tag("noscript", tag("p", "The curves need JavaScript; the table below does not.")),
        tag("div", id="curves"),
        tag("h2", "The numbers"),
        _numbers(tuned),
        tag("footer", f"Made by SteadyStyle {__version__}. This page asks for no network.", class_="faint"),
    )
    return assembled("Learning rate range test", body, join(embed(TUNED, report), embed(CURVES, tuning_curves(tuned))))


def tuning_curves(tuned: Tuned) -> dict[str, Any]:
    """What the script draws: columns over the learning rate, the chosen one marked."""
    trials = tuned.trials
    reached = {
        "at the end": [trial.loss for trial in trials],
        "at the start": [tuned.start_loss for _ in trials],
    }
    needed = {tuned.clip_by: [trial.gradient for trial in trials]}
    if tuned.clip is not None:
        needed["threshold"] = [tuned.clip for _ in trials]
    return {
        "across": "learning rate",
        "steps": [trial.learning_rate for trial in trials],
        "charts": [
            chart("Loss", f"after {_steps(tuned)} steps with each learning rate", reached),
            chart("Gradient", "per pixel; nine in ten steps stayed below", needed),
        ],
        "scales": [{"step": tuned.learning_rate, "label": f"chosen: {tuned.learning_rate:.4g}"}],
        "events": [],
    }


def _heading(tuned: Tuned) -> Html:
    numbers = {
        "Learning rate": f"{tuned.learning_rate:.4g}",
        "Clipping threshold": "none" if tuned.clip is None else f"{tuned.clip:.4g}",
        "Optimizer": tuned.optimizer,
        "Clip by": tuned.clip_by,
        "Measured at": f"{tuned.width} × {tuned.height}",
        "Evaluations": tuned.evaluations,
    }
    cells = (tag("div", tag("dt", name), tag("dd", value)) for name, value in numbers.items())
    return tag("header", tag("h1", "SteadyStyle range test"), tag("dl", *cells, class_="numbers"))


def _numbers(tuned: Tuned) -> Html:
    heads = ["Learning rate", "Loss reached", "Gradient", ""]
    rows: list[list[object]] = [
        [f"{trial.learning_rate:.4g}", said(trial.loss), said(trial.gradient), _mark(trial, tuned)]
        for trial in tuned.trials
    ]
    return table(heads, rows, class_="grid")


def said(value: float) -> str:
    """A measured number, or that it went bad."""
    return f"{value:.4g}" if math.isfinite(value) else "went bad"


def _mark(trial: Trial, tuned: Tuned) -> str:
    return "chosen" if trial.learning_rate == tuned.learning_rate else ""


def _steps(tuned: Tuned) -> int:
    return max((len(trial.losses) for trial in tuned.trials), default=0)
