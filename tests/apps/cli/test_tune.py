"""`steadystyle tune`: table, flags, JSON and page; which files it leaves alone."""

from __future__ import annotations

import json
import math
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steadystyle.apps.cli import tensorflow_quietly
from steadystyle.apps.cli.main import main
from steadystyle.apps.cli.tuning import flags_of
from steadystyle.apps.page.embedded import CURVES, TUNED
from steadystyle.core.settings import Settings
from steadystyle.core.tuned import Trial, Tuned
from tests.apps.cli.engine import FakeEngine
from tests.apps.cli.test_page import Page

TRIALS = (Trial(0.01, 0.8, 20.0, (0.9, 0.8)), Trial(0.1, 0.5, 30.0, (0.6, 0.5)), Trial(1.0, math.inf, math.inf, (3.0,)))
FOUND = Tuned(0.1, 30.0, "adam", "norm", 2.0, TRIALS, 24, 32, 7)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Puts a measurement in the place of the real one; the settings that it is asked for."""
    asked: list[Settings] = []

    def tune(content: Any, style: Any, *, settings: Settings) -> Tuned:
        asked.append(settings)
        return FOUND

    module = types.ModuleType("steadystyle.transfer.tune")
    module.tune = tune  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(tensorflow_quietly, "import_tensorflow", lambda: None)
    return asked


def test_the_table_and_the_flags_are_printed(
    pictures: tuple[str, str], calls: list[Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    """A row for each rate, the chosen one marked, a bad one named; the last line is what to use."""
    assert main(["tune", *pictures, "--optimizer", "adam", "--quiet"]) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert [line.split() for line in lines[1:4]] == [
        ["0.01", "0.8", "20"],
        ["0.1", "0.5", "30", "chosen"],
        ["1", "went", "bad", "went", "bad"],
    ]
    assert lines[-1] == "use: --optimizer adam --learning-rate 0.1 --clip 30 --clip-by norm"
    assert captured.err == ""
    assert calls == [Settings(optimizer="adam")]


def test_the_flags_are_flags(pictures: tuple[str, str], engine: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    """What it says to use, `steadystyle stylize` takes."""
    assert main(["stylize", *pictures, "-o", "out.png", "--steps", "1", *flags_of(FOUND).split()]) == 0
    assert engine.calls == [Settings(optimizer="adam", steps=1, learning_rate=0.1, clip=30, clip_by="norm")]


def test_json_is_strict_and_alone(
    pictures: tuple[str, str], calls: list[Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard output it stands in the place of the table; what went bad is the text "inf"."""
    assert main(["tune", *pictures, "--json", "-"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["tuned"]["learning_rate"] == 0.1
    assert report["tuned"]["trials"][2]["loss"] == "inf"
    assert report["content"]["path"] == "content.png"
    assert main(["tune", *pictures, "--json", "found.json"]) == 0
    assert json.loads(Path("found.json").read_text()) == report


def test_the_page_shows_the_curves(pictures: tuple[str, str], calls: list[Settings]) -> None:
    """Over the learning rate, with a gap where a number went bad, and asks for no network."""
    assert main(["tune", *pictures, "--report", "tune.html"]) == 0
    page = Page(Path("tune.html"))
    curves = page.data(CURVES)
    assert (curves["across"], curves["steps"]) == ("learning rate", [0.01, 0.1, 1.0])
    assert [line["values"] for line in curves["charts"][0]["series"]] == [[0.8, 0.5, None], [2.0] * 3]
    assert [line["values"] for line in curves["charts"][1]["series"]] == [[20.0, 30.0, None], [30.0] * 3]
    assert curves["scales"] == [{"step": 0.1, "label": "chosen: 0.1"}]
    assert page.data(TUNED)["tuned"]["clip"] == 30.0
    assert flags_of(FOUND) in page.words
    assert "went bad" in page.words
    assert page.attributes("src") == page.attributes("href") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--report", "there.html"),
        ("--json", "there.html"),
        ("--json", "content.png", "--force"),
        ("--report", "none/tune.html"),
        ("--report", "tune.html", "--json", "tune.html"),
        ("--json", "folder", "--force"),
    ],
    ids=str,
)
def test_a_file_that_must_not_be_written_is_found_first(
    arguments: tuple[str, ...], pictures: tuple[str, str], calls: list[Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is measured, one line says why, and what was there stays."""
    Path("there.html").write_text("mine")
    Path("folder").mkdir()
    before = Path("content.png").read_bytes()
    assert main(["tune", *pictures, *arguments]) == 4
    assert capsys.readouterr().err.count("\n") == 1
    assert calls == []
    assert (Path("there.html").read_text(), Path("content.png").read_bytes()) == ("mine", before)


def test_force_overwrites(pictures: tuple[str, str], calls: list[Settings]) -> None:
    """A file of findings may be replaced when that is asked for."""
    Path("there.html").write_text("mine")
    assert main(["tune", *pictures, "--report", "there.html", "--force"]) == 0
    assert "range test" in Path("there.html").read_text()


def test_a_real_measurement(pictures: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """One rate, measured by the real engine: the flags name it."""
    assert main(["tune", *pictures, "--size", "32", "--learning-rate", "0.5"]) == 0
    assert "use: --optimizer lbfgs --learning-rate 0.5 --clip" in capsys.readouterr().out


def test_a_run_at_auto_says_what_was_measured(
    pictures: tuple[str, str], use: Callable[[FakeEngine], FakeEngine], capsys: pytest.CaptureFixture[str]
) -> None:
    """In a line on standard error at the end, and in the report's facts."""
    arguments = ["--size", "32", "--steps", "2", "--optimizer", "adam", "--learning-rate", "0.02", "--clip", "auto"]
    assert main(["stylize", *pictures, "-o", "out.png", *arguments, "--json", "report.json"]) == 0
    assert "steadystyle: measured in 13 evaluations: learning rate 0.02, clip " in capsys.readouterr().err
    tuned = json.loads(Path("report.json").read_text())["facts"]["tuned"]
    assert tuned["learning_rate"] == 0.02
    assert tuned["clip"] > 0
