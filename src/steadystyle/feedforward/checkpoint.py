"""Where a training stands: all that the next step depends on, so that it goes on as if never stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from steadystyle.core.settings import TrainSettings
from steadystyle.core.versions import versions

NO_MATTER = ("time_limit", "patience", "look_every", "devices")
"""Settings that a training may be resumed with other values of."""


class Best(NamedTuple):
    """The weights that validated best, with the step that they are of and the loss on the pictures held back."""

    step: int
    loss: float
    weights: list[np.ndarray]


class Proven(NamedTuple):
    """What a training goes back to when a validation is far worse than the best: weights and slots of one that was not.

    Attributes:
        first: the loss of the network before its first step, on the pictures held back.
        since: at which step the training began to go on from what had been proven; 0, or that of the last time that it
            went back.
        loss: of the copy, on the pictures held back.
    """

    first: float
    since: int
    copy: Sequence[np.ndarray]
    loss: float


class TrainingState(NamedTuple):
    """All that a training needs to go on; the pictures of each step follow from the seed.

    Attributes:
        step: how many were taken.
        validations: the losses of all so far.
        variables: of the network and the optimizer.
        guard: see `NumericsGuard.memory`.
        best: None where no validation was finite.
        proven: at the last validation that the whole training would have had.
    """

    step: int
    validations: list[float]
    variables: list[np.ndarray]
    guard: Mapping[str, Any]
    best: Best | None
    proven: Proven


def identity_of(
    settings: TrainSettings,
    precision: str,
    styles: Sequence[np.ndarray],
    names: Sequence[str],
    folder: Path,
    files: Sequence[Path],
) -> dict[str, Any]:
    """What a training has to agree in with a checkpoint, as JSON holds it.

    Photographs are known by their names and sizes: to read a hundred thousand of them would take minutes.
    """
    chosen = {name: value for name, value in settings.as_dict().items() if name not in NO_MATTER}
    listed = "\n".join(f"{path.relative_to(folder).as_posix()} {_size(path)}" for path in files)
    return {
        "versions": versions(),
        "settings": chosen | {"precision": precision},
        "names": list(names),
        "pictures": hashlib.sha256(listed.encode("utf-8", "surrogateescape")).hexdigest(),
        "styles": [hashlib.sha256(np.ascontiguousarray(style).data).hexdigest() for style in styles],
    }


def _size(path: Path) -> int | None:
    """In bytes; None for what cannot be looked at, such as a link to nothing."""
    try:
        return path.stat().st_size
    except OSError:
        return None
