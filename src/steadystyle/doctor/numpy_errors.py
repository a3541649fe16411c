"""What numpy complained of, with the user's line: a NaN is often made before TensorFlow sees it."""

from __future__ import annotations

from typing import Any

import numpy as np

from steadystyle.doctor import source

_SEEN: list[tuple[str, source.Line]] = []
MOST = 50


def listen() -> dict[str, Any]:
    """Have numpy call us instead of warning; the script's own `np.errstate` still works. Returns what was set."""
    _SEEN.clear()
    np.seterrcall(_complained)
    return dict(np.seterr(divide="call", invalid="call", over="call"))


def _complained(kind: str, flag: int) -> None:
    lines = source.stack()
    if lines and len(_SEEN) < MOST:
        _SEEN.append((kind, lines[0]))


def seen() -> list[tuple[str, Any]]:
    """Each complaint (divide by zero, invalid value, overflow) with its place."""
    return [(kind, source.place(line)) for kind, line in _SEEN]
