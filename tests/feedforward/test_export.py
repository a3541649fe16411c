"""Export: chosen by name or ending, compared before it is saved, and put in its place as a whole or not at all."""

from __future__ import annotations

import functools
import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import steadystyle
from steadystyle.apps.cli.main import main
from steadystyle.core.errors import DependencyError, OutputError, PictureError, SettingsError, WeightsError
from steadystyle.feedforward.export import chosen, export
from steadystyle.feedforward.exports.saved_model import SavedModel
from steadystyle.feedforward.model_file import save_model
from steadystyle.feedforward.network import StyleNetwork
from steadystyle.feedforward.placed import MARK, place
from steadystyle.feedforward.served import Served
from steadystyle.images.leftovers import remove_leftovers
from tests.disk import FAULTS, Disk, failing
from tests.feedforward.test_network import scrambled

# Keras hands its variables to NumPy in a way that NumPy 2 calls outdated.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(autouse=True)
def _shallow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks of one residual block."""
    monkeypatch.setattr("steadystyle.feedforward.network.BLOCKS", 1)


@pytest.fixture
def model() -> Path:
    """The file of a network of two styles, in the current folder."""
    save_model(scrambled(StyleNetwork(["wave", "sun"])), Path("two.keras"))
    return Path("two.keras")


def test_the_command_says_where_it_is_and_how_close(model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The path on standard output; on the other one line, without what TensorFlow's converters say; a second time it
    is refused, with --force it is replaced.
    """
    assert main(["export", "two.keras", "-o", "served", "--format", "saved-model"]) == 0
    said = capfd.readouterr()
    assert said.out.split() == ["served"]
    assert said.err.startswith("steadystyle: saved served (saved-model, ")
    assert "; asks for images and shares; 17 trials, the farthest " in said.err
    assert len(said.err.splitlines()) == 1
    loaded = tf.saved_model.load("served").signatures["serving_default"]
    made = loaded(images=tf.fill([1, 5, 7, 3], 0.5), shares=tf.constant([[1.0, 3.0]]))["pictures"]
    assert made.shape == (1, 5, 7, 3)
    assert main(["export", "two.keras", "-o", "served", "--format", "saved-model"]) == 4
    assert capfd.readouterr().err == "steadystyle: served exists; name another, or add --force\n"
    again = ["export", "two.keras", "-o", "served", "--format", "saved-model", "--share", "sun=2", "--force", "-q"]
    assert main(again) == 0
    assert capfd.readouterr().err == ""
    assert list(tf.saved_model.load("served").signatures["levels"].structured_input_signature[1]) == ["images"]
    assert sorted(os.listdir()) == ["served", "two.keras"]


def test_another_picture_than_the_networks_is_not_saved(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A converter that writes other weights is found out: a line names the picture, and nothing is left."""
    write = SavedModel.write

    def wrong(self: SavedModel, served: Served, path: Path, examples: object) -> None:
        write(self, Served(scrambled(StyleNetwork(["wave", "sun"]), seed=5), None), path, ())

    monkeypatch.setattr(SavedModel, "write", wrong)
    with pytest.raises(OutputError, match=r"paints another picture than the network \(of .*; nothing was saved"):
        export(model, "served", "saved-model")
    assert os.listdir() == ["two.keras"]


def test_what_cannot_be_run_is_not_saved(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that its runtime refuses is told as that, and nothing is left."""
    monkeypatch.setattr(SavedModel, "write", lambda self, served, path, examples: path.mkdir())
    with pytest.raises(OutputError, match=r"does not run \(.*; nothing was saved"):
        export(model, "served", "saved-model")
    assert os.listdir() == ["two.keras"]


def test_a_poisoned_model_is_refused(model: Path) -> None:
    """By name, before anything is written; a missing one too."""
    network = scrambled(StyleNetwork(["wave", "sun"]))
    network.means.assign(network.means.numpy() * np.nan)
    network.save("bad.keras")
    with pytest.raises(WeightsError, match=r"bad\.keras"):
        export("bad.keras", "served", "saved-model")
    with pytest.raises(WeightsError, match=r"none\.keras"):
        export("none.keras", "served", "saved-model")
    assert sorted(os.listdir()) == ["bad.keras", "two.keras"]


def test_formats_are_known_by_name_and_ending() -> None:
    """An ending alone is enough where it says one; names and endings that do not fit are told with those that would."""
    assert chosen(Path("a.onnx"), None)[0] == "onnx"
    assert chosen(Path("a.tflite"), None)[0] == "litert"
    assert chosen(Path("a.tflite"), "litert-float16")[0] == "litert-float16"
    assert chosen(Path("a"), "saved-model")[0] == "saved-model"
    for name, format, told in [
        ("a.pb", None, "no format has files like a.pb"),
        ("a", "torch", "no format 'torch'; choose from litert, "),
        ("a.tflite", "onnx", "files of onnx end in .onnx, got a.tflite"),
    ]:
        with pytest.raises(SettingsError, match=told):
            chosen(Path(name), format)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to type."""
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "tf2onnx" else found(name))
    with pytest.raises(DependencyError, match=r"tf2onnx is needed: pip install 'steadystyle\[onnx\]'"):
        chosen(Path("a.onnx"), None)


def test_int8_asks_for_photographs(model: Path) -> None:
    """Without a folder it is said what for; a folder without pictures is refused."""
    with pytest.raises(SettingsError, match="takes its ranges from photographs"):
        steadystyle.export(model, "a.tflite", "litert-int8")
    Path("empty").mkdir()
    with pytest.raises(PictureError, match="no picture is in it"):
        steadystyle.export(model, "a.tflite", "litert-int8", images="empty")


def test_only_an_export_is_replaced(model: Path) -> None:
    """A folder of something else and a file in the way of a folder are left alone, whatever is said."""
    Path("photos").mkdir()
    Path("photos/a.png").write_text("dear")
    for path, told in [("photos", "a folder with something else in it"), ("two.keras", "it is a file")]:
        with pytest.raises(OutputError, match=told):
            export(model, path, "saved-model", overwrite=True)
    with pytest.raises(OutputError, match=r"no folder nowhere|there is no folder"):
        export(model, "nowhere/served", "saved-model")
    assert Path("photos/a.png").read_text() == "dear"


@pytest.mark.parametrize(("error", "lasting"), FAULTS)
def test_a_disk_that_fails_leaves_the_old_export_or_the_new_one(
    error: int, lasting: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever operation fails: a line, or success; the folder is whole, perhaps under another name that people
    understand, and where the disk recovers nothing else is left.
    """
    monkeypatch.setattr("steadystyle.images.leftovers.YOUNG", 0.0)
    fails_at, over = 0, False
    while not over:
        fails_at += 1
        folder = tmp_path / str(fails_at)
        target = folder / "served"
        target.mkdir(parents=True)
        (target / MARK).write_text("old")
        made = tmp_path / f"made {fails_at}"  # not on the disk that fails: TensorFlow writes past Python's files
        (made / "variables").mkdir(parents=True)
        for file in (made / MARK, made / "variables" / "data"):
            file.write_text("new")
        with failing(Disk(folder, fails_at, error, lasting=lasting)) as disk:
            try:
                place(target, functools.partial(os.rename, made))
            except OutputError as told:
                assert "cannot write" in str(told)
        over = disk.count < fails_at
        found = target if target.exists() else next(folder.glob("served.before-*"))
        whole = {"old": {MARK}, "new": {MARK, "variables", "variables/data"}}[(found / MARK).read_text()]
        assert {str(path.relative_to(found)) for path in found.rglob("*")} == whole
        if not lasting:  # what was to be removed when the disk failed is removed the next time
            remove_leftovers(folder)
            assert os.listdir(folder) == ["served"]
    assert (target / MARK).read_text() == "new"
    assert fails_at > 5
