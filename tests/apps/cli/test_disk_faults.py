"""A disk that fails during a run with the real engine, at every operation: the old output, the new one, or a line."""

from __future__ import annotations

import errno
import itertools
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from steadystyle.apps.cli.main import main
from steadystyle.images import leftovers
from steadystyle.images.load import load_image
from steadystyle.images.save import save_image
from steadystyle.transfer import problem
from tests.disk import FAULTS, Disk, failing
from tests.transfer.graphs import SharedGraphs

pytestmark = pytest.mark.filterwarnings("always")  # ours are told in a line

SHARED = SharedGraphs(traces_features=True)
KEEPING = ("--checkpoint", "kept/run.checkpoint", "--checkpoint-every", "0", "--json", "report.json")
CODES = {0, 3, 4, 5, 8}
"""Done, or a picture, output, weights or checkpoint that cannot be read or written."""


@pytest.fixture
def command(compact_weights: Path, pictures: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A run of two steps that keeps a checkpoint after each; its input and output lie below the current folder."""
    monkeypatch.setattr(problem, "Measure", SHARED)
    monkeypatch.setattr(leftovers, "YOUNG", 0.0)
    Path("kept").mkdir()
    shutil.copyfile(compact_weights, "weights.npz")
    small = ["--size", "32", "--steps", "2", "--precision", "float32", "--weights", "weights.npz", "-q", "--force"]
    return ["stylize", *pictures, "-o", "out.png", *small]


def look(code: int, said: str, old: np.ndarray, new: np.ndarray) -> None:
    """Everything that must hold after a run on a disk that failed."""
    assert code in CODES, said
    assert "Traceback" not in said
    assert "unexpected" not in said
    lines = [line for line in said.splitlines() if "warning" not in line]
    assert len(lines) == (code != 0), said
    picture = load_image("out.png")
    assert np.array_equal(picture, new) or (code != 0 and np.array_equal(picture, old)), said
    report = json.loads(Path("report.json").read_text())
    assert report == {"old": True} or report["outcome"] == "finished"


def run_all(command: list[str], error: int, lasting: bool, capsys: pytest.CaptureFixture[str], every: int = 1) -> int:
    """Let the first operation fail, then the next, until a run has none that could; which was the last."""
    save_image("old.png", np.random.default_rng(1).random((24, 32, 3), dtype=np.float32))
    old = load_image("old.png")
    assert main(command) == 0
    new = load_image("out.png")
    for number in itertools.count(1, every):
        shutil.copyfile("old.png", "out.png")
        Path("report.json").write_text('{"old": true}')
        capsys.readouterr()
        with failing(Disk(Path.cwd(), number, error, lasting=lasting)) as disk:
            code = main([*command, *KEEPING])
        said = capsys.readouterr().err
        look(code, said, old, new)
        if disk.count < number:
            assert code == 0, said
            return number - every
        if code != 0 or list(Path("kept").iterdir()):
            code = main([*command, *KEEPING, "--resume"])
            look(code, capsys.readouterr().err, old, new)
            assert code == 0
        else:
            leftovers.remove_leftovers(Path())
        assert list(Path("kept").iterdir()) == []
        assert not list(Path().glob(".*"))
    raise AssertionError


@pytest.mark.slow
@pytest.mark.parametrize(("error", "lasting"), FAULTS, ids=lambda value: errno.errorcode.get(value, str(value)))
def test_every_operation_that_fails(
    error: int, lasting: bool, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends with the old picture and a line, or with the new one; then `--resume` ends with the new one."""
    assert run_all(command, error, lasting, capsys) > 40


def test_a_few_operations_that_fail(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The same for every ninth, of a full disk."""
    assert run_all(command, errno.ENOSPC, False, capsys, every=9) > 40
