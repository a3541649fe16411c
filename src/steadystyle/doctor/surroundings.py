"""Where the program is right now: inside which layers, an optimizer, a function, an assignment, a question of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Surroundings:
    """How deep we are in each; `layers` are the classes of the Keras layers around, the outermost first."""

    def __init__(self) -> None:
        self.optimizer = self.function = self.assignment = self.ours = 0
        self.layers: list[str] = []

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """One deeper."""
        setattr(self, name, getattr(self, name) + 1)
        try:
            yield
        finally:
            setattr(self, name, getattr(self, name) - 1)

    @contextmanager
    def inside_layer(self, kind: str) -> Iterator[None]:
        """In a Keras layer of this class."""
        self.layers.append(kind)
        try:
            yield
        finally:
            self.layers.pop()


NOW = Surroundings()
"""Of this process; the script's own threads share it."""
