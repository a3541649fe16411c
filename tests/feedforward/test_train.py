"""Training a network for styles of its own: on pictures of any kind, behind the guard, resumable to the bit."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from steadystyle import Outcome, OutputError, PictureError, SettingsError, TrainedStyle, WeightsError, train
from steadystyle.core.injection import injecting
from steadystyle.feedforward.crops import Crops, files_in
from steadystyle.feedforward.model_file import save_model
from steadystyle.feedforward.network import StyleNetwork
from steadystyle.feedforward.train import Look
from steadystyle.images.save import save_image

# Keras hands its variables to NumPy in a way that NumPy 2 calls outdated.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

STYLE = np.random.default_rng(9).random((5, 6, 3), np.float32).repeat(8, axis=0).repeat(8, axis=1)
TINY: dict[str, Any] = {"steps": 6, "batch": 2, "size": 32, "style_size": 48, "look_every": 3, "precision": "float32"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of many sizes, one below, one of them broken."""
    folder, generator = tmp_path_factory.mktemp("pictures"), np.random.default_rng(1)
    (folder / "below").mkdir()
    sizes = [(40, 60), (33, 32), (20, 90), (7, 9), (64, 64)]
    for number, (height, width) in enumerate(sizes):
        blocks = generator.random((-(-height // 4), -(-width // 4), 3), np.float32).repeat(4, axis=0).repeat(4, axis=1)
        where = "below/" if number == 4 else ""
        save_image(folder / f"{where}{number}.png", blocks[:height, :width])
    (folder / "broken.jpg").write_text("no picture")
    (folder / "notes.txt").write_text("no picture either, and no name of one")
    return folder


def weights_of(network: StyleNetwork) -> list[np.ndarray]:
    """Its numbers."""
    found: list[np.ndarray] = network.get_weights()
    return found


def same(one: StyleNetwork, other: StyleNetwork) -> bool:
    """To the bit."""
    return all(np.array_equal(a, b) for a, b in zip(weights_of(one), weights_of(other), strict=True))


def stopping(after: int) -> Any:
    """Says stop at that step."""
    steps = iter(range(1, 10**6))
    return lambda: next(steps) >= after


def test_batches_are_a_function_of_seed_and_step(folder: Path) -> None:
    """Of the shape that was asked for, in [0, 1], with one style each; another seed gives others."""
    files = files_in(folder)
    one, other, third = (Crops(files, 3, 32, 2, seed) for seed in (0, 0, 1))
    for step in (5, 0, 2):
        images, shares = one.at(step)
        assert images.shape == (3, 32, 32, 3)
        assert images.dtype == np.float32
        assert images.min() >= 0
        assert images.max() <= 1
        np.testing.assert_array_equal(shares.sum(1), 1)
        np.testing.assert_array_equal(other.at(step)[0], images)
        assert not np.array_equal(third.at(step)[0], images)
    whole = list(one.dataset(2, 6).as_numpy_iterator())
    assert len(whole) == 4
    np.testing.assert_array_equal(whole[0][0], other.at(2)[0])


def test_a_broken_picture_is_left_out_and_counted(folder: Path) -> None:
    """With the reason; what is no picture by its name is not even looked at."""
    crops = Crops(files_in(folder), 3, 32, 1, 0)
    for step in range(5):
        crops.at(step)
    assert [path.name for path in crops.broken] == ["broken.jpg"]
    assert "broken.jpg" in next(iter(crops.broken.values()))


def test_mostly_broken_folders_are_refused(tmp_path: Path) -> None:
    """More than half is too much; no picture at all, and no folder, too."""
    save_image(tmp_path / "good.png", STYLE)
    for number in range(2):
        (tmp_path / f"{number}.jpg").write_text("no picture")
    with pytest.raises(PictureError, match="2 of 3 pictures looked at are broken"):
        train(STYLE, tmp_path, **TINY)
    (tmp_path / "empty").mkdir()
    with pytest.raises(PictureError, match="no picture is in it"):
        train(STYLE, tmp_path / "empty", **TINY)
    with pytest.raises(PictureError, match="no such folder"):
        train(STYLE, tmp_path / "gone", **TINY)


def test_a_training_learns_reports_and_resumes_to_the_bit(folder: Path, tmp_path: Path) -> None:
    """Stopped and gone on with, it is the network that it would have been."""
    looks: list[Look] = []
    made: list[np.ndarray] = []

    def report(look: Look, pictures: Any) -> None:
        looks.append(look)
        made.append(pictures())

    settings = {**TINY, "steps": 12}
    whole = train([STYLE, 1 - STYLE], folder, report=report, **settings)
    assert whole.outcome is Outcome.FINISHED
    assert whole.steps == 12
    assert [look.step for look in looks] == [3, 6, 9, 12]
    assert list(whole.looks) == looks
    assert looks[-1].validation["loss"] < looks[0].validation["loss"]
    assert looks[-1].broken == 1
    assert len(whole.broken) == 1
    assert made[0].shape == (4, 32, 32, 3)
    assert whole.network.names == ("style 1", "style 2")
    file = tmp_path / "state.npz"
    part = train([STYLE, 1 - STYLE], folder, checkpoint=file, stop=stopping(5), **settings)
    assert (part.outcome, part.steps) == (Outcome.STOPPED, 5)
    assert not same(part.network, whole.network)
    rest = train([STYLE, 1 - STYLE], folder, checkpoint=file, **settings)
    assert (rest.outcome, rest.steps) == (Outcome.FINISHED, 12)
    assert same(rest.network, whole.network)
    again = train([STYLE, 1 - STYLE], folder, checkpoint=file, **settings)
    assert same(again.network, whole.network)


def test_a_checkpoint_of_another_training_is_refused(folder: Path, tmp_path: Path) -> None:
    """It says in what they differ; a damaged one is told as that."""
    file = tmp_path / "state.npz"
    train(STYLE, folder, checkpoint=file, **{**TINY, "steps": 1})
    with pytest.raises(OutputError, match=r"of another training \(batch, steps differ\)"):
        train(STYLE, folder, checkpoint=file, **{**TINY, "batch": 1})
    with pytest.raises(OutputError, match="styles differ"):
        train(1 - STYLE, folder, checkpoint=file, names=["style 1"], **{**TINY, "steps": 1})
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(WeightsError, match="damaged"):
        train(STYLE, folder, checkpoint=file, **TINY)


def test_a_full_disk_costs_a_checkpoint_and_not_the_training(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told, and the file before still stands."""
    from steadystyle.feedforward import checkpoint

    file = tmp_path / "state.npz"
    train(STYLE, folder, checkpoint=file, stop=stopping(3), **TINY)
    before = file.read_bytes()

    def full(*_: Any) -> None:
        raise OutputError("cannot write state.npz: no space left on device")

    monkeypatch.setattr(checkpoint, "write_atomically", full)
    with pytest.warns(UserWarning, match="no space left on device; the checkpoint before it still stands"):
        assert train(STYLE, folder, checkpoint=file, **TINY).steps == 6
    assert file.read_bytes() == before


def harmed(point: str, value: float, when: int) -> Any:
    """An injector that turns what `point` makes at that call into `value`."""
    calls = [0]

    def inject(asked: str, step: int | None, numbers: Any) -> Any:
        if asked != point:
            return numbers
        calls[0] += 1
        return np.full_like(numbers, value) if calls[0] == when else numbers

    return inject


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30])
def test_a_poisoned_batch_is_skipped(folder: Path, value: float) -> None:
    """The training ends with finite weights, the step is counted, and the loss is near that of the clean one."""
    settings = {**TINY, "steps": 14, "look_every": 7}
    clean = train(STYLE, folder, **settings)
    with injecting(harmed("training pictures", value, 12)):
        found = train(STYLE, folder, **settings)
    assert found.outcome is Outcome.REPAIRED
    assert found.looks[-1].bad_steps == 1
    assert all(np.isfinite(weights).all() for weights in weights_of(found.network))
    assert found.looks[-1].validation["loss"] < 1.10 * clean.looks[-1].validation["loss"]


def test_patience_and_time_end_it(folder: Path) -> None:
    """Each with its own outcome."""
    assert train(STYLE, folder, **{**TINY, "learning_rate": 1e-12}, patience=1).outcome is Outcome.CONVERGED
    assert train(STYLE, folder, **TINY, time_limit=1e-9).outcome is Outcome.OUT_OF_TIME


def test_half_precision_trains_too(folder: Path) -> None:
    """bfloat16, and float16 with a loss scale: finite weights and a sound loss."""
    for precision in ("bfloat16", "float16"):
        found = train(STYLE, folder, **{**TINY, "precision": precision})
        assert all(np.isfinite(weights).all() for weights in weights_of(found.network))
        assert np.isfinite(found.looks[-1].validation["loss"])


def test_what_was_trained_is_applied(folder: Path, tmp_path: Path) -> None:
    """From its file, at any size, in any of its styles, with strength and colours."""
    trained = train([STYLE, 1 - STYLE], folder, names=["a", "b"], **TINY)
    file = tmp_path / "two.keras"
    save_model(trained.network, file)
    photo = np.random.default_rng(3).random((21, 34, 3), np.float32)
    one, other = (TrainedStyle(file, shares=shares, precision="float32")(photo) for shares in ((1, 0), (0, 1)))
    assert one.shape == photo.shape
    assert np.abs(one - other).max() > 1e-3
    half = TrainedStyle(file, shares=(1, 0), strength=0.5, precision="float32")(photo)
    np.testing.assert_allclose(half, (one + photo) / 2, atol=1e-6)
    assert TrainedStyle(file, size=17, colours="content")(photo).shape == (10, 17, 3)
    with pytest.raises(SettingsError, match="style_scale"):
        TrainedStyle(file, style_scale=2)
    with pytest.raises(SettingsError, match="shares"):
        TrainedStyle(file, shares=[1])


@pytest.mark.slow
def test_killed_at_any_time_it_goes_on(folder: Path, tmp_path: Path) -> None:
    """kill -9, three times; the network is the one that was never killed."""
    save_image(tmp_path / "style.png", STYLE)
    options = [
        "--steps",
        "60",
        "--batch",
        "2",
        "--size",
        "32",
        "--style-size",
        "48",
        "--look-every",
        "1",
        "--precision",
        "float32",
        "-q",
    ]
    command = [sys.executable, "-m", "steadystyle", "train", "style.png", "--images", str(folder), "-o"]
    state = tmp_path / "killed.checkpoint.npz"
    for _ in range(3):
        seen = state.stat().st_mtime_ns if state.exists() else 0
        with subprocess.Popen([*command, "killed.keras", *options], cwd=tmp_path) as process:
            while not state.exists() or state.stat().st_mtime_ns == seen:
                assert process.poll() is None
                time.sleep(0.005)
            time.sleep(0.05)
            process.send_signal(signal.SIGKILL)
    for name in ("killed.keras", "whole.keras"):
        assert subprocess.run([*command, name, *options], cwd=tmp_path, timeout=100).returncode == 0
    assert not state.exists()
    one, other = (TrainedStyle(tmp_path / name, precision="float32") for name in ("killed.keras", "whole.keras"))
    assert same(one._network, other._network)
