"""Training a network for styles of its own: on pictures of any kind, behind the guard, resumable to the bit."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from steadystyle import (
    CheckpointError,
    Outcome,
    OutputError,
    PictureError,
    SettingsError,
    TrainedStyle,
    train,
)
from steadystyle.checkpoint.archive import write_archive
from steadystyle.core import discover
from steadystyle.core.injection import injecting
from steadystyle.core.settings import TrainSettings
from steadystyle.feedforward.checkpoint import identity_of
from steadystyle.feedforward.crops import Crops
from steadystyle.feedforward.decoded import Decoded, files_in
from steadystyle.feedforward.model_file import save_model
from steadystyle.feedforward.network import StyleNetwork
from steadystyle.feedforward.pace import Look
from steadystyle.feedforward.train import Trained, _Run
from steadystyle.images.save import save_image

# Keras hands its variables to NumPy in a way that NumPy 2 calls outdated.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

STYLE = np.random.default_rng(9).random((5, 6, 3), np.float32).repeat(8, axis=0).repeat(8, axis=1)
TINY: dict[str, Any] = {
    "start": "random", "learning_rate": 3e-3, "steps": 6, "batch": 2, "size": 32, "style_size": 48, "look_every": 3,
    "precision": "float32",
}  # fmt: skip


STYLES = [STYLE, 1 - STYLE]
LONGER = {**TINY, "steps": 12}


@pytest.fixture(autouse=True)
def _shallow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks of one residual block: as good for all that is tested here, and traced in half the time."""
    monkeypatch.setattr("steadystyle.feedforward.network.BLOCKS", 1)


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


def crops(folder: Path, seed: int = 0) -> Crops:
    """Batches of three for two styles."""
    return Crops(files_in(folder), Decoded(32), batch=3, size=32, styles=2, seed=seed)


def test_batches_are_a_function_of_seed_and_step(folder: Path) -> None:
    """Of the shape that was asked for, in [0, 1], with one style each; another seed gives others."""
    one, other, third = (crops(folder, seed) for seed in (0, 0, 1))
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


def test_a_picture_is_decoded_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is asked for; no side is shorter than a crop, none longer than is of use."""
    decoded = Decoded(32)
    first = {path: decoded.picture(path) for path in files_in(folder)}
    monkeypatch.setattr("steadystyle.feedforward.decoded.recognised_file", None)
    for path, picture in first.items():
        assert decoded.picture(path) is picture
        if picture is not None:
            assert picture.dtype == np.uint8
            assert 32 <= min(picture.shape[:2]) <= 64


def test_a_broken_picture_is_left_out_and_counted(folder: Path) -> None:
    """With the reason; what is no picture by its name is not even looked at."""
    made = crops(folder)
    for step in range(5):
        made.at(step)
    assert [path.name for path in made.decoded.broken] == ["broken.jpg"]
    assert "broken.jpg" in next(iter(made.decoded.broken.values()))


def test_pictures_that_break_later_end_the_training(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a disk that goes away would: it is told in a line, not as TensorFlow tells it."""
    whole, seen = Crops.at, list[int]()

    def at(self: Crops, step: int) -> Any:
        seen.append(step)
        if step == 2:
            self.decoded._kept.clear()
            self.decoded.broken.update(dict.fromkeys(self.files, "gone"))
        return whole(self, step)

    monkeypatch.setattr(Crops, "at", at)
    with pytest.raises(PictureError, match="none of the 6 pictures to train on can be read"):
        train(STYLE, folder, **TINY)
    assert 2 in seen


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


Told = list[tuple[Look, np.ndarray]]


@pytest.fixture(scope="module")
def whole(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, Told]:
    """A training for two styles that nothing happens to, and what was reported."""
    told: Told = []
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("steadystyle.feedforward.network.BLOCKS", 1)
        found = train(STYLES, folder, report=lambda look, make: told.append((look, make())), **LONGER)
    return found, told


def test_a_training_learns_and_reports(whole: tuple[Trained, Told]) -> None:
    """At each validation the losses, what was left out, and pictures."""
    trained, told = whole
    looks = [look for look, _ in told]
    assert (trained.outcome, trained.steps) == (Outcome.FINISHED, 12)
    assert [look.step for look in looks] == [3, 6, 9, 12]
    assert list(trained.looks) == looks
    assert looks[-1].validation["loss"] < looks[0].validation["loss"]
    assert looks[-1].training["loss"] < looks[0].training["loss"]
    assert looks[-1].learning_rate < looks[0].learning_rate
    assert looks[-1].broken == 1
    assert len(trained.broken) == 1
    assert told[0][1].shape == (4, 32, 32, 3)
    assert trained.network.names == ("style 1", "style 2")


IN_A_ROW = {4: 1e30, 5: 1e30, 6: 1e30, 7: 1e30, 9: float("nan")}
"""So many bad steps in a row are taken for a bad state: the guard goes back to proven weights and lowers the rate."""


def poison(harms: dict[int, float]) -> Any:
    """An injector that fills the batches of those steps with these numbers."""

    def injector(point: str, step: int | None, numbers: Any) -> Any:
        harmed = point == "training pictures" and step in harms
        return np.full_like(numbers, harms[step or 0]) if harmed else numbers

    return injector


@pytest.mark.slow
@pytest.mark.parametrize(("harms", "stopped_at"), [({}, 5), (IN_A_ROW, 6), (IN_A_ROW, 8)])
def test_a_training_resumes_to_the_bit(
    harms: dict[int, float], stopped_at: int, folder: Path, tmp_path: Path, whole: tuple[Trained, Told]
) -> None:
    """Stopped and gone on with, it is the network that it would have been, and its validations are those; also where
    the guard has lowered the rate before, or is in the midst of undoing steps.
    """
    file = tmp_path / "state.npz"
    with injecting(poison(harms)):
        never_stopped = train(STYLES, folder, **LONGER) if harms else whole[0]
        part = train(STYLES, folder, checkpoint=file, stop=stopping(stopped_at), **LONGER)
        assert (part.outcome, part.steps) == (Outcome.STOPPED, stopped_at)
        rest = train(STYLES, folder, checkpoint=file, **LONGER)
    if harms:
        assert rest.outcome is Outcome.REPAIRED
        assert rest.looks[-1].bad_steps == len(harms)
        assert any("rate lowered" in event.remedy for event in rest.events)
    assert (rest.outcome, rest.steps, rest.best_step) == (never_stopped.outcome, 12, never_stopped.best_step)
    assert same(rest.network, never_stopped.network)
    assert rest.events == never_stopped.events
    later = [look for look in never_stopped.looks if look.step > stopped_at]
    assert [(look.validation, look.bad_steps) for look in rest.looks] == [
        (one.validation, one.bad_steps) for one in later
    ]
    again = train(STYLES, folder, checkpoint=file, **LONGER)
    assert same(again.network, never_stopped.network)
    assert (again.outcome, again.loss) == (rest.outcome, rest.loss)


@pytest.mark.slow
@pytest.mark.parametrize("stopped_at", [1, 2, 9])
def test_a_training_that_went_back_resumes_to_the_bit(stopped_at: int, folder: Path, tmp_path: Path) -> None:
    """Stopped before the runaway is seen, at that step, or later, it is seen and undone as it would have been."""
    wild: dict[str, Any] = {**LONGER, "learning_rate": 3.0}
    file = tmp_path / "state.npz"
    whole = train(STYLE, folder, **wild)
    train(STYLE, folder, checkpoint=file, stop=stopping(stopped_at), **wild)
    rest = train(STYLE, folder, checkpoint=file, **wild)
    assert len(whole.events) > 1
    assert rest.events == whole.events
    assert rest.looks[-1].validation == whole.looks[-1].validation
    assert same(rest.network, whole.network)


def test_a_checkpoint_of_another_training_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says in what they differ; one that is in use is refused too, and a damaged one with none before it."""
    file, one = tmp_path / "state.npz", {**TINY, "steps": 1}
    tried = list[str]()

    def second(look: Look, make: Any) -> None:
        with pytest.raises(CheckpointError) as refused:
            train(STYLE, folder, checkpoint=file, **one)
        tried.append(str(refused.value))

    train(STYLE, folder, checkpoint=file, report=second, **one)
    assert tried == [f"{file} is in use by another process; wait for it, or name another file"]
    with pytest.raises(CheckpointError, match="batch is 2 there and 1 here, steps is 1 there and 6 here"):
        train(STYLE, folder, checkpoint=file, **{**TINY, "batch": 1})
    with pytest.raises(CheckpointError, match="styles differ"):
        train(1 - STYLE, folder, checkpoint=file, names=["style 1"], **one)
    with pytest.raises(CheckpointError, match="names differ"):
        train(STYLE, folder, checkpoint=file, names=["other"], **one)
    fewer = tmp_path / "fewer"
    fewer.mkdir()
    save_image(fewer / "0.png", STYLE)
    with pytest.raises(CheckpointError, match="pictures differ"):
        train(STYLE, fewer, checkpoint=file, **one)
    with monkeypatch.context() as other:
        other.setattr(keras, "__version__", "9.9")
        with pytest.raises(CheckpointError, match=r"keras is 3\.\S+ there and 9\.9 here"):
            train(STYLE, folder, checkpoint=file, **one)
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(CheckpointError, match="cut off, and no good one is before it"):
        train(STYLE, folder, checkpoint=file, **one)


def test_a_folder_is_known_by_names_and_sizes(tmp_path: Path) -> None:
    """Wherever it lies; a link to nothing is no reason to fail."""

    def identity(folder: Path) -> Any:
        return identity_of(TrainSettings(), "float32", [STYLE], ["a"], folder, files_in(folder))["pictures"]

    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        save_image(tmp_path / name / "0.png", STYLE)
        (tmp_path / name / "1.png").symlink_to("nothing")
    assert identity(tmp_path / "one") == identity(tmp_path / "other")
    (tmp_path / "other/0.png").write_bytes((tmp_path / "other/0.png").read_bytes() + b"!")
    assert identity(tmp_path / "one") != identity(tmp_path / "other")


def test_a_damaged_checkpoint_is_no_loss(folder: Path, tmp_path: Path) -> None:
    """The one before it is used, which is said; the network is the one that it would have been."""
    file = tmp_path / "state.npz"
    whole = train(STYLE, folder, **TINY)
    train(STYLE, folder, checkpoint=file, stop=stopping(5), **TINY)
    flipped = bytearray(file.read_bytes())
    flipped[len(flipped) // 2] ^= 4
    file.write_bytes(flipped)
    with pytest.warns(UserWarning, match=r"state\.npz: it is damaged: .*; going on from the one before it, at step 3"):
        rest = train(STYLE, folder, checkpoint=file, **TINY)
    assert same(rest.network, whole.network)


def test_the_best_weights_are_given_back(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the validation got worse, not the last ones; also by a later process, and when it was stopped."""
    losses = [4.0, 3.5, 3.0, 3.2, 3.4, 3.6, 3.8]  # faked: which weights validate best is no matter of luck then
    monkeypatch.setattr(
        _Run, "validate", lambda run: {"loss": losses[int(run.network.optimizer.iterations.numpy())], "style": 1.0}
    )
    each: dict[str, Any] = {**TINY, "look_every": 1}
    file = tmp_path / "state.npz"
    found = train(STYLE, folder, checkpoint=file, **each)
    assert (found.steps, found.best_step, found.loss) == (6, 2, 3.0)
    again = train(STYLE, folder, checkpoint=file, **each)
    assert (again.best_step, again.loss) == (2, 3.0)
    assert same(found.network, again.network)
    stopped = train(STYLE, folder, stop=stopping(2), **each)
    assert same(stopped.network, found.network)


def test_nan_never_reaches_a_checkpoint(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stood there still stands, and it is told which number it is."""
    file = tmp_path / "state.npz"
    train(STYLE, folder, checkpoint=file, stop=stopping(3), **TINY)
    before = file.read_bytes()

    def harm(look: Look, make: Any) -> None:
        run = make.__self__
        run.network.means.assign(np.full(run.network.means.shape, np.nan, np.float32))
        run.keep(look.step, [], None, run.proven)

    with pytest.warns(UserWarning, match="no checkpoint at step 6: .*means: .* not finite.*; the last one stays"):
        train(STYLE, folder, checkpoint=file, report=harm, **TINY)
    assert file.with_name("state.npz.previous").read_bytes() == before


def test_a_full_disk_costs_a_checkpoint_and_not_the_training(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told, and the file before still stands."""
    file, written = tmp_path / "state.npz", list[bytes]()

    def once(*given: Any, **named: Any) -> None:
        if written:
            raise OutputError("cannot write state.npz: no space left on device")
        write_archive(*given, **named)
        written.append(file.read_bytes())

    monkeypatch.setattr("steadystyle.checkpoint.kept.write_archive", once)
    with pytest.warns(UserWarning, match="no checkpoint at step 6: .*no space left on device; the last one stays"):
        assert train(STYLE, folder, checkpoint=file, **TINY).steps == 6
    assert file.read_bytes() == written[0]


HARMS = {8: float("nan"), 10: float("inf"), 11: 1e30}


def test_poisoned_batches_are_skipped(folder: Path, whole: tuple[Trained, Told]) -> None:
    """The training ends with finite weights, the steps are counted and told, and the loss is near the clean one's."""
    with injecting(poison(HARMS)):
        found = train(STYLES, folder, **LONGER)
    assert found.outcome is Outcome.REPAIRED
    assert found.looks[-1].bad_steps == len(HARMS)
    assert [event.step for event in found.events] == list(HARMS)
    assert {event.cause for event in found.events} >= {"nonfinite-input"}
    assert all(np.isfinite(weights).all() for weights in weights_of(found.network))
    assert found.looks[-1].validation["loss"] < 1.2 * whole[0].looks[-1].validation["loss"]


def test_a_rate_far_too_high_is_lowered(folder: Path) -> None:
    """A thousand times the usual one drives a network into saturation in a step or two, where no number is bad and no
    gradient leads back; it is seen, told, undone, and the training learns all the same.
    """
    found = train(STYLE, folder, **{**TINY, "steps": 30, "look_every": 15, "learning_rate": 3.0})
    assert found.outcome is Outcome.REPAIRED
    assert {(event.where, event.cause) for event in found.events} == {("loss", "high-learning-rate")}
    assert "the validation's loss had grown to" in found.events[0].evidence
    assert found.events[0].step < 2
    assert found.looks[0].learning_rate < 0.01
    assert found.best_step > 0  # and not the network as it began


@pytest.mark.slow
def test_a_rate_far_too_high_costs_little(folder: Path) -> None:
    """A hundred steps later the loss is near that of a training that began with the right one."""
    longer = {**TINY, "steps": 100, "look_every": 50}
    found, clean = (train(STYLE, folder, **{**longer, "learning_rate": rate}) for rate in (3.0, 3e-3))
    assert found.loss < 1.2 * clean.loss  # ten of the hundred steps were lost; 1.12 was measured


@pytest.mark.slow
def test_patience_ends_it(folder: Path, tmp_path: Path) -> None:
    """When validations get no better; resumed, it knows that it has ended."""
    settings = {**TINY, "learning_rate": 1e-12, "look_every": 1, "patience": 2}
    first, again = (train(STYLE, folder, checkpoint=tmp_path / "state.npz", **settings) for _ in range(2))
    assert (first.outcome, first.steps) == (again.outcome, again.steps) == (Outcome.CONVERGED, 3)
    assert len(first.looks) == 3
    assert not again.looks


@pytest.mark.slow
def test_time_ends_it(folder: Path) -> None:
    """After the step that it ran out in."""
    found = train(STYLE, folder, **TINY, time_limit=1e-9)
    assert (found.outcome, found.steps) == (Outcome.OUT_OF_TIME, 1)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_trains_too(folder: Path, precision: str) -> None:
    """float16 with a loss scale: finite weights and a loss that falls."""
    found = train(STYLE, folder, **{**LONGER, "precision": precision})
    assert all(np.isfinite(weights).all() for weights in weights_of(found.network))
    assert found.looks[-1].validation["loss"] < found.looks[0].validation["loss"]


@pytest.mark.slow
@pytest.mark.parametrize("loss", discover.names("steadystyle.losses.styles"))
def test_every_style_loss_trains(folder: Path, loss: str) -> None:
    """Each is one of what a network can be trained to."""
    found = train(STYLES, folder, **{**LONGER, "steps": 9}, style_loss=loss)
    assert found.looks[-1].validation["style"] < found.looks[0].validation["style"]


def test_what_was_trained_is_applied(whole: tuple[Trained, Told], tmp_path: Path) -> None:
    """From its file, at any size, in any of its styles, with strength and colours."""
    file = tmp_path / "two.keras"
    save_model(whole[0].network, file)
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


def test_weights_that_went_bad_in_memory_are_read_again(whole: tuple[Trained, Told], tmp_path: Path) -> None:
    """The picture is then as if nothing had happened."""
    file = tmp_path / "two.keras"
    save_model(whole[0].network, file)
    photo, network = np.random.default_rng(3).random((21, 34, 3), np.float32), TrainedStyle(file, precision="float32")
    clean = network(photo)
    network._network.means.assign(network._network.means + 0.01)
    with pytest.warns(UserWarning, match="weights that changed in memory"):
        np.testing.assert_array_equal(network(photo), clean)


@pytest.mark.slow
def test_killed_at_any_time_it_goes_on(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """kill -9, three times; the network is the one that was never killed."""
    monkeypatch.setattr("steadystyle.feedforward.network.BLOCKS", 5)  # as the programs have it that are killed here
    save_image(tmp_path / "style.png", STYLE)
    sizes = "--steps 60 --batch 2 --size 32 --style-size 48 --look-every 1 --precision float32 -q"
    options = sizes.split()
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
