"""What the user cares about, looked at while the script runs: loss, gradient, update, variable, and what is shown.

A variable that is not finite is sick at once. A loss or gradient is so only if it is trained on, or if the script ends
with it: programs with a loss scale, or with a check of their own, skip such a step and are healthy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from steadystyle.doctor import source
from steadystyle.doctor.doubts import Doubts
from steadystyle.doctor.inventory import Inventory
from steadystyle.doctor.observed import Observed, Sighting
from steadystyle.doctor.shown import Shown
from steadystyle.doctor.sites import (
    Site,
    all_finite_eagerly,
    all_finite_in_graph,
    array_of,
    finite_array,
    floats,
    largest,
    largest_in_graph,
    mean,
    mean_in_graph,
)

ORDER = ("loss", "gradient", "rate", "update", "variable")


class Watch:
    """What one run has shown so far. `ended` is called with the reason as soon as the answer is known."""

    def __init__(self, ended: Callable[[str], None], step_limit: int | None) -> None:
        self.observed = Observed()
        self.calls = 0
        self.tracer: Any = None
        """The findings, where operations are recorded: they are told of every bad tensor."""
        self._ended, self._step_limit = ended, step_limit
        self._sites: dict[Any, Site] = {}
        self._graph_sites: list[Site] = []
        self._doubts = Doubts()
        self._shown = Shown()
        self._call_before = 0
        self._trained: set[int] = set()
        self._inventory = Inventory()
        self.main_site: Site | None = None

    # What the patches report ---------------------------------------------------------------------------------------

    def gradient(self, target: Any, sources: Any, gradients: Any) -> None:
        """A tape was asked for a gradient."""
        for variable in tf.nest.flatten(sources):
            self._trained.add(id(variable.value if type(variable).__module__.startswith("keras") else variable))
        losses, slopes = floats(target), floats(gradients)
        judged = [] if self.observed.loss_scaled or _is_scaled(losses) else losses
        if not tf.executing_eagerly():
            site = self._graph_site("training", ("loss", "gradient"))
            bad_loss = ~all_finite_in_graph(judged)
            bad = {"loss": bad_loss, "gradient": ~all_finite_in_graph(slopes)}
            site.add_in_graph(bad, mean_in_graph(losses), largest_in_graph(slopes))
            return
        site = self._eager_site("training", ("loss", "gradient"))
        slope_arrays = [array_of(slope) for slope in slopes]
        bad_loss = not all_finite_eagerly(judged)
        bad_slope = not all(map(finite_array, slope_arrays))
        site.add({"loss": bad_loss, "gradient": bad_slope}, mean(losses), largest(slope_arrays))
        if bad_loss or bad_slope:
            self._trace(losses if bad_loss else slopes)
            self._doubt(site, self._sighting("loss" if bad_loss else "gradient", site.count - 1))
        elif self._doubts.are_of(site):
            self._trust()
        self._call_before = self.calls
        self._count(site)

    def scaled_loss(self, loss: Any) -> None:
        """A loss-scale optimizer is about to multiply this loss."""
        self.observed.loss_scaled = True
        self._loss("scaling", loss)

    def evaluated(self, loss: Any) -> None:
        """Keras has evaluated a loss without training on it."""
        self._loss("evaluation", loss)

    def _loss(self, kind: str, loss: Any) -> None:
        losses = floats(loss)
        if not tf.executing_eagerly():
            self._graph_site(kind, ("loss",)).add_in_graph(
                {"loss": ~all_finite_in_graph(losses)}, mean_in_graph(losses)
            )
            return
        site = self._eager_site(kind, ("loss",))
        bad = not all_finite_eagerly(losses)
        site.add({"loss": bad}, mean(losses))
        if bad:
            self._sick("loss", site, losses)

    def applied(self, optimizer: Any, rate: Any, variables: Any) -> None:
        """An optimizer has updated its variables."""
        raw = floats(list(variables))
        self._trained.update(id(v) for v in raw)
        self._inventory.add_used(optimizer)
        if not tf.executing_eagerly():
            site = self._graph_site("update", ("rate", "update"))
            bad_rate = ~all_finite_in_graph([tf.cast(rate, tf.float32)])
            site.add_in_graph({"rate": bad_rate, "update": ~all_finite_in_graph([v.read_value() for v in raw])})
            return
        site = self._eager_site("update", ("rate", "update"))
        bad, bad_rate = [v for v in raw if not finite_array(array_of(v))], not np.isfinite(float(rate))
        self.observed.bad_rate = self.observed.bad_rate or bad_rate
        site.add({"rate": bad_rate, "update": bool(bad)})
        if bad:
            self._sick("update", site, bad)
        self._trained_on_it()

    @property
    def doubts(self) -> bool:
        """Whether it matters now if a variable changes: something bad was seen that may yet be skipped."""
        return self._doubts.first is not None

    def assigned(self, variable: Any, value: Any, changed: bool) -> None:
        """A variable was assigned by the script itself, or by Keras outside of an optimizer."""
        self._inventory.add_update()
        values = floats(value)
        trained = id(variable) in self._trained
        if not tf.executing_eagerly():
            site = self._graph_site("assignment", ("variable", "infinite"), trained)
            nan = tf.reduce_any(tf.stack([tf.reduce_any(tf.math.is_nan(v)) for v in values] or [False]))
            site.add_in_graph({"variable": nan, "infinite": ~all_finite_in_graph(values)})
            return
        array = array_of(variable)
        if not finite_array(array) and (trained or np.isnan(array.astype(np.float32)).any()):
            self._sick("variable", self._eager_site("assignment", ("variable",)), [variable])
        elif trained and changed:
            self._trained_on_it()

    def shown(self, tensor: Any, array: np.ndarray, only_nan: bool) -> None:
        """A tensor was turned into a number or text: a script may print its loss and never ask for a gradient."""
        key = self._shown.look(tensor, array, only_nan, self._steps(), self._call_before)
        if key is not None:
            self._trace([tensor], key)

    def made_optimizer(self, optimizer: Any) -> None:
        """The script has made an optimizer."""
        self._inventory.add_made(optimizer)

    def called(self) -> None:
        """An outermost `tf.function` has returned: read what its graph has counted."""
        found: list[tuple[int, int, str, Site]] = []
        steps = updates = 0
        doubtful: list[tuple[int, int, str, Site]] = []
        for site in self._graph_sites:
            before = site.count
            site.collect()
            if site.count == before:
                continue
            self._count(site)
            if site.kind == "training":
                steps = max(steps, site.count - before)
            if site.kind in ("update", "assignment") and site.trained:
                updates = max(updates, site.count - before)
            for flag, step in site.first_bad.items():
                what = "variable" if flag == "infinite" else flag
                self.observed.bad_rate = self.observed.bad_rate or flag == "rate"
                if flag == "rate" or (flag == "infinite" and not site.trained):
                    continue
                seen = (step, ORDER.index(what), what, site)
                (doubtful if site.kind == "training" else found).append(seen)
        self._weigh(found, doubtful, steps, updates)
        self._call_before = self.calls

    # What follows ---------------------------------------------------------------------------------------------------

    def _sick(self, what: str, site: Site, tensors: list[Any]) -> None:
        """Something bad was seen eagerly; `tensors` hold it."""
        self._trace(tensors)
        step = site.count - 1 if site.count else self._steps() - 1
        self._end_with(self._sighting(what, max(0, step)), site)

    def _end_with(self, sighting: Sighting, site: Site) -> None:
        """It is certain; what led to it came before."""
        site, sighting = self._doubts.first or (site, sighting)
        if site.kind in ("training", "scaling"):
            self.main_site = site
        self.observed.sighting = sighting
        self._ended("sick")

    def _weigh(self, found: list[Any], doubtful: list[Any], steps: int, updates: int) -> None:
        """What a call's graphs have counted: `doubtful` are losses and gradients, which may have been skipped."""
        if updates and updates >= steps:  # a bad loss was trained on; a bad gradient that does no harm was mended
            found = [*found, *(seen for seen in doubtful if seen[2] == "loss" and seen[3].bad_in_a_row)]
        for step, _, what, site in sorted(doubtful, key=lambda seen: seen[:2]):
            if site.bad_in_a_row:
                self._doubt(site, self._sighting(what, step))
            elif self._doubts.are_of(site):
                self._trust()
        if found:
            step, _, what, site = min(found, key=lambda seen: seen[:2])
            self._end_with(self._sighting(what, step), site)
        elif updates and updates >= steps:
            self._trained_on_it()

    def _trained_on_it(self) -> None:
        """Trained variables were given finite values: a bad loss was trained on, a bad gradient mended."""
        if self._doubts.first and self._doubts.trained_on():
            site, sighting = self._doubts.first
            self._end_with(sighting, site)
        self._trust()

    def finish(self) -> None:
        """The script has ended by itself: what is still pending counts now."""
        if self.observed.sighting:
            return
        if certain := self._doubts.at_the_end(self.observed.loss_scaled):
            self.main_site, self.observed.sighting = certain
            return
        key, shown = self._shown.verdict(trains=self.main_site is not None)
        if shown is not None:
            self.observed.sighting = shown
            if self.tracer:
                self.tracer.choose(key)

    def summarise(self) -> None:
        """Complete what was observed."""
        seen, site = self.observed, self.main_site
        if site:
            end = min([*site.first_bad.values(), site.count]) + 1
            seen.steps, seen.losses, seen.gradients = site.count, site.losses[:end], site.gradients[:end]
        seen.updates, seen.optimizers = self._inventory.updates(), self._inventory.optimizers()

    def _count(self, site: Site) -> None:
        if site.kind == "training" and (self.main_site is None or site.count > self.main_site.count):
            self.main_site = site
        if self._step_limit is not None and self._steps() >= self._step_limit:
            self._ended("steps")

    def _steps(self) -> int:
        return self.main_site.count if self.main_site else 0

    def _sighting(self, what: str, step: int) -> Sighting:
        lines = source.stack()
        return Sighting(what, step, self._call_before, source.place(lines[0]) if lines else None)

    def _doubt(self, site: Site, sighting: Sighting) -> None:
        if self._doubts.raised(site, sighting):
            self._end_with(sighting, site)

    def _trust(self) -> None:
        if self._doubts.clear() and self.tracer:
            self.tracer.forget()

    def _trace(self, tensors: list[Any], key: Any = None) -> None:
        if self.tracer:
            self.tracer.found(tensors, key)

    def _eager_site(self, kind: str, flags: tuple[str, ...]) -> Site:
        lines = source.stack()
        key = (kind, lines[0][:2] if lines else None)
        return self._sites.setdefault(key, Site(kind, flags))

    def _graph_site(self, kind: str, flags: tuple[str, ...], trained: bool = True) -> Site:
        self._graph_sites.append(Site(kind, flags, trained))
        return self._graph_sites[-1]


def _is_scaled(losses: list[Any]) -> bool:
    """Whether a float16 loss was scaled by hand: it may overflow, and only its gradient counts."""
    lines = source.stack()
    return bool(losses and lines) and losses[0].dtype == tf.float16 and "scal" in source.place(lines[0]).code
