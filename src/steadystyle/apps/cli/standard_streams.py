"""Standard input, output and error that are closed (`>&-` in a shell, some schedulers) are opened to nowhere.

Else the next file that is opened gets their number, and what is printed, by us or inside a library, goes into it.
"""

from __future__ import annotations

import os
import sys


def open_all() -> None:
    """Make sure that the three exist, for the system and for Python."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free: this one
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115


def flush_or_abandon_output() -> None:
    """Standard output may be what could not be written."""
    try:
        sys.stdout.flush()
    except OSError:
        abandon_output()


def abandon_output() -> None:
    """Nobody can read our output any more; without this, Python complains once more when it closes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
