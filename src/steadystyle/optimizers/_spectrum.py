"""A preconditioner for pictures: the smoother a change, the further it may go in one step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from steadystyle.core.strips import side_by_side

COARSEST = 1 / 64
"""Cycles per pixel below which all frequencies are treated alike."""
AT_ONCE = 1 << 24
"""Pixels of a plane that is transformed as a whole, at most: that takes 16 bytes for each, and half the time."""
LINES = 128
"""Of a larger plane that are transformed at a time."""


@tf.function(reduce_retracing=True, autograph=False)
def smooth(fields: tf.Tensor) -> tf.Tensor:
    """Multiply the spectra of `fields` (N, H, W, C) by 1/(2·frequency), which is 1 at the finest stripes across or
    down.

    Pictures have most of their power at low frequencies, and there a loss made from features is flat: gradients of
    pixels see the fine detail first. A symmetric positive operator, so as an initial inverse Hessian it keeps steps
    downhill; measured on the compact backbone it halves the evaluations to the same loss, and exponents of 0.7 to 1.4
    do about as well as 1.
    """
    spectrum, gain = _spectrum(fields)
    smoothed = tf.signal.irfft2d(spectrum * tf.cast(gain, tf.complex64), tf.shape(fields)[1:3])
    return tf.transpose(smoothed, [0, 2, 3, 1])


@tf.function(reduce_retracing=True, autograph=False)
def stiffness(fields: tf.Tensor) -> tf.Tensor:
    """Σ f · smooth(f) of `fields` (N, H, W, C), without the way back: Parseval's theorem has it from the spectrum.

    The half of the spectrum that is not made is the same again; the first column has no other half, nor has the last
    of an even number.
    """
    spectrum, gain = _spectrum(fields)
    width, column = tf.shape(fields)[2], tf.range(tf.shape(spectrum)[-1])
    times = tf.where((column == 0) | (2 * column == width), 1.0, 2.0)
    power = tf.square(tf.math.real(spectrum)) + tf.square(tf.math.imag(spectrum))
    return tf.reduce_sum(power * (gain * times)) / tf.cast(tf.reduce_prod(tf.shape(fields)[1:3]), tf.float32)


def _spectrum(fields: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The first half of the spectra of `fields` (N, H, W, C), (N, C, H, W // 2 + 1), and what it is multiplied with."""
    height, width = tf.shape(fields)[1], tf.shape(fields)[2]
    down = _frequencies(height)
    across = _frequencies(width)[: width // 2 + 1]
    frequency = tf.sqrt(down[:, tf.newaxis] ** 2 + across**2)
    return tf.signal.rfft2d(tf.transpose(fields, [0, 3, 1, 2])), 0.5 / tf.maximum(frequency, COARSEST)


def smooth_plane(plane: np.ndarray) -> None:
    """The same for a channel (H, W) float32, in place; a large one some lines at a time, in the memory of one more."""
    if plane.size <= AT_ONCE:
        plane[:] = smooth(tf.constant(plane[np.newaxis, ..., np.newaxis]))[0, ..., 0]
        return
    spectrum = _across(plane.shape, lambda rows: plane[rows])

    def through(columns: slice) -> None:
        spectrum[:, columns] = np.fft.ifft(_down(spectrum, columns) * _gain(plane.shape, columns)).T

    def back(rows: slice) -> None:
        plane[rows] = np.fft.irfft(spectrum[rows], plane.shape[1])

    side_by_side(through, _lines(spectrum.shape[1]))
    side_by_side(back, _lines(len(plane)))


def stiffness_of_plane(one: np.ndarray, other: np.ndarray, factor: np.float32) -> float:
    """The `stiffness` of `factor` times the difference of two channels (H, W) float32, made as `smooth_plane` is."""
    if one.size <= AT_ONCE:
        return float(stiffness(tf.constant((one - other)[np.newaxis, ..., np.newaxis] * factor)))
    height, width = one.shape
    spectrum = _across(one.shape, lambda rows: (one[rows] - other[rows]) * factor)

    def of_columns(columns: slice) -> float:
        found = _down(spectrum, columns)
        at = np.arange(spectrum.shape[1])[columns]
        times = np.where((at == 0) | (2 * at == width), np.float32(1), np.float32(2))
        return float(np.vdot(found, found * (times[:, np.newaxis] * _gain(one.shape, columns))).real)

    return float(sum(side_by_side(of_columns, _lines(spectrum.shape[1]))) / (height * width))


def _across(shape: tuple[int, ...], lines: Callable[[slice], np.ndarray]) -> np.ndarray:
    """The transform of each row of a plane (H, W) that is had some rows at a time: its first half, (H, W // 2 + 1)
    complex64.
    """
    height, width = shape
    spectrum = np.empty((height, width // 2 + 1), np.complex64)

    def transform(rows: slice) -> None:
        spectrum[rows] = np.fft.rfft(lines(rows))

    side_by_side(transform, _lines(height))
    return spectrum


def _down(spectrum: np.ndarray, columns: slice) -> np.ndarray:
    """The transform of some columns, as rows."""
    return np.fft.fft(spectrum[:, columns].T.copy())


def _gain(shape: tuple[int, ...], columns: slice) -> np.ndarray:
    """What `smooth` multiplies some columns of a plane's spectrum with, as rows."""
    down, across = (np.asarray(_frequencies(tf.constant(length))) for length in shape)
    across = across[: shape[1] // 2 + 1][columns]
    frequency = np.sqrt(down**2 + across[:, np.newaxis] ** 2)
    return np.asarray(np.float32(0.5) / np.maximum(frequency, np.float32(COARSEST)))


def _lines(length: int) -> list[slice]:
    return [slice(start, start + LINES) for start in range(0, length, LINES)]


def _frequencies(length: tf.Tensor) -> tf.Tensor:
    """Cycles per sample, in the order of the discrete Fourier transform, without sign."""
    index = tf.range(length)
    return tf.cast(tf.minimum(index, length - index), tf.float32) / tf.cast(length, tf.float32)
