"""Hard problems without any injection: whatever is asked for, a finite picture comes back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from steadystyle.core import discover
from steadystyle.core.outcome import Outcome
from steadystyle.transfer.stylize import stylize
from tests import hostile
from tests.transfer.fault_runs import content, is_a_good_picture, style

OPTIMIZERS = discover.names("steadystyle.optimizers")
STYLE_LOSSES = discover.names("steadystyle.losses.styles")
SMALL: dict[str, Any] = {"size": 32, "steps": 16, "precision": "float32"}
RATES = {"adam": 0.03, "lbfgs": 1.0}

pytestmark = pytest.mark.usefixtures("shared_graphs")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("times", [1e3, 1e6, 1e30])
def test_a_learning_rate_far_too_high_still_lowers_the_loss(optimizer: str, times: float) -> None:
    """It is found out and lowered; the picture is whole, and better than the one that the run began with."""
    result = stylize(content(), style(), optimizer=optimizer, learning_rate=times * RATES[optimizer], **SMALL)
    assert result.outcome.exit_code == 0
    assert is_a_good_picture(result.image)
    assert result.loss < result.history[0].loss


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("weight", ["style_weight", "content_weight", "tv_weight"])
@pytest.mark.parametrize("value", [1e12, pytest.param(1e24, marks=pytest.mark.slow), 1e30])
def test_a_weight_far_too_large_ends_finite_or_closed(optimizer: str, weight: str, value: float) -> None:
    """Within float32 it is a problem like another; beyond it the run ends closed and names the loss."""
    options: dict[str, Any] = {**SMALL, weight: value}
    result = stylize(content(), style(), optimizer=optimizer, init="noise", **options)
    assert np.isfinite(result.image).all()
    assert result.image.std() > 0
    if result.outcome is Outcome.GAVE_UP:
        assert value > 1e20
        assert result.events[-1].cause in {"unnormalised-loss", "exploding-gradient"}
    else:
        assert result.loss <= result.history[0].loss


@pytest.mark.parametrize("style_loss", STYLE_LOSSES)
@pytest.mark.parametrize("name", ["black", "one_pixel", "checkerboard"])
def test_pictures_with_nothing_in_them_are_stylised_and_are_styles(style_loss: str, name: str) -> None:
    """Flat, of one pixel, or all edges; with a white one, with each other, and with a real one."""
    hard, white = hostile.PICTURES[name](), hostile.PICTURES["white"]()
    for first, second in ((hard, white), (white, hard), (hard, style()), (content(), hard), (hard, hard)):
        result = stylize(first, second, style_loss=style_loss, **{**SMALL, "steps": 6})
        assert result.outcome.exit_code == 0
        assert np.isfinite(result.image).all()
        assert np.isfinite(result.loss)


@pytest.mark.slow
def test_float16_at_a_thousand_pixels() -> None:
    """Neither overflow nor underflow: loss and gradient are those of float32 within a twentieth, and the loss falls."""
    picture = np.kron(content(), np.ones((32, 32, 1))).astype(np.float32)
    half, full = (
        stylize(picture, style(), size=1024, scales=1, steps=3, optimizer="adam", precision=precision)
        for precision in ("float16", "float32")
    )
    one, other = half.history[0], full.history[0]
    assert (one.loss, one.gradient_norm) == pytest.approx((other.loss, other.gradient_norm), rel=0.05)
    assert half.loss < one.loss
    assert not half.events
