"""What a run is known by: it travels inside its picture and its report, and is enough to repeat it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from steadystyle import __version__
from steadystyle.apps.cli.inputs import Input, seen_from, sha256_of
from steadystyle.core.errors import WeightsError
from steadystyle.core.settings import Settings

KEY = "steadystyle"
"""The keyword of the text inside a PNG."""


def run_record(content: Input, styles: Sequence[Input], settings: Settings, bits: int, folder: Path) -> dict[str, Any]:
    """The run as plain data; paths are as seen from `folder`, where the result goes.

    Raises:
        WeightsError: the settings name a file of weights that cannot be read.
    """
    return {
        "version": __version__,
        "settings": settings.resolved().as_dict() | {"weights": None},
        "weights": _weights_record(settings.weights, folder),
        "content": content.record(folder),
        "styles": [style.record(folder) for style in styles],
        "bits": bits,
    }


def _weights_record(path: Path | None, folder: Path) -> dict[str, str] | None:
    if path is None:
        return None
    try:
        return {"path": seen_from(folder, path), "sha256": sha256_of(path)}
    except OSError as error:
        raise WeightsError(f"cannot read the weights {path}: {error.strerror}; check --weights") from error


def is_same_run(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether both give the same picture: version, settings and hashes of the files are equal, wherever those lie."""
    return bool(one) and bool(other) and _identity(one) == _identity(other)


def _identity(record: Mapping[str, Any]) -> Any:
    try:
        files = (record["content"], *record["styles"], record["weights"])
        hashes = [entry and entry["sha256"] for entry in files]
        return record["version"], record["settings"], hashes, record["bits"]
    except (KeyError, TypeError):  # written by another program under our keyword
        return None


def as_text(record: Mapping[str, Any]) -> dict[str, str]:
    """The text chunk that a result carries."""
    return {KEY: json.dumps(record, ensure_ascii=True, allow_nan=False)}


def from_text(text: Mapping[str, str]) -> dict[str, Any]:
    """The record in a picture's texts; empty if it holds none."""
    try:
        record = json.loads(text.get(KEY, "{}"))
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}
