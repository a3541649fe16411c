"""What a format must do that a trained network is exported to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from steadystyle.feedforward.served import Served

Inputs = Mapping[str, np.ndarray]
"""By their names, a batch each."""
Examples = Sequence[Inputs]
Painter = Callable[[Inputs], np.ndarray]
"""To pictures."""


class Export(ABC):
    """A format of files that other programs run."""

    ending: ClassVar[str]
    """Of its files' names; empty if it is a folder."""
    packages: ClassVar[tuple[str, ...]] = ()
    """That it needs, by the names that they are imported under."""
    extra: ClassVar[str] = ""
    """Of ours, that installs them."""
    takes_levels: ClassVar[bool] = False
    """Whether it takes pictures of uint8 too."""
    needs_examples: ClassVar[bool] = False
    """Of pictures, to see what numbers come about inside."""
    tolerance: ClassVar[float]
    """How far, as a root mean square, a picture in [0, 1] may be from the network's own."""

    @abstractmethod
    def write(self, served: Served, path: Path, examples: Examples) -> None:
        """Write it to `path`, where nothing is.

        Args:
            examples: inputs with photographs; none if it needs none.
        """

    @abstractmethod
    def load(self, path: Path) -> Painter:
        """Run what was written, in the runtime that its users have; for batches of pictures of any size."""
