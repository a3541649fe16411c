"""What the doctor asks of the second process: run this script so. Plain data; loads no TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass, field

from steadystyle.doctor.changes import Changes

SEED = 20
"""Of every source of random numbers, before the script's first line: where the script sets no seed of its own, a fault
would not come again when it is run again."""
READY = b"ready\n"
"""The first line of the replies; anything else is why TensorFlow could not be loaded."""
FAILED = 70
"""Exit status of a child that could not even say what it saw."""


@dataclass(frozen=True)
class Request:
    """One run of the script.

    Attributes:
        script, arguments, directory: as the user gave them; the directory is where the doctor was started.
        record: whether every eager operation is recorded, to find where a bad value began.
        changes: what is different in this run.
        seed: see `SEED`.
        step_limit: gradients after which the run ends, None for no limit.
        time_limit: seconds, after which it is stopped.
        output: where the script's own standard output goes: stdout, stderr or nowhere.
    """

    script: str
    arguments: tuple[str, ...]
    directory: str
    record: bool = False
    changes: Changes = field(default_factory=Changes)
    seed: int = SEED
    step_limit: int | None = None
    time_limit: float = 600.0
    output: str = "nowhere"
