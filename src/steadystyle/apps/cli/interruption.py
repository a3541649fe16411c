"""Ctrl-C once: finish with the best picture so far. Twice: leave at once."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """While entered, the first SIGINT or SIGTERM becomes a wish to stop, and a second one ends the process.

    Before `allow_saving` was called there is no picture to save: then the first one raises KeyboardInterrupt.
    """

    def __init__(self) -> None:
        self.requested = False
        self._picture_exists = False
        self._previous: dict[signal.Signals, Any] = {}

    def allow_saving(self) -> None:
        """There is a picture now: an interruption waits for the engine to return it."""
        self._picture_exists = True

    def stop(self) -> bool:
        """Whether the run should end; the engine asks before each step."""
        return self.requested

    def __enter__(self) -> Interruption:
        for number in SIGNALS:
            # A program started with nohup or in the background of a script is meant to ignore it.
            if signal.getsignal(number) != signal.SIG_IGN:
                self._previous[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        # An import or a native call may have turned the KeyboardInterrupt into an error of its own.
        if isinstance(error, Exception) and self.requested and not self._picture_exists:
            raise KeyboardInterrupt from error

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        # The default action needs no Python: it works even while TensorFlow computes a long step.
        for handled in self._previous:
            signal.signal(handled, signal.SIG_DFL)
        self.requested = True
        if not self._picture_exists:
            raise KeyboardInterrupt
