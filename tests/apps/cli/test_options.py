from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from steadystyle.apps.cli.main import main
from steadystyle.apps.cli.options import options_of, settings_from
from steadystyle.core.settings import Settings, setting

FIELDS = dataclasses.fields(Settings)


@pytest.fixture
def help_text(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What `steadystyle stylize --help` says, on lines long enough not to be broken."""
    monkeypatch.setenv("COLUMNS", "400")
    assert main(["stylize", "--help"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_each_setting_has_an_option(field: dataclasses.Field[Any], help_text: str) -> None:
    """The help has a line for each setting, with its short flags, explanation, choices and default."""
    flag = "--" + field.name.replace("_", "-")
    (line,) = (line for line in help_text.splitlines() if f" {flag} " in line)
    assert field.metadata["help"] in line
    for part in (*field.metadata["flags"], *(field.metadata["choices"] or ())):
        assert part in line
    default = field.default
    shown = None if default is None else f"{default:g}" if isinstance(default, float) else default
    assert (f"[default: {shown}]" in line) == (default is not None)


def out_of_range() -> list[tuple[str, str]]:
    """One value for each limit of each setting that lies beyond it."""
    cases = []
    for field in FIELDS:
        flag, limits = "--" + field.name.replace("_", "-"), field.metadata
        if limits["minimum"] is not None:
            cases.append((flag, f"{limits['minimum'] - 1}"))
        if limits["maximum"] is not None:
            cases.append((flag, f"{limits['maximum'] * 2}"))
        if limits["above"] is not None:
            cases.append((flag, f"{limits['above']}"))
        if limits["choices"]:
            cases.append((flag, "no-such-name"))
        if any(limits[name] is not None for name in ("minimum", "maximum", "above")):
            cases += [(flag, "nan"), (flag, "inf"), (flag, "-inf"), (flag, "1e400"), (flag, "9" * 5000), (flag, "many")]
    return cases


@pytest.mark.parametrize(("flag", "value"), out_of_range(), ids=lambda text: text[:20])
def test_a_value_without_meaning_is_one_line_and_exit_2(
    flag: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each limit of each setting holds on the command line, before any file is looked at."""
    assert main(["stylize", "none.png", "none.png", flag, value]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert flag.strip("-").replace("-", "_") in captured.err.replace("-", "_")


@pytest.mark.parametrize("flag", ["--learning-rate", "--clip"])
def test_a_number_or_auto(flag: str, help_text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Both pass as far as to the missing picture; the help says so."""
    for value in ("auto", "0.1"):
        assert main(["stylize", "none.png", "none.png", flag, value]) == 3
        assert "none.png" in capsys.readouterr().err
    (line,) = (line for line in help_text.splitlines() if f" {flag} " in line)
    assert "auto" in line


def test_a_whole_number_is_not_rounded(capsys: pytest.CaptureFixture[str]) -> None:
    """12.5 pixels are refused, 64.0 are 64."""
    assert main(["stylize", "none.png", "none.png", "--size", "112.5"]) == 2
    assert "wanted a whole number" in capsys.readouterr().err
    assert settings_from(options_of(Settings)(size=64.0)).size == 64


def test_the_command_line_wins_over_the_file(tmp_path: Path) -> None:
    """A settings file is followed where the command line is silent, also where this gives a default's value."""
    file = tmp_path / "mine.toml"
    file.write_text("size = 100\nsteps = 7\nstyle_weight = 3.0\n")
    given = options_of(Settings)(size=200.0, style_weight=1.0)
    settings = settings_from(given, file)
    assert (settings.size, settings.steps, settings.style_weight) == (200, 7, 1.0)
    assert settings_from(None, file).size == 100
    assert settings_from(None) == Settings()
    assert settings_from(options_of(Settings)(seed=1.0), size=77) == Settings(seed=1, size=77)


@pytest.mark.parametrize("content", ["size = nan\n", "sise = 3\n", "size = \n", "\xff"])
def test_a_bad_settings_file_is_one_line_and_exit_2(content: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What a settings file gets wrong is said like what the command line gets wrong."""
    Path("mine.toml").write_text(content, "latin-1")
    assert main(["stylize", "none.png", "none.png", "--config", "mine.toml"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_new_setting_is_an_option_without_further_work() -> None:
    """Options follow from the fields of any settings class."""

    @dataclasses.dataclass(frozen=True)
    class More(Settings):
        glow: float = setting(0.5, "How much it glows.", minimum=0)

    assert "glow" in {field.name for field in dataclasses.fields(options_of(More))}
