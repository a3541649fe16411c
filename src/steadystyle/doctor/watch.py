"""What the user cares about, looked at while the script runs: loss, gradient, update, variable, and what is printed.

A loss that is not finite is sick at once, a variable too. A gradient is so only if it reaches a variable, or if the
script ends with it: programs with a loss scale, or with a check of their own, skip such a step and are healthy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from steadystyle.doctor import source
from steadystyle.doctor.contracts import SHOWN, SHOWN_INFINITE, Observed, Sighting
from steadystyle.doctor.inventory import Inventory
from steadystyle.doctor.sites import (
    Site,
    all_finite_in_graph,
    finite_array,
    floats,
    largest,
    largest_in_graph,
)

UNSKIPPED = 5
"""With a loss scale, so many bad gradients in a row at the end are more than the scale looking for its value."""
ORDER = ("loss", "gradient", "rate", "update", "variable")


class Stop(BaseException):
    """Ends the run from inside: the answer is known."""


class Watch:
    """What one run has shown so far. `ended` is called with the reason as soon as the answer is known."""

    def __init__(self, ended: Callable[[str], None], step_limit: int | None) -> None:
        self.observed = Observed()
        self.calls = 0
        self.tracer: Any = None
        """The recorder, where operations are recorded: it is told of every bad tensor."""
        self._ended, self._step_limit = ended, step_limit
        self._sites: dict[Any, Site] = {}
        self._graph_sites: list[tuple[str, Site]] = []
        self._pending: tuple[Site, Sighting] | None = None
        self._printed: dict[Any, Sighting | None] = {}
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
        if not tf.executing_eagerly():
            site = self._graph_site("gradient", ("loss", "gradient"))
            mean = tf.reduce_mean(tf.cast(losses[0], tf.float32)) if losses else 0.0
            bad_loss = tf.constant(False) if self.observed.loss_scaled else ~all_finite_in_graph(losses)
            site.add_in_graph(
                {"loss": bad_loss, "gradient": ~all_finite_in_graph(slopes)}, mean, largest_in_graph(slopes)
            )
            return
        site = self._eager_site(("loss", "gradient"))
        loss_arrays, slope_arrays = [a.numpy() for a in losses], [a.numpy() for a in slopes]
        bad_loss = not self.observed.loss_scaled and not all(map(finite_array, loss_arrays))
        bad_slope = not all(map(finite_array, slope_arrays))
        with np.errstate(all="ignore"):
            mean = float(np.mean(loss_arrays[0], dtype=np.float32)) if loss_arrays else 0.0
        site.add({"loss": bad_loss, "gradient": bad_slope}, mean, largest(slope_arrays))
        if bad_loss:
            self._trace(losses)
            self.sick(Sighting("loss", site.count - 1, self._call_before, self._place()), site)
        elif bad_slope:
            self._trace(slopes)
            self._set_pending(site, Sighting("gradient", site.count - 1, self._call_before, self._place()))
        elif self._pending and self._pending[0] is site:
            self._clear_pending()
        self._call_before = self.calls
        self._count(site)

    def scaled_loss(self, loss: Any) -> None:
        """A loss-scale optimizer is about to multiply this loss."""
        self.observed.loss_scaled = True
        losses = floats(loss)
        if tf.executing_eagerly():
            if not all(finite_array(a.numpy()) for a in losses):
                self._trace(losses)
                site = self._eager_site(("loss",))
                self.sick(Sighting("loss", site.count, self._call_before, self._place()), site)
        else:
            site = self._graph_site("loss", ("loss",))
            site.add_in_graph({"loss": ~all_finite_in_graph(losses)})

    def applied(self, optimizer: Any, rate: Any, gradients: Any, variables: Any) -> None:
        """An optimizer has updated its variables."""
        raw = floats(list(variables))
        self._trained.update(id(v) for v in raw)
        if not tf.executing_eagerly():
            site = self._graph_site("update", ("rate", "update"))
            bad_rate = ~all_finite_in_graph([tf.cast(rate, tf.float32)])
            site.add_in_graph({"rate": bad_rate, "update": ~all_finite_in_graph([v.read_value() for v in raw])})
            return
        site = self._eager_site(("rate", "update"))
        bad_rate = not np.isfinite(float(rate))
        bad = [v for v in raw if not finite_array(v.numpy())]
        site.add({"rate": bad_rate, "update": bool(bad)})
        if bad:
            self._trace(bad)
            self.sick(Sighting("update", site.count - 1, self._call_before, self._place()), site)
        self._clear_pending()

    def assigned(self, variable: Any, value: Any) -> None:
        """A variable was assigned by the script itself, or by Keras outside of an optimizer."""
        self._inventory.add_update()
        values = floats(value)
        trained = id(variable) in self._trained
        if not tf.executing_eagerly():
            site = self._graph_site("assign", ("variable", "infinite"), trained)
            nan = tf.reduce_any(tf.stack([tf.reduce_any(tf.math.is_nan(v)) for v in values] or [False]))
            site.add_in_graph({"variable": nan, "infinite": ~all_finite_in_graph(values)})
            return
        array = variable.numpy()
        if not finite_array(array) and (trained or np.isnan(array.astype(np.float32)).any()):
            site = self._eager_site(("variable",))
            self._trace([variable])
            step = self.main_site.count if self.main_site else 0
            self.sick(Sighting("variable", max(0, step - 1), self._call_before, self._place()), site)
        elif trained:
            self._clear_pending()

    def shown(self, tensor: Any, array: np.ndarray, only_nan: bool) -> None:
        """A tensor was turned into a number or text: a script may print its loss and never ask for a gradient."""
        if array.dtype.kind not in "fV":
            return
        array = array.astype(np.float32) if array.dtype.itemsize < 4 or array.dtype.kind == "V" else array
        bad = bool(np.isnan(array).any() if only_nan or array.size > 1 else not np.isfinite(array).all())
        lines = source.stack()
        if not lines or not (bad or lines[0][:2] in self._printed):
            return
        key = lines[0][:2]
        if bad and self._printed.get(key) is None:
            step = self.main_site.count if self.main_site else 0
            note = SHOWN if np.isnan(array).any() else SHOWN_INFINITE
            self._printed[key] = Sighting("loss", step, self._call_before, self._place(), note)
            self._trace([tensor], key)
        elif not bad:
            self._printed[key] = None

    def made_optimizer(self, optimizer: Any) -> None:
        """The script has made an optimizer."""
        self._inventory.add_optimizer(optimizer)

    def called(self) -> None:
        """An outermost `tf.function` has returned: read what its graph has counted."""
        found: list[tuple[int, int, str, Site]] = []
        updated = False
        for kind, site in self._graph_sites:
            before = site.count
            site.collect()
            if site.count == before:
                continue
            self._count(site, kind)
            updated = updated or (kind in ("update", "assign") and site.trained)
            for flag, step in site.first_bad.items():
                what = "variable" if flag == "infinite" else flag
                if flag == "rate" or (flag == "infinite" and not site.trained):
                    continue
                if flag == "gradient":
                    self._weigh_gradient(site, step)
                else:
                    found.append((step, ORDER.index(what), what, site))
        if found:
            step, _, what, site = min(found, key=lambda item: item[:2])
            self.sick(Sighting(what, step, self._call_before, self._place()), site)
        elif updated:  # the variables are finite all the same: the script mends or leaves out what is not
            self._clear_pending()
        self._call_before = self.calls

    # What follows ---------------------------------------------------------------------------------------------------

    def _weigh_gradient(self, site: Site, step: int) -> None:
        if site.last_bad == site.count - 1:
            self._set_pending(site, Sighting("gradient", step, self._call_before, self._place()))
        elif self._pending and self._pending[0] is site:
            self._clear_pending()

    def sick(self, sighting: Sighting, site: Site) -> None:
        """The first bad value is certain; one of a gradient that led to it came before."""
        if self._pending and sighting.what != "loss":
            site, sighting = self._pending
        if sighting.what in ("loss", "gradient") and site.losses:
            self.main_site = site
        self.observed.sighting = sighting
        self._ended("sick")

    def finish(self) -> None:
        """The script has ended by itself: what is still pending counts now."""
        if self.observed.sighting:
            return
        if self._pending:
            site, sighting = self._pending
            if not self.observed.loss_scaled or _bad_in_a_row(site) >= UNSKIPPED:
                self.observed.sighting, self.main_site = sighting, site
                return
        for key, shown in self._printed.items():
            if shown is not None and not (shown.note == SHOWN_INFINITE and self.main_site):
                self.observed.sighting = shown
                if self.tracer:
                    self.tracer.choose(key)
                return

    def summary(self) -> Observed:
        """Everything seen, as plain data."""
        seen, site = self.observed, self.main_site
        if site:
            end = min([*site.first_bad.values(), site.count]) + 1
            seen.steps, seen.losses, seen.gradients = site.count, site.losses[:end], site.gradients[:end]
        seen.updates, seen.optimizers = self._inventory.updates(), self._inventory.optimizers()
        return seen

    def _count(self, site: Site, kind: str = "gradient") -> None:
        if kind == "gradient" and (self.main_site is None or site.count > self.main_site.count):
            self.main_site = site
        if self._step_limit is not None and self.main_site and self.main_site.count >= self._step_limit:
            self._ended("steps")

    def _set_pending(self, site: Site, sighting: Sighting) -> None:
        if self._pending is None:
            self._pending = (site, sighting)

    def _clear_pending(self) -> None:
        pending, self._pending = self._pending, None
        if pending and self.tracer:
            self.tracer.forget()

    def _trace(self, tensors: list[Any], key: Any = None) -> None:
        if self.tracer:
            self.tracer.found(tensors, key)

    def _place(self) -> Any:
        lines = source.stack()
        return source.place(lines[0]) if lines else None

    def _eager_site(self, flags: tuple[str, ...]) -> Site:
        lines = source.stack()
        key = (flags, lines[0][:2] if lines else None)
        return self._sites.setdefault(key, Site(flags, lines))

    def _graph_site(self, kind: str, flags: tuple[str, ...], trained: bool = True) -> Site:
        site = Site(flags, source.stack(), trained)
        self._graph_sites.append((kind, site))
        return site


def _bad_in_a_row(site: Site) -> int:
    bad = [not np.isfinite(size) for size in site.gradients]
    return next((i for i, one in enumerate(reversed(bad)) if not one), len(bad))
