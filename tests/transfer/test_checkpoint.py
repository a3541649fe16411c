"""A run that was interrupted, wherever it was, goes on as if nothing had happened; or it is said why it cannot."""

from __future__ import annotations

import itertools
import json
import time
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from steadystyle.checkpoint import archive, kept
from steadystyle.core import discover
from steadystyle.core.errors import CheckpointError, OutputError
from steadystyle.core.flow import Measurement
from steadystyle.core.outcome import Outcome, Result
from steadystyle.core.settings import Settings
from steadystyle.transfer import memory, scales
from steadystyle.transfer.checkpoint import Checkpoint
from steadystyle.transfer.measure import Measure
from steadystyle.transfer.problem import Problem
from steadystyle.transfer.run import Run
from steadystyle.transfer.stylize import stylize

pytestmark = pytest.mark.usefixtures("shared_graphs")

FILE = Path("run.checkpoint")
PREVIOUS = Path("run.checkpoint.previous")
STEPS, SCALE_STEPS = 7, 4
CONTENT = np.kron(np.random.default_rng(0).random((6, 8, 3)), np.ones((4, 4, 1))).astype(np.float32)
STYLE = np.kron(np.random.default_rng(3).random((7, 5, 3)), np.ones((4, 4, 1))).astype(np.float32)
FIXTURES = [HealthCheck.function_scoped_fixture]
Stylize = Callable[..., Result]


@pytest.fixture
def run(compact_weights: Path, monkeypatch: pytest.MonkeyPatch) -> Stylize:
    """The engine on a small picture through two sizes; `stopped_at` stops it before that evaluation."""
    monkeypatch.setattr(scales, "COARSEST", 16)
    small: dict[str, Any] = {
        "size": 32, "steps": STEPS, "scale_steps": SCALE_STEPS, "precision": "float32", "weights": compact_weights,
    }  # fmt: skip

    def run(*, stopped_at: int | None = None, content: np.ndarray = CONTENT, **options: Any) -> Result:
        asked = itertools.count()
        stop = None if stopped_at is None else lambda: next(asked) >= stopped_at
        return stylize(content, STYLE, stop=stop, **small | options)

    return run


@pytest.fixture
def harm(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes the loss of some measurements NaN: of those pictures whose checksum is below a share, each time, and of as
    many others, the first time in all sittings of a run. A call begins a run. What is measured for the result of a
    sitting that was stopped does not count: it may be the picture that the next one begins another size with.

    A fake in the engine's own measure: everything but these numbers is computed.
    """
    original, original_result = Measure.__call__, Run.result

    def harm(share: float, seed: int) -> None:
        seen = set[int]()

        def measured(self: Measure, image: tf.Tensor, targets: Any) -> Measurement:
            found = original(self, image, targets)
            number = zlib.crc32(np.asarray(image).tobytes(), seed)
            chance, first = number / 2**32, number not in seen
            seen.add(number)
            bad = chance < share or (first and chance < 2 * share)
            return found._replace(loss=tf.constant(float("nan"))) if bad else found

        def result(self: Run, outcome: Outcome) -> Result:
            before = set(seen)
            found = original_result(self, outcome)
            seen.intersection_update(before)
            return found

        monkeypatch.setattr(Measure, "__call__", measured)
        monkeypatch.setattr(Run, "result", result)

    return harm


def told(result: Result) -> Any:
    """All that a run tells but its timings, in a form in which NaN equals itself."""
    history = [
        (one.step, one.scale, one.height, repr(one.loss), repr(one.terms), repr(one.gradient_norm),
         repr(one.learning_rate), one.accepted)
        for one in result.history
    ]  # fmt: skip
    return result.image.tobytes(), result.outcome, result.loss, result.terms, history, result.events


def clear() -> None:
    """No file of an earlier example."""
    for path in (FILE, PREVIOUS):
        path.unlink(missing_ok=True)


@pytest.mark.parametrize("optimizer", discover.names("steadystyle.optimizers"))
def test_a_resumed_run_is_the_uninterrupted_one(optimizer: str, run: Stylize) -> None:
    """Interrupted before any evaluation of any size, it has the same picture, losses and events, to the bit."""
    whole = told(run(optimizer=optimizer))
    for step in range(SCALE_STEPS + STEPS):
        clear()
        assert run(optimizer=optimizer, stopped_at=step, checkpoint=FILE).outcome is Outcome.STOPPED
        resumed = run(optimizer=optimizer, checkpoint=FILE, resume=True)
        assert resumed.facts["resumed_at"] == [step]
        assert told(resumed) == whole


@pytest.mark.parametrize("schedule", ["plateau", "cosine"])
def test_it_may_be_interrupted_again_and_again(schedule: str, run: Stylize) -> None:
    """One evaluation a sitting ends where all in one sitting do, with schedules of both kinds; from noise."""
    options: dict[str, Any] = {"schedule": schedule, "init": "noise", "seed": 5, "learning_rate": 0.2, "clip": 0.5}
    whole = told(run(**options))
    for _ in range(SCALE_STEPS + STEPS - 1):
        last = run(**options, stopped_at=1, checkpoint=FILE, resume=True)
        assert last.outcome is Outcome.STOPPED
    assert told(run(**options, checkpoint=FILE, resume=True)) == whole


@pytest.mark.parametrize("optimizer", discover.names("steadystyle.optimizers"))
@hypothesis.settings(
    max_examples=4, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.integers(1, 5), min_size=1, max_size=3), share=st.sampled_from((0.1, 0.3)), seed=st.integers())
def test_the_guard_remembers_too(
    optimizer: str, steps: list[int], share: float, seed: int, run: Stylize, harm: Callable[..., None]
) -> None:
    """With measurements that go bad before, at and after an interruption, in the midst of a remedy's tries too, every
    repair is the same.
    """
    clear()
    harm(share, seed % 2**32)
    whole = told(run(optimizer=optimizer))
    harm(share, seed % 2**32)
    for step in steps:
        run(optimizer=optimizer, stopped_at=step, checkpoint=FILE, resume=True)
    assert told(run(optimizer=optimizer, checkpoint=FILE, resume=True)) == whole


def test_what_was_measured_is_not_measured_again(run: Stylize) -> None:
    """A learning rate and a threshold that are found by trying stand in the checkpoint."""
    options: dict[str, Any] = {"optimizer": "adam", "learning_rate": "auto", "clip": "auto"}
    whole = run(**options)
    run(**options, stopped_at=150, checkpoint=FILE)
    resumed = run(**options, checkpoint=FILE, resume=True)
    assert told(resumed) == told(whole)
    assert resumed.facts["tuned"] == whole.facts["tuned"]


def test_a_run_that_left_half_precision_does_not_come_back(run: Stylize, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was repaired once for the rest of the run is so in its later sittings."""
    original = Measure.__call__

    def measured(self: Measure, image: tf.Tensor, targets: Any) -> Measurement:
        """A fake in the engine's own measure: in half precision the loss is NaN."""
        found = original(self, image, targets)
        return found._replace(loss=tf.constant(float("nan"))) if self.loss_scale else found

    monkeypatch.setattr(Measure, "__call__", measured)
    whole = run(precision="float16")
    assert any("float32" in event.remedy for event in whole.events)
    run(precision="float16", stopped_at=6, checkpoint=FILE)
    resumed = run(precision="float16", checkpoint=FILE, resume=True)
    assert told(resumed) == told(whole)
    assert resumed.facts["precision"] == "float32"


def test_what_repairs_left_of_the_measuring_is_kept(compact_weights: Path) -> None:
    """Precision, loss scale, and each term's softening."""
    one, other = (Problem(Settings(weights=compact_weights, size=32), "float16", CONTENT, [STYLE]) for _ in range(2))
    one.soften(100.0)
    one.measure.loss_scale = 1 / 16
    other.recall(one.memory)
    assert other.memory == one.memory
    one.use_float32()
    one.soften(10.0)
    other.recall(one.memory)
    assert other.memory == one.memory == {
        "precision": "float32", "loss_scale": None, "softening": dict.fromkeys(one.measure.terms, 10.0),
        "tile": None,
    }  # fmt: skip


def test_a_finished_run_gives_its_result_again(run: Stylize, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file stays until its owner removes it, and then nothing is measured."""
    whole = told(run(checkpoint=FILE))

    def measured(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(Measure, "__call__", measured)
    assert told(run(checkpoint=FILE, resume=True)) == whole


def test_the_time_limit_is_one_sittings(run: Stylize) -> None:
    """A run that ran out of time goes on with another limit, or none."""
    assert run(time_limit=1e-9, checkpoint=FILE).outcome is Outcome.OUT_OF_TIME
    assert told(run(checkpoint=FILE, resume=True)) == told(run())


@pytest.mark.parametrize("room", [{"memory": 1.0}, {"tile": 64}], ids=str)
@pytest.mark.parametrize("optimizer", discover.names("steadystyle.optimizers"))
def test_a_run_goes_on_with_less_memory(
    optimizer: str, room: dict[str, Any], run: Stylize, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the picture that it had, wherever it was; that the optimizer starts anew is warned of."""
    # So much that 1 GB has room for a part of such a small picture's history only.
    monkeypatch.setattr(memory, "BASE", 1e9 - 600e3)
    for step in (0, SCALE_STEPS - 1, SCALE_STEPS, SCALE_STEPS + 3):
        clear()
        before = run(optimizer=optimizer, stopped_at=step, checkpoint=FILE)
        ((name, value),) = room.items()
        with pytest.warns(UserWarning, match=f"{name} is auto there and {value} here; going on from its picture"):
            resumed = run(optimizer=optimizer, checkpoint=FILE, resume=True, **room)
        assert resumed.outcome is Outcome.FINISHED
        assert len(resumed.history) == SCALE_STEPS + STEPS
        assert np.isfinite(resumed.image).all()
        if step > SCALE_STEPS:
            assert resumed.loss < before.loss


def test_a_finished_run_needs_no_room(run: Stylize) -> None:
    """Its result is given again whatever memory there is now."""
    whole = run(checkpoint=FILE)
    again = run(checkpoint=FILE, resume=True, memory=3.0)
    np.testing.assert_array_equal(again.image, whole.image)


def test_without_resume_nobody_loses_a_run(run: Stylize) -> None:
    """A checkpoint that is there is neither used nor replaced unasked."""
    run(stopped_at=3, checkpoint=FILE)
    before = FILE.read_bytes()
    with pytest.raises(CheckpointError, match=r"run\.checkpoint exists: resume"):
        run(checkpoint=FILE)
    assert FILE.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"style_weight": 3.0}, "style_weight is 10.0 there and 3.0 here"),
        ({"seed": 1, "size": 64}, "seed is 0 there and 1 here, size is 32 there and 64 here"),
        ({"content": CONTENT[::-1].copy()}, "content differs"),
        ({"weights": None}, "weights differ"),
    ],
)
def test_another_runs_checkpoint_is_refused_by_name(options: dict[str, Any], named: str, run: Stylize) -> None:
    """Other settings, pictures or weights are no continuation; the message says which, and the file stays."""
    run(stopped_at=3, checkpoint=FILE)
    before = FILE.read_bytes()
    with pytest.raises(CheckpointError) as refused:
        run(checkpoint=FILE, resume=True, **options)
    assert named in str(refused.value)
    assert FILE.read_bytes() == before


def test_another_versions_checkpoint_is_refused_by_name(run: Stylize, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the package, of TensorFlow, or of the format."""
    run(stopped_at=3, checkpoint=FILE)
    with monkeypatch.context() as other:
        other.setattr(tf, "__version__", "9.9")
        with pytest.raises(CheckpointError, match=r"tensorflow is 2\.\S+ there and 9\.9 here"):
            run(checkpoint=FILE, resume=True)
    monkeypatch.setattr(archive, "FORMAT", 2)
    with pytest.raises(CheckpointError, match="of version 1 of the format, this is 2"):
        run(checkpoint=FILE, resume=True)


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-5], lambda data: b"", lambda data: data[:99] + b"!" + data[100:]]
)
def test_the_one_before_a_damaged_one_is_used(damage: Callable[[bytes], bytes], run: Stylize) -> None:
    """It is said, and the run still ends as if uninterrupted; without one before it, the run is refused."""
    whole = told(run())
    run(stopped_at=3, checkpoint=FILE)
    run(stopped_at=2, checkpoint=FILE, resume=True)
    FILE.write_bytes(damage(FILE.read_bytes()))
    with pytest.warns(UserWarning, match=r"run\.checkpoint: .*the one before it, at step 3"):
        resumed = run(checkpoint=FILE, resume=True)
    assert told(resumed) == whole
    FILE.write_bytes(damage(FILE.read_bytes()))
    PREVIOUS.unlink()
    with pytest.raises(CheckpointError, match="no good one is before it"):
        run(checkpoint=FILE, resume=True)


def test_a_picture_is_no_checkpoint(run: Stylize) -> None:
    """A file of another kind is refused and stays."""
    FILE.write_bytes(b"\x89PNG" + bytes(1000))
    with pytest.raises(CheckpointError, match="no checkpoint"):
        run(checkpoint=FILE, resume=True)
    assert len(FILE.read_bytes()) == 1004


def test_a_checkpoint_that_cannot_be_written_costs_no_run(run: Stylize, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning says why; the run ends as it would have, and the last good checkpoint stays."""
    run(stopped_at=3, checkpoint=FILE)
    before = FILE.read_bytes()

    def full(*_: Any, **__: Any) -> None:
        raise OutputError("cannot write run.checkpoint: no space left on device")

    monkeypatch.setattr(kept, "write_archive", full)
    with pytest.warns(UserWarning, match="no checkpoint at step 11: cannot write"):
        assert told(run(checkpoint=FILE, resume=True)) == told(run())
    assert FILE.read_bytes() == before


def test_a_second_process_is_refused_meanwhile(run: Stylize) -> None:
    """While a run has the file, nobody else gets it; afterwards they do, and no lock is left behind."""
    refused: list[str] = []

    def report(*_: Any) -> None:
        try:
            Checkpoint(FILE, resume=True).start({})
        except CheckpointError as error:
            refused.append(str(error))

    run(checkpoint=FILE, report=report, steps=2, scales=1)
    assert set(refused) == {"run.checkpoint is in use by another process; wait for it, or name another file"}
    assert sorted(path.name for path in Path().iterdir()) == ["run.checkpoint"]


def test_a_missing_folder_is_told_first(run: Stylize) -> None:
    """Before anything is measured."""
    with pytest.raises(OutputError, match=r"nowhere.run\.checkpoint"):
        run(checkpoint="nowhere/run.checkpoint", report=lambda *_: pytest.fail("it was measured"))


def test_it_is_written_as_often_as_it_costs_little(run: Stylize, monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself not more often than every half minute, nor than one per cent of the time allows; else as told."""
    written: list[int] = []
    clock = itertools.count(step=7.0)  # each look at the clock takes 7 seconds
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(
        kept, "write_archive", lambda path, document, *_, **__: written.append(len(json.dumps(document)))
    )
    run(checkpoint=FILE)
    assert len(written) == 2  # after 35 s; it then took 7 s, so that the next is due after 700 s; and the last
    written.clear()
    run(checkpoint=Checkpoint(FILE, every=0))
    assert len(written) == STEPS + SCALE_STEPS + 1


def test_a_checkpoint_says_nothing_when_all_is_well(run: Stylize) -> None:
    """No warning, and a new file that others may not write has the permissions of any file."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(checkpoint=FILE)
        run(checkpoint=FILE, resume=True)
    Path("any").touch()
    assert FILE.stat().st_mode == Path("any").stat().st_mode
