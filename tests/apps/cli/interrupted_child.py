"""Run as a program: the command line with a fake engine that sends its own process signals, or waits for some."""

from __future__ import annotations

import os
import signal
import sys
import time

from steadystyle.apps.cli.main import main
from tests.apps.cli.engine import FakeEngine

if __name__ == "__main__":
    steps_and_signals, *arguments = sys.argv[1:]
    sent = dict(pair.split(":") for pair in steps_and_signals.split(","))

    def on_step(step: int) -> None:
        """Send what is due before `step`, then compute for a moment."""
        for name in sent.get(str(step), "").split("+"):
            if name:
                os.kill(os.getpid(), getattr(signal, name))
                time.sleep(0.05)

    FakeEngine(on_step=on_step).install()
    raise SystemExit(main(arguments))
