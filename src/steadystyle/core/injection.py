"""Faults put in on purpose, to prove that each is found and mended.

Each place where a number is made asks `inject`. Where nobody injects, it hands back what it was given, and as it is
asked while a graph is traced, nothing of it is in the graph. Loads no TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

Injector: TypeAlias = Callable[[str, int | None, Any], Any]
"""Called with the place, the step where that is known, and the numbers: a NumPy array, a tensor, also one that is still
to be computed by a graph, or a plain number. What it returns, of the same kind and shape, takes their place.
"""

_injector: Injector | None = None


def inject(point: str, step: int | None, numbers: Any) -> Any:
    """`numbers`, or what the injector makes of them.

    Args:
        point: the place, in words.
        step: which gradient evaluation of the run, from 0; None where that is not known, as in a graph that serves all.
        numbers: what was made there.
    """
    return numbers if _injector is None else _injector(point, step, numbers)


@contextmanager
def injecting(injector: Injector) -> Iterator[None]:
    """Ask `injector` at every place while this lasts; graphs that are traced meanwhile go on asking."""
    global _injector
    before, _injector = _injector, injector
    try:
        yield
    finally:
        _injector = before
