"""The repairs of a run, told at its end: a table on a terminal, lines in a file or a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TextIO

from steadystyle.core.causes import CAUSES
from steadystyle.core.outcome import Event

MOST_ROWS = 20


def tell_repairs(events: Sequence[Event], stream: TextIO) -> None:
    """Say what was repaired, not what was only turned; repairs of one kind that follow one another are one row."""
    repaired = [event for event in events if event.repaired]
    groups = [list(group) for _, group in groupby(repaired, lambda event: (event.cause, event.where))]
    rows = [_row(group) for group in groups[:MOST_ROWS]]
    left_out = len(groups) - len(rows)
    if not rows:
        return
    if stream.isatty():
        _table(rows, stream)
    else:
        for steps, cause, evidence, effect in rows:
            print(f"steadystyle: repaired {steps}: {cause} ({evidence}); {effect}", file=stream)
    if left_out:
        print(f"steadystyle: {left_out} more; --report or --json tells all", file=stream)


def _row(group: Sequence[Event]) -> tuple[str, str, str, str]:
    """Steps, cause, evidence of the first, remedy and effect of the last."""
    first, last = group[0], group[-1]
    once = first.step == last.step
    steps = first.when if once else f"steps {first.step} to {last.step}, {len(group)} times"
    cause = CAUSES[first.cause].title if first.cause in CAUSES else first.cause
    return steps, cause, f"{first.where}: {first.evidence}", f"{last.remedy}; {last.effect}"


def _table(rows: Sequence[tuple[str, ...]], stream: TextIO) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("Repaired at", "Cause", "Seen", "Done", box=SIMPLE_HEAD)
    for row in rows:
        table.add_row(*map(Text, row))  # Text: brackets in a name are no markup
    Console(file=stream, highlight=False).print(table)
