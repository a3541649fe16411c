"""The recipe of the decoder, on drawn pictures."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from training.adain import train as recipe
from training.adain.export import export
from training.adain.styles import POOL, Styles

from steadystyle.feedforward.decoder import read_decoder
from training.compact.pictures import HELD_BACK


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As many drawn pictures as are held back, and a few more."""
    folder, generator = tmp_path_factory.mktemp("pictures"), np.random.default_rng(1)
    for number in range(HELD_BACK + 4):
        blocks = generator.integers(0, 256, (6, 8, 3), np.uint8)
        Image.fromarray(blocks).resize((80, 72), Image.Resampling.BICUBIC).save(folder / f"{number:03}.png")
    return folder


def run(folder: Path, name: str, steps: int) -> Path:
    """Train in the folder `name` up to that step."""
    arguments = [str(folder), "--run", name, "--steps", str(steps), "--batch", "2", "--size", "32", "--save-every", "4"]
    recipe.train(recipe.parser().parse_args([*arguments, "--precision", "float32", "--rate", "0.003"]))
    return Path(name)


def test_styles_are_pictures_of_many_kinds(folder: Path) -> None:
    """Seeded, in [0, 1], and hardly one like the other; the pool does not grow for ever."""
    files = sorted(folder.iterdir())
    one, other = (Styles(files, 4, 32, seed=5) for _ in range(2))
    batches = [one._make_batch() for _ in range(12)]
    for batch in batches:
        np.testing.assert_array_equal(batch, other._make_batch())
        assert batch.shape == (4, 32, 32, 3)
        assert batch.dtype == np.float32
        assert batch.min() >= 0
        assert batch.max() <= 1
    assert len(np.unique(np.concatenate(batches).mean((1, 2, 3)).round(4))) > 40
    one._pool = one._pool * (POOL // 4)
    assert one._make_batch().shape == (4, 32, 32, 3)
    assert len(one._pool) == POOL


@pytest.mark.slow
def test_the_recipe_learns_resumes_and_exports(folder: Path, tmp_path: Path) -> None:
    """The loss falls, a second call goes on from the checkpoint, and what is exported is read by the package."""
    where = run(folder, "run", 8)
    run(folder, "run", 24)
    records = [json.loads(line) for line in (where / "log.jsonl").read_text().splitlines()]
    assert [record["step"] for record in records] == [4, 8, 12, 16, 20, 24]
    assert records[-1]["loss"] < 0.9 * records[0]["loss"]
    assert {record["bad_steps"] for record in records} == {0}
    with Image.open(where / "sheet-000024.jpg") as sheet:
        assert sheet.size == (256 * 6, 256 * 5)
    weights, sha256 = tmp_path / "decoder.npz", tmp_path / "decoder.sha256"
    export(where, weights, sha256)
    assert hashlib.sha256(weights.read_bytes()).hexdigest() == sha256.read_text().strip()
    found = read_decoder(weights)
    with np.load(where / "checkpoint.npz") as state:
        np.testing.assert_allclose(found["relu4_1.0"][0], state["state0"], rtol=1e-3, atol=1e-4)


def test_a_checkpoint_gives_back_all_that_the_next_step_depends_on(folder: Path, tmp_path: Path) -> None:
    """Weights and the optimizer's slots, to the bit."""
    options = recipe.parser().parse_args([str(folder), "--run", str(tmp_path), "--precision", "float32"])
    one, other = recipe.Training(options), recipe.Training(options)
    images = tf.constant(np.random.default_rng(0).random((2, 2, 32, 32, 3), np.float32))
    for training, steps in ((one, 3), (other, 1)):
        for _ in range(steps):
            gradients, _, _ = training.gradients(images[0], images[1])
            training.optimizer.apply(gradients, training.variables)
    one.save(tmp_path / "checkpoint.npz", 3)
    assert other.load(tmp_path / "checkpoint.npz") == 3
    for mine, theirs in zip(one.state, other.state, strict=True):
        np.testing.assert_array_equal(mine.value.numpy(), theirs.value.numpy())


@pytest.mark.slow
def test_a_bad_batch_is_skipped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture of absurd numbers changes no weight: the guard counts it, and the training goes on."""
    made = Styles._make_batch
    calls = [0]

    def poisoned(self: Styles) -> np.ndarray:
        batch = made(self)
        calls[0] += 1
        if calls[0] == 3:
            batch[0] = 1e30
        return batch

    monkeypatch.setattr(Styles, "_make_batch", poisoned)
    where = run(folder, "run", 8)
    records = [json.loads(line) for line in (where / "log.jsonl").read_text().splitlines()]
    assert records[-1]["bad_steps"] == 1
    with np.load(where / "checkpoint.npz") as state:
        assert all(np.isfinite(state[name]).all() for name in state.files)
