"""Train the decoder: `python -m training.adain.train PICTURES --run FOLDER`.

PICTURES is any folder of pictures of at least 128 pixels; the last 40 by name are held back. The run folder keeps a
checkpoint (replaced atomically), a log, and a contact sheet of held-back pictures to look at. The same command
resumes it; `python -m training.adain.export` writes the result.

Source: Huang and Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization", ICCV 2017,
eq. 11 to 13. We leave them in making every loss relative to its target, and in matching Gram matrices (Gatys et al.,
CVPR 2016) beside means and deviations.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

import steadystyle
from steadystyle.backbones.compact import Compact
from steadystyle.core import safe_math
from steadystyle.feedforward.adain import (
    CONTENT_LAYERS,
    LAYERS,
    Statistics,
    Style,
    adapted,
    decode,
    decoder_shapes,
    statistics,
)
from training.compact.evaluate import gram
from training.compact.pictures import Pictures, photographs

from .styles import Styles

STYLE_LAYERS = (*LAYERS, "relu5_1")
CONTENT_LAYER = "relu4_2"
FLOOR = 1e-3
"""Of a target's power, in units of the features' own: what is relative to nothing would grow without bound."""
SHOWN = 4
TERMS = ("target", "content", "statistics", "gram", "variation")


class Training:
    """The decoder's variables, its losses, and an optimizer behind the guard."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.dtype = tf.as_dtype(options.precision)
        self.encoder = Compact(pooling="max", precision=options.precision)
        generator = np.random.default_rng(options.seed)
        self.convolutions = {}
        for name, (inputs, outputs) in decoder_shapes().items():
            kernel = generator.normal(size=(3, 3, inputs, outputs)) * np.sqrt(2 / (9 * inputs))
            pair = keras.Variable(kernel, dtype="float32"), keras.Variable(np.zeros(outputs), dtype="float32")
            self.convolutions[name] = pair
        self.variables = [variable for pair in self.convolutions.values() for variable in pair]
        self.optimizer = keras.optimizers.Adam(options.rate, beta_2=0.99)
        self.optimizer.build(self.variables)

    def stylise(self, contents: tf.Tensor, styles: tf.Tensor) -> tf.Tensor:
        """(N, H, W, 3) in [0, 1]; sides are multiples of 8."""
        style = {layer: statistics(f) for layer, f in self.encoder.features(styles, LAYERS).items()}
        return self.decode(self.encoder.features(contents, CONTENT_LAYERS), style)

    def decode(self, content: Mapping[str, tf.Tensor], style: Style) -> tf.Tensor:
        tensors = {name: (kernel.value, bias.value) for name, (kernel, bias) in self.convolutions.items()}
        return decode(content, style, tensors, self.dtype)

    @tf.function(reduce_retracing=True, autograph=False)
    def gradients(self, contents: tf.Tensor, styles: tf.Tensor) -> tuple[list[tf.Tensor], tf.Tensor, tf.Tensor]:
        """Of the loss, the loss, and its terms."""
        weights = self.options
        content = self.encoder.features(contents, [*CONTENT_LAYERS, CONTENT_LAYER])
        reference = self.encoder.features(styles, STYLE_LAYERS)
        style = {layer: statistics(reference[layer]) for layer in STYLE_LAYERS}
        with tf.GradientTape() as tape:
            made = self.decode(content, style)
            features = self.encoder.features(made, [*STYLE_LAYERS, CONTENT_LAYER])
            target = adapted(content[LAYERS[-1]], style[LAYERS[-1]])
            terms = tf.stack(
                [
                    weights.target_weight * _relative(features[LAYERS[-1]], target),
                    weights.content_weight * _relative(features[CONTENT_LAYER], content[CONTENT_LAYER]),
                    weights.statistics_weight * _mean(_of_statistics(features[n], style[n]) for n in STYLE_LAYERS),
                    weights.gram_weight * _mean(_of_grams(features[n], reference[n]) for n in STYLE_LAYERS),
                    weights.tv_weight * _variation(made),
                ]
            )
            loss = tf.reduce_sum(terms)
        return tape.gradient(loss, [variable.value for variable in self.variables]), loss, terms

    @property
    def state(self) -> list[keras.Variable]:
        return [*self.variables, *self.optimizer.variables]

    def save(self, path: Path, step: int) -> None:
        """Write everything that the next step depends on; the old file stays until the new one is whole."""
        temporary = path.with_suffix(".tmp")
        with open(temporary, "wb") as file:
            arrays = {f"state{i}": variable.value.numpy() for i, variable in enumerate(self.state)}
            np.savez(file, allow_pickle=False, step=step, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)

    def load(self, path: Path) -> int:
        """Take back what `save` wrote; the number of steps that were taken."""
        with np.load(path, allow_pickle=False) as arrays:
            for i, variable in enumerate(self.state):
                variable.assign(arrays[f"state{i}"])
            return int(arrays["step"])


def _wide(features: tf.Tensor) -> tf.Tensor:
    return tf.cast(features, tf.float32)


def _of_statistics(found: tf.Tensor, target: Statistics) -> tf.Tensor:
    return _relative(tf.stack(statistics(found), 1), tf.stack(target, 1), tame=True)


def _of_grams(found: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
    return _relative(gram(_wide(found)), gram(_wide(wanted)), tame=True)


def _mean(terms: Iterable[tf.Tensor]) -> tf.Tensor:
    return tf.reduce_mean(tf.stack(list(terms)))


def _relative(found: tf.Tensor, wanted: tf.Tensor, tame: bool = False) -> tf.Tensor:
    """The mean over pictures of r = ||found - wanted||² / ||wanted||².

    Args:
        tame: of log(1 + r): a flat style, of which a picture is off by hundreds of times its power, would drown others.
    """
    found, wanted = _wide(found), _wide(wanted)
    places = list(range(1, len(found.shape)))
    power = tf.reduce_mean(tf.square(wanted), places)
    ratios = safe_math.divide(tf.reduce_mean(tf.square(found - wanted), places), power, floor=FLOOR / found.shape[-1])
    return tf.reduce_mean(tf.math.log1p(ratios) if tame else ratios)


def _variation(images: tf.Tensor) -> tf.Tensor:
    down, across = images[:, 1:] - images[:, :-1], images[:, :, 1:] - images[:, :, :-1]
    return tf.reduce_mean(tf.square(down)) + tf.reduce_mean(tf.square(across))


def contact_sheet(training: Training, held_back: list[Path], folder: Path, step: int, seed: int) -> None:
    """Held-back pictures, each in the styles of made ones: styles above, contents at the left."""
    contents = np.stack([_square(path, 256) for path in held_back[:SHOWN]])
    styles = next(iter(Styles(held_back[SHOWN:], SHOWN + 1, 256, seed)))
    rows = [np.concatenate([np.ones_like(styles[0]), *styles], 1)]
    for content in contents:
        made = training.stylise(tf.constant(np.stack([content] * len(styles))), tf.constant(styles)).numpy()
        rows.append(np.concatenate([content, *made], 1))
    sheet = Image.fromarray((np.concatenate(rows) * 255).round().astype(np.uint8))
    sheet.save(folder / f"sheet-{step:06d}.jpg", quality=90)


def _square(path: Path, side: int) -> np.ndarray:
    with Image.open(path) as picture:
        whole = picture.convert("RGB")
    edge = min(whole.size)
    return np.asarray(whole.crop((0, 0, edge, edge)).resize((side, side), Image.Resampling.LANCZOS), np.float32) / 255


def rate(options: argparse.Namespace, step: int) -> float:
    """Rises over the first hundred steps, then half a cosine down."""
    return float(options.rate * min(1.0, (step + 1) / 100) * (0.5 + 0.5 * np.cos(np.pi * step / options.steps) + 1e-3))


def train(options: argparse.Namespace) -> Mapping[str, float]:
    """To the end of the schedule; the mean of the last losses."""
    options.run.mkdir(parents=True, exist_ok=True)
    checkpoint = options.run / "checkpoint.npz"
    files, held_back = photographs(options.pictures)
    training = Training(options)
    start = training.load(checkpoint) if checkpoint.exists() else 0
    contents = iter(Pictures(files, options.batch, options.size, options.seed + 1000 + start))
    styles = iter(Styles(files, options.batch, options.size, options.seed + 2000 + start))
    began, losses = time.time(), []
    with steadystyle.guard(training.optimizer, training.variables) as guard:
        for step in range(start, options.steps):
            training.optimizer.learning_rate.assign(rate(options, step))
            batch = tf.constant(next(contents)), tf.constant(next(styles))
            gradients, loss, terms = training.gradients(*batch)
            guard.apply(gradients, loss, batch)
            losses.append(terms.numpy())
            if guard.gave_up:
                raise SystemExit(guard.report())
            if (step + 1) % options.save_every == 0 or step + 1 == options.steps:
                training.save(checkpoint, step + 1)
                contact_sheet(training, held_back, options.run, step + 1, options.seed)
                named = dict(zip(TERMS, np.mean(losses, 0).tolist(), strict=True))
                minutes, bad = (time.time() - began) / 60, guard.steps - guard.accepted
                record = {"step": step + 1, "minutes": minutes, "loss": sum(named.values()), "bad_steps": bad, **named}
                with open(options.run / "log.jsonl", "a") as file:
                    file.write(json.dumps(record) + "\n")
                print(" ".join(f"{name} {value:.4g}" for name, value in record.items()), flush=True)
                losses = []
    return record


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(description=__doc__)
    found.add_argument("pictures", type=Path)
    found.add_argument("--run", type=Path, required=True)
    found.add_argument("--steps", type=int, default=4500)
    found.add_argument("--batch", type=int, default=4)
    found.add_argument("--size", type=int, default=128)
    found.add_argument("--rate", type=float, default=3e-3)
    found.add_argument("--seed", type=int, default=0)
    found.add_argument("--precision", choices=("float32", "bfloat16"), default="bfloat16")
    found.add_argument("--target-weight", type=float, default=1.0)
    found.add_argument("--content-weight", type=float, default=1.0)
    found.add_argument("--statistics-weight", type=float, default=5.0)
    found.add_argument("--gram-weight", type=float, default=10.0)
    found.add_argument("--tv-weight", type=float, default=5.0)
    found.add_argument("--save-every", type=int, default=250)
    return found


if __name__ == "__main__":
    train(parser().parse_args())
