from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from steadystyle import __version__
from steadystyle.apps.cli import tensorflow_quietly
from steadystyle.apps.cli.main import main
from steadystyle.apps.cli.record import from_text
from steadystyle.core.outcome import Outcome
from steadystyle.core.settings import Settings
from steadystyle.images.load import load_image, read_text
from steadystyle.images.save import save_image
from tests.apps.cli.engine import EVENT, FakeEngine

QUICK = ("--size", "32", "--steps", "5")


def names() -> list[str]:
    """The files of the current folder."""
    return sorted(path.name for path in Path().iterdir())


def test_the_result_is_saved_and_its_path_told(
    pictures: tuple[str, str], engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard output is the path and nothing else; the rest is on standard error."""
    assert main(["stylize", *pictures, "-o", "out.png", *QUICK, "-cw", "2"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "out.png\n"
    assert "saved out.png (32x24) after 5 steps" in captured.err
    assert load_image(Path("out.png")).shape == (24, 32, 3)
    assert engine.calls == [Settings(size=32, steps=5, content_weight=2)]


def test_the_run_travels_in_the_picture(pictures: tuple[str, str], engine: FakeEngine) -> None:
    """The PNG tells version, resolved settings and inputs, whose paths are as seen from its own folder."""
    Path("results").mkdir()
    assert main(["stylize", *pictures, "-o", "results/out.png", *QUICK, "--preset", "draft"]) == 0
    record = from_text(read_text(Path("results/out.png")))
    assert record["version"] == __version__
    assert Settings.from_dict(record["settings"]) == Settings(size=32, steps=5, preset="draft").resolved()
    assert record["content"]["path"] == os.path.join("..", "content.png")
    assert len(record["styles"][0]["sha256"]) == 64


def test_a_name_is_made_when_none_is_given(pictures: tuple[str, str], engine: FakeEngine) -> None:
    """The result is called after its inputs and lies in the current folder."""
    assert main(["stylize", *pictures, "style.png", *QUICK]) == 0
    assert "content_style_style.png" in names()


def test_quiet_says_only_the_path(
    pictures: tuple[str, str], engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --quiet a run that goes well leaves standard error empty."""
    assert main(["stylize", *pictures, "-o", "out.png", *QUICK, "--quiet"]) == 0
    assert capsys.readouterr() == ("out.png\n", "")


def test_a_run_that_gave_up_says_so_even_when_quiet(
    pictures: tuple[str, str], use: Callable[[FakeEngine], FakeEngine], capsys: pytest.CaptureFixture[str]
) -> None:
    """The best finite picture is saved, the advice told, and the code is the outcome's."""
    use(FakeEngine(Outcome.GAVE_UP))
    assert main(["stylize", *pictures, "-o", "out.png", *QUICK, "--quiet"]) == Outcome.GAVE_UP.exit_code
    assert Outcome.GAVE_UP.value in capsys.readouterr().err
    assert "out.png" in names()


def test_the_report_tells_all(pictures: tuple[str, str], use: Callable[[FakeEngine], FakeEngine]) -> None:
    """Settings, version, seed, each step's losses, each repair, timings and memory; a NaN loss is the text "nan"."""
    use(FakeEngine(Outcome.REPAIRED, [EVENT]))
    arguments = ["stylize", *pictures, "-o", "out.png", *QUICK, "--seed", "7", "--json", "report.json"]
    assert main([*arguments, "--save-every", "2"]) == 0
    report = json.loads(Path("report.json").read_text())
    assert report["run"]["version"] == __version__
    assert report["run"]["settings"]["seed"] == 7
    assert report["outcome"] == "repaired"
    assert [step["loss"] for step in report["steps"]] == [1.0, "nan", 1 / 3, 1 / 4, 1 / 5]
    assert report["events"][0]["evidence"] == "3 of 12 entries"
    assert report["facts"]["peak_memory_bytes"] == 1
    assert report["seconds"] > 0
    assert report["picture"] == "out.png"
    assert report["snapshots"] == ["out-00002.png", "out-00004.png"]


def test_a_report_on_standard_output_stands_there_alone(
    pictures: tuple[str, str], engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    """With `--json -` a program can read standard output as it is."""
    assert main(["stylize", *pictures, "-o", "out.png", *QUICK, "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["picture"] == "out.png"


def test_snapshots_lie_beside_the_result(pictures: tuple[str, str], engine: FakeEngine) -> None:
    """They are numbered by gradient evaluation, and tell their run."""
    assert main(["stylize", *pictures, "-o", "out.png", *QUICK, "--save-every", "2"]) == 0
    assert names() == ["content.png", "out-00002.png", "out-00004.png", "out.png", "style.png"]
    assert from_text(read_text(Path("out-00004.png")))["snapshot"] == 4


def test_sixteen_bits(pictures: tuple[str, str], engine: FakeEngine) -> None:
    """--bits 16 is written as such: byte 24 of a PNG is its bit depth."""
    assert main(["stylize", *pictures, "-o", "out.png", *QUICK, "--bits", "16"]) == 0
    assert Path("out.png").read_bytes()[24] == 16


def test_the_same_run_overwrites_its_own_result(pictures: tuple[str, str], engine: FakeEngine) -> None:
    """Repeating a command is no accident: picture, snapshots and report are written again."""
    command = ["stylize", *pictures, "-o", "out.png", *QUICK, "--json", "report.json", "--save-every", "2"]
    assert main(command) == 0
    assert main(command) == 0


@pytest.mark.parametrize("existing", ["out.png", "out-00002.png", "report.json"])
def test_another_runs_result_is_not_overwritten(
    existing: str, pictures: tuple[str, str], engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither picture nor snapshot nor report replaces another run's, unless --force says so."""
    command = ["stylize", *pictures, "-o", "out.png", *QUICK, "--json", "report.json", "--save-every", "2"]
    assert main(command) == 0
    kept = Path(existing).read_bytes()
    for name in {"out.png", "out-00002.png", "out-00004.png", "report.json"} - {existing}:
        Path(name).unlink()
    before = names()
    assert main([*command, "--seed", "1"]) == 4
    assert f"{existing} exists and is not the result of this run" in capsys.readouterr().err
    assert names() == before
    assert Path(existing).read_bytes() == kept
    assert main([*command, "--seed", "1", "--force"]) == 0
    assert Path(existing).read_bytes() != kept


def test_a_picture_that_tells_no_run_is_not_overwritten(pictures: tuple[str, str], engine: FakeEngine) -> None:
    """A photograph that happens to have the result's name stays."""
    save_image(Path("out.png"), np.zeros((8, 8, 3), np.float32))
    kept = Path("out.png").read_bytes()
    assert main(["stylize", *pictures, "-o", "out.png", *QUICK]) == 4
    assert Path("out.png").read_bytes() == kept


def test_a_device_is_not_overwritten(pictures: tuple[str, str], engine: FakeEngine) -> None:
    """A report cannot take the place of something that is no file, not even with --force."""
    Path("folder").mkdir()
    Path("link").symlink_to("folder")
    assert main(["stylize", *pictures, *QUICK, "--json", "link", "--force"]) == 4
    assert main(["stylize", *pictures, *QUICK, "--json", os.devnull, "--force"]) == 4


@pytest.mark.parametrize("option", ["--output", "--json"])
def test_an_input_is_never_overwritten(option: str, pictures: tuple[str, str], engine: FakeEngine) -> None:
    """Not even with --force, and not through a link."""
    os.link("content.png", "link.png")
    kept = Path("content.png").read_bytes()
    assert main(["stylize", *pictures, option, "link.png", *QUICK, "--force"]) == 4
    assert Path("content.png").read_bytes() == kept


def test_weights_that_are_missing_are_found_before_anything_is_computed(
    pictures: tuple[str, str], no_tensorflow: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line that names the file and the option."""
    assert main(["stylize", *pictures, "-o", "out.png", "--weights", "none.npz"]) == 5
    assert capsys.readouterr().err.endswith("the weights none.npz: No such file or directory; check --weights\n")


def picture_file(name: str, content: bytes) -> Callable[[], str]:
    """Writes a file with `content` when called."""

    def write() -> str:
        Path(name).write_bytes(content)
        return name

    return write


def folder() -> str:
    """Makes a folder."""
    Path("folder").mkdir()
    return "folder"


def pipe() -> str:
    """Makes a pipe that nobody writes to."""
    os.mkfifo("pipe.png")
    return "pipe.png"


def truncated() -> str:
    """Makes the first part of a photograph."""
    save_image(Path("cut.jpg"), np.random.default_rng(0).random((64, 64, 3), dtype=np.float32))
    Path("cut.jpg").write_bytes(Path("cut.jpg").read_bytes()[:700])
    return "cut.jpg"


BAD_PICTURES: dict[str, Callable[[], str]] = {
    "missing": lambda: "none.jpg",
    "folder": folder,
    "empty": picture_file("empty.png", b""),
    "text": picture_file("text.jpg", b"this is no picture\n" * 50),
    "truncated": truncated,
    "pipe": pipe,
}


@pytest.mark.parametrize("bad", BAD_PICTURES)
@pytest.mark.parametrize("role", ["content", "style"])
def test_a_bad_picture_is_one_line_and_exit_3(
    bad: str, role: str, pictures: tuple[str, str], no_tensorflow: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is found in less than two seconds, before TensorFlow is loaded, and nothing is written."""
    if bad == "pipe" and sys.platform == "win32":
        pytest.skip("Windows has no FIFO files")
    name, before = BAD_PICTURES[bad](), None
    before = names()
    command = ["stylize", name, "style.png"] if role == "content" else ["stylize", "content.png", name]
    began = time.perf_counter()
    assert main([*command, "-o", "out.png"]) == 3
    assert time.perf_counter() - began < 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert name in captured.err
    assert names() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("-o", "out.xyz"),
        ("-o", "out"),
        ("-o", "none/out.png"),
        ("-o", "style.png/out.png"),
        ("-o", "."),
        ("-o", "out.jpg", "--bits", "16"),
        ("-o", "out.webp", "--size", "20000"),
        ("-o", "out.png", "--json", "none/report.json"),
        ("-o", "out.png", "--json", "."),
        ("-o", "out.png", "--json", "out.png"),
    ],
    ids=" ".join,
)
def test_an_output_that_cannot_be_written_is_one_line_and_exit_4(
    arguments: tuple[str, ...], pictures: tuple[str, str], no_tensorflow: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is found before anything is computed, and nothing is written."""
    before = names()
    assert main(["stylize", *pictures, *arguments, "--quiet"]) == 4
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert names() == before


@pytest.fixture
def no_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading TensorFlow fails the test."""

    def refuse() -> None:
        raise AssertionError("TensorFlow was loaded")

    monkeypatch.setattr(tensorflow_quietly, "import_tensorflow", refuse)


def test_a_failure_in_the_engine_leaves_the_folder_alone(
    pictures: tuple[str, str], use: Callable[[FakeEngine], FakeEngine]
) -> None:
    """When a run cannot end, there is no half result."""

    def break_down(step: int) -> Any:
        raise MemoryError

    use(FakeEngine(on_step=break_down))
    before = names()
    assert main(["stylize", *pictures, "-o", "out.png", *QUICK]) == 1
    assert names() == before
