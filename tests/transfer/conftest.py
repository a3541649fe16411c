from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import tensorflow as tf

from steadystyle.core.contracts import Backbone
from steadystyle.transfer import problem
from steadystyle.transfer.measure import Measure, Term

GRAPHS: dict[Any, Measure] = {}


@pytest.fixture
def shared_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Problems with the same weights measure with the same graph, as all use the stand-in network.

    Tracing it is most of a small run; one graph serves all sizes.
    """

    def shared(
        backbone: Backbone, terms: Mapping[str, Term], loss_scale: float | None = None, widens: bool = False
    ) -> Measure:
        network = {name: value for name, value in vars(backbone).items() if name in {"_pooling", "_dtype"}}
        key = repr(
            (network, {name: (type(term.loss), term.weight) for name, term in terms.items()}, loss_scale, widens)
        )
        if key in GRAPHS and any(term.loss.softening != 1 for term in GRAPHS[key].terms.values()):
            del GRAPHS[key]  # a repair changed it
        if key not in GRAPHS:
            GRAPHS[key] = Measure(backbone, terms, loss_scale, widens)
            traced = tf.function(GRAPHS[key].features, input_signature=[tf.TensorSpec([1, None, None, 3])])
            GRAPHS[key].features = traced  # type: ignore[method-assign]
        GRAPHS[key].loss_scale = loss_scale
        return GRAPHS[key]

    monkeypatch.setattr(problem, "Measure", shared)
