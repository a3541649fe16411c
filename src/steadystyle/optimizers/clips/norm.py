"""Each gradient as a whole, by its norm."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.contracts import Clip
from steadystyle.optimizers.clips._mended import mended


class Norm(Clip):
    """g ← g · min(1, threshold / rms(g)), each gradient by itself; its direction is kept.

    Source: Pascanu et al., "On the difficulty of training recurrent neural networks", ICML 2013, algorithm 1. We leave
    it in taking the root mean square, the norm over √n, so that a threshold means the same at every size.
    """

    def __call__(
        self, gradients: Sequence[tf.Tensor], values: Sequence[tf.Tensor], threshold: float
    ) -> list[tf.Tensor]:
        return [tf.cast(safe_math.limited(mended(one), threshold), one.dtype) for one in gradients]

    def harmless_threshold(self, gradients: Sequence[tf.Tensor], values: Sequence[tf.Tensor]) -> float:
        return max(float(tf.reduce_max(safe_math.root_mean_square(mended(one)))) for one in gradients)
