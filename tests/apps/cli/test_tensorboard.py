from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.apps.cli.main import main
from steadystyle.core.outcome import Outcome
from tests.apps.cli.engine import EVENT, FakeEngine

ARGUMENTS = ("-o", "out.png", "--size", "256", "--scales", "2", "--steps", "3", "--scale-steps", "2", "--quiet")


def written(folder: Path) -> list[tuple[str, int, str, Any]]:
    """Every value in the event files below `folder`: tag, step, plugin, and the number or the picture's bytes."""
    found = []
    for file in folder.rglob("*.tfevents.*"):
        for raw in tf.data.TFRecordDataset(str(file)):
            event = tf.compat.v1.Event.FromString(raw.numpy())
            for value in event.summary.value:
                content = tf.make_ndarray(value.tensor)
                found.append((value.tag, event.step, value.metadata.plugin_data.plugin_name, content))
    return found


def test_scalars_and_pictures_are_written(pictures: tuple[str, str], use: Callable[[FakeEngine], FakeEngine]) -> None:
    """Each step's numbers, a NaN among them; the best picture at each new size and repair; the result."""
    use(FakeEngine(Outcome.REPAIRED, [EVENT]))
    assert main(["stylize", *pictures, *ARGUMENTS, "--tensorboard", "runs/today"]) == 0
    values = written(Path("runs/today"))
    scalars = {(tag, step): float(value) for tag, step, plugin, value in values if plugin == "scalars"}
    assert {tag for tag, _ in scalars} == {"loss", "loss/content", "gradient norm", "learning rate"}
    assert [scalars["loss", step] for step in (0, 4)] == pytest.approx([1, 1 / 5])
    assert np.isnan(scalars["loss", 1])
    shown = {(tag, step): value for tag, step, plugin, value in values if plugin == "images"}
    assert set(shown) == {
        ("best at a new size", 0), ("best at a new size", 2), ("best at a repair", 1), ("result", 5)
    }  # fmt: skip
    width, height, png = shown["result", 5]
    assert (width, height) == (b"256", b"192")
    assert tf.io.decode_png(png).shape == (192, 256, 3)


def test_runs_lie_side_by_side(pictures: tuple[str, str], engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run has a folder of its own, so that no two mix and TensorBoard compares them."""
    for process in (1, 2):
        monkeypatch.setattr(os, "getpid", lambda process=process: process)
        assert main(["stylize", *pictures, *ARGUMENTS, "--tensorboard", "runs"]) == 0
    assert len(list(Path("runs").iterdir())) == 2


def test_a_folder_that_cannot_be_is_found_first(
    pictures: tuple[str, str], engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, and nothing is computed."""
    assert main(["stylize", *pictures, *ARGUMENTS, "--tensorboard", "style.png/runs"]) == 4
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert "style.png is no folder" in captured.err
    assert engine.calls == []


def test_a_full_disk_does_not_lose_the_picture(
    pictures: tuple[str, str], engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The picture is saved, and only then the failure is told."""

    def full(*_: object, **__: object) -> None:
        raise tf.errors.ResourceExhaustedError(None, None, "no space left")

    monkeypatch.setattr(tf.summary, "write", full)
    assert main(["stylize", *pictures, *ARGUMENTS, "--tensorboard", "runs"]) == 4
    assert Path("out.png").exists()
    assert "no space left" in capsys.readouterr().err
