from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bootstrap

ROOT = Path(bootstrap.__file__).parent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the script and a project of which nothing can be installed."""
    folder = tmp_path / "a folder with spaces"
    folder.mkdir()
    shutil.copy(ROOT / "bootstrap.py", folder)
    (folder / "pyproject.toml").write_text('[project]\nname = "nothing"\nversion = "0"\ndependencies = ["a package"]\n')
    return folder


def call(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run the script as a person would who has no uv and no network."""
    return subprocess.run(
        [sys.executable, project / "bootstrap.py", *command],
        capture_output=True,
        text=True,
        env={"PATH": "", "PIP_NO_INDEX": "1"},
        timeout=60,
    )


def make_ready(project: Path, *, wanted: str) -> None:
    """Leave behind what an earlier call would have: an environment with Python in it, and the mark."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", project / ".venv"], check=True)
    (project / ".venv" / "ready-for.txt").write_text(wanted)


def test_a_command_runs_in_a_ready_environment(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second call installs nothing: the command has the terminal to itself, and its exit status is passed on."""
    monkeypatch.setattr(bootstrap, "ROOT", project)
    make_ready(project, wanted=bootstrap.wanted())
    done = call(project, "python", "-c", "import sys; print(sys.prefix); sys.exit(7)")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (7, str(project / ".venv"), "")


def test_changed_wishes_are_installed_again(project: Path) -> None:
    """An environment made for another pyproject.toml is not taken for ready; a failed install says what it needs."""
    make_ready(project, wanted="another pyproject.toml")
    done = call(project, "python", "-c", "print('ran')")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith("bootstrap: the packages could not be installed")


def test_a_missing_command_is_one_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt command is answered with those that there are."""
    monkeypatch.setattr(bootstrap, "ROOT", project)
    make_ready(project, wanted=bootstrap.wanted())
    done = call(project, "steadystile")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"bootstrap: no command 'steadystile' in {project / '.venv'}; try steadystyle, pytest or python"
    ]


def test_an_unsupported_python_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where neither uv nor a Python that TensorFlow has packages for is installed, one line says which to install."""
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(bootstrap, "is_ready", lambda: False)
    assert bootstrap.main(["pytest"]) == 1
    assert capsys.readouterr().err == (
        "bootstrap: this is Python 3.10, TensorFlow needs 3.11, 3.12, 3.13; install one of them, or uv\n"
    )


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_without_a_command_it_says_how_to_use_it(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Called with nothing to do, the script says how to call it."""
    assert bootstrap.main(arguments) == 2
    assert "python3 bootstrap.py steadystyle demo" in capsys.readouterr().out


def test_the_supported_versions_are_the_packages() -> None:
    """The script and pyproject.toml agree about which Pythons will do."""
    first, last = bootstrap.SUPPORTED[0], int(bootstrap.SUPPORTED[-1].split(".")[1])
    assert f'requires-python = ">={first},<3.{last + 1}"' in (ROOT / "pyproject.toml").read_text()
