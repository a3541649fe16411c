"""The command line with the real engine: no fakes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from steadystyle.apps.cli.main import main
from steadystyle.images.load import load_image

ROOT = Path(__file__).parents[3]


@pytest.fixture
def weights(compact_weights: Path) -> str:
    """A small network of the compact kind with random weights: as good as any for what is tested here."""
    return str(compact_weights)


def test_a_picture_is_stylised_and_again_gives_the_same(
    pictures: tuple[str, str], weights: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole way from two files to a result, a report, and the very same pixels once more."""
    options = ["--size", "48", "--steps", "6", "--weights", weights, "--init", "noise", "--seed", "3"]
    assert main(["stylize", *pictures, "-o", "out.png", *options, "--json", "report.json", "--save-every", "3"]) == 0
    report = json.loads(Path("report.json").read_text())
    assert load_image(Path("out.png")).shape == (36, 48, 3)
    assert [step["step"] for step in report["steps"]] == list(range(6))
    assert report["loss"] <= report["steps"][0]["loss"]
    assert {"tensorflow", "python"} <= set(report["facts"]["versions"])
    assert report["facts"]["peak_memory_bytes"] > 0
    assert load_image(Path("out-00006.png")).shape == (36, 48, 3)
    assert main(["again", "out.png", "-o", "two.png", "-q"]) == 0
    np.testing.assert_array_equal(load_image(Path("two.png")), load_image(Path("out.png")))
    assert capsys.readouterr().out == "out.png\ntwo.png\n"


def test_a_file_that_was_put_right_is_told_everywhere(
    pictures: tuple[str, str], weights: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A float TIFF with a NaN pixel: on the terminal, in the JSON report and on the page, as of set-up."""
    values = np.linspace(0, 1, 48 * 36, dtype=np.float32).reshape(36, 48)
    values[5, 7] = np.nan
    Image.fromarray(values).save("content.tif")
    options = ["--size", "48", "--steps", "3", "--weights", weights, "--json", "report.json", "--report", "report.html"]
    assert main(["stylize", "content.tif", pictures[1], "-o", "out.png", *options]) == 0
    said = capsys.readouterr().err
    assert "steadystyle: repaired set-up: What comes in is not finite (content: 1 of 1728 pixels not finite" in said
    assert "step -1" not in said
    report = json.loads(Path("report.json").read_text())
    assert report["outcome"] == "repaired"
    assert [(event["step"], event["where"]) for event in report["events"]] == [(-1, "content")]
    page = Path("report.html").read_text()
    assert "set-up" in page
    assert "1 repair" in page


def test_weights_of_another_network_are_one_line(pictures: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is no weight file is named, the code is that of weights, and nothing is written."""
    Path("odd.npz").write_bytes(b"PK odd")
    assert main(["stylize", *pictures, "-o", "out.png", "--weights", "odd.npz", "-q"]) == 5
    captured = capsys.readouterr()
    assert "odd.npz" in captured.err
    assert captured.err.count("\n") == 1
    assert not Path("out.png").exists()


def test_the_demo_needs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a file or an argument that names one, there is a picture, and it is said where."""
    assert main(["demo", "--size", "96", "--steps", "3"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "steadystyle-demo.png\n"
    assert "steadystyle stylize" in captured.err
    assert load_image(Path("steadystyle-demo.png")).shape == (64, 96, 3)


def test_info_tells_which_size_fits(capsys: pytest.CaptureFixture[str]) -> None:
    """Whole, in tiles, which of them is taken, and the largest that fits; what is no size is refused in one line."""
    assert main(["info", "--size", "12000x8000", "--memory", "16", "--optimizer", "adam"]) == 0
    out = capsys.readouterr().out
    assert "96.0 megapixels" in out
    assert re.search(r"whole +about \d+\.\d GB: does not fit", out)
    assert re.search(r"tiles of \d+ +about \d+\.\d GB: fits; this is taken", out)
    whole, tiled = (re.search(rf"largest {how} +(\d+)x", out) for how in ("whole", "in tiles"))
    assert whole is not None
    assert tiled is not None
    assert 12000 <= int(tiled[1]) > int(whole[1]) > 1000
    assert main(["info", "--size", "12000"]) == 2
    assert "WIDTHxHEIGHT" in capsys.readouterr().err


def test_info_tells_what_is_here(capsys: pytest.CaptureFixture[str]) -> None:
    """Versions, devices, memory, each network and each other feature."""
    assert main(["info"]) == 0
    told = dict(line.split("  ", 1) for line in capsys.readouterr().out.splitlines())
    assert told["tensorflow"].strip().startswith("2.")
    assert "CPU:0" in told["devices"]
    assert "lbfgs" in told["optimizers"]
    assert {"weights of compact", "weights of vgg19", "losses", "memory", "processor"} <= set(told)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals between processes")
def test_ctrl_c_saves_the_best_picture(pictures: tuple[str, str], weights: str) -> None:
    """While TensorFlow computes, Ctrl-C ends the run with a picture, the code is 130, and TensorFlow says nothing."""
    command = [sys.executable, "-m", "steadystyle", "stylize", *pictures, "-o", "out.png", "--weights", weights]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), *sys.path])}
    process = subprocess.Popen(
        [*command, "--size", "256", "--steps", "1000000", "--optimizer", "adam", "--tv-weight", "0"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if " step " in line:
            process.send_signal(signal.SIGINT)
            break
    output, rest = process.communicate(timeout=60)
    assert process.returncode == 130
    assert output == "out.png\n"
    assert all(line.startswith("steadystyle: ") for line in [*said, *rest.splitlines()])
    assert load_image(Path("out.png")).shape == (192, 256, 3)
