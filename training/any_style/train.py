"""Train the network for any style: `python -m training.any_style.train PICTURES --run FOLDER`.

PICTURES is any folder of pictures of at least 256 pixels; the last 40 by name are held back. Meant for a GPU, on which
a step of 16 pictures of 256 pixels takes some 25 ms. The run folder keeps a checkpoint (replaced atomically), the
weights, a log, and a contact sheet of held-back pictures to look at. The same command resumes it;
`python -m training.any_style.export` writes the result.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from PIL import Image

from steadystyle.images.atomic import write_atomically
from training.any_style import batches, losses, network
from training.any_style.styles import Styles
from training.compact.pictures import photographs

ENCODER = Path(__file__).parents[2] / "src" / "steadystyle" / "backbones" / "compact.npz"
SHOWN = 4
Carry = tuple[Any, Any, Any]
"""The weights, their running average, and the optimizer's state."""


class Training:
    """The network's weights, what they are trained on, and the steps between."""

    def __init__(self, options: argparse.Namespace, contents: np.ndarray) -> None:
        self.options, self.contents = options, jnp.asarray(contents)
        self.encoder = weights_in(ENCODER)
        start = weights_in(options.start) if options.start else network.initial(options.seed)
        weights = {name: jnp.asarray(array) for name, array in start.items()}
        warming = options.steps // 50 + 1
        rate = optax.warmup_cosine_decay_schedule(0, options.rate, warming, options.steps + 1, options.rate / 100)
        self.optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(rate, b2=0.99))
        self.carry: Carry = weights, weights, self.optimizer.init(weights)

    def compiled(self, styles: int) -> Any:
        """A function of the carry, keys and style pictures that takes a step for each key."""
        shape = jax.ShapeDtypeStruct((styles, batches.SIDE, batches.SIDE, 3), jnp.uint8)
        keys = jax.random.split(jax.random.key(0), self.options.every)
        steps = jax.jit(lambda carry, keys, styles: jax.lax.scan(partial(self._step, styles), carry, keys))
        return steps.lower(self.carry, keys, shape).compile()

    def _step(self, styles: jax.Array, carry: Carry, key: jax.Array) -> tuple[Carry, tuple[jax.Array, jax.Array]]:
        weights, averaged, state = carry
        keys = jax.random.split(key, 4)
        options = self.options
        contents = batches.crops(keys[0], self.contents, options.batch, options.size)
        photos = batches.crops(keys[1], self.contents, options.batch // 4, options.size)
        painted = batches.crops(keys[2], styles, options.batch - options.batch // 4, options.size)
        wanted = batches.varied(keys[3], jnp.concatenate([painted, photos]))
        (_, terms), gradients = jax.value_and_grad(losses.loss, has_aux=True)(
            weights, self.encoder, contents, wanted, options
        )
        updates, following = self.optimizer.update(gradients, state, weights)
        # A batch whose gradient is not finite is skipped, and counted.
        sound = jnp.all(jnp.stack([jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(gradients)]))
        keep = partial(jax.tree.map, lambda new, old: jnp.where(sound, new, old))
        weights, state = keep(optax.apply_updates(weights, updates), weights), keep(following, state)
        average = options.average
        averaged = jax.tree.map(lambda old, new: average * old + (1 - average) * new, averaged, weights)
        return (weights, averaged, state), (terms, sound)

    def save(self, folder: Path, step: int) -> None:
        """Write everything that the next step depends on, and the averaged weights."""
        leaves = jax.tree.leaves(self.carry)
        _write(folder / "checkpoint.npz", {"step": np.asarray(step)} | {f"leaf{i}": a for i, a in enumerate(leaves)})
        _write(folder / "weights.npz", self.carry[1])

    def load(self, path: Path) -> int:
        """Take back what `save` wrote; the number of steps that were taken."""
        with np.load(path, allow_pickle=False) as arrays:
            leaves, structure = jax.tree.flatten(self.carry)
            self.carry = jax.tree.unflatten(structure, [jnp.asarray(arrays[f"leaf{i}"]) for i in range(len(leaves))])
            return int(arrays["step"])


def weights_in(path: Path) -> dict[str, jax.Array]:
    """The arrays of a file, as float32."""
    with np.load(path, allow_pickle=False) as arrays:
        return {name: jnp.asarray(arrays[name].astype(np.float32)) for name in arrays.files}


def _write(path: Path, arrays: Mapping[str, Any]) -> None:
    """The old file stays until the new one is whole."""
    found = {name: np.asarray(array) for name, array in arrays.items()}
    write_atomically(path, lambda file: np.savez(file, allow_pickle=False, **found))


def train(options: argparse.Namespace) -> None:
    """To the end of the schedule, or of the seconds it was given."""
    options.run.mkdir(parents=True, exist_ok=True)
    began, checkpoint = time.time(), options.run / "checkpoint.npz"
    files, held_back = photographs(options.pictures)
    # Strokes take long to paint: they are painted on all cores while the network is compiled.
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        paintings = batches.painting(pool, files, options.styles, options.seed + 1)
        training = Training(options, batches.photographs_of(files))
        start = training.load(checkpoint) if checkpoint.exists() else 0
        chunk = training.compiled(len(paintings) * batches.PAINTED)
        styles = jnp.asarray(np.concatenate([job.result() for job in paintings]))
    print(f"compiled and painted: {time.time() - began:.0f} s", flush=True)
    key, bad = jax.random.key(options.seed), 0
    for step in range(start, options.steps, options.every):
        keys = jax.random.split(jax.random.fold_in(key, step), options.every)
        training.carry, (terms, sound) = chunk(training.carry, keys, styles)
        bad += int((~np.asarray(sound)).sum())
        named = dict(zip(losses.TERMS, np.asarray(terms).mean(0).tolist(), strict=True))
        record = {"step": step + options.every, "seconds": time.time() - began, "bad batches": bad, **named}
        with open(options.run / "log.jsonl", "a") as log:
            log.write(json.dumps(record) + "\n")
        print(", ".join(f"{name} {value:.4g}" for name, value in record.items()), flush=True)
        last = step + options.every >= options.steps or time.time() - began > options.seconds
        if last or step // options.every % 10 == 9:
            training.save(options.run, step + options.every)
        if last:
            break
    contact_sheet(training, held_back, options)


def contact_sheet(training: Training, held_back: list[Path], options: argparse.Namespace) -> None:
    """Held-back pictures, each in the styles of made ones: styles above, contents at the left."""
    contents = batches.photographs_of(held_back[:SHOWN]).astype(np.float32) / 255
    styles = Styles(held_back[SHOWN:], SHOWN + 1, batches.SIDE, options.seed).batch()
    dtype = jnp.dtype(options.precision)
    make = jax.jit(partial(network.stylised, dtype=dtype, passes=options.passes))
    rows = [np.concatenate([np.ones_like(styles[0]), *styles], 1)]
    for content in contents:
        made = np.asarray(make(training.carry[1], training.encoder, np.stack([content] * len(styles)), styles))
        rows.append(np.concatenate([content, *made], 1))
    sheet = Image.fromarray((np.concatenate(rows) * 255).round().astype(np.uint8))
    sheet.save(options.run / "sheet.jpg", quality=90)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(description=__doc__)
    found.add_argument("pictures", type=Path)
    found.add_argument("--run", type=Path, required=True)
    found.add_argument("--start", type=Path, help="weights to start from, instead of random ones")
    found.add_argument("--styles", type=int, default=5120)
    found.add_argument("--steps", type=int, default=16000)
    found.add_argument("--seconds", type=float, default=float("inf"))
    found.add_argument("--every", type=int, default=200, help="steps between lines of the log")
    found.add_argument("--batch", type=int, default=16)
    found.add_argument("--size", type=int, default=256)
    found.add_argument("--passes", type=int, default=2)
    found.add_argument("--rate", type=float, default=1e-3)
    found.add_argument("--average", type=float, default=0.998)
    found.add_argument("--seed", type=int, default=0)
    found.add_argument("--precision", choices=("float32", "bfloat16"), default="bfloat16")
    found.add_argument("--content-weight", type=float, default=1.0)
    found.add_argument("--gram-weight", type=float, default=20.0)
    found.add_argument("--moments-weight", type=float, default=5.0)
    found.add_argument("--tv-weight", type=float, default=5.0)
    found.add_argument("--tame", type=float, default=4.0)
    return found


if __name__ == "__main__":
    train(parser().parse_args())
