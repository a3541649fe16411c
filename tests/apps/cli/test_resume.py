"""Checkpoints on the command line, with the real engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from steadystyle.apps.cli import job
from steadystyle.apps.cli.interruption import Interruption
from steadystyle.apps.cli.main import main
from steadystyle.images.load import load_image
from steadystyle.transfer import problem
from tests.transfer.graphs import SharedGraphs

ROOT = Path(__file__).parents[3]
SHARED = SharedGraphs(traces_features=True)
KEPT = ("--checkpoint", "run.checkpoint")


@pytest.fixture
def command(compact_weights: Path, pictures: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A run of eight steps."""
    monkeypatch.setattr(problem, "Measure", SHARED)
    small = ["--size", "32", "--steps", "8", "--precision", "float32", "--weights", str(compact_weights)]
    return ["stylize", *pictures, "-o", "out.png", *small]


@pytest.fixture
def signalled(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, signal.Signals], None]:
    """Sends this process a signal before the step of that number of the next sitting."""

    def signalled(step: int, number: signal.Signals) -> None:
        class Struck(Interruption):
            asked = -1

            def stop(self) -> bool:
                self.asked += 1
                if self.asked == step:
                    os.kill(os.getpid(), number)
                return super().stop()

        monkeypatch.setattr(job, "Interruption", Struck)

    return signalled


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals between processes")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_was_interrupted_goes_on(
    number: signal.Signals,
    command: list[str],
    signalled: Callable[[int, signal.Signals], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each sitting saves the best picture and says how to go on; the last is the uninterrupted run's, and the file is
    gone.
    """
    assert main([*command, "-q", "--json", "whole.json"]) == 0
    whole = load_image("out.png")
    capsys.readouterr()
    for step in (3, 2):
        signalled(step, number)
        assert main([*command, *KEPT, "--resume", "--save-every", "4"]) == 130
        said = capsys.readouterr().err
        assert "run.checkpoint keeps the run; give the same command with --resume to go on" in said
        assert Path("run.checkpoint").exists()
    assert "going on from run.checkpoint, after 3 steps" in said
    signalled(99, number)
    assert main([*command, *KEPT, "--resume", "--save-every", "4", "--json", "report.json"]) == 0
    np.testing.assert_array_equal(load_image("out.png"), whole)
    report, uninterrupted = (json.loads(Path(name).read_text()) for name in ("report.json", "whole.json"))
    assert [one["loss"] for one in report["steps"]] == [one["loss"] for one in uninterrupted["steps"]]
    assert report["facts"]["resumed_at"] == [3, 5]
    assert report["snapshots"] == ["out-00004.png", "out-00008.png"]
    assert not list(Path().glob("run.checkpoint*"))


def test_the_same_command_starts_where_there_is_nothing(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """It is said, so that nobody wonders."""
    assert main([*command, *KEPT, "--resume"]) == 0
    assert "no checkpoint run.checkpoint yet: starting from the beginning" in capsys.readouterr().err


def test_a_checkpoint_is_not_lost_unasked(
    command: list[str], signalled: Callable[[int, signal.Signals], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --resume it is an error, with --force it gives way; another run's is refused by name."""
    signalled(3, signal.SIGINT)
    assert main([*command, *KEPT]) == 130
    signalled(99, signal.SIGINT)
    assert main([*command, *KEPT]) == 8
    assert "run.checkpoint exists: resume that run, or remove the file" in capsys.readouterr().err
    assert main([*command, *KEPT, "--resume", "--seed", "2", "--force"]) == 8
    assert "another run: seed is 0 there and 2 here" in capsys.readouterr().err
    assert main([*command, *KEPT, "--seed", "2", "--force"]) == 0
    assert not Path("run.checkpoint").exists()


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--resume"], 2, "name its file with --checkpoint"),
        (["--checkpoint-every", "5"], 2, "name its file with --checkpoint"),
        ([*KEPT, "--checkpoint-every", "-5"], 2, "wanted seconds"),
        (["--checkpoint", "content.png", "--resume"], 4, "content.png cannot be the checkpoint's"),
        (["--checkpoint", "out.png"], 4, "out.png cannot be the checkpoint's"),
        (["--checkpoint", "folder"], 4, "folder: it is no regular file"),
        (["--checkpoint", "nowhere/run.checkpoint"], 4, "folder is missing"),
        (["--checkpoint", "content.png/run.checkpoint"], 4, "folder is missing"),
        (["--checkpoint", "style.jpg", "--resume"], 8, "style.jpg: it is no checkpoint"),
    ],
)
def test_what_cannot_be_is_said_first(
    options: list[str], code: int, said: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, no picture, and all files are as they were."""
    Path("folder").mkdir()
    Path("style.jpg").write_bytes(b"not a checkpoint, but somebody's")
    before = {path: path.read_bytes() for path in Path().iterdir() if path.is_file()}
    assert main([*command, *options, "-q"]) == code
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert {path: path.read_bytes() for path in Path().iterdir() if path.is_file()} == before


def started(command: list[str], before: str = "", redirected: str = "") -> subprocess.CompletedProcess[str]:
    """The command in a shell, after other commands of the shell, and with its output redirected."""
    program = " ".join([f"'{sys.executable}'", "-m", "steadystyle", *command])
    environment = {"PYTHONPATH": str(ROOT / "src"), "PATH": os.environ["PATH"]}
    shell = ["bash", "-c", f"{before} {program} {redirected}"]
    return subprocess.run(shell, capture_output=True, text=True, timeout=110, env=environment)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a shell's redirections")
@pytest.mark.parametrize(
    ("redirected", "code", "said"),
    [
        (">&-", 0, ""),
        ("2>&-", 0, ""),
        ("<&- >&- 2>&-", 0, ""),
        (">/dev/full", 4, "steadystyle: cannot read or write a file, or standard output: No space left on device\n"),
        ("| true; exit ${PIPESTATUS[0]}", 141, ""),
    ],
)
def test_standard_output_that_cannot_be_written(redirected: str, code: int, said: str, command: list[str]) -> None:
    """Closed, full or abandoned: the picture is saved and whole, and nothing of ours is printed into it."""
    ended = started([*command, "-q", "--json", "-"], redirected=redirected)
    assert (ended.returncode, ended.stderr) == (code, said)
    assert load_image("out.png").shape == (24, 32, 3)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ulimit -v")
@pytest.mark.parametrize(("gigabytes", "code"), [(1, 1), (2, 1), (4, 0)])
def test_a_limit_to_the_address_space(gigabytes: int, code: int, command: list[str]) -> None:
    """Too little of it is said before TensorFlow crashes."""
    ended = started([*command, "-q"], before=f"ulimit -v {gigabytes * 1000000};")
    assert ended.returncode == code
    assert Path("out.png").exists() == (code == 0)
    if code:
        assert ended.stderr.startswith(f"steadystyle: out of memory: this process may use {gigabytes}.0 GB")
        assert ended.stderr.count("\n") == 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals between processes")
def test_two_processes_on_one_checkpoint_and_output(command: list[str]) -> None:
    """One of them is refused in a line, the other's picture is whole."""
    both = " ".join([f"'{sys.executable}'", "-m", "steadystyle", *command, *KEPT, "--resume", "-q", "--force"])
    script = f"{both} & first=$!; {both}; second=$?; wait $first; echo $? $second"
    environment = {"PYTHONPATH": str(ROOT / "src"), "PATH": os.environ["PATH"]}
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=110, env=environment)
    codes = sorted(ended.stdout.splitlines()[-1].split())
    assert codes in (["0", "8"], ["0", "0"])  # both, if they did not meet
    if codes == ["0", "8"]:
        assert (
            ended.stderr
            == "steadystyle: run.checkpoint is in use by another process; wait for it, or name another file\n"
        )
    assert load_image("out.png").shape == (24, 32, 3)
    assert not list(Path().glob("*checkpoint*"))
