"""The teacher of `../shared/teacher` as a weight file that the compact backbone reads; loads TensorFlow.

Its convolutions are taken as they are; what its heads say about VGG-19's metric goes into one small matrix for each
style layer, as `training.compact.export` does for the student.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from benchmarks.options import ROOT
from training.compact.pictures import Pictures, photographs
from training.compact.teacher import HEADS, LAYERS, Teacher

TEACHER = ROOT.parent / "shared" / "teacher" / "vgg19-16x.npz"
PHOTOGRAPHS = ROOT.parent / "shared" / "photos" / "train"
BATCHES = 24


def teacher_is_there() -> bool:
    """Whether the folder with the teacher and its photographs is beside the repository."""
    return TEACHER.exists() and PHOTOGRAPHS.is_dir()


def write_teacher_weights(path: Path, batches: int = BATCHES) -> None:
    """Write the teacher to `path` (.npz) in the form of the compact backbone.

    Args:
        batches: of eight crops, to estimate the metric from.
    """
    arrays = _convolutions()
    for layer, metric in _metrics(Teacher(TEACHER), batches).items():
        arrays[f"{layer}.metric"] = metric.astype(np.float32)
    np.savez(path, allow_pickle=False, **arrays)


def _convolutions() -> dict[str, np.ndarray]:
    """Kernels (3, 3, in, out) and biases, with the teacher's 1x1 colour conversion folded into the first."""
    arrays: dict[str, np.ndarray] = {}
    with np.load(TEACHER, allow_pickle=False) as file:
        for layer in LAYERS:
            name = f"conv{layer[4]}{layer[6]}"
            arrays[f"{layer}.kernel"] = file[f"{name}.weight"].transpose(2, 3, 1, 0).astype(np.float64)
            arrays[f"{layer}.bias"] = file[f"{name}.bias"].astype(np.float64)
        mixing, offset = file["conv0.weight"][:, :, 0, 0].astype(np.float64), file["conv0.bias"].astype(np.float64)
    first = arrays["relu1_1.kernel"]
    # Exact because the border is reflected: padding with a constant would have to be converted too.
    arrays["relu1_1.bias"] = arrays["relu1_1.bias"] + np.einsum("hwio,i->o", first, offset)
    arrays["relu1_1.kernel"] = np.einsum("hwio,ij->hwjo", first, mixing)
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def _metrics(teacher: Teacher, batches: int) -> dict[str, np.ndarray]:
    """(A Aᵀ)^½ for each style layer, with A the linear map that best predicts its head, scaled to unit power."""
    training_files, _ = photographs(PHOTOGRAPHS)
    pictures = iter(Pictures(training_files[::4], 8, 128, seed=3))
    power: dict[str, np.ndarray] = dict.fromkeys(HEADS, np.zeros(()))
    cross: dict[str, np.ndarray] = dict.fromkeys(HEADS, np.zeros(()))
    for _ in range(batches):
        hidden = teacher.hidden(tf.constant(next(pictures)))
        heads = teacher.heads(hidden)
        for layer in HEADS:
            x = hidden[layer].numpy().reshape(-1, hidden[layer].shape[-1]).astype(np.float64)
            y = heads[layer].numpy().reshape(-1, heads[layer].shape[-1]).astype(np.float64)
            power[layer] = power[layer] + x.T @ x / len(x) / batches
            cross[layer] = cross[layer] + x.T @ y / len(x) / batches
    return {layer: _metric(power[layer], cross[layer]) for layer in HEADS}


def _metric(power: np.ndarray, cross: np.ndarray) -> np.ndarray:
    ridge = 1e-4 * np.trace(power) / len(power) * np.eye(len(power))
    linear = np.linalg.solve(power + ridge, cross)
    values, vectors = np.linalg.eigh(linear @ linear.T)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    metric: np.ndarray = root / np.sqrt(np.trace(root @ power @ root) / len(power))
    return metric
