"""The run report: everything that a run measured and did, as one JSON document."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from steadystyle.core.outcome import Result
from steadystyle.images.atomic import write_atomically


def report_of(
    result: Result, record: Mapping[str, Any], picture: Path, snapshots: Sequence[Path], seconds: float
) -> dict[str, Any]:
    """The report as plain values.

    Args:
        record: what the run is known by (see `record.run_record`).
        seconds: that the whole command took so far.
    """
    return {
        "run": record,
        "outcome": result.outcome.name.lower(),
        "advice": result.outcome.value,
        "exit_code": result.outcome.exit_code,
        "picture": str(picture),
        "snapshots": [str(path) for path in snapshots],
        "height": result.image.shape[0],
        "width": result.image.shape[1],
        "loss": plain(result.loss),
        "terms": plain(result.terms),
        "seconds": round(seconds, 3),
        "facts": plain(result.facts),
        "events": plain(result.events),
        "steps": plain(result.history),
    }


def plain(value: Any) -> Any:
    """`value` as JSON has it; what JSON has no number for becomes the text "nan", "inf" or "-inf"."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part) for part in value]
    if isinstance(value, Enum):
        return value.name.lower()
    if value is None or isinstance(value, str | bool | int):
        return value
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # a numpy scalar
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return str(value)


def as_json(report: Mapping[str, Any]) -> str:
    """One document, readable by people and by every strict parser."""
    return json.dumps(report, indent=1, allow_nan=False) + "\n"


def write_report(report: Mapping[str, Any], path: Path) -> None:
    """Write it in whole or not at all.

    Raises:
        OutputError: the folder is missing, not writable, or full.
    """
    write_atomically(path, as_json(report).encode())
