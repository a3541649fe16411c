"""What is minimised, posed at any size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.core import discover
from steadystyle.core.errors import WeightsError
from steadystyle.core.settings import Settings
from steadystyle.images.resize import resize
from steadystyle.transfer import problem
from steadystyle.transfer.measure import Measure
from steadystyle.transfer.problem import Problem
from steadystyle.transfer.scales import Scale
from tests import hostile

SCALE = Scale(24, 32, 1)
Pose = Callable[..., Problem]


pytestmark = pytest.mark.usefixtures("shared_graphs")


@pytest.fixture
def pose(compact_weights: Path) -> Pose:
    """A problem on the stand-in network."""

    def pose(content: np.ndarray, *styles: np.ndarray, **settings: Any) -> Problem:
        return Problem(Settings(weights=compact_weights, **settings), "float32", content, list(styles))

    return pose


def terms(problem: Problem, picture: np.ndarray, scale: Scale = SCALE) -> dict[str, float]:
    """Each term at a picture."""
    return {name: float(value) for name, value in problem.at(scale)(problem.batch(picture)).terms.items()}


def test_content_comes_at_the_size_of_the_scale(pose: Pose) -> None:
    """Resized, and nothing else, where it is large enough for the network."""
    content = pose(hostile.noise(), hostile.gradient()).content_at(SCALE)
    np.testing.assert_array_equal(content, resize(hostile.noise(), 24, 32))


@pytest.mark.parametrize("scale", [Scale(1, 16, 1), Scale(1, 60, 1), Scale(17, 3, 1)])
def test_what_is_too_small_for_the_network_is_continued(scale: Scale, pose: Pose) -> None:
    """What is measured is the picture mirrored at its border, and its gradient that of the picture's own pixels."""
    content = resize(hostile.noise(), scale.height, scale.width)
    posed = pose(content, hostile.gradient(), size=max(16, scale.height, scale.width))
    found = posed.at(scale)(posed.batch(content))
    mirrored = [(0, max(0, 16 - side)) for side in content.shape[:2]]
    large = pose(np.pad(content, [*mirrored, (0, 0)], mode="symmetric"), hostile.gradient())
    same = large.at(Scale(max(16, scale.height), max(16, scale.width), 1))(large.batch(large._content.picture()))
    assert float(found.terms["style"]) == pytest.approx(float(same.terms["style"]), rel=1e-5)
    assert found.gradient.shape == (1, *content.shape)
    direction = np.sign(np.random.default_rng(5).normal(size=content.shape)).astype(np.float32)[np.newaxis]
    ahead, behind = (float(posed.at(scale)(content + step * direction).loss) for step in (1e-3, -1e-3))
    assert np.sum(found.gradient * direction) == pytest.approx((ahead - behind) / 2e-3, rel=0.1)


def test_the_content_has_no_content_loss_and_the_style_no_style_loss(pose: Pose) -> None:
    """Each picture is at distance 0 from itself and at some distance from the other."""
    content, style = resize(hostile.noise(), 24, 32), resize(hostile.silhouette(), 24, 32)
    posed = pose(content, style)
    at_content, at_style = terms(posed, content), terms(posed, style)
    assert at_content["content"] == pytest.approx(0, abs=1e-9)
    assert at_style["style"] == pytest.approx(0, abs=1e-9)
    assert min(at_content["style"], at_style["content"]) > 0.01


def test_styles_share_equally(pose: Pose) -> None:
    """Two styles are one target between them, in any order; the same style twice is that style."""
    content, one, other = hostile.gradient(), hostile.noise(), hostile.silhouette()
    picture = resize(hostile.checkerboard(), 24, 32)
    once = terms(pose(content, one), picture)
    assert terms(pose(content, one, one), picture) == pytest.approx(once, rel=1e-4)
    both = terms(pose(content, one, other), picture)
    assert terms(pose(content, other, one), picture) == pytest.approx(both, rel=1e-4)
    assert both["style"] != pytest.approx(once["style"], rel=0.01)


def test_style_scale_is_the_size_of_the_style_picture(pose: Pose, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative to the longest side of the result; the style keeps its own shape."""
    shapes = []
    measure = Measure.features

    def noted(self: Any, image: tf.Tensor) -> Any:
        shapes.append(tuple(image.shape[1:3]))
        return measure(self, image)

    monkeypatch.setattr(problem, "Measure", Measure)  # whose features are not traced
    monkeypatch.setattr(Measure, "features", noted)
    for style_scale in (1.0, 2.0, 0.05):
        shapes.clear()
        pose(hostile.noise(), hostile.flat(0.3, 50, 20), style_scale=style_scale).at(SCALE)
        assert (max(16, round(32 * style_scale)), max(16, round(32 * style_scale * 0.4))) in shapes


def test_each_weight_multiplies_its_term(pose: Pose) -> None:
    """The loss is the sum of the terms, each with the weight that the settings give it; without one it is not there."""
    content, picture = hostile.gradient(), tf.constant(resize(hostile.noise(), 24, 32)[np.newaxis])
    found = pose(content, hostile.silhouette(), content_weight=2, style_weight=3, tv_weight=50).at(SCALE)(picture)
    weights = {"content": 2, "style": 3, "total-variation": 50}
    assert float(found.loss) == pytest.approx(
        sum(w * float(found.terms[name]) for name, w in weights.items()), rel=1e-5
    )
    without = pose(content, hostile.silhouette(), content_weight=0, tv_weight=0).at(SCALE)(picture)
    assert set(without.terms) == {"style"}


def test_missing_weights_are_told_before_anything_is_computed() -> None:
    """The error of the backbone comes through."""
    with pytest.raises(WeightsError, match=r"missing\.npz"):
        Problem(Settings(weights=Path("missing.npz")), "float32", hostile.noise(), [hostile.noise()])


def test_the_style_loss_is_the_one_asked_for(pose: Pose) -> None:
    """Each gives a number of its own for the same pictures, and content and total variation stay what they are."""
    names, picture = discover.names("steadystyle.losses.styles"), hostile.silhouette()[::2, ::2]
    found = [terms(pose(hostile.noise(), hostile.gradient(), style_loss=name), picture) for name in names]
    assert len({each.pop("style") for each in found}) == len(names)
    assert all(each == pytest.approx(found[0], rel=1e-5) for each in found)
