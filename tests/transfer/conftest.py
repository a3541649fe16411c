from __future__ import annotations

import pytest

from steadystyle.transfer import problem
from tests.transfer.graphs import SharedGraphs

SHARED = SharedGraphs(traces_features=True)


@pytest.fixture
def shared_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Problems of the same kind measure with the same graph."""
    monkeypatch.setattr(problem, "Measure", SHARED)
