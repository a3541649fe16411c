"""`steadystyle lint` as people and programs meet it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from steadystyle.apps.cli.main import main

BAD = """\
import tensorflow as tf


def entropy(p):
    # Ünïcode before: columns are characters.
    ä = 'é'; return -tf.reduce_sum(p * tf.math.log(p))  # kept
"""
LINE = 6


def written(text: str | bytes, name: str = "train.py") -> Path:
    """A file with this text."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit status, and what was written to both outputs."""
    code = main(["lint", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_finding_is_a_line_with_its_place_and_a_line_with_its_fix(capsys: pytest.CaptureFixture[str]) -> None:
    """Editors jump to path:line:column."""
    written(BAD)
    code, out, err = said(capsys, "train.py")
    lines = out.splitlines()
    assert (code, err) == (1, "")
    assert lines[0].startswith("train.py:6:40: log-without-floor: nothing keeps p above 0")
    assert lines[1] == "    fix: keep it above a floor: tf.maximum(p, 1e-7)"
    assert lines[2] == "1 finding in 1 file, 1 of them fixed by --fix"


def test_nothing_found_is_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    """And says how much was read."""
    written("x = 1\n")
    assert said(capsys, ".") == (0, "0 findings in 1 file\n", "")


def test_json_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines and columns from 1, columns in characters."""
    written(BAD)
    code, out, _ = said(capsys, "train.py", "--json")
    (finding,) = json.loads(out)["findings"]
    assert code == 1
    assert (finding["rule"], finding["cause"]) == ("log-without-floor", "log-of-nonpositive")
    assert finding["location"]["function"] == "entropy"
    (edit,) = finding["fix"]["edits"]
    line, left, _, right = edit["region"]
    assert BAD.splitlines()[line - 1][left - 1 : right - 1] == "p"
    assert edit["new"] == "tf.maximum(p, 1e-7)"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_a_fix_leaves_everything_else_as_it_is(encoding: str, ending: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Comments, line endings, encoding."""
    head = "# -*- coding: latin-1 -*-\n" if encoding == "latin-1" else ""
    path = written((head + BAD).replace("\n", ending).encode(encoding))
    code, _, err = said(capsys, str(path), "--fix")
    wanted = (head + BAD).replace("log(p)", "log(tf.maximum(p, 1e-7))").replace("\n", ending).encode(encoding)
    assert path.read_bytes() == wanted
    assert (code, err) == (0, "fixed 1 in 1 file\n")
    assert list(Path().iterdir()) == [path]


def test_a_diff_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """It shows what --fix would do."""
    path = written(BAD)
    code, out, _ = said(capsys, str(path), "--diff")
    assert code == 1
    assert "+    ä = 'é'; return -tf.reduce_sum(p * tf.math.log(tf.maximum(p, 1e-7)))  # kept\n" in out
    assert path.read_text("utf-8") == BAD


def test_what_cannot_be_read_is_told_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The rest is read all the same."""
    written("def f(:\n", "syntax.py")
    written(b"x = '\xff\xfe'\n", "bytes.py")
    written(b"x = 1\0\n", "null.py")
    written("{}", "no.ipynb")
    written("x = y" + ".a()" * 900 + "\n", "deep.py")
    written(BAD)
    code, out, err = said(capsys, ".")
    assert code == 2
    assert out.startswith("train.py:6:40:")
    assert len(err.splitlines()) == 5
    assert "deep.py: nested too deeply" in err
    assert "steadystyle: syntax.py:1:7: not Python: invalid syntax" in err
    assert "bytes.py: not readable as text" in err
    assert "no.ipynb: not a notebook" in err


def test_folders_of_others_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Environments, hidden folders, build folders."""
    for folder in (".venv", ".git", "build", "a/site-packages", "a/__pycache__"):
        written(BAD, f"{folder}/train.py")
    written(BAD, "a/train.py")
    code, out, _ = said(capsys, ".")
    assert code == 1
    assert out.endswith("1 finding in 1 file, 1 of them fixed by --fix\n")


def test_a_notebook_is_read_cell_by_cell(capsys: pytest.CaptureFixture[str]) -> None:
    """Magics and shell commands are not Python, and do not matter."""
    cells = [
        {"cell_type": "markdown", "source": ["not ( Python"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "!pip install x\n", "import tensorflow as tf"]},
        {"cell_type": "code", "source": "def loss(p):\n    return tf.math.log(p)"},
    ]
    written(json.dumps({"cells": cells}), "book.ipynb")
    code, out, _ = said(capsys, "book.ipynb")
    assert code == 1
    assert out.startswith("book.ipynb:5:12: log-without-floor")


@pytest.mark.parametrize("mark", ["ignore", "ignore[log-without-floor]", "ignore[x, log-without-floor]"])
def test_a_line_can_be_ignored(mark: str, capsys: pytest.CaptureFixture[str]) -> None:
    """By a comment at its end; a name that no rule has is told."""
    written(BAD.replace("# kept", f"# steadystyle: {mark}"))
    code, out, err = said(capsys, "train.py")
    assert (code, out) == (0, "0 findings in 1 file\n")
    told = "steadystyle: train.py:6: ignores 'x', and there is no such rule\n"
    assert err == (told if "x" in mark else "")


def test_an_ignored_rule_hides_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    """Nor does the same text inside a string."""
    written(BAD.replace("# kept", "# steadystyle: ignore[dropped-result]"))
    assert said(capsys, "train.py")[0] == 1
    written(BAD.replace("'é'", "'# steadystyle: ignore'"))
    assert said(capsys, "train.py")[0] == 1


def test_rules_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    """One by one, and one less."""
    written(BAD)
    assert said(capsys, "train.py", "--rule", "dropped-result")[0] == 0
    assert said(capsys, "train.py", "--ignore", "log-without-floor")[0] == 0
    assert said(capsys, "train.py", "--rule", "log-without-floor", "--rule", "scaled-twice")[0] == 1
    code, _, err = said(capsys, "train.py", "--rule", "log")
    assert code == 2
    assert err.startswith("steadystyle: lint: there is no rule 'log'; choose from ")


@pytest.mark.parametrize("arguments", [[], ["gone.py"]])
def test_nothing_to_read_is_an_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Not a success."""
    code, _, err = said(capsys, *arguments)
    assert code == 2
    assert err.startswith("steadystyle: lint: there is no")


def test_linting_loads_no_tensorflow() -> None:
    """Neither ours nor the program's own import of it."""
    written(BAD)
    code = (
        "import sys\nfrom steadystyle.apps.cli.main import main\nassert main(['lint', 'train.py']) == 1\n"
        "assert not {'tensorflow', 'keras', 'numpy'} & set(sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr


def test_the_hooks_for_pre_commit_run_commands_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Each hook has what pre-commit wants of it."""
    text = (Path(__file__).parents[3] / ".pre-commit-hooks.yaml").read_text("utf-8")
    hooks: list[dict[str, Any]] = []
    for line in text.splitlines():
        key, _, value = line.removeprefix("- ").strip().partition(": ")
        if line.startswith("- "):
            hooks.append({})
        hooks[-1][key] = value
    for hook in hooks:
        assert {"id", "name", "entry", "language", "types_or"} <= set(hook)
        command, *arguments = hook["entry"].split()
        assert command == "steadystyle"
        written(BAD)
        assert main([*arguments, "train.py"]) in (0, 1)
    assert len(hooks) == 2
