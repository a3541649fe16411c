"""A convolution whose parameters are learned in coordinates that whiten its input.

Neighbouring pixels and channels are so correlated (condition number 3e5 for 3x3 patches of photographs) that plain
gradient steps barely move the directions that tell features apart. Learning `V` in `kernel = M V`, with `M` the
inverse square root of the covariance of the input patches and the mean taken out, makes the problem well conditioned;
measured on the first layer, the error after as many Adam steps is less than half. `M` is re-estimated now and then;
the function stays the same.

Source: Desjardins et al., "Natural Neural Networks", NeurIPS 2015 (PRONG). We leave it in that Adam works on `V`.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf


class WhitenedConvolution(tf.Module):
    """A `size` x `size` convolution from `inputs` to `outputs` channels."""

    def __init__(self, size: int, inputs: int, outputs: int, generator: np.random.Generator, name: str) -> None:
        super().__init__(name=name)
        fan_in = size * size * inputs
        self.size, self.inputs, self.outputs = size, inputs, outputs
        self.gain = float(np.sqrt(2.0 / fan_in))
        self.directions = tf.Variable(generator.normal(size=(fan_in, outputs)).astype(np.float32), name="directions")
        self.offset = tf.Variable(np.zeros(outputs, np.float32), name="offset")
        self.whitening = tf.Variable(np.eye(fan_in, dtype=np.float32), trainable=False, name="whitening")
        self.mean = tf.Variable(np.zeros(fan_in, np.float32), trainable=False, name="mean")

    def kernel_and_bias(self) -> tuple[tf.Tensor, tf.Tensor]:
        """The ordinary kernel (size, size, inputs, outputs) and bias (outputs,)."""
        flat = self.gain * (self.whitening @ self.directions)
        kernel = tf.reshape(flat, [self.size, self.size, self.inputs, self.outputs])
        return kernel, self.offset - tf.linalg.matvec(flat, self.mean, transpose_a=True)

    def assign(self, kernel: np.ndarray, bias: np.ndarray) -> None:
        """Take an ordinary kernel (size²·inputs, outputs) and bias, in plain coordinates until the next `rewhiten`."""
        self.whitening.assign(np.eye(len(kernel), dtype=np.float32))
        self.mean.assign(np.zeros(len(kernel), np.float32))
        self.directions.assign(kernel.astype(np.float32) / self.gain)
        self.offset.assign(bias.astype(np.float32))

    def rewhiten(self, mean: np.ndarray, covariance: np.ndarray, keep_function: bool = True) -> None:
        """Adopt new input statistics; with `keep_function` the convolution computes what it did before."""
        size = len(mean)
        damping = 1e-3 * np.trace(covariance) / size + 1e-12
        values, vectors = np.linalg.eigh(covariance.astype(np.float64) + damping * np.eye(size))
        root = np.sqrt(np.maximum(values, damping))
        if keep_function:
            kernel, bias = (tensor.numpy().astype(np.float64) for tensor in self.kernel_and_bias())
            flat = kernel.reshape(size, -1)
            self.directions.assign(((vectors * root) @ (vectors.T @ flat) / self.gain).astype(np.float32))
            self.offset.assign((bias + mean @ flat).astype(np.float32))
        self.whitening.assign(((vectors / root) @ vectors.T).astype(np.float32))
        self.mean.assign(mean.astype(np.float32))


def patch_statistics(
    images: tf.Tensor, size: int, generator: np.random.Generator, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean (size²·C,) and covariance of `count` random patches of `images` (N, H, W, C), in a kernel's flat order."""
    array = images.numpy()
    number, height, width, _ = array.shape
    which = generator.integers(0, number, count)
    top = generator.integers(0, height - size + 1, count)
    left = generator.integers(0, width - size + 1, count)
    offsets = np.arange(size)
    rows = (top[:, None] + offsets)[:, :, None]
    columns = (left[:, None] + offsets)[:, None, :]
    patches = array[which[:, None, None], rows, columns].reshape(count, -1)
    mean = patches.mean(0)
    centred = patches - mean
    return mean, centred.T @ centred / count
