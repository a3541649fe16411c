"""Whatever the script does to itself is reported, and not suffered."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from steadystyle.doctor.diagnose import Doctor
from steadystyle.doctor.observed import Observed
from steadystyle.doctor.request import Request
from steadystyle.doctor.runs import Runs

DIES = """
import tensorflow as tf
w = tf.Variable(1.0)
with tf.GradientTape() as tape:
    loss = w / (w - 1.0)
w.assign_sub(tape.gradient(loss, w))
"""


def observed(text: str, folder: Path, runs: Runs, *arguments: str, **more: float | None) -> Observed:
    """Run a script once."""
    (folder / "train.py").write_text(text, "utf-8")
    return runs.run(Request("train.py", arguments, str(folder), **more))  # type: ignore[arg-type]


def test_the_script_runs_as_itself(tmp_path: Path, runs: Runs) -> None:
    """It is `__main__`, has its arguments, its file, and its siblings to import."""
    (tmp_path / "sibling.py").write_text("VALUE = 7\n", "utf-8")
    text = """
import sys, sibling
if __name__ == "__main__":
    open("seen.txt", "w").write(f"{sys.argv[1:]} {sibling.VALUE} {__file__.endswith('train.py')}")
"""
    assert observed(text, tmp_path, runs, "--lr", "3").ending == "finished"
    assert (tmp_path / "seen.txt").read_text("utf-8") == "['--lr', '3'] 7 True"


def test_a_crash_is_reported_with_its_line(tmp_path: Path, runs: Runs) -> None:
    """An exception of the script's own has its place."""
    seen = observed("x = 1\nraise KeyError('no such layer')\n", tmp_path, runs)
    assert seen.ending == "crashed"
    assert "no such layer" in seen.error
    assert seen.error_place is not None
    assert seen.error_place.line == 2


@pytest.mark.parametrize(("code", "ending"), [("0", "finished"), ("3", "crashed")])
def test_sys_exit_is_an_ending(code: str, ending: str, tmp_path: Path, runs: Runs) -> None:
    """A script may end itself; with a status other than 0 it failed."""
    assert observed(f"import sys\nsys.exit({code})\n", tmp_path, runs).ending == ending


def test_a_process_that_ends_at_once_is_reported(tmp_path: Path, runs: Runs) -> None:
    """Not even os._exit takes the doctor along."""
    assert observed("import os\nos._exit(9)\n", tmp_path, runs).ending == "killed"


def test_an_endless_loop_is_stopped(tmp_path: Path, runs: Runs) -> None:
    """The time limit ends what does not end."""
    assert observed("while True: pass\n", tmp_path, runs, time_limit=1.0).ending == "time"


def test_the_step_limit_ends_training(tmp_path: Path, runs: Runs) -> None:
    """So many gradients, and no more."""
    text = """
import tensorflow as tf
w = tf.Variable(1.0)
while True:
    with tf.GradientTape() as tape:
        loss = w * w
    w.assign_sub(0.1 * tape.gradient(loss, w))
"""
    seen = observed(text, tmp_path, runs, step_limit=5)
    assert (seen.ending, seen.steps) == ("steps", 5)


def test_a_crash_is_not_called_a_bad_number(tmp_path: Path, runs: Runs) -> None:
    """The verdict says crashed, with the place."""
    (tmp_path / "train.py").write_text("import not_there_at_all\n", "utf-8")
    report = Doctor(Request("train.py", (), str(tmp_path)), runs).diagnose()
    assert report.verdict == "crashed"
    assert report.place is not None
    assert (report.place.file, report.place.line) == ("train.py", 1)


def test_the_command_answers_in_json(tmp_path: Path) -> None:
    """Only the report goes to standard output, the script's own words to standard error; the exit status says it."""
    (tmp_path / "train.py").write_text(f"print('hello')\n{DIES}", "utf-8")
    command = [sys.executable, "-m", "steadystyle", "doctor", "--json", "train.py"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    answer = json.loads(ended.stdout)
    assert ended.returncode == 1
    assert (answer["verdict"], answer["cause"]) == ("nonfinite", "zero-division")
    assert answer["location"] == {
        "file": "train.py",
        "line": 6,
        "function": "<module>",
        "code": "loss = w / (w - 1.0)",
    }
    assert answer["fix"]["verified"] is True
    assert "hello" in ended.stderr


def test_a_script_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    """Exit status 2 and what to do."""
    command = [sys.executable, "-m", "steadystyle", "doctor", "nowhere.py"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert "nowhere.py" in ended.stderr
