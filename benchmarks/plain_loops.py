"""What a user would otherwise write: Keras's Adam on the pixels, with nothing around it or with what Keras has against
NaN; loads TensorFlow.

The method is that of TensorFlow's style-transfer tutorial: see `benchmarks.rivals`, whose weights these are. Each way
to write a style loss or a total variation below is one that people write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import tensorflow as tf

from benchmarks.rivals import CONTENT_WEIGHT, STYLE_WEIGHT, VARIATION_WEIGHT, Extract

LEARNING_RATE = 0.02

StyleLoss: TypeAlias = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""Features of the picture and of the style, each (1, h, w, C), to a number."""
Variation: TypeAlias = Callable[[tf.Tensor], tf.Tensor]
"""A picture (1, H, W, 3) to a number."""


class Trouble(NamedTuple):
    """What happens to a loop on its way.

    Attributes:
        rate: what the learning rate is multiplied with, by step.
        gradient: what becomes of the gradient, by step.
    """

    rate: Callable[[int], float]
    gradient: Callable[[int, tf.Tensor], tf.Tensor]


class Objective:
    """Loss and gradient of a picture; traced once for all loops.

    Args:
        extract: content features and those of each style layer, of a picture (1, H, W, 3).
        content: (1, H, W, 3), as the user handed it in.
        style: the same.
        style_loss: of one layer; the layers' mean is taken.
        style_weight: of that mean.
        variation: weighted by `VARIATION_WEIGHT`.
    """

    def __init__(
        self,
        extract: Extract,
        content: np.ndarray,
        style: np.ndarray,
        style_loss: StyleLoss,
        style_weight: float,
        variation: Variation,
    ) -> None:
        self._extract, self._style_loss, self._variation = extract, style_loss, variation
        self._style_weight = style_weight
        self._content, self._styles = extract(tf.constant(content))[0], extract(tf.constant(style))[1]

    @tf.function
    def __call__(self, image: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The loss of `image` (1, H, W, 3), and its gradient."""
        with tf.GradientTape() as tape:
            tape.watch(image)
            content, styles = self._extract(image)
            loss = CONTENT_WEIGHT * tf.cast(tf.reduce_mean((content - self._content) ** 2), tf.float32)
            errors = [
                tf.cast(self._style_loss(found, wanted), tf.float32)
                for found, wanted in zip(styles, self._styles, strict=True)
            ]
            loss += self._style_weight / len(errors) * tf.add_n(errors)
            loss += VARIATION_WEIGHT * self._variation(image)
        return loss, tape.gradient(loss, image)


class Descent:
    """A picture that the tutorial's Adam moves and clips, one `step` after the other.

    Args:
        clipping: Keras's own, `clipnorm` or `global_clipnorm`.
    """

    def __init__(self, objective: Objective, start: np.ndarray, trouble: Trouble, **clipping: float) -> None:
        self._objective, self._trouble = objective, trouble
        self.image = tf.Variable(start)
        self._optimizer = tf.keras.optimizers.Adam(LEARNING_RATE, beta_1=0.99, epsilon=1e-1, **clipping)

    def step(self) -> tf.Tensor:
        """One step; returns the loss before it."""
        number = int(self._optimizer.iterations)
        loss, gradient = self._objective(tf.convert_to_tensor(self.image))
        self._optimizer.learning_rate = LEARNING_RATE * self._trouble.rate(number)
        self._optimizer.apply([self._trouble.gradient(number, gradient)], [self.image])
        self.image.assign(tf.clip_by_value(self.image, 0.0, 1.0))
        return loss


def take_all(descent: Descent, steps: int) -> None:
    """Every step, come what may."""
    for _ in range(steps):
        descent.step()


def take_until_nan(descent: Descent, steps: int) -> None:
    """Keras's `fit` with Keras's `TerminateOnNaN`, which looks at the loss when the step has been taken."""
    model = _Steps(descent)
    model.compile(run_eagerly=True)
    model.fit(
        np.zeros((steps, 1), np.float32), batch_size=1, verbose=0, callbacks=[tf.keras.callbacks.TerminateOnNaN()]
    )


class _Steps(tf.keras.Model):
    """A model whose training steps are those of a descent: its data, of which there is one for each, say nothing."""

    def __init__(self, descent: Descent) -> None:
        super().__init__()
        self._descent, self.built = descent, True

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """One step."""
        return {"loss": self._descent.step()}


class Loop(NamedTuple):
    """A way to write the loop: Adam's arguments, and how the steps are taken."""

    clipping: dict[str, float]
    take: Callable[[Descent, int], None]

    def picture(self, objective: Objective, start: np.ndarray, trouble: Trouble, steps: int) -> np.ndarray:
        """What the variable (H, W, 3) holds at the end."""
        descent = Descent(objective, start, trouble, **self.clipping)
        self.take(descent, steps)
        picture: np.ndarray = descent.image.numpy()[0]
        return picture


LOOPS = {
    "Adam": Loop({}, take_all),
    "clipnorm=1": Loop({"clipnorm": 1.0}, take_all),
    "global_clipnorm=1": Loop({"global_clipnorm": 1.0}, take_all),
    "TerminateOnNaN": Loop({}, take_until_nan),
}


# Style losses, as people write them


def gram(features: tf.Tensor) -> tf.Tensor:
    """(1, h, w, C) to (1, C, C), divided by the number of places, as the tutorial does; in the features' precision."""
    return gram_sum(features) / tf.cast(tf.size(features[0, ..., 0]), features.dtype)


def gram_sum(features: tf.Tensor) -> tf.Tensor:
    """The same without the division."""
    return tf.einsum("bijc,bijd->bcd", features, features)


def gram_loss(found: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
    """The tutorial's."""
    return tf.reduce_mean((gram(found) - gram(wanted)) ** 2)


def summed_gram_loss(found: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
    """Sums in the place of both means."""
    return tf.reduce_sum((gram_sum(found) - gram_sum(wanted)) ** 2)


def log_eigenvalue_loss(found: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
    """Eigenvalues of Gram matrices by their logarithms."""
    logarithms = [tf.math.log(tf.linalg.eigvalsh(gram(features))) for features in (found, wanted)]
    return tf.reduce_mean((logarithms[0] - logarithms[1]) ** 2)


def std_loss(found: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
    """Means and standard deviations of the channels."""
    means = [tf.reduce_mean(features, [1, 2]) for features in (found, wanted)]
    deviations = [tf.math.reduce_std(features, [1, 2]) for features in (found, wanted)]
    return tf.reduce_mean((means[0] - means[1]) ** 2) + tf.reduce_mean((deviations[0] - deviations[1]) ** 2)


def log_std_loss(found: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
    """Standard deviations of the channels by their logarithms."""
    logarithms = [tf.math.log(tf.math.reduce_std(features, [1, 2])) for features in (found, wanted)]
    return tf.reduce_mean((logarithms[0] - logarithms[1]) ** 2)


# Total variations


def variation(image: tf.Tensor) -> tf.Tensor:
    """The tutorial's: absolute differences, across and down."""
    return tf.reduce_sum(tf.image.total_variation(image))


def isotropic_variation(image: tf.Tensor) -> tf.Tensor:
    """The length of each pixel's gradient, as the formula has it."""
    down = image[:, 1:, :-1] - image[:, :-1, :-1]
    across = image[:, :-1, 1:] - image[:, :-1, :-1]
    return tf.reduce_sum(tf.sqrt(down**2 + across**2))


TUTORIAL: dict[str, Any] = {"style_loss": gram_loss, "style_weight": STYLE_WEIGHT, "variation": variation}
"""What of an `Objective` a problem may change."""
