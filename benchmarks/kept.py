"""Rows of a long benchmark, saved one by one: a run that was interrupted goes on where it was."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from steadystyle.images.atomic import write_atomically


class Kept:
    """A JSON file of rows by name; a row counts as long as the files that it depends on are the same."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._lock = path, threading.Lock()
        self._rows: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}

    def row(
        self,
        name: str,
        depends_on: str,
        make: Callable[[], dict[str, Any]],
        again: Callable[[dict[str, Any]], bool] = lambda row: False,
    ) -> dict[str, Any]:
        """The row that is there, unless it is to be made `again`; else the one that `make` makes, saved at once."""
        kept = self._rows.get(name)
        if kept is None or kept["depends_on"] != depends_on or again(kept["row"]):
            kept = {"depends_on": depends_on, "row": make()}
            with self._lock:
                self._rows[name] = kept
                write_atomically(self._path, (json.dumps(self._rows, indent=1) + "\n").encode())
        row: dict[str, Any] = kept["row"]
        return row


def fingerprint(files: Iterable[Path]) -> str:
    """What tells whether any of these files has changed, wherever they lie."""
    each = sorted(hashlib.sha256(f"{file.name}\n".encode() + file.read_bytes()).hexdigest() for file in files)
    return hashlib.sha256("".join(each).encode()).hexdigest()[:16]
