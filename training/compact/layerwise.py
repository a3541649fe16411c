"""Stage one: each convolution in turn learns to say linearly what the teacher's convolution at its place says.

With the layers before it fixed, a layer is a problem of its own on sampled patches: matrix products, no images. It
starts with more channels than it will keep, because a network that is to find another's features needs room to find
all of them; the channels whose absence changes least are taken out on the way. Stage two (`train.py`) then trains all
layers together.

Source: hints from Romero et al., "FitNets", ICLR 2015; one layer at a time after Bengio et al., "Greedy layer-wise
training", NeurIPS 2006; the readout is linear and dropped, so the student finds its own features.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from steadystyle.backbones._stack import pool
from steadystyle.core.reflect import reflect_pad

from .student import CHANNELS, Student
from .teacher import LAYERS, Teacher

PATCHES, BATCH = 160_000, 1024
ROOMS = (1.0, 1.5)
"""How many times its final channels a layer starts with; each is tried."""
RATE = 0.3
PRUNE_FROM, PRUNE_UNTIL = 0.3, 0.6
"""The share of the steps in which channels are taken out."""


def sample(
    student: Student, teacher: Teacher, layer: str, pictures: Iterator[np.ndarray], generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Input patches (PATCHES, 9·C) of the student's convolution at `layer`, and the teacher's outputs (PATCHES, C')
    there.
    """
    before = LAYERS[LAYERS.index(layer) - 1] if layer != LAYERS[0] else None
    inputs, outputs, count = [], [], 0
    while count < PATCHES:
        images = tf.constant(np.concatenate([next(pictures) for _ in range(2)]))
        expected = teacher.hidden(images)[layer].numpy()
        received = images if before is None else student.hidden(images, tf.float32, (before,))[before]
        if before is not None and layer[6] == "1":
            received = pool(received, "max")
        padded = reflect_pad(received).numpy()
        number, height, width, _ = expected.shape
        places = min(number * height * width, 6144)
        flat = generator.choice(number * height * width, places, replace=False)
        which, top, left = np.unravel_index(flat, (number, height, width))
        offsets = np.arange(3)
        patches = padded[
            which[:, None, None], (top[:, None] + offsets)[:, :, None], (left[:, None] + offsets)[:, None, :]
        ]
        inputs.append(patches.reshape(places, -1))
        outputs.append(expected[which, top, left])
        count += places
    return np.concatenate(inputs), np.concatenate(outputs)


class LayerProblem:
    """relu(x V + b) R + c against the teacher's outputs, with x whitened and the outputs of unit power."""

    def __init__(
        self, inputs: np.ndarray, outputs: np.ndarray, channels: int, room: float, generator: np.random.Generator
    ) -> None:
        self.mean = inputs.mean(0)
        covariance = np.cov(inputs.T).astype(np.float64)
        values, vectors = np.linalg.eigh(covariance)
        values = np.maximum(values, 1e-4 * values.mean())
        self.whitening = ((vectors / np.sqrt(values)) @ vectors.T).astype(np.float32)
        self.scale = np.sqrt(np.mean(np.square(outputs)))
        held = len(inputs) // 20
        white = (inputs - self.mean) @ self.whitening
        self.inputs, self.outputs = tf.constant(white[held:]), tf.constant(outputs[held:] / self.scale)
        self.held_inputs, self.held_outputs = tf.constant(white[:held]), tf.constant(outputs[:held] / self.scale)
        size, width = inputs.shape[1], int(room * channels)
        self.channels = channels
        normal = generator.normal
        self.variables = [
            tf.Variable((normal(size=(size, width)) * (2 / size) ** 0.5).astype(np.float32)),
            tf.Variable(np.zeros(width, np.float32)),
            tf.Variable((normal(size=(width, outputs.shape[1])) * width**-0.5).astype(np.float32)),
            tf.Variable(np.zeros(outputs.shape[1], np.float32)),
        ]
        self.kept = tf.Variable(np.ones(width, np.float32), trainable=False)
        self.first = [tf.Variable(tf.zeros_like(v), trainable=False) for v in self.variables]
        self.second = [tf.Variable(tf.zeros_like(v), trainable=False) for v in self.variables]

    def predict(self, inputs: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        directions, offset, readout, constant = self.variables
        hidden = tf.nn.relu(inputs @ directions + offset) * self.kept
        return hidden, hidden @ readout + constant

    @tf.function
    def step(self, rate: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
        chosen = tf.random.uniform([BATCH], 0, len(self.inputs), tf.int32)
        with tf.GradientTape() as tape:
            _, predicted = self.predict(tf.gather(self.inputs, chosen))
            errors = tf.reduce_mean(tf.square(predicted - tf.gather(self.outputs, chosen)), axis=1)
            # Patches of noise can be off by hundreds of times the usual; past 1 they count by distance, not by its
            # square.
            loss = tf.reduce_mean(tf.sqrt(1 + errors) - 1)
        gradients = tape.gradient(loss, self.variables)
        size = float(self.inputs.shape[1]) ** -0.5
        shares = (size, 0.1, float(self.kept.shape[0]) ** -0.5, 0.1)
        correction = tf.sqrt(1 - 0.99**count) / (1 - 0.9**count)
        for variable, gradient, first, second, share in zip(
            self.variables, gradients, self.first, self.second, shares, strict=True
        ):
            first.assign(0.9 * first + 0.1 * gradient)
            second.assign(0.99 * second + 0.01 * tf.square(gradient))
            variable.assign_sub(rate * share * correction * first / (tf.sqrt(second) + 1e-9))
        return loss

    def prune(self, width: int) -> None:
        """Take out the channels that carry the least power to the outputs until `width` are left."""
        hidden, _ = self.predict(self.held_inputs[:8000])
        power = tf.math.reduce_std(hidden, axis=0).numpy() * np.linalg.norm(self.variables[2].numpy(), axis=1)
        order = np.argsort(-power * self.kept.numpy())
        kept = np.zeros(len(order), np.float32)
        kept[order[:width]] = 1
        self.kept.assign(kept)

    def solve(self, steps: int) -> float:
        """Train and prune; the relative error on held-back patches."""
        width = self.kept.shape[0]
        for step in range(steps):
            progress = step / steps
            if step % 20 == 0 and progress > PRUNE_FROM:
                share = min(1.0, (progress - PRUNE_FROM) / (PRUNE_UNTIL - PRUNE_FROM))
                self.prune(round(width + (self.channels - width) * share))
            warm = min(1.0, (step + 1) / 50)
            self.step(
                tf.constant(RATE * warm * (0.5 + 0.5 * np.cos(np.pi * progress)), tf.float32),
                tf.constant(step + 1.0, tf.float32),
            )
        return self.error()

    def error(self) -> float:
        _, predicted = self.predict(self.held_inputs)
        return float(tf.norm(predicted - self.held_outputs) / tf.norm(self.held_outputs))

    def convolution(self) -> tuple[np.ndarray, np.ndarray]:
        """The kernel (9·C, channels) and bias of what was kept, its outputs scaled to unit power."""
        kept = self.kept.numpy() > 0
        hidden, _ = self.predict(self.held_inputs)
        power = np.sqrt(np.mean(np.square(hidden.numpy()), axis=0))[kept]
        power = np.maximum(power, 1e-3 * power.max())
        kernel = self.whitening @ self.variables[0].numpy()[:, kept]
        bias = self.variables[1].numpy()[kept] - self.mean @ kernel
        return kernel / power, bias / power


def solve_layers(student: Student, teacher: Teacher, pictures: Iterator[np.ndarray], steps: int, seed: int) -> None:
    """Set the student's convolutions one after the other, each the better of a start with room and one without."""
    generator = np.random.default_rng(seed)
    for layer in LAYERS:
        inputs, outputs = sample(student, teacher, layer, pictures, generator)
        solutions = {}
        for room in ROOMS:
            problem = LayerProblem(inputs, outputs, CHANNELS[int(layer[4]) - 1], room, generator)
            error = problem.solve(steps)
            solutions[error] = problem.convolution()
        error = min(solutions)
        student.convolutions[layer].assign(*solutions[error])
        print(f"{layer}: relative error {error:.4f} (of {', '.join(f'{e:.4f}' for e in solutions)})", flush=True)
