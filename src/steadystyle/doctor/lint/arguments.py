"""What an operation is given, and what many of them do with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from steadystyle.doctor.lint.facts import UNKNOWN, Facts, joined, tensor


class Arguments(NamedTuple):
    """What is known of the arguments of a call."""

    facts: tuple[Facts, ...]
    named: Mapping[str, Facts]

    def get(self, index: int, *names: str) -> Facts:
        """An argument by position or by one of its names."""
        if index < len(self.facts):
            return self.facts[index]
        return next((self.named[name] for name in names if name in self.named), UNKNOWN)

    def all(self) -> tuple[Facts, ...]:
        """All of them."""
        return (*self.facts, *self.named.values())

    @property
    def first(self) -> Facts:
        """The first argument, however it is named."""
        return next(iter(self.all()), UNKNOWN)


Transfer = Callable[[Arguments], Facts]


def kept(given: Arguments) -> Facts:
    """The same values in another arrangement."""
    return given.first.but(kind="tensor", parts=(), target=None)


def elements(facts: Facts) -> Facts:
    """What is known of the entries of nested lists."""
    return joined(elements(part) for _, part in facts.parts) if facts.parts else facts


def bounded(low: float, high: float, *marks: str) -> Transfer:
    """An operation whose result lies between two numbers."""
    return lambda given: tensor(low, high, *marks)
