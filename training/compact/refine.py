"""Stage three, after `train.py`: `python -m training.compact.refine TEACHER PHOTOGRAPHS --run FOLDER`.

Goes on from exported weights (the package's own unless told otherwise) and trains on photographs and, half of each
batch, on pictures that the student is stylising (`stylised.py`). The run folder keeps a checkpoint (replaced
atomically) and a log; the same command resumes it, and `export.py` writes the result.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import tensorflow as tf

from steadystyle.backbones.compact import OWN_WEIGHTS

from .evaluate import fidelity
from .pictures import Pictures, photographs
from .student import Student
from .stylised import Stylised
from .teacher import HEADS, LAYERS, Teacher
from .train import Training

REWHITEN_EVERY = 500
GRAM_SHARE = 1.0
"""More than in stage two: how near a picture comes to the teacher's style is decided by the error of Gram matrices."""
GOALS = 0.2
"""Of stage two's, which are reached by now: an error below its goal is hardly felt."""


def take_weights(student: Student, path: Path) -> None:
    """Set the convolutions to those of an exported file."""
    with np.load(path, allow_pickle=False) as arrays:
        for layer in LAYERS:
            kernel, bias = (arrays[f"{layer}.{part}"].astype(np.float32) for part in ("kernel", "bias"))
            student.convolutions[layer].assign(kernel.reshape(-1, kernel.shape[-1]), bias)


def solve_heads(student: Student, teacher: Teacher, batches: list[np.ndarray]) -> None:
    """Set each head to the least-squares map from the student's features to what the teacher's says before its ReLU."""
    power, cross = dict.fromkeys(HEADS, np.zeros(())), dict.fromkeys(HEADS, np.zeros(()))
    for batch in batches:
        images = tf.constant(batch)
        own, wanted = student.hidden(images, tf.float32, HEADS), teacher.before_relu(teacher.hidden(images))
        for layer in HEADS:
            x, y = (part[layer].numpy().reshape(-1, part[layer].shape[-1]).astype(np.float64) for part in (own, wanted))
            x = np.concatenate([x, np.ones((len(x), 1))], 1)
            power[layer], cross[layer] = power[layer] + x.T @ x, cross[layer] + x.T @ y
    for layer in HEADS:
        ridge = 1e-6 * np.trace(power[layer]) / len(power[layer]) * np.eye(len(power[layer]))
        solution = np.linalg.solve(power[layer] + ridge, cross[layer])
        student.heads[layer].assign(solution[:-1], solution[-1])


def main() -> None:
    """Read the command line and train, from the checkpoint if there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("teacher", type=Path)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--weights", type=Path, default=OWN_WEIGHTS)
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--batch", type=int, default=8, help="half photographs, half being stylised")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    refine(parser.parse_args())


def refine(options: argparse.Namespace) -> None:
    """Train to the end of the schedule, with checkpoints and a log as it goes."""
    options.run.mkdir(parents=True, exist_ok=True)
    checkpoint = options.run / "checkpoint.npz"
    files, held_back = photographs(options.photographs)
    teacher, student, dtype = Teacher(options.teacher), Student(options.seed), tf.as_dtype(options.precision)
    training = Training(teacher, student, options.steps, options.rate, dtype, GRAM_SHARE, GOALS)
    start = training.load(checkpoint) if checkpoint.exists() else 0
    generator = np.random.default_rng(options.seed + start)
    pictures = iter(Pictures(files, options.batch // 2, options.size, options.seed + 2000 + start))

    def several() -> list[np.ndarray]:
        return [next(pictures) for _ in range(8)]

    if not checkpoint.exists():
        take_weights(student, options.weights)
        solve_heads(student, teacher, [batch for _ in range(4) for batch in several()])
        student.rewhiten(tf.constant(np.concatenate(several())), generator)
        print(
            {kind: list(layers.values()) for kind, layers in fidelity(student, teacher, held_back).items()}, flush=True
        )
    stylised = iter(Stylised(student, pictures, dtype, options.seed + start))
    began, losses = time.time(), []
    for step in range(start, options.steps):
        if step > start and step % REWHITEN_EVERY == 0:
            student.rewhiten(tf.constant(np.concatenate(several())), generator)
        cosine = (0.5 + 0.5 * float(np.cos(np.pi * step / options.steps)) + 1e-4) * min(1.0, (step + 1) / 100)
        images = tf.concat([tf.constant(next(pictures)), next(stylised)], 0)
        rate = tf.constant(options.rate * cosine, tf.float32)
        losses.append(training.step(images, rate, rate))
        if (step + 1) % 250 == 0 or step + 1 == options.steps:
            training.save_and_log(options.run, step + 1, began, losses, held_back)
            losses = []


if __name__ == "__main__":
    main()
