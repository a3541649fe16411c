"""`steadystyle train`, and `steadystyle apply` with what it wrote."""

from __future__ import annotations

import errno
import itertools
from pathlib import Path

import numpy as np
import pytest

from steadystyle.apps.cli.main import main
from steadystyle.checkpoint.alone import alone_with
from steadystyle.images import leftovers
from steadystyle.images.load import load_image
from steadystyle.images.save import save_image
from tests.apps.cli.test_tensorboard import written
from tests.apps.cli.training_kills import weights_in
from tests.disk import Disk, failing

# Keras hands its variables to NumPy in a way that NumPy 2 calls outdated.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

QUICK = ("--start", "random", "--steps", "4", "--batch", "1", "--size", "32", "--style-size", "48",
         "--look-every", "2", "--precision", "float32")  # fmt: skip


@pytest.fixture(autouse=True)
def _shallow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks of one residual block."""
    monkeypatch.setattr("steadystyle.feedforward.network.BLOCKS", 1)


@pytest.fixture
def folder() -> Path:
    """Photographs, one of them broken, and two styles beside the folder."""
    generator = np.random.default_rng(0)
    Path("photos").mkdir()
    for name in ("photos/a.png", "photos/b.png", "photos/c.png", "wave.png", "sun.png"):
        save_image(name, generator.random((40, 36, 3), dtype=np.float32))
    Path("photos/d.jpg").write_text("no picture")
    return Path("photos")


def test_a_network_is_trained_and_applied(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The model's name on standard output; losses, time to go and what was left out on the other; pictures and curves
    where they were asked for; the checkpoint is gone at the end, and `apply` takes the model.
    """
    arguments = ["train", "wave.png", "sun.png", "--images", "photos", "-o", "two.keras", *QUICK]
    assert main([*arguments, "--pictures", "held", "--tensorboard", "runs"]) == 0
    said = capsys.readouterr()
    assert said.out.split() == ["two.keras"]
    lines = said.err.strip().splitlines()
    assert lines[1].startswith("steadystyle: step 2 of 4: loss ")
    assert " to go" in lines[1]
    assert lines[1].endswith("; 1 broken pictures left out")
    assert lines[-1] == "steadystyle: saved two.keras after 4 steps. It took all its steps."
    assert sorted(path.name for path in Path().iterdir() if "two" in path.name) == ["two.keras"]
    assert load_image("held/two-000004.jpg").shape == (32, 3 * 32, 3)
    tags = {(tag, step) for tag, step, _, _ in written(Path("runs"))}
    assert tags >= {("validation/style", 2), ("training/loss", 4), ("learning rate", 4), ("held back", 2)}
    assert main(["apply", "two.keras", "photos/a.png", "--share", "1", "--share", "0", "-o", "out", "-q"]) == 0
    assert load_image("out/a_two.png").shape == (40, 36, 3)
    first = Path("out/a_two.png").read_bytes()
    assert main(["apply", "two.keras", "photos/a.png", "--share", "wave=2", "-o", "out", "-q", "--force"]) == 0
    assert Path("out/a_two.png").read_bytes() == first
    assert main(["apply", "two.keras", "photos/a.png", "--share", "sea=1", "-o", "out", "-q", "--force"]) == 2
    assert "no style sea; choose from wave, sun" in capsys.readouterr().err
    assert main(["info", "two.keras"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split() for line in told[:2]] == [["style", "wave"], ["style", "sun"]]
    assert "lean, " in told[2]


def test_the_same_command_goes_on(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where it was, which is said; a second one at the same time, or with other photographs, is refused in a line."""
    command = ["train", "wave.png", "--images", "photos", "-o", "wave.keras", *QUICK]
    assert main([*command, "--time-limit", "1e-9"]) == 0
    assert capsys.readouterr().err.strip().endswith("saved wave.keras after 1 steps. The time limit ended it; the same "
                                                     "command goes on.")  # fmt: skip
    with alone_with(Path("wave.keras"), "wave.keras"):
        assert main([*command, "-q"]) == 8
    assert "wave.keras is in use by another process" in capsys.readouterr().err
    Path("photos/e.png").write_bytes(Path("sun.png").read_bytes())
    assert main([*command, "-q"]) == 8
    assert "wave.checkpoint.npz is of another run: pictures differ" in capsys.readouterr().err
    Path("photos/e.png").unlink()
    assert main(command) == 0
    assert "steadystyle: going on from wave.checkpoint.npz, after step 1\n" in capsys.readouterr().err
    assert sorted(path.name for path in Path().glob("wave.*")) == ["wave.keras", "wave.png"]


@pytest.mark.slow
@pytest.mark.filterwarnings("always")  # ours are told in a line
@pytest.mark.parametrize(
    ("error", "lasting", "first"), [(errno.ENOSPC, False, 1), (errno.EIO, False, 4), (errno.EACCES, True, 7)]
)
def test_no_disk_that_fails_loses_a_training(
    error: int,
    lasting: bool,
    first: int,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of opens, writes, syncs and renames in the model's folder every ninth is tried: it ends with the model, or with
    one line; then the same command ends with the network that nothing happened to, and nothing else is left.
    """
    monkeypatch.setattr(leftovers, "YOUNG", 0.0)
    Path("kept").mkdir()
    model = Path("kept/model.keras")
    command = ["train", "wave.png", "--images", "photos", "-o", str(model), *QUICK, "-q", "--force"]
    assert main(command) == 0
    whole = weights_in(model)
    for number in itertools.count(first, 9):
        model.unlink()
        capsys.readouterr()
        with failing(Disk(Path("kept").resolve(), number, error, lasting=lasting)) as disk:
            code = main(command)
        said = [line for line in capsys.readouterr().err.splitlines() if "warning" not in line]
        assert code in {0, 4, 8}
        assert len(said) == (code != 0), said
        if code != 0 or len(list(model.parent.iterdir())) > 1:
            assert main(command) == 0
        assert weights_in(model) == whole
        assert [path.name for path in model.parent.iterdir()] == [model.name]
        if disk.count < number:
            assert code == 0
            break
    assert number > 25


REFUSALS: dict[str, tuple[list[str], int, str]] = {
    "ending": (["-o", "model.h5"], 4, "ends in .keras"),
    "folder": (["-o", "gone/model.keras"], 4, "there is no folder"),
    "exists": (["-o", "there.keras"], 4, "there.keras exists"),
    "no pictures": (["-o", "model.keras", "--images", "gone"], 3, "no such folder"),
    "names": (["photos/wave.png", "-o", "model.keras"], 2, "same name"),
    "setting": (["-o", "model.keras", "--learning-rate", "nan"], 2, "learning_rate"),
    "broken style": (["photos/d.jpg", "-o", "model.keras"], 3, "d.jpg"),
}


@pytest.mark.parametrize("wrong", REFUSALS)
def test_what_cannot_be_is_told_in_a_line(wrong: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is trained, with the exit code of its kind; nothing is written."""
    (folder / "wave.png").write_bytes(Path("wave.png").read_bytes())
    Path("there.keras").write_text("somebody's")
    before = sorted(Path().rglob("*"))
    given, code, said = REFUSALS[wrong]
    images = [] if "--images" in given else ["--images", "photos"]
    assert main(["train", "wave.png", *given, *images, *QUICK, "-q"]) == code
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert said in lines[0]
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (["cut.keras"], 5, "cut.keras is not a whole .keras file"),
        (["gone.keras"], 5, "cannot read the model gone.keras"),
        (["cut.keras", "--style", "wave.png"], 2, "either --style"),
        ([], 2, "either --style"),
    ],
)
def test_apply_refuses_what_is_no_model(
    given: list[str], code: int, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a line that names it."""
    Path("cut.keras").write_bytes(b"PK\x03\x04 no more")
    assert main(["apply", *given[:1], "photos/a.png", *given[1:], "-o", "out", "-q"]) == code
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert said in lines[0]
