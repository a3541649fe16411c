"""One picture by optimisation, from pictures and settings to a result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from steadystyle.core import discover
from steadystyle.core.contracts import Optimizer, Schedule
from steadystyle.core.errors import PictureError
from steadystyle.core.outcome import Outcome, Result
from steadystyle.core.settings import Settings
from steadystyle.guard.judge import Guard
from steadystyle.images.arrays import Picture, as_picture
from steadystyle.transfer.facts import gather_facts
from steadystyle.transfer.loop import run
from steadystyle.transfer.precision import choose_precision
from steadystyle.transfer.problem import Problem
from steadystyle.transfer.recorder import Recorder, Report
from steadystyle.transfer.scales import enlarge, plan
from steadystyle.transfer.start import start_picture

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
        accepted. style: the same; several styles in a list blend in equal shares. settings: what to compute; the
        defaults if None. report: called after each gradient evaluation and each event. stop: asked before each step;
        True ends the run with the best picture so far. overrides: single settings by name, over those of `settings`.

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
    return _stylize(settings, as_picture(content), styles, report, stop)


def _stylize(
    settings: Settings,
    content: np.ndarray,
    styles: list[np.ndarray],
    report: Report | None,
    stop: Callable[[], bool] | None,
) -> Result:
    precision = choose_precision(settings.precision)
    problem = Problem(settings, precision, content, styles)
    optimizer = discover.feature("steadystyle.optimizers", settings.optimizer, Optimizer)()  # type: ignore[type-abstract]
    schedule = discover.feature("steadystyle.optimizers.schedules", settings.schedule, Schedule)()  # type: ignore[type-abstract]
    rate = settings.learning_rate or optimizer.default_learning_rate
    scales = plan(settings, *content.shape[:2])
    picture = start_picture(
        settings.init, problem.content_at(scales[0]), styles[0], np.random.default_rng(settings.seed)
    )

    guard = Guard(optimizer)

    def best_picture() -> np.ndarray:
        return guard.best.picture(otherwise=picture)[: scale.height, : scale.width]

    recorder = Recorder(report, stop, settings.time_limit, best_picture)
    guard.on_event = recorder.on_event
    state = optimizer.start(problem.batch(picture))
    for recorder.scale, scale in enumerate(scales):
        picture = enlarge(picture, problem.content_at(scale))
        start = problem.batch(picture)
        state = optimizer.rescale(state, start)
        guard.new_scale()
        rates = [rate * schedule.factor(step, scale.steps) for step in range(scale.steps)]
        outcome, state = run(
            problem.at(scale), optimizer, guard, start, state,
            learning_rates=rates, on_step=recorder.on_step, interrupted=recorder.interrupted,
        )  # fmt: skip
        picture = best_picture()
        if outcome in CUT_SHORT:
            break
    if scale != scales[-1] or guard.best.measurement is None:
        guard.new_scale()  # the loss at the smaller size is not this picture's
        picture = enlarge(picture, problem.content_at(scales[-1]))
        guard.best.offer(problem.at(scales[-1])(problem.batch(picture)))
    if outcome not in CUT_SHORT and recorder.events:
        outcome = Outcome.REPAIRED
    return Result(
        image=picture,
        outcome=outcome,
        loss=guard.best.loss,
        terms=guard.best.terms,
        settings=settings,
        history=tuple(recorder.history),
        events=tuple(recorder.events),
        facts=gather_facts(precision, content, styles, recorder.seconds),
    )
