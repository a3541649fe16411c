"""The recipe of the network for any style, on drawn pictures; and that what it trains is what the package runs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from steadystyle.apps.cli.demo_pictures import landscape, starry
from steadystyle.core import matrix
from steadystyle.feedforward.arbitrary import PASSES, _Network
from steadystyle.feedforward.decoder import OWN_WEIGHTS, read_decoder
from steadystyle.images.resize import resize
from training.any_style import batches, losses, network
from training.any_style import train as recipe
from training.any_style.export import export
from training.any_style.styles import Styles


def options(folder: Path, run: Path, steps: int, *more: str) -> list[str]:
    """A short training of small crops, in one pass."""
    small = ["--batch", "4", "--size", "32", "--passes", "1", "--styles", "64", "--every", "4"]
    return [str(folder), "--run", str(run), "--steps", str(steps), "--precision", "float32", *small, *more]


@pytest.mark.slow
def test_what_is_trained_is_what_runs() -> None:
    """The network in JAX and that in TensorFlow make the same picture with the same weights."""
    content, style = resize(landscape(), 64, 80), resize(starry(), 80, 64)
    theirs = _Network("float32", None)
    expected = theirs(content, theirs.style(style), 1.0, 0)
    weights, encoder = recipe.weights_in(OWN_WEIGHTS), recipe.weights_in(recipe.ENCODER)
    found = network.stylised(weights, encoder, content[np.newaxis], style[np.newaxis], jnp.float32, PASSES)
    assert np.abs(np.asarray(found)[0] - expected).mean() < 2e-3


def test_roots_are_those_that_run() -> None:
    """By products alone, as exact as by eigenvalues."""
    factor = np.random.default_rng(0).normal(size=(2, 40, 12)).astype(np.float32)
    covariances = np.einsum("npc,npd->ncd", factor, factor) / 40
    root, inverse = network._roots(jnp.asarray(covariances))
    for found, back, covariance in zip(root, inverse, covariances, strict=True):
        np.testing.assert_allclose(found, matrix.square_root(tf.constant(covariance)), atol=1e-4)
        np.testing.assert_allclose(np.asarray(found) @ np.asarray(back), np.eye(12), atol=1e-3)


def test_styles_are_pictures_of_many_kinds(folder: Path) -> None:
    """Seeded, in [0, 1], and hardly one like the other."""
    files = sorted(folder.iterdir())
    one, other = (Styles(files, 30, 64, seed=5).batch() for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert one.shape == (30, 64, 64, 3)
    assert one.dtype == np.float32
    assert one.min() >= 0
    assert one.max() <= 1
    assert len(np.unique(one.mean((1, 2, 3)).round(4))) > 25


@pytest.mark.slow
def test_crops_are_random_parts_of_pictures(folder: Path) -> None:
    """Of the size that was asked for, in [0, 1], other ones with another key; colours vary where they are to."""
    pictures = jnp.asarray(batches.photographs_of(sorted(folder.iterdir())[:6]))
    one, same, other = (batches.crops(jax.random.key(seed), pictures, 5, 48) for seed in (1, 1, 2))
    assert one.shape == (5, 48, 48, 3)
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 0.1
    turned = batches.varied(jax.random.key(3), one)
    assert turned.shape == one.shape
    for made in (one, turned):
        assert float(made.min()) >= 0
        assert float(made.max()) <= 1


def test_each_term_is_least_where_it_is_met() -> None:
    """A picture's own Gram matrices and moments are at no distance; another's are."""
    draw = np.random.default_rng(2)
    one, other = (jnp.asarray(draw.random((1, 9, 9, 5), np.float32)) for _ in range(2))
    for measure in (losses.gram, losses.moments):
        assert float(losses.relative(measure(one), measure(one), 1e-4)[0]) == 0
        assert float(losses.relative(measure(one), measure(other), 1e-4)[0]) > 1e-4


@pytest.mark.slow
def test_the_recipe_learns_resumes_and_exports(folder: Path, tmp_path: Path) -> None:
    """The loss falls, a second call goes on from the checkpoint, and what is exported is read by the package."""
    where = tmp_path / "run"
    for seconds in ("0", "1e9"):  # the first stops after its first line
        recipe.train(recipe.parser().parse_args(options(folder, where, 32, "--rate", "3e-4", "--seconds", seconds)))
    records = [json.loads(line) for line in (where / "log.jsonl").read_text().splitlines()]
    assert [record["step"] for record in records] == list(range(4, 33, 4))
    assert records[-1]["moments"] < 0.9 * records[0]["moments"]
    assert {record["bad batches"] for record in records} == {0}
    with Image.open(where / "sheet.jpg") as sheet:
        assert sheet.size == (256 * 6, 256 * 5)
    weights, sha256 = tmp_path / "decoder.npz", tmp_path / "decoder.sha256"
    export(where, weights, sha256)
    assert hashlib.sha256(weights.read_bytes()).hexdigest() == sha256.read_text().strip()
    found = read_decoder(weights)
    with np.load(where / "weights.npz") as trained:
        np.testing.assert_allclose(found["relu4_1.0.kernel"], trained["relu4_1.0.kernel"], rtol=1e-3, atol=1e-4)


@pytest.mark.slow
def test_a_bad_batch_is_skipped_and_counted(folder: Path, tmp_path: Path) -> None:
    """A gradient that is not finite changes neither a weight nor the optimizer's state."""
    arguments = recipe.parser().parse_args(options(folder, tmp_path, 4))
    training = recipe.Training(arguments, batches.photographs_of(sorted(folder.iterdir())[:4]))
    training.encoder["relu5_1.metric"] = training.encoder["relu5_1.metric"] * jnp.nan
    before = [np.asarray(leaf) for leaf in jax.tree.leaves(training.carry)]
    styles = jnp.zeros((4, 256, 256, 3), jnp.uint8)
    after, (_, sound) = jax.jit(lambda carry, key: training._step(styles, carry, key))(
        training.carry, jax.random.key(0)
    )
    assert not bool(sound)
    for old, new in zip(before, jax.tree.leaves(after), strict=True):
        np.testing.assert_allclose(old, new, rtol=1e-6)
