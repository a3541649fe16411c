"""What a training shows while it runs."""

from __future__ import annotations

import io
import re

import pytest

from steadystyle.apps.cli.training_progress import progress_for
from steadystyle.feedforward.pace import Look, Step
from tests.apps.cli.test_progress import Terminal

LOSSES = {"loss": 0.5, "content": 0.3, "style": 0.2}


def taken(step: int, bad: int = 0) -> Step:
    """What is known after a step."""
    return Step(step, 0.002, LOSSES if step else {}, bad, min(bad, 1))


LOOK = Look(step=20, first_step=0, seconds=10.0, learning_rate=0.002, training=LOSSES, validation=LOSSES, broken=1,
            bad_steps=2)  # fmt: skip


def test_in_a_pipe_a_validation_is_a_plain_line() -> None:
    """With losses, the time to go, and what went wrong; steps say nothing, and there is no control character."""
    stream = io.StringIO()
    with progress_for(100, quiet=False, stream=stream) as progress:
        progress.say("loading TensorFlow")
        for step in range(20):
            progress.step(taken(step))
        progress.look(LOOK)
    told = "loss 0.5 (content 0.3, style 0.2), 40 s to go; 2 bad steps undone; 1 broken pictures left out"
    assert stream.getvalue().splitlines() == [
        "steadystyle: loading TensorFlow", f"steadystyle: step 20 of 100: {told}"
    ]  # fmt: skip


def test_on_a_terminal_there_is_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """With step, time left, health, rate and losses; validations stand above it."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with progress_for(100, quiet=False, stream=stream) as progress:
        for step in range(1, 21):
            progress.step(taken(step, bad=step // 10))
        progress.look(LOOK)
    said = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    assert "step 20 of 100" in said
    assert " 20%" in said
    assert re.search(r"s left  1 repair, 2 bad steps undone  rate 0\.002  loss 0\.5 \(content 0\.3, style 0\.2\)", said)
    assert "step 20: validation loss 0.5 (content 0.3, style 0.2); 2 bad steps undone; 1 broken" in said


def test_before_a_good_step_there_is_no_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said so, and nothing fails."""
    monkeypatch.setenv("COLUMNS", "160")
    stream = Terminal()
    with progress_for(100, quiet=False, stream=stream) as progress:
        progress.step(taken(0, bad=1))
    assert "no good step yet" in stream.getvalue()


def test_quiet_is_silent() -> None:
    """Not even a validation."""
    stream = Terminal()
    with progress_for(100, quiet=True, stream=stream) as progress:
        progress.say("hello")
        progress.step(taken(1))
        progress.look(LOOK)
    assert stream.getvalue() == ""
