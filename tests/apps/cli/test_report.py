from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadystyle.apps.cli.report import as_json, plain, write_report
from steadystyle.core.errors import OutputError
from steadystyle.core.outcome import Outcome
from tests.apps.cli.engine import EVENT

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)


@given(VALUES)
def test_every_value_becomes_strict_json(value: object) -> None:
    """NaN and inf, which JSON has no number for, become texts; all else comes back as it was."""
    text = json.dumps(plain(value), allow_nan=False)
    if isinstance(value, float) and not math.isfinite(value):
        assert math.isnan(value) or float(json.loads(text)) == value
    elif not isinstance(value, list | dict):
        assert json.loads(text) == value


def test_our_own_records_become_plain() -> None:
    """Dataclasses, outcomes, paths, tuples and numpy's numbers are written by what they hold."""
    assert plain(EVENT)["remedy"] == "halved the step"
    assert plain((Outcome.STOPPED, Path("a"), np.float32(0.5), np.int64(3))) == ["stopped", "a", 0.5, 3]


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """A report that cannot be written leaves the earlier one, and no other file."""
    path = tmp_path / "report.json"
    write_report({"a": 1}, path)
    with pytest.raises(ValueError, match="JSON"):
        write_report({"a": float("nan")}, path)
    assert json.loads(path.read_text()) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_without_a_folder_is_an_output_error(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(OutputError, match=r"cannot write .*report\.json"):
        write_report({}, tmp_path / "none" / "report.json")


def test_a_report_ends_with_a_newline() -> None:
    """So that it can be shown with `cat`."""
    assert as_json({}).endswith("}\n")
