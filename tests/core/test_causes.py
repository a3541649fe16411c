from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import steadystyle
from steadystyle.core.causes import CAUSES

PACKAGE = Path(steadystyle.__file__).parent


@pytest.mark.parametrize("name", CAUSES)
def test_a_cause_says_what_it_is_and_what_to_do(name: str) -> None:
    """Its id has a place in an address, its title is short, and its texts are sentences."""
    cause = CAUSES[name]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    assert 5 < len(cause.title) < 50
    assert cause.what.endswith(".")
    assert cause.advice.endswith(".")
    assert cause.here.endswith(".")


def test_no_two_causes_are_told_alike() -> None:
    """Each has a title of its own."""
    assert len({cause.title for cause in CAUSES.values()}) == len(CAUSES)


def test_what_the_guard_names_is_explained() -> None:
    """Every hyphenated name in a check's verdict is a cause with an explanation."""
    named = set()
    for file in (PACKAGE / "guard" / "checks").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and re.fullmatch(r"[a-z]+(-[a-z]+)+", str(node.value)):
                named.add(node.value)
    assert named
    assert named <= set(CAUSES)
