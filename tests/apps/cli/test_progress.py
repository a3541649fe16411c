from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadystyle.apps.cli.progress import EVENTS_SHOWN, Pace, duration, progress_for
from steadystyle.core.outcome import StepRecord
from steadystyle.transfer.scales import Scale
from tests.apps.cli.engine import EVENT

SCALES = (Scale(50, 100, 20), Scale(100, 200, 40))


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def records(scales: tuple[Scale, ...] = SCALES, seconds_a_pixel: float = 1e-5) -> list[StepRecord]:
    """Every step of a run whose time is proportional to its pixels."""
    found: list[StepRecord] = []
    for number, (height, width, steps) in enumerate(scales):
        for _ in range(steps):
            seconds = seconds_a_pixel * height * width
            found.append(StepRecord(len(found), number, height, width, 0.5, {"content": 0.25}, 1.0, 1.0, True, seconds))
    return found


@given(st.lists(st.builds(Scale, *(st.integers(1, 50),) * 3), min_size=1, max_size=4).map(tuple))
def test_the_time_left_is_right_from_the_second_step(scales: tuple[Scale, ...]) -> None:
    """Where time is proportional to pixels, the rest is foretold exactly at each step, across all sizes."""
    pace, steps = Pace(scales), records(scales)
    left = sum(step.seconds for step in steps)
    for step in steps:
        pace.count(step)
        left -= step.seconds
        assert (pace.seconds_left is None) == (step.step == 0)
        assert pace.seconds_left is None or pace.seconds_left == pytest.approx(left, rel=1e-6, abs=1e-9)
    assert pace.share == pytest.approx(1)


def test_a_scale_that_ended_early_counts_as_done() -> None:
    """When a scale converges, its other steps are no longer waited for."""
    pace, steps = Pace(SCALES), records()
    pace.count(steps[0])
    pace.count(steps[20])
    assert pace.share == pytest.approx((20 + 4) / (20 + 160))


def test_in_a_pipe_there_is_a_plain_line_now_and_then() -> None:
    """A tenth of the way is a line with steps, size, losses, health and time left; there is no control character."""
    stream = io.StringIO()
    with progress_for(SCALES, quiet=False, stream=stream) as progress:
        for step in records():
            progress.step(step)
    lines = stream.getvalue().splitlines()
    assert 11 <= len(lines) <= 13
    assert lines[0] == (
        "steadystyle:   1%  step 1 of 60 at 100x50  loss 0.5 (content 0.25)  healthy"
    )  # fmt: skip
    assert lines[1].endswith("healthy, 8.1 s left")
    assert lines[-1].startswith("steadystyle: 100%  step 60 of 60 at 200x100")
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", stream.getvalue())


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["pipe", "terminal"])
def test_repairs_are_told_and_counted(stream: io.StringIO) -> None:
    """The first few repairs are told one by one, then only their number."""
    with progress_for(SCALES, quiet=False, stream=stream) as progress:
        for _ in range(EVENTS_SHOWN + 3):
            progress.event(EVENT)
        progress.step(records()[0])
    said = stream.getvalue()
    assert said.count("step 1: not finite in gradient (3 of 12 entries): halved the step; finite") == EVENTS_SHOWN
    assert said.count("only counted") == 1
    assert f"{EVENTS_SHOWN + 3} repairs" in said


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last state of the bar shows everything that counts, on one line."""
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with progress_for(SCALES, quiet=False, stream=stream) as progress:
        for step in records():
            progress.step(step)
    last = stream.getvalue().split("\r")[-1]
    for part in ("200x100", "100%", "left", "healthy", "loss 0.5", "content 0.25"):
        assert part in last


def test_a_narrow_terminal_still_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """On 80 columns the single losses give way, and nothing is cut off."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with progress_for(SCALES, quiet=False, stream=stream) as progress:
        for step in records():
            progress.step(step)
    last = stream.getvalue().split("\r")[-1]
    assert "━" in last
    assert "loss 0.5" in last
    assert "…" not in last
    assert "content" not in last


def test_quiet_is_silent() -> None:
    """With --quiet there is no line and no bar."""
    stream = Terminal()
    with progress_for(SCALES, quiet=True, stream=stream) as progress:
        progress.say("loading")
        progress.event(EVENT)
        for step in records():
            progress.step(step)
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (3599, "59 min 59 s"),
        (12000, "3 h 20 min"),
    ],
)
def test_a_duration_is_said_as_people_say_it(seconds: float, said: str) -> None:
    """Two units at most."""
    assert duration(seconds) == said
