"""One picture by optimisation, from pictures and settings to a result."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from steadystyle.core import discover
from steadystyle.core.contracts import Optimizer, Schedule
from steadystyle.core.errors import PictureError
from steadystyle.core.outcome import Outcome, Result
from steadystyle.core.settings import AUTO, Settings
from steadystyle.core.tuned import Tuned
from steadystyle.guard.judge import Guard
from steadystyle.images.arrays import Picture, as_picture
from steadystyle.transfer import loop
from steadystyle.transfer.clipping import limit_at
from steadystyle.transfer.facts import gather_facts
from steadystyle.transfer.precision import choose_precision
from steadystyle.transfer.problem import Problem
from steadystyle.transfer.recorder import Recorder, Report
from steadystyle.transfer.scales import Scale, enlarge, plan
from steadystyle.transfer.start import start_picture
from steadystyle.transfer.tune import range_test

CUT_SHORT = (Outcome.STOPPED, Outcome.OUT_OF_TIME, Outcome.GAVE_UP)


def stylize(
    content: Picture,
    style: Picture | Sequence[Picture],
    *,
    settings: Settings | None = None,
    report: Report | None = None,
    stop: Callable[[], bool] | None = None,
    **overrides: Any,
) -> Result:
    """Make a picture with the content of one picture and the style of another.

    Args:
        content: a path, or an array (H, W, 3): float in [0, 1] or an integer type over its range; grey and alpha are
            accepted.
        style: the same; several styles in a list blend in equal shares.
        settings: what to compute; the defaults if None.
        report: called after each gradient evaluation and each event.
        stop: asked before each step; True ends the run with the best picture so far.
        overrides: single settings by name, over those of `settings`.

    Returns:
        the best picture at the full size, with the loss measured at that very picture. A run that is cut short at a
        smaller scale gives its picture enlarged.

    Raises:
        PictureError: a picture cannot be read or used.
        SettingsError: a setting has no possible meaning.
        WeightsError: the backbone's weights are missing or broken.

    Example:
        >>> result = steadystyle.stylize("photo.jpg", "painting.jpg", size=768, preset="fine")
        >>> steadystyle.save_image("out.png", result.image)

    Source: Gatys et al., "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016; coarse to fine after
    their CVPR 2017 paper. We leave them in normalising each loss by its target, and in the guard around each step.
    """
    settings = (settings or Settings()).replaced(overrides).resolved()
    styles = [as_picture(one) for one in (style if isinstance(style, list | tuple) else [style])]
    if not styles:
        raise PictureError("style: got an empty list, wanted at least one picture")
    run = _Run(settings, as_picture(content), styles, report, stop)
    for number, _ in enumerate(run.scales):
        outcome = run.go_through(number)
        if outcome in CUT_SHORT:
            break
    return run.result(outcome)


class _Run:
    """One run: what is minimised, by which optimizer, under which guard, and the picture so far."""

    def __init__(
        self,
        settings: Settings,
        content: np.ndarray,
        styles: list[np.ndarray],
        report: Report | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self._settings, self._content, self._styles = settings, content, styles
        self._problem = Problem(settings, choose_precision(settings.precision), content, styles)
        self._schedule = discover.feature("steadystyle.optimizers.schedules", settings.schedule, Schedule)()  # type: ignore[type-abstract]
        self.scales = plan(settings, *content.shape[:2])
        self._scale, self._state = self.scales[0], None
        generator = np.random.default_rng(settings.seed)
        self._picture = start_picture(settings.init, self._problem.content_at(self._scale), styles[0], generator)
        self._recorder = Recorder(report, stop, settings.time_limit, self._best_picture)
        self._tuned: Tuned | None = None
        self._rate, threshold = self._knobs()
        found = discover.feature("steadystyle.optimizers", settings.optimizer, Optimizer)  # type: ignore[type-abstract]
        self._optimizer = found(limit_at(threshold, settings.clip_by))
        self._guard = Guard(self._optimizer)
        self._guard.on_event = self._recorder.on_event

    def go_through(self, number: int) -> Outcome:
        """Take the steps of the scale of that number, from the picture so far."""
        self._scale = scale = self.scales[number]
        self._recorder.scale = number
        self._picture = enlarge(self._picture, self._problem.content_at(scale))
        start = self._problem.batch(self._picture)
        state = self._optimizer.start(start) if number == 0 else self._optimizer.rescale(self._state, start)
        posed = self._problem.at(scale)
        self._guard.new_scale(posed)
        outcome, self._state = loop.run(
            posed, self._optimizer, self._guard, start, state,
            learning_rates=self._learning_rates(scale),
            on_step=self._recorder.on_step, interrupted=self._recorder.interrupted,
        )  # fmt: skip
        self._picture = self._best_picture()
        return outcome

    def _knobs(self) -> tuple[float | None, float | None]:
        """Learning rate and clipping threshold: as given, or measured from the start of the run; None for neither."""
        rate, threshold = self._settings.learning_rate, self._settings.clip
        if AUTO in (rate, threshold):
            stop = self._recorder.interrupted
            self._tuned = range_test(
                self._settings, self._problem, self._scale, self._picture, lambda: stop() is not None
            )
            rate = self._tuned.learning_rate
            threshold = self._tuned.clip if threshold == AUTO else threshold
        assert not isinstance(rate, str)
        assert not isinstance(threshold, str)
        return rate, threshold

    def _learning_rates(self, scale: Scale) -> Iterator[float]:
        """One for each step, made when it is due: a schedule may follow the losses."""
        rate = self._rate or self._optimizer.default_learning_rate
        for step in range(scale.steps):
            yield rate * self._schedule.factor(step, scale.steps, self._recorder.losses)

    def result(self, outcome: Outcome) -> Result:
        """The picture so far at the full size, with the loss that was measured at that very picture."""
        if self._scale != self.scales[-1] or self._guard.best.measurement is None:
            self._guard.new_scale()  # the loss at the smaller size is not this picture's
            self._picture = enlarge(self._picture, self._problem.content_at(self.scales[-1]))
            self._guard.best.offer(self._problem.at(self.scales[-1])(self._problem.batch(self._picture)))
        if outcome not in CUT_SHORT and self._recorder.events:
            outcome = Outcome.REPAIRED
        return Result(
            image=self._picture,
            outcome=outcome,
            loss=self._guard.best.loss,
            terms=self._guard.best.terms,
            settings=self._settings,
            history=tuple(self._recorder.history),
            events=tuple(self._recorder.events),
            facts=gather_facts(self._problem.precision, self._content, self._styles, self._recorder.seconds)
            | ({} if self._tuned is None else {"tuned": dataclasses.asdict(self._tuned)}),
        )

    def _best_picture(self) -> np.ndarray:
        return self._guard.best.picture(otherwise=self._picture)[: self._scale.height, : self._scale.width]
