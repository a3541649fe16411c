"""What the tutorial shows is what the command prints."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "tutorials" / "why-did-my-loss-become-nan.md"
EPISODES = re.findall(
    r"\n`(\w+\.py)` .*?```python\n(.*?)```\n```console\n\$ steadystyle doctor \1\n(.*?)```",
    PAGE.read_text("utf-8"),
    re.DOTALL,
)


def test_it_walks_through_the_four_causes_of_the_mission() -> None:
    """One program each."""
    ids = [re.search(r"\[([\w-]+), confidence", shown) for _, _, shown in EPISODES]
    assert [found and found[1] for found in ids] == [
        "high-learning-rate",
        "zero-division",
        "log-of-nonpositive",
        "bad-input-range",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "program", "shown"), EPISODES, ids=[name for name, _, _ in EPISODES])
def test_the_command_prints_it(name: str, program: str, shown: str, tmp_path: Path) -> None:
    """Word for word, behind the program's own output; numbers may differ in their digits from machine to machine."""
    (tmp_path / name).write_text(program, "utf-8")
    command = [sys.executable, "-m", "steadystyle", "doctor", name]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=110)
    assert ended.returncode == 1
    assert _words(ended.stdout).endswith(_words(shown))


def _words(text: str) -> str:
    return re.sub(r"\d[\d.e+-]*", "N", text.strip())
