"""`steadystyle apply`, with the real network."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from steadystyle.apps.cli.main import main
from steadystyle.feedforward.arbitrary import ArbitraryStyle
from steadystyle.images.load import load_image
from steadystyle.images.save import save_image


@pytest.fixture
def folder() -> Path:
    """Three photographs, of different sizes, with a broken one among them, and two styles beside the folder."""
    generator = np.random.default_rng(0)
    Path("in").mkdir()
    for name, (height, width) in {"in/a.png": (24, 32), "in/c.png": (17, 40), "wave.png": (20, 20), "sun.png": (30, 20)}.items():  # fmt: skip  # noqa: E501
        save_image(name, generator.random((height, width, 3), dtype=np.float32))
    Path("in/b.jpg").write_text("no picture")
    return Path("in")


def test_a_folder_is_done_past_a_broken_picture(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Results by name on standard output, one line for the broken one, a count, and its exit code."""
    assert main(["apply", "in", "--style", "wave.png", "-o", "out/deep"]) == 3
    said = capsys.readouterr()
    assert said.out.split() == [str(Path("out/deep/a_wave.png")), str(Path("out/deep/c_wave.png"))]
    lines = said.err.strip().splitlines()
    assert len(lines) == 3
    assert "b.jpg" in lines[1]
    assert lines[2].startswith("steadystyle: 2 made, 1 failed, ")
    assert load_image("out/deep/c_wave.png").shape == (17, 40, 3)
    expected = ArbitraryStyle("wave.png")("in/a.png")
    assert np.abs(load_image("out/deep/a_wave.png") - expected).max() <= 0.51 / 255


def test_what_is_there_is_left_and_the_rest_is_made(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second run goes on where the first stopped; with --force it begins again."""
    arguments = ["apply", "in/a.png", "in/c.png", "--style", "wave.png", "-o", "out", "-q"]
    assert main(arguments) == 0
    made = load_image("out/c_wave.png")
    Path("out/a_wave.png").unlink()
    save_image("out/c_wave.png", np.zeros((2, 2, 3), np.float32))
    capsys.readouterr()
    assert main([*arguments[:-1]]) == 0
    said = capsys.readouterr()
    assert said.out.split() == [str(Path("out/a_wave.png"))]
    assert "1 made, 1 were there already, " in said.err
    assert load_image("out/c_wave.png").shape == (2, 2, 3)
    assert main([*arguments, "--force"]) == 0
    np.testing.assert_array_equal(load_image("out/c_wave.png"), made)


def test_nothing_to_do_is_no_error_and_quick(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The styles are not even looked at."""
    Path("a_gone.png").touch()
    assert main(["apply", "in/a.png", "--style", "gone.png"]) == 0
    assert "0 made, 1 were there already" in capsys.readouterr().err


def test_every_option_reaches_the_network(folder: Path) -> None:
    """Blend, strength, sizes, colours, format."""
    options = ["--style", "sun.png", "--share", "3", "--share", "1", "--strength", "0.5", "--size", "24"]
    more = ["--style-scale", "0.5", "--colours", "content", "--precision", "float32", "--format", "tif", "-q"]
    assert main(["apply", "in/a.png", "--style", "wave.png", *options, *more]) == 0
    network = ArbitraryStyle(
        ["wave.png", "sun.png"], shares=[3, 1], strength=0.5, size=24, style_scale=0.5, colours="content",
        precision="float32",
    )  # fmt: skip
    assert np.abs(load_image("a_wave_sun.tif") - network("in/a.png")).max() <= 0.51 / 255


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["in", "--style", "gone.png"], 3, "gone.png"),
        (["--style", "wave.png"], 2, "no picture"),
        (["in"], 2, "--style"),
        (["in", "--style", "wave.png", "--strength", "2"], 2, "strength"),
        (["in", "--style", "wave.png", "--size", "3"], 2, "size"),
        (["in", "--style", "wave.png", "--share", "1", "--share", "1"], 2, "shares"),
        (["in", "--style", "wave.png", "-o", "wave.png"], 4, "wave.png"),
        (["in", "--style", "wave.png", "--format", "gif"], 2, "format"),
        (["nothing*.jpg", "--style", "wave.png"], 3, "nothing"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    folder: Path, arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback, nothing written, the exit code of the error."""
    before = sorted(Path().rglob("*"))
    assert main(["apply", *arguments]) == code
    errors = capsys.readouterr().err
    assert said in errors
    assert "Traceback" not in errors
    assert sorted(Path().rglob("*")) == before


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs SIGINT")
def test_ctrl_c_leaves_whole_pictures_and_the_next_run_goes_on(folder: Path) -> None:
    """What was begun is finished, no temporary file stays, and the exit code says that it was stopped."""
    picture = np.random.default_rng(0).random((600, 600, 3), dtype=np.float32)
    for number in range(12):
        save_image(f"in/{number:02}.jpg", picture)
    command = [sys.executable, "-m", "steadystyle", "apply", "in/*.jpg", "--style", "wave.png", "-o", "out"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while not list(Path("out").glob("*_wave.png")):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped before the end" in err
    made = sorted(Path("out").iterdir())
    assert made == sorted(map(Path, out.split()))
    assert 1 <= len(made) < 12
    assert all(load_image(path).shape == (600, 600, 3) for path in made)
    assert main(["apply", "in/[01]*.jpg", "--style", "wave.png", "-o", "out", "-q"]) == 0
    assert len(list(Path("out").iterdir())) == 12
