from __future__ import annotations

import dataclasses
import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadystyle.core.errors import SettingsError
from steadystyle.core.settings import PRESETS, Settings

FIELDS = dataclasses.fields(Settings)
NUMBERS = [field.name for field in FIELDS if isinstance(field.default, float | int) or "float" in str(field.type)]

anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**5000),
    st.floats(),
    st.text(),
    st.binary(),
    st.lists(st.integers()),
    st.just(np.zeros((40, 40))),
)


@st.composite
def settings(draw: st.DrawFn) -> Settings:
    """Any settings that mean something."""
    values = {
        field.name: draw(st.none() | value_within(field) if field.default is None else value_within(field))
        for field in FIELDS
    }
    values["style_weight"] = values["style_weight"] or 1.0
    return Settings.from_dict(values)


def value_within(field: dataclasses.Field[Any]) -> st.SearchStrategy[Any]:
    """A value inside the field's limits."""
    limits = field.metadata
    if limits["choices"] is not None:
        return st.sampled_from(limits["choices"])
    if "Path" in str(field.type):
        return st.text(min_size=1).map(Path)
    smallest = limits["above"] if limits["minimum"] is None else limits["minimum"]
    if "int" in str(field.type):
        return st.integers(smallest, limits["maximum"])
    return st.floats(smallest, limits["maximum"], exclude_min=limits["above"] is not None, allow_infinity=False)


@given(settings())
def test_settings_survive_json(chosen: Settings) -> None:
    """Settings written as JSON into a report come back equal."""
    assert Settings.from_dict(json.loads(json.dumps(chosen.as_dict(), allow_nan=False))) == chosen


@given(settings())
def test_resolved_settings_leave_nothing_to_the_preset(chosen: Settings) -> None:
    """Resolving fills in what the preset decides, keeps what the caller decided, and is done after once."""
    resolved = chosen.resolved()
    for name, value in PRESETS[chosen.preset].items():
        assert getattr(resolved, name) == (value if getattr(chosen, name) is None else getattr(chosen, name))
    assert resolved.resolved() == resolved


@given(st.sampled_from([field.name for field in FIELDS]), anything)
def test_any_value_is_taken_or_refused_in_one_line(name: str, value: Any) -> None:
    """Whatever comes, settings hold finite values of the right kind, or one short line names the setting."""
    try:
        taken = getattr(Settings.from_dict({name: value}), name)
    except SettingsError as error:
        assert str(error).startswith(name)
        assert "\n" not in str(error)
        assert len(str(error)) < 500
    else:
        assert taken is None or isinstance(taken, str | Path) or math.isfinite(taken)
        assert not isinstance(taken, bool)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float32("nan"), np.float64("inf")])
@pytest.mark.parametrize("name", NUMBERS)
def test_no_number_may_be_nonfinite(name: str, value: float) -> None:
    """NaN and infinity are refused for every number, with a line that says so."""
    with pytest.raises(SettingsError, match=f"{name}: .* is not finite"):
        Settings.from_dict({name: value})


@pytest.mark.parametrize("field", [field for field in FIELDS if field.metadata["minimum"] is not None])
def test_limits_are_allowed_values(field: dataclasses.Field[Any]) -> None:
    """The smallest value named by the message is accepted, one below it is not."""
    smallest = field.metadata["minimum"]
    assert getattr(Settings.from_dict({field.name: smallest}), field.name) == smallest
    with pytest.raises(SettingsError, match=f"{field.name}: .* the smallest is {smallest}"):
        Settings.from_dict({field.name: smallest - 1})


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("size", np.int64(300), 300),
        ("size", 300.0, 300),
        ("style_weight", np.float32(0.5), 0.5),
        ("style_weight", 2, 2.0),
        ("style_weight", Fraction(1, 2), 0.5),
        ("weights", "network.npz", Path("network.npz")),
    ],
)
def test_values_of_the_same_meaning_are_converted(name: str, value: Any, taken: Any) -> None:
    """Whole floats, NumPy's numbers and paths as text become the field's own type, so that JSON can hold them."""
    converted = getattr(Settings.from_dict({name: value}), name)
    assert converted == taken
    assert type(converted) is type(taken)


@pytest.mark.parametrize(("name", "value"), [("size", 300.5), ("size", True), ("size", "300"), ("pooling", 3)])
def test_values_of_another_meaning_are_refused(name: str, value: Any) -> None:
    """Nothing is rounded, parsed or taken for something else."""
    with pytest.raises(SettingsError, match=f"{name}: got .*, wanted a"):
        Settings.from_dict({name: value})


@pytest.mark.parametrize("name", ["learning_rate", "clip"])
def test_a_number_may_be_left_to_measuring(name: str) -> None:
    """The word auto stands in the number's place, and no other word does."""
    assert getattr(Settings.from_dict({name: "auto"}), name) == "auto"
    assert getattr(Settings.from_dict({name: np.float32(0.5)}), name) == 0.5
    with pytest.raises(SettingsError, match=f"{name}: no 'fast'; give a number or auto"):
        Settings.from_dict({name: "fast"})


def test_a_run_without_content_and_style_is_refused() -> None:
    """Both weights at 0 leave nothing to optimise."""
    with pytest.raises(SettingsError, match="both 0"):
        Settings(content_weight=0, style_weight=0)


def test_a_wrong_choice_names_the_right_ones() -> None:
    """A misspelt name is answered with the names that exist."""
    with pytest.raises(SettingsError, match="choose from draft, standard, fine"):
        Settings(preset="drat")


def test_a_settings_file_is_read(tmp_path: Path) -> None:
    """A TOML file sets what it names and leaves the rest at the defaults."""
    (tmp_path / "run.toml").write_text('size = 300\nstyle_weight = 1e1\npreset = "draft"\n')
    assert Settings.from_toml(tmp_path / "run.toml") == Settings(size=300, style_weight=10, preset="draft")


@pytest.mark.parametrize(
    "content",
    [
        b"size = nan",
        b"style_weight = inf",
        b"sizes = 3",
        b'"a\\nb" = 3',
        b"size = " + b"9" * 5000,
        b"size = " + b"[" * 5000,
        b"[size]",
        b"size: 3",
        b"\xff\xfe",
        None,
    ],
    ids=["nan", "inf", "unknown", "newline", "huge", "deep", "table", "yaml", "bytes", "missing"],
)
def test_a_bad_settings_file_gets_one_line(content: bytes | None, tmp_path: Path) -> None:
    """Whatever is wrong with a settings file ends in one line."""
    file = tmp_path / "run.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        Settings.from_toml(file)
    assert "\n" not in str(caught.value)
