"""One optimisation step of each competitor, ready to be timed; loads TensorFlow."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from benchmarks.options import Options
from benchmarks.problems import Pair
from benchmarks.rivals import Tutorial, vgg19
from steadystyle.core.flow import Proposal
from steadystyle.core.settings import Settings
from steadystyle.guard.judge import Guard
from steadystyle.images.load import load_image
from steadystyle.images.resize import fit, resize
from steadystyle.optimizers.lbfgs import Lbfgs
from steadystyle.transfer.problem import Problem
from steadystyle.transfer.scales import plan

Step = Callable[[], object]

RIVAL = "tutorial's method, VGG-19, float32"
OURS = {precision: f"SteadyStyle, compact, {precision}" for precision in ("float32", "bfloat16")}


def steps_of(pair: Pair, options: Options) -> tuple[dict[str, Step], str]:
    """Each competitor's step by its name, and the size of the picture in words."""
    content, style = load_image(pair.content), load_image(pair.style)
    small_content, small_style = (
        resize(picture, *fit(picture.shape[0], picture.shape[1], options.size)) for picture in (content, style)
    )
    tutorial = Tutorial(vgg19(), tf.constant(small_content[np.newaxis]), tf.constant(small_style[np.newaxis]))
    steps: dict[str, Step] = {RIVAL: lambda: tutorial.step().numpy()}
    settings = Settings(size=options.size, weights=options.weights)
    for precision, name in OURS.items():
        steps[name] = our_step(settings, precision, content, style)
    return steps, f"{small_content.shape[1]}x{small_content.shape[0]}"


def our_step(settings: Settings, precision: str, content: np.ndarray, style: np.ndarray) -> Step:
    """What `transfer.loop` does for one gradient evaluation at the full size: measure, judge, propose."""
    problem, guard = Problem(settings, precision, content, [style]), Guard(Lbfgs())
    scale = plan(settings, *content.shape[:2])[-1]
    measure = problem.at(scale)
    start = problem.batch(problem.content_at(scale))
    proposal = Proposal(start, Lbfgs().start(start))

    def step() -> None:
        nonlocal proposal
        measurement = measure(proposal.image)
        verdict = guard.judge(measurement)
        if not (verdict.accepted or verdict.doubt):
            raise RuntimeError(f"the guard had to repair while being timed: {verdict.cause}")
        proposal = guard.advance(measurement, proposal.state, 1.0)
        _wait_for(proposal.image)

    return step


def _wait_for(tensor: tf.Tensor) -> None:
    """On a GPU an operation returns before it is done; reading one number of its result is waiting for it."""
    tensor[0, 0, 0, 0].numpy()
