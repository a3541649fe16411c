"""Distil the compact backbone: `python -m training.compact.train TEACHER PHOTOGRAPHS --run FOLDER`.

Stage one sets the convolutions one after the other (`layerwise.py`); stage two, here, trains all of them together, so
that the errors of one layer are mended by the next; stage three is `refine.py`. The run folder keeps a checkpoint
(replaced atomically) and a log; the same command resumes it.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from steadystyle.images.atomic import write_atomically

from .evaluate import fidelity, gram
from .layerwise import solve_layers
from .pictures import Pictures, photographs
from .student import Student
from .teacher import HEADS, Teacher

FEATURE_GOAL = dict(zip(HEADS, (0.015, 0.015, 0.04, 0.06, 0.06, 0.13), strict=True))
GRAM_GOAL = dict(zip(HEADS, (0.03, 0.03, 0.03, 0.04, 0.04, 0.10), strict=True))
GRAM_SHARE = 0.2
HEADS_FIRST = 300
"""Steps in which only the heads learn, so that their random start does not disturb the convolutions."""


def log_error(predicted: tf.Tensor, expected: tf.Tensor, goal: float) -> tf.Tensor:
    """Logarithm of the squared relative error, flattening out below `goal`.

    The logarithm weighs layers, and easy and hard batches, by how far they are from their goal in proportion: without
    it one batch of noise outweighs a hundred photographs. The power is the batch's, so that a flat picture does not
    divide by zero.
    """
    error = tf.reduce_mean(tf.square(predicted - expected)) / (tf.reduce_mean(tf.square(expected)) + 1e-6)
    return tf.math.log(error + goal**2)


def part_of_block_one(hidden: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Keep a quarter of the places in the first block: they are many and alike, and their heads cost half a step."""
    kept = dict(hidden)
    for layer in ("relu1_1", "relu1_2"):
        height, width = hidden[layer].shape[1] // 4, hidden[layer].shape[2] // 4
        kept[layer] = hidden[layer][:, height:-height, width:-width]
    return kept


class Training:
    """Stage two: the student, its optimizer, and what a checkpoint holds."""

    def __init__(
        self,
        teacher: Teacher,
        student: Student,
        steps: int,
        rate: float,
        dtype: tf.DType,
        gram_share: float = GRAM_SHARE,
        goals: float = 1.0,
    ) -> None:
        """`goals` multiplies the errors below which a layer no longer counts."""
        self.teacher, self.student, self.gram_share, self.goals = teacher, student, gram_share, goals
        self.steps, self.rate, self.dtype = steps, rate, dtype
        parts = [*student.convolutions.values(), *student.heads.values()]
        self.variables = [variable for part in parts for variable in (part.directions, part.offset)]
        # A step's effect on a sum of n inputs grows with n when they agree: the same effect everywhere, whatever n.
        self.shares = [0.2 if len(v.shape) == 1 else float(v.shape[0]) ** -0.5 for v in self.variables]
        self.convolution_variables = 2 * len(student.convolutions)
        self.first = [tf.Variable(tf.zeros_like(variable), trainable=False) for variable in self.variables]
        self.second = [tf.Variable(tf.zeros_like(variable), trainable=False) for variable in self.variables]
        self.count = tf.Variable(0.0, trainable=False)
        self.state = [*student.variables, *self.first, *self.second, self.count]

    def learning_rates(self, step: int) -> tuple[float, float]:
        """Of the convolutions and of the heads."""
        cosine = 0.5 + 0.5 * float(np.cos(np.pi * step / self.steps)) + 1e-4
        warm = min(1.0, max(0, step - HEADS_FIRST) / 200)
        return self.rate * warm * cosine, (1.0 if step < HEADS_FIRST else 0.3) * cosine * 0.3

    @tf.function(reduce_retracing=True)
    def step(self, images: tf.Tensor, convolution_rate: tf.Tensor, head_rate: tf.Tensor) -> tf.Tensor:
        expected = self.teacher.heads(part_of_block_one(self.teacher.hidden(images, self.dtype)))
        with tf.GradientTape() as tape:
            heads = self.student.predict(part_of_block_one(self.student.hidden(images, self.dtype)))
            loss = 0.0
            for layer, target in expected.items():
                loss += log_error(heads[layer], target, self.goals * FEATURE_GOAL[layer])
                found, wanted = gram(heads[layer]), gram(target)
                loss += self.gram_share * log_error(found, wanted, self.goals * GRAM_GOAL[layer])
        gradients = tape.gradient(loss, self.variables)
        rates = [convolution_rate if i < self.convolution_variables else head_rate for i in range(len(gradients))]
        self.adam(gradients, rates)
        return loss

    def adam(self, gradients: list[tf.Tensor], rates: list[tf.Tensor]) -> None:
        """Adam with beta2 0.99; a step with a non-finite gradient is left out."""
        if tf.math.is_finite(tf.linalg.global_norm(gradients)):
            self.count.assign_add(1.0)
            correction = tf.sqrt(1 - 0.99**self.count) / (1 - 0.9**self.count)
            parts = zip(self.variables, gradients, self.first, self.second, self.shares, rates, strict=True)
            for variable, gradient, first, second, share, rate in parts:
                first.assign(0.9 * first + 0.1 * gradient)
                second.assign(0.99 * second + 0.01 * tf.square(gradient))
                variable.assign_sub(share * rate * correction * first / (tf.sqrt(second) + 1e-9))

    def save(self, path: Path, step: int) -> None:
        """Write everything that the next step depends on; the old file stays until the new one is whole."""
        arrays = {f"state{i}": variable.numpy() for i, variable in enumerate(self.state)}
        write_atomically(path, lambda file: np.savez(file, step=step, **arrays))

    def save_and_log(
        self, run: Path, step: int, began: float, losses: Sequence[tf.Tensor], held_back: list[Path]
    ) -> None:
        """Write the checkpoint, then what was reached, to the log and for who looks on.

        Args:
            step: how many have been taken.
            began: when this process began with them.
            losses: of the steps since the last call.
            held_back: pictures to measure on.
        """
        self.save(run / "checkpoint.npz", step)
        minutes, loss = (time.time() - began) / 60, float(np.mean(losses))
        errors = fidelity(self.student, self.teacher, held_back)
        with open(run / "log.jsonl", "a") as file:
            file.write(json.dumps({"step": step, "minutes": minutes, "loss": loss, **errors}) + "\n")
        shown = {kind: " ".join(f"{value:.3f}" for value in layers.values()) for kind, layers in errors.items()}
        print(f"{step} {minutes:.1f} min loss {loss:.2f} {shown}", flush=True)

    def load(self, path: Path) -> int:
        with np.load(path, allow_pickle=False) as arrays:
            for i, variable in enumerate(self.state):
                variable.assign(arrays[f"state{i}"])
            return int(arrays["step"])


def main() -> None:
    """Read the command line and train, from the checkpoint if there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("teacher", type=Path)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--rate", type=float, default=0.03)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--rewhiten-every", type=int, default=1000)
    parser.add_argument("--layer-steps", type=int, default=3000, help="steps for each layer in stage one")
    parser.add_argument("--limit", type=int, help="stop after this many steps of the schedule")
    options = parser.parse_args()

    train(options)


def train(options: argparse.Namespace) -> None:
    """Stage one where there is no checkpoint, then stage two to its end, with checkpoints and a log as it goes."""
    options.run.mkdir(parents=True, exist_ok=True)
    checkpoint = options.run / "checkpoint.npz"
    training_files, held_back = photographs(options.photographs)
    teacher, student = Teacher(options.teacher), Student(options.seed)
    training = Training(teacher, student, options.steps, options.rate, tf.as_dtype(options.precision))
    start = training.load(checkpoint) if checkpoint.exists() else 0
    generator = np.random.default_rng(options.seed + start)
    pictures = iter(Pictures(training_files, options.batch, options.size, options.seed + 1000 + start))

    def several() -> tf.Tensor:
        return tf.constant(np.concatenate([next(pictures) for _ in range(4)]))

    if not checkpoint.exists():
        solve_layers(student, teacher, pictures, options.layer_steps, options.seed)
        student.rewhiten(several(), generator, keep_heads=False)
        training.save(checkpoint, 0)
    began, losses = time.time(), []
    for step in range(start, min(options.steps, options.limit or options.steps)):
        if step > start and step % options.rewhiten_every == 0:
            student.rewhiten(several(), generator)
        rates = [tf.constant(rate, tf.float32) for rate in training.learning_rates(step)]
        losses.append(training.step(tf.constant(next(pictures)), *rates))
        if (step + 1) % 500 == 0 or step + 1 == options.steps:
            training.save_and_log(options.run, step + 1, began, losses, held_back)
            losses = []


if __name__ == "__main__":
    main()
