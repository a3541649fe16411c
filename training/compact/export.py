"""Write the trained weights where the package finds them: `python -m training.compact.export TEACHER PHOTOGRAPHS
--run FOLDER`.

The heads are dropped. What they said about VGG-19's metric goes into a small matrix for each style layer: with `A`
the linear map that best predicts the teacher's features from the student's, features times (A Aᵀ)^½ have Gram
matrices that are as far apart as the predicted ones, in a fraction of the channels.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from steadystyle.backbones.compact import OWN_SHA256, OWN_WEIGHTS
from training.shipped import write_shipped

from .evaluate import fidelity
from .pictures import Pictures, photographs
from .student import Student
from .teacher import HEADS, Teacher
from .train import Training

BATCHES = 24


def metrics(
    features: Callable[[tf.Tensor], Mapping[str, tf.Tensor]],
    teacher: Teacher,
    pictures: Pictures,
    batches: int = BATCHES,
) -> dict[str, np.ndarray]:
    """(A Aᵀ)^½ for each style layer of `features`, scaled so that the transformed features have unit power."""
    source = iter(pictures)
    own_power: dict[str, np.ndarray] = dict.fromkeys(HEADS, np.zeros(()))
    cross: dict[str, np.ndarray] = dict.fromkeys(HEADS, np.zeros(()))
    for _ in range(batches):
        images = tf.constant(next(source))
        own, expected = features(images), teacher.heads(teacher.hidden(images))
        for layer in HEADS:
            x = own[layer].numpy().reshape(-1, own[layer].shape[-1]).astype(np.float64)
            y = expected[layer].numpy().reshape(-1, expected[layer].shape[-1]).astype(np.float64)
            own_power[layer] = own_power[layer] + x.T @ x / len(x) / batches
            cross[layer] = cross[layer] + x.T @ y / len(x) / batches
    return {layer: _metric(own_power[layer], cross[layer]) for layer in HEADS}


def _metric(power: np.ndarray, cross: np.ndarray) -> np.ndarray:
    ridge = 1e-4 * np.trace(power) / len(power) * np.eye(len(power))
    linear = np.linalg.solve(power + ridge, cross)
    values, vectors = np.linalg.eigh(linear @ linear.T)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    metric: np.ndarray = root / np.sqrt(np.trace(root @ power @ root) / len(power))
    return metric


def main() -> None:
    """Read the command line, export, and print the fidelity of what was written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("teacher", type=Path)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--run", type=Path, required=True)
    options = parser.parse_args()
    training_files, held_back = photographs(options.photographs)
    teacher, student = Teacher(options.teacher), Student(0)
    Training(teacher, student, 1, 0.0, tf.float32).load(options.run / "checkpoint.npz")

    arrays: dict[str, np.ndarray] = {}
    for layer, part in student.convolutions.items():
        # Float16 is what ships, so it is what is measured: the student takes the rounded weights back.
        kernel, bias = (tensor.numpy().astype(np.float16) for tensor in part.kernel_and_bias())
        arrays[f"{layer}.kernel"], arrays[f"{layer}.bias"] = kernel, bias
        part.assign(kernel.astype(np.float32).reshape(-1, kernel.shape[-1]), bias.astype(np.float32))
    pictures = Pictures(training_files, 8, 128, seed=7)
    found = metrics(lambda images: student.hidden(images, tf.float32, HEADS), teacher, pictures)
    for layer, metric in found.items():
        arrays[f"{layer}.metric"] = metric.astype(np.float16)
    write_shipped(arrays, OWN_WEIGHTS, OWN_SHA256)
    print(json.dumps(fidelity(student, teacher, held_back), indent=1))


if __name__ == "__main__":
    main()
