from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from steadystyle import __version__
from steadystyle.apps.cli.main import main
from steadystyle.apps.cli.record import KEY, from_text
from steadystyle.images.load import read_text
from steadystyle.images.save import save_image
from tests.apps.cli.engine import FakeEngine

STYLIZE = ("stylize", "content.png", "style.png", "--size", "32", "--steps", "3", "--seed", "5", "-q")


def record_of(name: str) -> dict[str, object]:
    """The run that a picture tells, without how it ended."""
    record = from_text(read_text(Path(name)))
    return {key: value for key, value in record.items() if key not in ("outcome", "loss")}


def test_again_repeats_the_run(
    pictures: tuple[str, str], engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a result in any folder, the same settings and inputs are run again, with as many bits."""
    Path("results").mkdir()
    assert main([*STYLIZE, "-o", "results/out.png", "--bits", "16"]) == 0
    assert main(["again", "results/out.png", "-o", "results/two.png", "-q"]) == 0
    assert engine.calls[1] == engine.calls[0].resolved()
    assert record_of("results/two.png") == record_of("results/out.png")
    assert Path("results/two.png").read_bytes()[24] == 16
    assert capsys.readouterr() == ("results/out.png\nresults/two.png\n", "")


def test_again_has_a_name_of_its_own(pictures: tuple[str, str], engine: FakeEngine) -> None:
    """Without --output the first result stays as it is."""
    assert main([*STYLIZE, "-o", "out.png"]) == 0
    assert main(["again", "out.png", "-q"]) == 0
    assert Path("out-again.png").exists()


def test_again_repeats_the_demo(engine: FakeEngine) -> None:
    """A run on drawn pictures needs no file either."""
    assert main(["demo", "-q"]) == 0
    assert main(["again", "steadystyle-demo.png", "-q"]) == 0
    assert record_of("steadystyle-demo-again.png") == record_of("steadystyle-demo.png")


def test_an_input_that_changed_is_a_warning(
    pictures: tuple[str, str], engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run is repeated with the picture as it is now, and that is said; it is then another run."""
    assert main([*STYLIZE, "-o", "out.png"]) == 0
    save_image(Path("style.png"), np.zeros((9, 9, 3), np.float32))
    assert main(["again", "out.png", "-o", "two.png", "-q"]) == 0
    assert "warning: style.png is not the picture it was then" in capsys.readouterr().err
    assert main(["again", "out.png", "-o", "out.png", "-q"]) == 4


def test_weights_are_an_input_too(
    pictures: tuple[str, str], engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of weights is found again from the result's folder, its change is told, its absence an error."""
    Path("results").mkdir()
    Path("mine.npz").write_bytes(b"1")
    assert main([*STYLIZE, "-o", "results/out.png", "--weights", "mine.npz"]) == 0
    assert main(["again", "results/out.png", "-o", "two.png", "-q"]) == 0
    assert engine.calls[1].weights == Path("results/../mine.npz")
    Path("mine.npz").write_bytes(b"2")
    assert main(["again", "results/out.png", "-o", "three.png", "-q"]) == 0
    assert "mine.npz does not hold the weights of then" in capsys.readouterr().err
    Path("mine.npz").unlink()
    assert main(["again", "results/out.png", "-o", "four.png", "-q"]) == 5
    assert capsys.readouterr().err.count("\n") == 1


def test_an_input_that_is_gone_is_an_error(
    pictures: tuple[str, str], engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names the missing file."""
    assert main([*STYLIZE, "-o", "out.png"]) == 0
    Path("style.png").unlink()
    assert main(["again", "out.png", "-o", "two.png"]) == 3
    assert "style.png is not there any more" in capsys.readouterr().err
    assert not Path("two.png").exists()


def test_another_version_is_a_warning(
    pictures: tuple[str, str], engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same settings may give another picture in another version."""
    assert main([*STYLIZE, "-o", "out.png"]) == 0
    record = from_text(read_text(Path("out.png"))) | {"version": "0.0.1"}
    save_image(Path("old.png"), np.zeros((8, 8, 3), np.float32), text={KEY: json.dumps(record)})
    assert main(["again", "old.png", "-o", "new.png", "-q"]) == 0
    assert f"made by version 0.0.1, this is {__version__}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"content": 3}', '{"settings": {}, "content": {}, "styles": []}']
)
def test_a_picture_that_tells_no_run_is_an_error(
    text: str, engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever stands under our keyword, the answer is one line."""
    save_image(Path("photo.png"), np.zeros((8, 8, 3), np.float32), text={KEY: text} if text else None)
    assert main(["again", "photo.png"]) == 3
    captured = capsys.readouterr()
    assert "photo.png does not tell what run it is from" in captured.err
    assert captured.err.count("\n") == 1


def test_settings_of_the_future_are_an_error(
    pictures: tuple[str, str], engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    """A setting that this version does not know is named."""
    assert main([*STYLIZE, "-o", "out.png"]) == 0
    record = from_text(read_text(Path("out.png")))
    record["settings"]["glow"] = 1
    save_image(Path("new.png"), np.zeros((8, 8, 3), np.float32), text={KEY: json.dumps(record)})
    capsys.readouterr()
    assert main(["again", "new.png"]) == 2
    assert "glow" in capsys.readouterr().err
