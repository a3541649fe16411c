"""Small runs with the same network and losses measure with the same graph, as tracing it is most of them."""

from __future__ import annotations

from collections.abc import Mapping

import tensorflow as tf

from steadystyle.core.contracts import Backbone
from steadystyle.transfer.measure import Measure, Term


class SharedGraphs:
    """Stands in for `Measure` where problems make one. One graph serves all sizes.

    Args:
        kind: of what it stands in for.
        traces_features: the features of targets too are then computed by a graph.
    """

    def __init__(self, kind: type[Measure] = Measure, *, traces_features: bool = False) -> None:
        self._kind, self._traces_features, self._kept = kind, traces_features, dict[str, Measure]()

    def __call__(
        self,
        backbone: Backbone,
        terms: Mapping[str, Term],
        loss_scale: float | None = None,
        widens: bool = False,
        **options: int,
    ) -> Measure:
        """The measure of such a network with such losses, made the first time."""
        fresh = self._kind(backbone, terms, loss_scale, widens, **options)
        network = {name: value for name, value in vars(backbone).items() if name in {"_pooling", "_dtype", "as_read"}}
        losses = [(name, type(term.loss), term.weight) for name, term in terms.items()]
        key = repr((network, fresh.watched, losses, loss_scale is None, widens, options))
        kept = self._kept.get(key)
        if kept is None or any(term.loss.softening != 1 for term in kept.terms.values()):  # a repair changed it
            kept = self._kept[key] = fresh
            if self._traces_features:
                traced = tf.function(fresh.features, input_signature=[tf.TensorSpec([1, None, None, 3])])
                fresh.features = traced  # type: ignore[method-assign]
        kept.loss_scale = loss_scale
        return kept
