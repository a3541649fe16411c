"""Hostile problems, each with an answer: what makes plain loops return NaN, black or noise; loads TensorFlow.

To add one, write an entry in `HARDSHIPS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from benchmarks import plain_loops
from benchmarks.plain_loops import Trouble


class Pictures(NamedTuple):
    """Content and style, each (H, W, 3) float32 in [0, 1]."""

    content: np.ndarray
    style: np.ndarray


def _as_it_is(content: np.ndarray) -> np.ndarray:
    return content


@dataclass(frozen=True, kw_only=True)
class Hardship:
    """One hostile problem, for every loop.

    Attributes:
        sentence: what is hostile, for the table.
        pictures: makes content and style from a photograph and a painting.
        handed: what becomes of the content before it is handed in; the answer is judged by the sound one.
        size: longest side in pixels; None for the benchmark's own.
        steps: None for the benchmark's own.
        precision: of the network.
        rate: what each loop's own learning rate is multiplied with.
        bad_rate_at: the step at which that factor is divided by 0.
        nan_at: the step at which one number of the gradient is NaN, once.
        theirs: what a plain loop's objective has in place of the tutorial's.
        ours: the settings that say the same.
        judged_by: our style loss.
    """

    sentence: str
    pictures: Callable[[Pictures], Pictures] = lambda given: given
    handed: Callable[[np.ndarray], np.ndarray] = _as_it_is
    size: int | None = None
    steps: int | None = None
    precision: str = "float32"
    rate: float = 1.0
    bad_rate_at: int | None = None
    nan_at: int | None = None
    theirs: Mapping[str, Any] = field(default_factory=dict)
    ours: Mapping[str, Any] = field(default_factory=dict)
    judged_by: str = "gram"

    def trouble(self) -> Trouble:
        """For a plain loop, which tells its step."""
        return Trouble(
            lambda step: math.inf if step == self.bad_rate_at else self.rate,
            lambda step, gradient: tf.constant(_with_a_nan(gradient)) if step == self.nan_at else gradient,
        )

    def injector(self) -> Callable[[str, int | None, Any], Any]:
        """The same for ours, to be injected; the gradient is made in a graph, which counts for itself."""
        gradients = 0

        def harmed(gradient: np.ndarray) -> np.ndarray:
            nonlocal gradients
            gradients += 1
            return _with_a_nan(gradient) if gradients - 1 == self.nan_at else gradient

        def harm(point: str, step: int | None, numbers: Any) -> Any:
            if point == "learning rate" and step is not None and step == self.bad_rate_at:
                return math.inf
            if point == "gradient" and self.nan_at is not None:
                return tf.ensure_shape(tf.numpy_function(harmed, [numbers], numbers.dtype), numbers.shape)
            return numbers

        return harm


def _with_a_nan(gradient: Any) -> np.ndarray:
    array = np.array(gradient)
    array[0, 0, 0, 0] = np.nan
    return array


def _with_nan_pixels(content: np.ndarray) -> np.ndarray:
    harmed = content.copy()
    harmed[[3, 10, 20], [5, 30, 7]] = np.nan
    return harmed


def _flat(like: np.ndarray, *colour: float) -> np.ndarray:
    return np.broadcast_to(np.array(colour, np.float32), like.shape).copy()


def _bright_pixel(like: np.ndarray) -> np.ndarray:
    picture = np.zeros_like(like)
    picture[like.shape[0] // 2, like.shape[1] // 2] = 1.0
    return picture


def _checkerboard(like: np.ndarray) -> np.ndarray:
    squares = np.indices(like.shape[:2]) // 8
    return np.repeat(squares.sum(axis=0)[..., np.newaxis] % 2, 3, axis=-1).astype(np.float32)


def _of_content(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Pictures], Pictures]:
    return lambda given: Pictures(change(given.content), given.style)


GREY, RED = (0.5, 0.5, 0.5), (0.6, 0.2, 0.2)
FLAT_CONTENT = _of_content(lambda content: _flat(content, *GREY))

CONTROL = Hardship(sentence="Nothing is hostile: each loop has its own learning rate and weights.")
"""Not counted: it shows that every loop works."""

HARDSHIPS: dict[str, Hardship] = {
    "learning rate x 1,000": Hardship(sentence="The learning rate is a thousand times the loop's own.", rate=1e3),
    "learning rate x 1,000,000": Hardship(sentence="The learning rate is a million times the loop's own.", rate=1e6),
    "one step of rate 1/0": Hardship(
        sentence="The learning-rate schedule divides by 0 once, a third of the way through.", bad_rate_at=20
    ),
    "style weight 1e12": Hardship(
        sentence="The style counts a million million times as much as the content.",
        theirs={"style_weight": 1e12},
        ours={"style_weight": 1e12},
    ),
    "unnormalised Gram loss": Hardship(
        sentence="Gram matrices and their error are sums instead of means (ours, always relative: the style weight is "
        "multiplied by the squared number of places and of channels).",
        theirs={"style_loss": plain_loops.summed_gram_loss},
        ours={"style_weight": 10.0 * (160 * 107 * 64) ** 2},
    ),
    "flat on flat": Hardship(
        sentence="A grey content without any edge, a red style without any.",
        pictures=lambda given: Pictures(_flat(given.content, *GREY), _flat(given.style, *RED)),
    ),
    "black on white": Hardship(
        sentence="The content is black, the style white.",
        pictures=lambda given: Pictures(np.zeros_like(given.content), np.ones_like(given.style)),
    ),
    "one bright pixel": Hardship(
        sentence="The content is black but for one white pixel.", pictures=_of_content(_bright_pixel)
    ),
    "one pixel wide": Hardship(
        sentence="The content is a strip of one column, narrower than any pooling.",
        pictures=_of_content(lambda content: content[:, :1].copy()),
    ),
    "checkerboard": Hardship(
        sentence="The content is black and white squares: every number at a bound.", pictures=_of_content(_checkerboard)
    ),
    "NaN in three pixels": Hardship(
        sentence="Three pixels of the content are NaN, as scanners and HDR programs leave them.",
        handed=_with_nan_pixels,
    ),
    "0 to 255": Hardship(
        sentence="The content is floats from 0 to 255: nobody divided.", handed=lambda content: np.rint(content * 255)
    ),
    "float16": Hardship(  # processors are slow at it
        sentence="The network computes in float16, at 256 px, for 20 steps.", precision="float16", size=256, steps=20
    ),
    "bfloat16": Hardship(sentence="The network computes in bfloat16.", precision="bfloat16"),
    "log of eigenvalues": Hardship(
        sentence="The style loss takes the logarithm of Gram matrices' eigenvalues (ours: `log-euclidean`).",
        theirs={"style_loss": plain_loops.log_eigenvalue_loss, "style_weight": 1e4},
        ours={"style_loss": "log-euclidean"},
        judged_by="log-euclidean",
    ),
    "log of deviations": Hardship(
        sentence="The style loss takes the logarithm of standard deviations, and the style is flat (ours: "
        "`log-euclidean`).",
        pictures=lambda given: Pictures(given.content, _flat(given.style, *RED)),
        theirs={"style_loss": plain_loops.log_std_loss, "style_weight": 1e4},
        ours={"style_loss": "log-euclidean"},
        judged_by="log-euclidean",
    ),
    "deviation of flat": Hardship(
        sentence="The style loss takes standard deviations, and the content is flat (ours: `mean-std`).",
        pictures=FLAT_CONTENT,
        theirs={"style_loss": plain_loops.std_loss, "style_weight": 10.0},
        ours={"style_loss": "mean-std"},
        judged_by="mean-std",
    ),
    "variation with a root": Hardship(
        sentence="Total variation is the length of each pixel's gradient, and the content is flat.",
        pictures=FLAT_CONTENT,
        theirs={"variation": plain_loops.isotropic_variation},
    ),
    "one NaN in a gradient": Hardship(
        sentence="One number of one gradient is NaN, once, as after a flipped bit.", nan_at=30
    ),
}
