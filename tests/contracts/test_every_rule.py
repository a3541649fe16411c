"""What holds for each lint rule that `discover` finds."""

from __future__ import annotations

import ast

import pytest

from steadystyle.core import discover
from steadystyle.core.causes import CAUSES
from steadystyle.doctor.lint.check import RULES, check_modules, chosen
from steadystyle.doctor.lint.contracts import Finding, Rule
from steadystyle.doctor.lint.edits import disjoint
from steadystyle.doctor.lint.files import parsed
from tests.conftest import ROOT

NAMES = discover.names(RULES)
HERE = "  # <- here"


def findings(text: str, *only: str) -> list[Finding]:
    """What the rules find in a program."""
    return check_modules([parsed("program.py", text)], chosen(only)).findings


def rule(name: str) -> Rule:
    """The rule of that name."""
    return chosen((name,))[name]


@pytest.mark.parametrize("name", NAMES)
def test_the_bad_example_is_found_at_its_marked_line(name: str) -> None:
    """And at no other."""
    marked = [number for number, line in enumerate(rule(name).bad.splitlines(), 1) if line.endswith(HERE)]
    assert marked
    assert [finding.line for finding in findings(rule(name).bad, name)] == marked


@pytest.mark.parametrize("name", NAMES)
def test_no_rule_finds_anything_in_the_good_example(name: str) -> None:
    """What a rule advises is right by all of them."""
    assert findings(rule(name).good) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_safe_fix_leaves_nothing_to_find(name: str) -> None:
    """The bad example with its fix parses, keeps its comments, and is silent."""
    found = findings(rule(name).bad, name)
    changes = disjoint(found)
    if not changes:
        assert not any(finding.fix and finding.fix.safe for finding in found)
        return
    fixed = parsed("program.py", rule(name).bad).text.with_changes(changes)
    ast.parse(fixed)
    assert HERE in fixed
    assert findings(fixed, name) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_finding_is_one_line_with_a_hint_and_a_known_cause(name: str) -> None:
    """So it reads on a terminal, and its cause is explained in docs/causes.md."""
    for finding in findings(rule(name).bad, name):
        assert "\n" not in finding.message
        assert finding.fix is not None
        assert finding.fix.summary
        assert {finding.cause, *finding.also} <= set(CAUSES)
        assert finding.cause not in finding.also


@pytest.mark.parametrize("name", NAMES)
def test_it_is_explained_in_the_docs(name: str) -> None:
    """Under its name, with both examples."""
    page = (ROOT / "docs" / "lint.md").read_text("utf-8")
    assert f"## `{name}`" in page
    for example in (rule(name).bad, rule(name).good):
        assert example in page
