"""Failures of the watching itself: kept and told in the report, and never the end of the user's program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

MOST = 20
_SEEN: dict[str, None] = {}


@contextmanager
def kept() -> Iterator[None]:
    """Whatever fails inside is remembered, once for each kind."""
    try:
        yield
    except Exception as error:
        if len(_SEEN) < MOST:
            _SEEN[" ".join(f"{type(error).__name__}: {error}".split())[:300]] = None


def seen() -> list[str]:
    """What has failed so far."""
    return list(_SEEN)


def forget() -> None:
    """A new diagnosis begins."""
    _SEEN.clear()
