from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from steadystyle.apps.cli.main import main
from steadystyle.apps.cli.repairs import MOST_ROWS, tell_repairs
from steadystyle.core.outcome import Event, Outcome
from tests.apps.cli.engine import FakeEngine


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def event(step: int, cause: str = "high-learning-rate") -> Event:
    """One repair, of a loss with a name that looks like markup."""
    return Event(step, "[red]loss", cause, "2e9 after 3", "smaller step", f"rate {step}")


def test_a_pipe_gets_a_line_for_repairs_of_one_kind() -> None:
    """Those that follow one another are told together: evidence of the first, effect of the last."""
    stream = io.StringIO()
    tell_repairs([event(3), event(4), event(9, "exploding-gradient")], stream)
    assert stream.getvalue().splitlines() == [
        "steadystyle: repaired steps 3 to 4, 2 times: The learning rate is too high ([red]loss: 2e9 after 3); "
        "smaller step; rate 4",
        "steadystyle: repaired step 9: The gradient explodes ([red]loss: 2e9 after 3); smaller step; rate 9",
    ]


def test_a_terminal_gets_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kind of repair is a row; brackets are shown as they are."""
    monkeypatch.setenv("COLUMNS", "120")
    stream = Terminal()
    tell_repairs([event(3), event(4)], stream)
    for part in ("Repaired at", "steps 3 to 4", "The learning rate is too high", "[red]loss", "rate 4"):
        assert part in stream.getvalue()


def test_a_long_list_is_cut() -> None:
    """The reports have the rest."""
    stream = io.StringIO()
    tell_repairs([event(step, f"cause {step}") for step in range(MOST_ROWS + 2)], stream)
    lines = stream.getvalue().splitlines()
    assert len(lines) == MOST_ROWS + 1
    assert lines[-1] == "steadystyle: 2 more; --report or --json tells all"


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["pipe", "terminal"])
def test_a_run_without_repairs_is_told_nothing(stream: io.StringIO) -> None:
    """There is no empty table."""
    tell_repairs([], stream)
    assert stream.getvalue() == ""


@pytest.mark.parametrize("quiet", [True, False])
def test_the_command_tells_its_repairs_unless_quiet(
    quiet: bool,
    pictures: tuple[str, str],
    use: Callable[[FakeEngine], FakeEngine],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """They stand on standard error at the end of the run."""
    use(FakeEngine(Outcome.REPAIRED, [event(1)]))
    assert main(["stylize", *pictures, "-o", "out.png", "--size", "32", "--steps", "3", *["--quiet"] * quiet]) == 0
    assert ("repaired step 1: The learning rate is too high" in capsys.readouterr().err) is not quiet


def test_what_was_done_in_set_up_is_told_and_what_was_only_turned_is_not() -> None:
    """Set-up has no number; a sound picture in another form is no repair."""
    stream = io.StringIO()
    turned = Event(-1, "content", "input-form", "uint8", "divided by 255", "the same picture", repaired=False)
    filled = Event(-1, "style 2", "nonfinite-input", "3 of 99 pixels", "filled", "3% made up")
    tell_repairs([turned, filled], stream)
    assert stream.getvalue() == (
        "steadystyle: repaired set-up: What comes in is not finite (style 2: 3 of 99 pixels); filled; 3% made up\n"
    )
