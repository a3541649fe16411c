"""What a report should know about a run besides its numbers."""

from __future__ import annotations

import hashlib
import platform
import sys
from typing import Any

import numpy as np

from steadystyle.core.versions import versions


def hashes(content: np.ndarray, styles: list[np.ndarray]) -> dict[str, Any]:
    """By which the pictures that came in are known again."""
    return {"content": _sha256(content), "styles": [_sha256(style) for style in styles]}


def gather_facts(precision: str, inputs: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Versions, precision, `hashes` of the pictures that came in, seconds, and the process's peak memory in bytes."""
    return {
        "versions": {"python": platform.python_version()} | versions(),
        "precision": precision,
        "inputs": inputs,
        "seconds": seconds,
        "peak_memory_bytes": peak_memory(),
    }


def peak_memory() -> int | None:
    """The most memory that this process has held so far, in bytes; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _sha256(picture: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(picture).data).hexdigest()
