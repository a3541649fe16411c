"""Whatever `discover` finds in doctor/causes keeps the contract of a cause; its scripts are run in tests/doctor."""

from __future__ import annotations

import inspect

import pytest

from steadystyle.core import discover
from steadystyle.core.causes import CAUSES as WORDS
from steadystyle.doctor.contracts import Case, CauseRule
from steadystyle.doctor.observed import Observed
from steadystyle.doctor.verdict import CAUSES
from tests.doctor.expectations import expectations

NAMES = discover.names(CAUSES)


def rule_of(name: str) -> type[CauseRule]:
    """The cause's class."""
    return discover.feature(CAUSES, name, CauseRule)  # type: ignore[type-abstract]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_explained(name: str) -> None:
    """In words for people, and in a sentence each that says what is looked for and what the edit does."""
    assert WORDS[name].what
    assert WORDS[name].advice_elsewhere
    rule = rule_of(name)
    assert inspect.cleandoc(rule.__doc__ or "").endswith(".")
    assert "edits" in vars(rule), "it proposes no edit"
    assert (rule.edits.__doc__ or "").endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_script_and_its_healthy_twin_are_run(name: str) -> None:
    """Both are among the scripts: the one expects this cause first, the other is the same program, mended."""
    broken = {expected.script.stem for expected in expectations() if expected.causes[0] == name}
    twins = {expected.twin_of for expected in expectations() if expected.healthy}
    assert broken, "no script expects it"
    assert broken & twins, "none of its scripts has a healthy twin"


@pytest.mark.parametrize("name", NAMES)
def test_it_says_nothing_of_a_run_that_shows_nothing(name: str) -> None:
    """Without evidence there is no diagnosis, and no error."""
    nothing = Observed()
    assert rule_of(name)().examine(Case(nothing, None, nothing)) is None


def test_a_twin_names_a_script_that_is_there() -> None:
    """A twin of nothing would prove nothing."""
    stems = {expected.script.stem for expected in expectations() if not expected.healthy}
    assert {expected.twin_of for expected in expectations() if expected.twin_of} <= stems
