"""The best finite picture so far, with the loss measured at that very picture."""

from __future__ import annotations

import numpy as np

from steadystyle.core.flow import Measurement


class Best:
    """Keeps one measurement. Comparisons are written so that a NaN loses.

    Attributes:
        measurement: the best so far; None before the first.
        loss: its loss; inf before the first.
    """

    def __init__(self) -> None:
        self.measurement: Measurement | None = None
        self.loss = float("inf")

    def offer(self, measurement: Measurement) -> bool:
        """Keep `measurement` if its loss is the lowest yet; say whether it was kept."""
        loss = float(measurement.loss)
        if not (loss < self.loss):
            return False
        self.loss, self.measurement = loss, measurement
        return True

    def keep_the_picture_only(self) -> None:
        """Let go of the gradient, which becomes None: of a large picture it is in memory often enough."""
        if self.measurement is not None:
            self.measurement = self.measurement._replace(gradient=None)

    def picture(self, otherwise: np.ndarray) -> np.ndarray:
        """The best picture (H, W, 3), or `otherwise` where there is none yet."""
        return otherwise if self.measurement is None else np.asarray(self.measurement.image)[0]

    @property
    def terms(self) -> dict[str, float]:
        """The best picture's terms by name; empty before the first."""
        return {} if self.measurement is None else {name: float(v) for name, v in self.measurement.terms.items()}
