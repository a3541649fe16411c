"""Attributes of others that are replaced for a while, and given back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

NOT_THERE = object()


class Wrapped:
    """What was replaced, in order."""

    def __init__(self) -> None:
        self._before: list[tuple[Any, str, Any]] = []

    def wrap(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """Put `make(original)` in the place of a function or method."""
        original = getattr(owner, name)
        self._before.append((owner, name, vars(owner).get(name, NOT_THERE)))
        setattr(owner, name, functools.wraps(original)(make(original)))

    def give_back(self) -> None:
        """Everything as it was, the last first."""
        while self._before:
            owner, name, before = self._before.pop()
            if before is NOT_THERE:
                delattr(owner, name)
            else:
                setattr(owner, name, before)
