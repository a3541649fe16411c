"""Many pictures in one style, from files to files."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from steadystyle.apps.cli import tensorflow_quietly
from steadystyle.apps.cli.conveyor import Conveyor
from steadystyle.apps.cli.interruption import Interruption
from steadystyle.apps.cli.sources import Failure, Task
from steadystyle.core.errors import OutputError
from steadystyle.core.settings import PassSettings
from steadystyle.feedforward.shares import Shares
from steadystyle.images.load import load_image
from steadystyle.images.save import check_writable, save_image

if TYPE_CHECKING:
    from steadystyle.feedforward.one_pass import OnePass


class Batch:
    """The network for one style, or a blend, and where its pictures go.

    Args:
        source: style pictures, (H, W, 3) float32 in [0, 1] each; or the file of a trained network.
        shares: of each style; None for equal ones. Style pictures have none by name.
    """

    def __init__(
        self,
        source: Sequence[np.ndarray] | Path,
        shares: Shares | None,
        settings: PassSettings,
        interruption: Interruption,
        *,
        quiet: bool,
    ) -> None:
        self._source, self._shares, self._settings = source, shares, settings
        self._interruption, self._quiet = interruption, quiet

    def run(self, tasks: Sequence[Task], folder: Path) -> Iterator[Path | Failure]:
        """The file of each task once it is there, or the failure.

        Raises:
            OutputError: the folder cannot be made or written to.
            SteadyStyleError: there can be no such network.
        """
        _made_if_missing(folder)
        check_writable(tasks[0].target)
        if not self._quiet:
            print("steadystyle: loading TensorFlow", file=sys.stderr)
        tensorflow_quietly.import_tensorflow()
        # Loads TensorFlow, so it waits until the styles and the folder have been found good.
        from steadystyle.feedforward.arbitrary import ArbitraryStyle
        from steadystyle.feedforward.trained import TrainedStyle

        if isinstance(self._source, Path):
            network: OnePass = TrainedStyle(self._source, shares=self._shares, settings=self._settings)
        else:
            assert not isinstance(self._shares, Mapping)
            network = ArbitraryStyle(list(self._source), shares=self._shares, settings=self._settings)
        self._interruption.allow_saving()  # from here on, one that was begun is finished
        conveyor = Conveyor(_read, network, _write, self._interruption.stop)
        for ended in conveyor.run(tasks):
            yield ended.target if isinstance(ended, Task) else ended


def _read(task: Task) -> np.ndarray:
    return load_image(task.source)


def _write(task: Task, picture: np.ndarray) -> None:
    save_image(task.target, picture)


def _made_if_missing(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {folder}: {error.strerror}; choose another with --output") from error
