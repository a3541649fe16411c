"""kill -9: no run is lost, no file is broken."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork"),
    pytest.mark.slow,
]


def killed(program: str, *arguments: str) -> dict[str, int]:
    """What a program found in a process of its own."""
    command = [sys.executable, "-m", f"tests.apps.cli.{program}", *arguments]
    environment = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    ended = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment, check=True)
    found: dict[str, int] = json.loads(ended.stdout)
    return found


def test_at_random_moments(compact_weights: Path) -> None:
    """Each file is whole, the next sitting goes on, and the last one ends with the uninterrupted run's picture."""
    found = killed("kills", "16", str(compact_weights))
    assert found["runs"] >= 1
    assert found == {"kills": 16, "runs": found["runs"]}


def test_before_and_after_each_rename(compact_weights: Path) -> None:
    """The same at the moments that matter most."""
    found = killed("kills", "renames", str(compact_weights))
    assert found["kills"] >= 16
    assert found == {"kills": found["kills"], "runs": found["runs"]}


def test_of_a_training_at_random_moments() -> None:
    """Each file is whole, the next sitting goes on, and the last one ends with the uninterrupted training's network."""
    found = killed("training_kills", "8")
    assert found["runs"] >= 1
    assert found == {"kills": 8, "runs": found["runs"]}


def test_of_a_training_before_and_after_each_rename() -> None:
    """The same at the moments that matter most."""
    found = killed("training_kills", "renames")
    assert found == {"kills": 8, "runs": 10}
