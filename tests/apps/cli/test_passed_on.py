"""Which arguments are ours and which are the script's."""

from __future__ import annotations

import pytest

from steadystyle.apps.cli.passed_on import shielded, without_debug


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("doctor train.py --lr 3", "doctor -- train.py --lr 3"),
        ("doctor train.py --lr 3 --json", "doctor --json -- train.py --lr 3"),
        ("doctor --time-limit 5 train.py --debug", "doctor --time-limit 5 -- train.py --debug"),
        ("doctor train.py -- --json", "doctor -- train.py --json"),
        ("doctor train.py a --sarif log.sarif", "doctor --sarif log.sarif -- train.py a"),
        ("doctor --help", "doctor --help"),
        ("stylize a.jpg b.jpg --size 64", "stylize a.jpg b.jpg --size 64"),
    ],
)
def test_ours_are_taken_out(given: str, wanted: str) -> None:
    """Our options may stand anywhere, all others stay with the script."""
    assert shielded(given.split()) == wanted.split()


def test_the_scripts_debug_is_left_alone() -> None:
    """Only our own --debug is taken away."""
    assert without_debug(["--debug", "doctor", "--", "train.py", "--debug"]) == ["doctor", "--", "train.py", "--debug"]
