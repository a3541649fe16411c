"""How well the student follows the teacher, on pictures it never saw."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from .pictures import read
from .student import Student
from .teacher import HEADS, Teacher


def gram(features: tf.Tensor) -> tf.Tensor:
    """(N, H, W, C) to (N, C, C), divided by H·W."""
    shape = tf.shape(features)
    flat = tf.reshape(features, [shape[0], shape[1] * shape[2], shape[3]])
    return tf.matmul(flat, flat, transpose_a=True) / tf.cast(shape[1] * shape[2], flat.dtype)


def relative(difference: tf.Tensor, reference: tf.Tensor) -> float:
    """||difference|| / ||reference||."""
    return float(tf.norm(difference) / tf.norm(reference))


def fidelity(
    student: Student, teacher: Teacher, files: list[Path], dtype: tf.DType = tf.float32
) -> dict[str, dict[str, float]]:
    """Relative errors ||student - teacher|| / ||teacher|| of features and Gram matrices, averaged over the pictures."""
    errors: dict[str, dict[str, list[float]]] = {
        "feature": {layer: [] for layer in HEADS},
        "gram": {layer: [] for layer in HEADS},
    }
    for path in files:
        images = tf.constant(np.asarray(read(path), np.float32)[None] / 255)
        expected = teacher.heads(teacher.hidden(images))
        predicted = student.predict(student.hidden(images, dtype, HEADS))
        for layer in HEADS:
            errors["feature"][layer].append(relative(predicted[layer] - expected[layer], expected[layer]))
            reference = gram(expected[layer])
            errors["gram"][layer].append(relative(gram(predicted[layer]) - reference, reference))
    return {
        kind: {layer: float(np.mean(values)) for layer, values in layers.items()} for kind, layers in errors.items()
    }
