"""One run: what is minimised, by which optimizer, under which guard, at which sizes, and the picture so far."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from steadystyle.core import discover
from steadystyle.core.contracts import Optimizer, Schedule
from steadystyle.core.errors import PictureError
from steadystyle.core.flow import Measurement, Proposal
from steadystyle.core.injection import inject
from steadystyle.core.outcome import Outcome, Result
from steadystyle.core.precision import choose_precision
from steadystyle.core.settings import AUTO, Settings
from steadystyle.core.tuned import Tuned
from steadystyle.core.versions import versions
from steadystyle.guard.judge import Guard
from steadystyle.guard.memory import memory_of, recall
from steadystyle.images.recognised import Remark
from steadystyle.images.resize import resize
from steadystyle.images.values import is_in_unit_range
from steadystyle.transfer import loop
from steadystyle.transfer.checkpoint import Checkpoint, RunState, identity_of
from steadystyle.transfer.clipping import limit_at
from steadystyle.transfer.facts import gather_facts, hashes
from steadystyle.transfer.memory import fit
from steadystyle.transfer.problem import OUT_OF_MEMORY, Problem, reason_of
from steadystyle.transfer.recorder import Recorder, Report
from steadystyle.transfer.scales import Scale, enlarge, plan
from steadystyle.transfer.start import start_picture
from steadystyle.transfer.tune import range_test
from steadystyle.transfer.twice import made_twice

INTERRUPTED = (Outcome.STOPPED, Outcome.OUT_OF_TIME)
CUT_SHORT = (*INTERRUPTED, Outcome.GAVE_UP)


class Run:
    """One run: what is minimised, by which optimizer, under which guard, and the picture so far."""

    def __init__(
        self,
        settings: Settings,
        content: np.ndarray,
        styles: list[np.ndarray],
        report: Report | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self._settings, self._styles, self._inputs = settings, styles, hashes(content, styles)
        self.scales = plan(settings, *content.shape[:2])
        self._scale, self._picture, self._state = self.scales[0], content, None
        self._schedule = discover.feature("steadystyle.optimizers.schedules", settings.schedule, Schedule)()  # type: ignore[type-abstract]
        found = discover.feature("steadystyle.optimizers", settings.optimizer, Optimizer)  # type: ignore[type-abstract]
        self._fit = fit(settings, self.scales[-1].height, self.scales[-1].width)
        self._optimizer = found(history=self._fit.history)
        self._guard = Guard(self._optimizer)
        self._recorder = Recorder(report, stop, settings.time_limit, self._best_picture)
        self._guard.on_event = self._recorder.on_event
        precision = choose_precision(settings.precision)
        self._problem = Problem(settings, precision, content, styles, self._recorder.on_event, self._fit.tile)
        self._tuned: Tuned | None = None
        self._checkpoint: Checkpoint | None = None
        self._kept: RunState | None = None
        self._resumed_at: list[int] = []
        self._place: tuple[Proposal, Sequence[float]] | None = None
        self._steps = 0

    def begin(self, remarks: Sequence[tuple[str, Sequence[Remark]]]) -> None:
        """Tell what was done to pictures as they came in, make the first one, measure what is to be measured first."""
        for where, found in remarks:
            for remark in found:
                self._recorder.on_event(where, *remark)
        self._say_what_fits()
        self._picture = self._first()
        self._turn_to(*self._knobs())

    def _turn_to(self, rate: float, threshold: float | None) -> None:
        """Use that learning rate, as far as it is of use, and clip there."""
        self._clip = threshold
        self._optimizer.limit = limit_at(threshold, self._settings.clip_by)
        self._guard.highest_rate = self._rate = self._bounded(rate)

    def went_on(self, checkpoint: Checkpoint | None) -> bool:
        """Take the file, if there is one, and go on from what it keeps; False if there is nothing."""
        if checkpoint is None:
            return False
        weights = self._problem.measure.backbone.as_read
        identity = identity_of(self._settings, self._problem.precision, self._inputs, weights, versions())
        self._checkpoint, self._kept = checkpoint, checkpoint.start(identity)
        kept = self._kept
        if kept is None:
            return False
        self._picture, self._tuned = kept.picture, kept.tuned
        self._problem.recall(kept.measuring)
        self._optimizer.history = kept.measuring.get("history", self._fit.history)
        self._turn_to(kept.rate, kept.clip)
        self._recorder.go_on(kept.history, kept.events, kept.seconds)
        self._resumed_at = [*kept.resumed_at, len(kept.history)]
        return True

    def to_the_end(self) -> Result:
        """Go through all sizes that are left; the result."""
        outcome = self._go_through_all()
        if self._checkpoint is not None:
            self._checkpoint.keep(self._state_at(None if outcome in INTERRUPTED else outcome))
        return self.result(outcome)

    def _go_through_all(self) -> Outcome:
        first = 0 if self._kept is None else self._kept.scale
        if self._kept is not None and self._kept.outcome is not None:
            self._scale, self._recorder.scale = self.scales[first], first
            recall(self._guard, self._kept.guard)
            return Outcome[self._kept.outcome]
        for number in range(first, len(self.scales)):
            outcome = self._as_far_as_memory_goes(number)
            if outcome in CUT_SHORT:
                break
        return outcome

    def _as_far_as_memory_goes(self, number: int) -> Outcome:
        """The scale of that number; where it does not fit, not even in the smallest tiles, the picture so far."""
        try:
            return self.go_through(number)
        except OUT_OF_MEMORY as error:
            if number == 0 and self._guard.best.measurement is None:
                raise
            evidence = reason_of(error)
        self._recorder.on_event(
            "memory", "out-of-memory", evidence, "none: the best picture so far is kept", "the run ends", repaired=False
        )
        return Outcome.GAVE_UP

    def _before_step(self, proposal: Proposal, losses: Sequence[float]) -> None:
        self._steps += 1
        self._picture = self._best_picture()  # an older one need not be kept
        if self._checkpoint is not None:
            self._place = proposal, losses
            self._checkpoint.offer(self._state_at)

    def _state_at(self, outcome: Outcome | None = None) -> RunState:
        """Where the run stands, before a step or at its end."""
        proposal, losses = self._place or (None, ())
        return RunState(
            scale=self._recorder.scale,
            step=self._steps,
            picture=self._picture,
            proposal=None if outcome else proposal,
            losses=list(losses),
            guard=memory_of(self._guard, over=outcome is not None),
            measuring={**self._problem.memory, "history": self._optimizer.history},
            rate=self._rate,
            clip=self._clip,
            tuned=self._tuned,
            history=self._recorder.history,
            events=self._recorder.events,
            seconds=self._recorder.seconds,
            resumed_at=self._resumed_at,
            outcome=outcome.name if outcome else None,
        )

    def _say_what_fits(self) -> None:
        """Tell of tiles, of a history cut short, and of a loss that is another one in tiles."""
        tile, _, share, needed, budget = self._fit
        scale = self.scales[-1]
        approximated = [name for name, term in self._problem.measure.terms.items() if not term.loss.adds_up]
        asked_for = tile is None or (self._settings.tile != AUTO and not approximated)
        if share == 1 and asked_for:
            return
        evidence = f"{scale.width}x{scale.height} pixels, about {needed / 1e9:.1f} GB of {budget / 1e9:.1f} GB"
        done = [] if tile is None else [f"measured in tiles of {tile} pixels"]
        if share < 1:
            done.append(f"{share:.0%} of the optimizer's history")
        effect = "the same loss"
        if tile is not None and approximated:
            effect = f"of {', '.join(approximated)}, an approximation: its statistics do not add up"
        self._recorder.on_event("memory", "out-of-memory", evidence, " and ".join(done), effect, repaired=False)

    def go_through(self, number: int) -> Outcome:
        """Take the steps of the scale of that number, from the picture so far."""
        self._scale = scale = self.scales[number]
        self._recorder.scale = number
        kept, self._kept = self._kept, None
        start = [] if kept is None or kept.proposal is None else [kept.proposal]
        if kept is None and number > 0:
            self._picture = self._enlarged(scale)
        posed = self._problem.at(scale)
        self._guard.new_scale(posed)
        if kept is not None:
            recall(self._guard, kept.guard)
        taken, losses = (0, []) if kept is None else (kept.step, kept.losses)
        self._steps, kept = taken - 1, None
        outcome, self._state = loop.run(
            posed, self._optimizer, self._guard, start.pop() if start else self._start(number),
            learning_rates=self._learning_rates(scale, taken),
            on_step=self._on_step, interrupted=self._recorder.interrupted,
            first_step=sum(before.steps for before in self.scales[:number]) + taken,
            losses=losses, before_step=self._before_step,
        )  # fmt: skip
        self._picture = self._best_picture()
        return outcome

    def _start(self, number: int) -> Proposal:
        """What the scale of that number measures first."""
        image = self._problem.batch(self._picture)
        self._picture = np.asarray(image)[0]  # the same numbers, once in memory
        afresh = number == 0 or self._state is None
        state = self._optimizer.start(image) if afresh else self._optimizer.rescale(self._state, image)
        self._state = None
        return Proposal(image, state)

    def _on_step(self, measurement: Measurement, learning_rate: float, accepted: bool) -> None:
        self._place = None  # what came before need not be kept
        if accepted and float(measurement.loss) < self._guard.best.loss:  # the best before it need not be kept
            self._picture = np.asarray(measurement.image)[0]
        self._recorder.on_step(measurement, learning_rate, accepted)

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

    def _learning_rates(self, scale: Scale, taken: int) -> Iterator[float]:
        """One for each step after those that were taken, made when it is due: a schedule may follow the losses."""
        for step in range(taken, scale.steps):
            yield self._rate * self._schedule.factor(step, scale.steps, self._recorder.losses)

    def result(self, outcome: Outcome) -> Result:
        """The picture so far at the full size, with the loss that was measured at that very picture."""
        self._picture = self._best_picture()
        if self._scale != self.scales[-1] or self._guard.best.measurement is None:
            self._guard.new_scale()  # the loss at the smaller size is not this picture's
            self._picture = self._enlarged(self.scales[-1])
            with contextlib.suppress(*OUT_OF_MEMORY):  # there is no loss to tell of, then, but a picture
                measurement = self._problem.at(self.scales[-1])(self._problem.batch(self._picture))
                verdict = self._guard.judge(measurement)
                if verdict.accepted or verdict.doubt:  # else there is none either
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
            facts=gather_facts(self._problem.precision, self._inputs, self._recorder.seconds)
            | ({} if self._tuned is None else {"tuned": dataclasses.asdict(self._tuned)})
            | ({"resumed_at": self._resumed_at} if self._resumed_at else {}),
        )

    def _best_picture(self) -> np.ndarray:
        return self._guard.best.picture(otherwise=self._picture)
