"""The contracts of a cause and of an experiment, and what both are asked about. Loads no TensorFlow."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field

from steadystyle.doctor.changes import Changes
from steadystyle.doctor.observed import Observed, Origin, Place


@dataclass(frozen=True)
class Tried:
    """One experiment: what was changed, and whether the numbers stayed finite."""

    name: str
    finite: bool
    steps: int
    ending: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {'finite' if self.finite else 'not finite'} after {self.steps} steps"


@dataclass(frozen=True)
class Edit:
    """A change of one file of the user's, as its new text."""

    summary: str
    file: str
    text: str
    before: str
    line: int = 0
    after: str = ""


@dataclass
class Case:
    """All that is known when a cause is asked."""

    watched: Observed
    origin: Origin | None
    examined: Observed
    tried: dict[str, Tried] = field(default_factory=dict)

    @property
    def losses(self) -> list[float]:
        """Of the watched run, those of the site that went bad, oldest first."""
        return self.watched.losses

    def stays_finite(self, *names: str) -> bool:
        """Whether one of these experiments was tried and stayed finite."""
        return any(name in self.tried and self.tried[name].finite for name in names)


@dataclass(frozen=True)
class Diagnosis:
    """One cause's own opinion of a case; `strength` in [0, 1] is how well the evidence fits."""

    strength: float
    evidence: tuple[str, ...]
    place: Place | None = None


class CauseRule(ABC):
    """One cause: what it looks for, and the edits it proposes. Its words are in `core/causes.py`."""

    @abstractmethod
    def examine(self, case: Case) -> Diagnosis | None:
        """How well the evidence fits, or None where nothing points to this cause. No side effects."""

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Edits worth trying, the best first."""
        yield from ()


class Experiment(ABC):
    """One thing to change while the script runs again."""

    @abstractmethod
    def tries(self, case: Case) -> Iterator[tuple[str, Changes]]:
        """What to try, one after the other, each with its name; sees in `case.tried` how the last one went."""
