from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable

import pytest

from steadystyle import __version__
from steadystyle.apps.cli import main as main_module
from steadystyle.apps.cli.main import exit_codes, main
from steadystyle.core import errors
from steadystyle.core.outcome import Outcome

STEADYSTYLE = [sys.executable, "-m", "steadystyle"]


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Makes every command fail with an error."""

    def fail(error: BaseException) -> None:
        def app(*arguments: object, **options: object) -> None:
            raise error

        monkeypatch.setattr(main_module, "build_app", lambda: app)

    return fail


def test_the_help_tells_every_exit_code() -> None:
    """Each error's and each outcome's code is explained."""
    told = {line.split()[0] for line in exit_codes().splitlines() if line.startswith("  ")}
    kinds = errors.SteadyStyleError.__subclasses__()
    assert {str(kind.exit_code) for kind in kinds} | {str(outcome.exit_code) for outcome in Outcome} <= told


@pytest.mark.parametrize("kind", errors.SteadyStyleError.__subclasses__())
def test_an_error_is_one_line_and_its_exit_code(
    kind: type[errors.SteadyStyleError],
    fail: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What is raised on purpose is told on standard error, with nothing on standard output."""
    fail(kind("a.png: it is odd; straighten it"))
    assert main([]) == kind.exit_code
    assert capsys.readouterr() == ("", "steadystyle: a.png: it is odd; straighten it\n")


def test_an_unexpected_error_asks_for_a_report(
    fail: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The traceback is shown only to those who ask for it, by option or by environment variable."""
    fail(ZeroDivisionError("by\nzero"))
    assert main([]) == 1
    quiet = capsys.readouterr().err
    assert (
        quiet == "steadystyle: unexpected error, please report it: ZeroDivisionError: by zero (--debug shows where)\n"
    )
    assert main(["--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err
    monkeypatch.setenv("STEADYSTYLE_DEBUG", "1")
    assert main([]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_too_little_memory_says_what_to_do(
    fail: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Running out of memory is no riddle."""
    fail(MemoryError())
    assert main([]) == 1
    assert "--size" in capsys.readouterr().err


def test_an_interruption_without_a_picture_says_so(
    fail: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C before the first step leaves with 130 and no traceback."""
    fail(KeyboardInterrupt())
    assert main([]) == 130
    assert capsys.readouterr().err == "steadystyle: stopped before there was a picture: nothing was written\n"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["stilize"], "again, apply, demo, doctor, export, info, lint, stylize"),
        (["stylize", "a.png"], "STYLE"),
        (["stylize", "a.png", "b.png", "--sise", "3"], "--size"),
        (["stylize", "a.png", "b.png", "--init", "chaos"], "noise"),
        (["stylize", "a.png", "b.png", "--output"], "--output"),
        (["stylize", "a.png", "b.png", "--save-every", "2.5"], "whole number"),
        (["stylize", "a.png", "b.png", "--json", "--quiet"], "standard output"),
        (["demo", "a.png"], "demo"),
    ],
)
def test_a_usage_error_is_one_line_that_helps(
    arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelt command line names what is wrong and what would be right, and exits with 2."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("steadystyle: ")
    assert captured.err.count("\n") == 1
    assert part in captured.err


def test_our_warnings_are_a_line_each(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A warning from our own code is told without code; those of other libraries are not."""

    def app(*arguments: object, **options: object) -> None:
        warnings.simplefilter("default")
        warnings.warn_explicit("a.png: odd colours", UserWarning, main_module.__file__, 1)
        warnings.warn_explicit("use the new interface", DeprecationWarning, "somewhere.py", 1)

    monkeypatch.setattr(main_module, "build_app", lambda: app)
    assert main([]) == 0
    assert capsys.readouterr() == ("", "steadystyle: warning: a.png: odd colours\n")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """--version is the version and nothing else."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{__version__}\n"


def test_a_reader_that_leaves_gets_no_complaint() -> None:
    """When standard output is a pipe that nobody reads any more, the help just ends."""
    process = subprocess.Popen([*STEADYSTYLE, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()
    assert process.wait() != 0
    assert complaint == b""
