"""A bar on a terminal that moves, with words above it; what it tells of, whoever moves it knows."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self, TextIO

ROOM_FOR_TERMS = 110
"""Columns of a terminal from which on each loss has its place beside the bar."""


class MovingBar:
    """Shown from when it is entered to when it is left.

    Args:
        total: where it ends.
    """

    def __init__(self, stream: TextIO, total: float) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._console = Console(file=stream, highlight=False, markup=False)
        columns = [
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=16),
            TextColumn("{task.percentage:3.0f}%", markup=False),
            TextColumn("{task.fields[details]}", markup=False),
        ]
        self._bar = Progress(*columns, console=self._console, refresh_per_second=4)
        self._task: Any = self._bar.add_task("starting", total=total, details="")

    @property
    def _is_wide(self) -> bool:
        """Whether there is room for each loss."""
        return self._console.width >= ROOM_FOR_TERMS

    def say(self, message: str) -> None:
        """Write `message` above the bar."""
        self._console.print(message, soft_wrap=True)

    def _move(self, completed: float, description: str, details: str) -> None:
        self._bar.update(self._task, completed=completed, description=description, details=details)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
