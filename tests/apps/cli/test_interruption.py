from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from steadystyle.apps.cli.interruption import Interruption
from steadystyle.apps.cli.record import from_text
from steadystyle.images.load import read_text

ROOT = Path(__file__).parents[3]
CHILD = Path(__file__).with_name("interrupted_child.py")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals between processes")


def run(signals: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A process of its own that gets `signals` (`step:SIGNAL+SIGNAL`) while it stylises."""
    command = [sys.executable, str(CHILD), signals, "stylize", "content.png", "style.png", "-o", "out.png", *arguments]
    environment = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": ""}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_the_first_signal_saves_the_best_picture(name: str, pictures: tuple[str, str]) -> None:
    """Ctrl-C or SIGTERM during a step ends the run after it: the picture is saved, that is told, the code is 130."""
    ended = run(f"3:{name}", "--json", "report.json")
    assert ended.returncode == 130
    assert ended.stdout == "out.png\n"
    assert "saved out.png" in ended.stderr
    assert "You stopped the run" in ended.stderr
    assert from_text(read_text(Path("out.png")))["outcome"] == "stopped"
    assert len(json.loads(Path("report.json").read_text())["steps"]) == 4


def test_the_second_signal_ends_at_once(pictures: tuple[str, str]) -> None:
    """Ctrl-C twice leaves without a word and without a picture, as any program would."""
    ended = run("3:SIGINT+SIGINT")
    assert ended.returncode == -signal.SIGINT
    assert ended.stdout == ""
    assert not Path("out.png").exists()


def test_before_there_is_a_picture_nothing_is_written(pictures: tuple[str, str]) -> None:
    """Ctrl-C before the first step was measured leaves with 130 and no file."""
    ended = run("0:SIGINT")
    assert ended.returncode == 130
    assert ended.stdout == ""
    assert ended.stderr.splitlines()[-1] == "steadystyle: stopped before there was a picture: nothing was written"
    assert sorted(path.name for path in Path().iterdir()) == ["content.png", "style.png"]


def test_handlers_are_as_they_were_afterwards() -> None:
    """Signals mean again what they meant before, and one that was ignored stays ignored meanwhile."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        handler = signal.getsignal(signal.SIGINT)
        with Interruption() as interruption:
            interruption.allow_saving()
            assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
            assert not interruption.stop()
            signal.raise_signal(signal.SIGINT)
            assert interruption.stop()
        assert signal.getsignal(signal.SIGINT) == handler
    finally:
        signal.signal(signal.SIGTERM, before)


def test_an_interruption_in_disguise_is_still_one() -> None:
    """When an import turns the KeyboardInterrupt into its own error, it is told as what it was."""

    def half_an_import() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ImportError from None

    with pytest.raises(KeyboardInterrupt), Interruption():
        half_an_import()
