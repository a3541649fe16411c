"""One picture by optimisation, from pictures and settings to a result."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from steadystyle.core import discover
from steadystyle.core.contracts import Limit, Optimizer, Schedule, as_it_is
from steadystyle.core.errors import PictureError
from steadystyle.core.injection import inject
from steadystyle.core.outcome import Outcome, Result
from steadystyle.core.precision import choose_precision
from steadystyle.core.settings import AUTO, Settings
from steadystyle.core.tuned import Tuned
from steadystyle.guard.judge import Guard
from steadystyle.images.arrays import Picture, as_picture, as_styles
from steadystyle.images.recognised import Remark
from steadystyle.images.resize import resize
from steadystyle.images.values import is_in_unit_range
from steadystyle.transfer import loop
from steadystyle.transfer.clipping import limit_at
from steadystyle.transfer.facts import gather_facts
from steadystyle.transfer.problem import Problem
from steadystyle.transfer.recorder import Recorder, Report
from steadystyle.transfer.scales import Scale, enlarge, plan
from steadystyle.transfer.start import start_picture
from steadystyle.transfer.tune import range_test
from steadystyle.transfer.twice import made_twice

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
        content: a path, or an array (H, W, 3): float in [0, 1], or uint8. Arrays in other ranges and forms are put
            right or refused as docs/inputs.md says, and what was done is an event of the result.
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
    styles = as_styles(style)
    came = as_picture(inject("content", None, content))
    run = _Run(settings, came.picture, [one.picture for one in styles], report, stop)
    run.say("content", came.remarks)
    for number, one in enumerate(styles, 1):
        run.say("style" if len(styles) == 1 else f"style {number}", one.remarks)
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
        self.scales = plan(settings, *content.shape[:2])
        self._scale, self._picture, self._state = self.scales[0], content, None
        self._schedule = discover.feature("steadystyle.optimizers.schedules", settings.schedule, Schedule)()  # type: ignore[type-abstract]
        found = discover.feature("steadystyle.optimizers", settings.optimizer, Optimizer)  # type: ignore[type-abstract]
        self._limit: Limit = as_it_is
        self._optimizer = found(lambda gradient, image: self._limit(gradient, image))
        self._guard = Guard(self._optimizer)
        self._recorder = Recorder(report, stop, settings.time_limit, self._best_picture)
        self._guard.on_event = self._recorder.on_event
        precision = choose_precision(settings.precision)
        self._problem = Problem(settings, precision, content, styles, self._recorder.on_event)
        self._picture = self._first()
        self._tuned: Tuned | None = None
        self._rate, threshold = self._knobs()
        self._limit = limit_at(threshold, settings.clip_by)
        self._guard.highest_rate = self._rate = self._bounded(self._rate)

    def say(self, where: str, remarks: Sequence[Remark]) -> None:
        """Tell what was done to a picture as it came in."""
        for remark in remarks:
            self._recorder.on_event(where, *remark)

    def go_through(self, number: int) -> Outcome:
        """Take the steps of the scale of that number, from the picture so far."""
        self._scale = scale = self.scales[number]
        self._recorder.scale = number
        if number > 0:
            self._picture = self._enlarged(scale)
        start = self._problem.batch(self._picture)
        state = self._optimizer.start(start) if number == 0 else self._optimizer.rescale(self._state, start)
        posed = self._problem.at(scale)
        self._guard.new_scale(posed)
        outcome, self._state = loop.run(
            posed, self._optimizer, self._guard, start, state,
            learning_rates=self._learning_rates(scale),
            on_step=self._recorder.on_step, interrupted=self._recorder.interrupted,
            first_step=sum(before.steps for before in self.scales[:number]),
        )  # fmt: skip
        self._picture = self._best_picture()
        return outcome

    def _first(self) -> np.ndarray:
        """The picture that the run starts from."""
        fitted, settings = self._problem.content_at(self._scale), self._settings

        def start() -> np.ndarray:
            generator = np.random.default_rng(settings.seed)
            made: np.ndarray = inject("start", None, start_picture(settings.init, fitted, self._styles[0], generator))
            return made

        picture = made_twice(start, "start", self._recorder.on_event) if is_in_unit_range(fitted) else fitted
        if not is_in_unit_range(picture):
            raise PictureError(
                f"starting picture: made from {settings.init} three times, it is never finite and in [0, 1]; "
                "if it happens again, this machine's memory is not to be trusted"
            )
        return picture

    def _enlarged(self, scale: Scale) -> np.ndarray:
        """The picture so far at the size of `scale`."""
        content = self._problem.content_at(scale)
        picture = made_twice(
            lambda: inject("start", None, enlarge(self._picture, content)), "start", self._recorder.on_event
        )
        # What the content has too much of, or NaN in, is left out.
        return picture if is_in_unit_range(picture) else resize(self._picture, scale.height, scale.width)

    def _knobs(self) -> tuple[float, float | None]:
        """Learning rate and clipping threshold, as given or measured from the start of the run; None: no clipping."""
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
        return rate or self._optimizer.default_learning_rate, threshold

    def _bounded(self, rate: float) -> float:
        """`rate`, or the optimizer's highest, which is told."""
        highest = self._optimizer.highest_learning_rate
        if rate <= highest:
            return rate
        evidence = f"{rate:g} is beyond {highest:g}, with which a few steps cross the whole range of a picture"
        done = f"taken as {highest:g}"
        self._recorder.on_event("learning rate", "high-learning-rate", evidence, done, "for the whole run")
        return highest

    def _learning_rates(self, scale: Scale) -> Iterator[float]:
        """One for each step, made when it is due: a schedule may follow the losses."""
        for step in range(scale.steps):
            yield self._rate * self._schedule.factor(step, scale.steps, self._recorder.losses)

    def result(self, outcome: Outcome) -> Result:
        """The picture so far at the full size, with the loss that was measured at that very picture."""
        if self._scale != self.scales[-1] or self._guard.best.measurement is None:
            self._guard.new_scale()  # the loss at the smaller size is not this picture's
            self._picture = self._enlarged(self.scales[-1])
            measurement = self._problem.at(self.scales[-1])(self._problem.batch(self._picture))
            verdict = self._guard.judge(measurement)
            if verdict.accepted or verdict.doubt:  # else there is no loss to tell of
                self._guard.best.offer(measurement)
        if outcome not in CUT_SHORT and any(event.repaired for event in self._recorder.events):
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
        return self._guard.best.picture(otherwise=self._picture)
