"""The recipe of the compact network, on drawn pictures and a tiny random teacher."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.backbones.compact import Compact
from steadystyle.core.contracts import Backbone
from training.compact import export, layerwise, refine, student, train
from training.compact.layerwise import LayerProblem, sample
from training.compact.pictures import Pictures, photographs
from training.compact.student import Student
from training.compact.stylised import LONGEST_LIFE, MOVES, Stylised
from training.compact.teacher import BLOCKS, HEADS, LAYERS, Teacher
from training.compact.train import Training

CHANNELS = (4, 5, 6, 7, 7)
SIZE = 32


@pytest.fixture(scope="module")
def folder(small_folder: Path) -> Path:
    """Crops of 32 pixels are to hold something."""
    return small_folder


@pytest.fixture(scope="module")
def teacher_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A teacher of the documented form with a few channels and random weights."""
    generator, inputs = np.random.default_rng(0), 3
    bgr = np.eye(3)[::-1].reshape(3, 3, 1, 1)
    arrays = {"conv0.weight": bgr, "conv0.bias": -np.array([0.4, 0.45, 0.48])}
    for layer, outputs in zip(LAYERS, np.repeat(CHANNELS, BLOCKS).tolist(), strict=True):
        name = f"conv{layer[4]}{layer[6]}"
        arrays[f"{name}.weight"] = generator.normal(scale=(2 / 9 / inputs) ** 0.5, size=(outputs, inputs, 3, 3))
        arrays[f"{name}.bias"] = generator.normal(scale=0.1, size=outputs)
        if layer in HEADS:
            predicted = student.HEAD_CHANNELS[HEADS.index(layer)]
            scale = (1 / outputs) ** 0.5
            arrays[f"{name}_aux.weight"] = generator.normal(scale=scale, size=(predicted, outputs, 1, 1))
            arrays[f"{name}_aux.bias"] = np.zeros(predicted)
        inputs = outputs
    path = tmp_path_factory.mktemp("teacher") / "teacher.npz"
    np.savez(path, **{name: array.astype(np.float32) for name, array in arrays.items()})  # type: ignore[arg-type]
    return path


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A student as small as the teacher, few samples, few pictures to be judged by."""
    monkeypatch.setattr(student, "CHANNELS", CHANNELS)
    monkeypatch.setattr(layerwise, "CHANNELS", CHANNELS)
    monkeypatch.setattr(student, "PATCHES", 500)
    monkeypatch.setattr(layerwise, "PATCHES", 20_000)
    monkeypatch.setattr(export, "BATCHES", 2)


@pytest.fixture
def teacher(teacher_file: Path) -> Teacher:
    """The tiny teacher."""
    return Teacher(teacher_file)


def batches(folder: Path, seed: int = 0) -> Iterator[np.ndarray]:
    """An endless source of small batches."""
    return iter(Pictures(photographs(folder)[0], 4, SIZE, seed))


def test_the_held_back_pictures_are_the_last_by_name(folder: Path) -> None:
    """They are never trained on; a folder without more than these is refused."""
    training, held_back = photographs(folder)
    assert [path.name for path in training] == ["000.png", "001.png", "002.png", "003.png"]
    assert held_back == sorted(folder.iterdir())[4:]
    with pytest.raises(SystemExit, match="more than 40 needed"):
        photographs(folder.parent)


def test_training_pictures_are_pictures_and_seeded(folder: Path) -> None:
    """Every kind of them is finite and in [0, 1]; the same seed gives the same."""
    one, two = batches(folder, seed=3), batches(folder, seed=3)
    for _ in range(40):
        batch = next(one)
        np.testing.assert_array_equal(batch, next(two))
        assert batch.shape == (4, SIZE, SIZE, 3)
        assert batch.dtype == np.float32
        assert np.isfinite(batch).all()
        assert batch.min() >= 0
        assert batch.max() <= 1


@pytest.mark.usefixtures("small")
def test_the_first_layer_is_solved(folder: Path, teacher: Teacher) -> None:
    """A student with as many channels as the teacher finds its first layer in a few hundred steps."""
    generator = np.random.default_rng(0)
    inputs, outputs = sample(Student(0), teacher, "relu1_1", batches(folder), generator)
    problem = LayerProblem(inputs, outputs, CHANNELS[0], 1.5, generator)
    before = problem.error()
    assert problem.solve(400) < min(0.2, 0.5 * before)
    kernel, bias = problem.convolution()
    assert kernel.shape == (27, CHANNELS[0])  # what the room was for is taken out again
    hidden = np.maximum(inputs @ kernel + bias, 0)
    np.testing.assert_allclose(np.sqrt(np.mean(hidden**2, 0)), 1, atol=0.3)


@pytest.mark.usefixtures("small")
def test_whitening_changes_coordinates_and_not_the_function(folder: Path) -> None:
    """The student says the same before and after, with all of its heads."""
    learner, generator = Student(0), np.random.default_rng(0)
    images = tf.constant(next(batches(folder)))
    before = learner.predict(learner.hidden(images, tf.float32))
    learner.rewhiten(images, generator)
    after = learner.predict(learner.hidden(images, tf.float32))
    for layer in HEADS:
        scale = float(np.abs(before[layer]).max())
        np.testing.assert_allclose(after[layer], before[layer], atol=2e-3 * scale)


@pytest.mark.usefixtures("small")
def test_a_checkpoint_holds_all_that_the_next_step_depends_on(folder: Path, teacher: Teacher, tmp_path: Path) -> None:
    """Saved, gone on from, loaded and gone on from again: the same weights to the bit, and no other file is left."""
    images = [tf.constant(batch) for _, batch in zip(range(4), batches(folder), strict=False)]
    training = Training(teacher, Student(0), 10, 0.03, tf.float32)
    training.student.rewhiten(images[0], np.random.default_rng(0), keep_heads=False)

    def steps(which: range) -> list[np.ndarray]:
        for step in which:
            training.step(images[step], tf.constant(0.01), tf.constant(0.1))
        return [variable.numpy() for variable in training.state]

    saved = steps(range(2))
    training.save(tmp_path / "checkpoint.npz", 2)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.npz"]
    without_a_pause = steps(range(2, 4))
    assert any((one != other).any() for one, other in zip(saved, without_a_pause, strict=True))
    assert training.load(tmp_path / "checkpoint.npz") == 2
    for one, other in zip(steps(range(2, 4)), without_a_pause, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.usefixtures("small")
def test_a_step_with_a_gradient_that_is_not_finite_is_left_out(folder: Path, teacher: Teacher) -> None:
    """No weight and no moment changes."""
    training = Training(teacher, Student(0), 10, 0.03, tf.float32)
    before = [variable.numpy() for variable in training.state]
    gradients = [tf.ones_like(variable) for variable in training.variables]
    gradients[3] *= float("nan")
    training.adam(gradients, [tf.constant(1.0)] * len(gradients))
    for variable, old in zip(training.state, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), old)


@pytest.mark.usefixtures("small")
def test_heads_are_solved_at_once(folder: Path, teacher: Teacher) -> None:
    """Least squares on a random student's features come nearer to the teacher's than saying nothing, at each layer."""
    learner, source = Student(0), batches(folder)
    learner.rewhiten(tf.constant(next(source)), np.random.default_rng(0), keep_heads=False)
    refine.solve_heads(learner, teacher, [next(source) for _ in range(4)])
    images = tf.constant(next(source))
    expected = teacher.heads(teacher.hidden(images))
    for layer, found in learner.predict(learner.hidden(images, tf.float32, HEADS)).items():
        assert float(tf.norm(found - expected[layer])) < 0.7 * float(tf.norm(expected[layer])), layer


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_pictures_are_stylised_on_the_way(folder: Path) -> None:
    """They are finite pictures, move a little from batch to batch, and are replaced before they grow old."""
    learner = Student(0)
    learner.rewhiten(tf.constant(next(batches(folder))), np.random.default_rng(0), keep_heads=False)
    source = Stylised(learner, batches(folder), tf.float32, seed=0)
    beginnings = [group.images.numpy() for group in source._groups]
    for _, images in zip(range(2 * len(beginnings)), source, strict=False):
        assert images.shape == (4, SIZE, SIZE, 3)
        assert np.isfinite(images.numpy()).all()
        assert images.numpy().min() >= 0
        assert images.numpy().max() <= 1
    assert all(0 < group.moves < LONGEST_LIFE + MOVES for group in source._groups)
    for before, group in zip(beginnings, source._groups, strict=True):
        assert np.abs(group.images.numpy() - before).mean() > 0


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_the_whole_recipe_makes_a_file_that_the_package_loads(
    folder: Path,
    teacher_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Train, export, refine what was exported, export: the compact network loads what was written, its hash beside."""
    monkeypatch.setattr(layerwise, "PATCHES", 500)
    run = tmp_path / "run"
    options = [str(teacher_file), str(folder), "--run", str(run)]
    small = ["--size", str(SIZE), "--batch", "2", "--layer-steps", "60", "--steps", "6"]
    monkeypatch.setattr(sys, "argv", ["train", *options, *small])
    train.main()
    with np.load(run / "checkpoint.npz") as checkpoint:
        assert int(checkpoint["step"]) == 6
    assert json.loads((run / "log.jsonl").read_text())["step"] == 6

    weights, sha256 = tmp_path / "compact.npz", tmp_path / "compact.sha256"
    monkeypatch.setattr(export, "OWN_WEIGHTS", weights)
    monkeypatch.setattr(export, "OWN_SHA256", sha256)
    monkeypatch.setattr(sys, "argv", ["export", *options])
    export.main()
    small = ["--size", str(SIZE), "--batch", "4", "--steps", "3", "--weights", str(weights)]
    options[-1] = str(tmp_path / "refined")
    monkeypatch.setattr(sys, "argv", ["refine", *options, *small])
    refine.main()
    refine.main()  # there is nothing left to do
    monkeypatch.setattr(sys, "argv", ["export", *options])
    capsys.readouterr()
    export.main()
    assert set(json.loads(capsys.readouterr().out)["gram"]) == set(HEADS)
    assert sha256.read_text().strip() == hashlib.sha256(weights.read_bytes()).hexdigest()
    network: Backbone = Compact(pooling="max", precision="float32", weights=weights)
    image = tf.constant(np.random.default_rng(0).random((1, 32, 40, 3), np.float32))
    for layer, value in network.features(image, network.layers).items():
        assert np.isfinite(value.numpy()).all(), layer
        assert value.shape[-1] == CHANNELS[int(layer[4]) - 1]
