"""The teacher of `../shared/teacher` as a weight file that the compact backbone reads; loads TensorFlow.

Its convolutions are taken as they are; what its heads say about VGG-19's metric goes into one small matrix for each
style layer, as `training.compact.export` does for the student.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.options import ROOT
from training.compact.export import BATCHES, metrics
from training.compact.pictures import Pictures, photographs
from training.compact.teacher import LAYERS, Teacher

TEACHER = ROOT.parent / "shared" / "teacher" / "vgg19-16x.npz"
PHOTOGRAPHS = ROOT.parent / "shared" / "photos" / "train"


def teacher_is_there() -> bool:
    """Whether the folder with the teacher and its photographs is beside the repository."""
    return TEACHER.exists() and PHOTOGRAPHS.is_dir()


def write_teacher_weights(path: Path, batches: int = BATCHES) -> None:
    """Write the teacher to `path` (.npz) in the form of the compact backbone.

    Args:
        batches: of eight crops, to estimate the metric from.
    """
    arrays, teacher = _convolutions(), Teacher(TEACHER)
    training_files, _ = photographs(PHOTOGRAPHS)
    pictures = Pictures(training_files[::4], 8, 128, seed=3)
    for layer, metric in metrics(teacher.hidden, teacher, pictures, batches).items():
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
