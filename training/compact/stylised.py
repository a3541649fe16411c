"""Training pictures on their way to be stylised, by the student itself.

An optimiser goes where the network that measures the picture is wrong, and no photograph lies there: a student that
errs by a tenth on photographs let its pictures' content loss be twice what the teacher says. So a part of each batch is
taken from the student's own optimisations, at any stage of them, and the student learns what the teacher says of these.

Source: Ross, Gordon and Bagnell, "A Reduction of Imitation Learning to No-Regret Online Learning", AISTATS 2011
(DAgger): learn on what the learner itself brings about.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from .evaluate import gram
from .student import Student

CONTENT_LAYER = "relu4_2"
STYLE_WEIGHT, VARIATION_WEIGHT = 10.0, 10.0
"""Those of the product's defaults."""
RATE = 0.03
GROUPS, MOVES, LONGEST_LIFE = 6, 4, 100


class Group:
    """A few pictures that are stylised together, and how many moves they have left."""

    def __init__(self, contents: np.ndarray, styles: np.ndarray, start: np.ndarray, life: int) -> None:
        self.contents, self.styles = tf.constant(contents), tf.constant(styles)
        self.images = tf.constant(start)
        self.first, self.second = tf.zeros_like(self.images), tf.zeros_like(self.images)
        self.moves, self.life = 0, life


class Stylised:
    """An endless source of batches of pictures (N, size, size, 3) in [0, 1] in all stages of being stylised.

    Args:
        student: whose heads' features the pictures are optimised for.
        pictures: where content and style come from, batch by batch.
    """

    def __init__(self, student: Student, pictures: Iterator[np.ndarray], dtype: tf.DType, seed: int) -> None:
        self._student, self._pictures, self._dtype = student, pictures, dtype
        self._generator = np.random.default_rng(seed)
        self._groups = [self._fresh() for _ in range(GROUPS)]
        self._next = 0

    def __iter__(self) -> Iterator[tf.Tensor]:
        while True:
            self._next = (self._next + 1) % GROUPS
            if self._groups[self._next].moves >= self._groups[self._next].life:
                self._groups[self._next] = self._fresh()
            group = self._groups[self._next]
            group.images, group.first, group.second = self._move(
                group.images, group.first, group.second, group.contents, group.styles, tf.constant(group.moves)
            )
            group.moves += MOVES
            yield group.images

    def _fresh(self) -> Group:
        contents, styles = next(self._pictures), next(self._pictures)
        start = contents
        if self._generator.random() < 0.15:
            start = np.clip(self._generator.normal(0.5, 0.15, contents.shape), 0, 1).astype(np.float32)
        return Group(contents, styles, start, int(self._generator.integers(MOVES, LONGEST_LIFE)))

    @tf.function(reduce_retracing=True)
    def _move(self, images: tf.Tensor, first: tf.Tensor, second: tf.Tensor, contents: tf.Tensor, styles: tf.Tensor,
              moves: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:  # fmt: skip
        """A few steps of Adam on the pixels."""
        content = self._student.predict(self._student.hidden(contents, self._dtype))[CONTENT_LAYER]
        style = {name: gram(value) for name, value in self._features(styles).items()}
        for _ in range(MOVES):
            moves += 1
            with tf.GradientTape() as tape:
                tape.watch(images)
                features = self._features(images)
                loss = _relative(features.pop(CONTENT_LAYER), content)
                loss += (
                    STYLE_WEIGHT
                    * tf.add_n([_relative(gram(value), style[name]) for name, value in features.items()])
                    / len(features)
                )
                loss += VARIATION_WEIGHT * tf.reduce_sum(
                    tf.reduce_mean(tf.square(images[:, 1:] - images[:, :-1]), [1, 2, 3])
                    + tf.reduce_mean(tf.square(images[:, :, 1:] - images[:, :, :-1]), [1, 2, 3])
                )
            gradient = tape.gradient(loss, images)
            first = 0.9 * first + 0.1 * gradient
            second = 0.99 * second + 0.01 * tf.square(gradient)
            count = tf.cast(moves, tf.float32)
            step = RATE * tf.sqrt(1 - 0.99**count) / (1 - 0.9**count)
            images = tf.clip_by_value(images - step * first / (tf.sqrt(second) + 1e-12), 0.0, 1.0)
        return images, first, second

    def _features(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._student.predict(self._student.hidden(images, self._dtype))


def _relative(found: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
    """The sum over pictures of ||found - wanted||² / ||wanted||²."""
    places = list(range(1, len(found.shape)))
    return tf.reduce_sum(
        tf.reduce_sum(tf.square(found - wanted), places) / (tf.reduce_sum(tf.square(wanted), places) + 1e-6)
    )
