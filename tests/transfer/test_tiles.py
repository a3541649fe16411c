"""A picture in tiles has the loss and the gradient of the whole."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from steadystyle.backbones.compact import Compact
from steadystyle.core import discover
from steadystyle.core.contracts import Backbone, Loss, Sight
from steadystyle.core.flow import Measurement
from steadystyle.core.outcome import Outcome
from steadystyle.core.settings import Settings
from steadystyle.losses.content import Content
from steadystyle.losses.styles.gram import Gram
from steadystyle.losses.total_variation import TotalVariation
from steadystyle.transfer import problem
from steadystyle.transfer.measure import Measure, Term
from steadystyle.transfer.problem import Problem
from steadystyle.transfer.replay import first_fault
from steadystyle.transfer.scales import Scale
from steadystyle.transfer.stylize import stylize
from steadystyle.transfer.tiles import Tiled, rows_with_neighbours, spans

STYLES = discover.names("steadystyle.losses.styles")
EXACT = [name for name in STYLES if name != "sliced-wasserstein"]
LAYERS = {
    "shallow": (("relu2_2",), ("relu1_1", "relu2_1")),
    "usual": (("relu4_2",), ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")),
    "several of the content": (("relu1_2", "relu3_4"), ("relu2_2",)),
}
"""Those of the content and of the style; the fewer, the less of a picture a place sees."""
FLAT = np.float32(1e-5)
"""What the two may differ by, beside the norm."""


def picture(height: int, width: int, seed: int = 0) -> tf.Tensor:
    """Coarse and fine noise, and a dark corner."""
    generator = np.random.default_rng(seed)
    coarse = generator.random((height // 9 + 1, width // 9 + 1, 3)).repeat(9, 0).repeat(9, 1)[:height, :width]
    pixels = 0.6 * coarse + 0.4 * generator.random((height, width, 3))
    pixels[: height // 3, : width // 3] *= 0.01
    return tf.constant(pixels[np.newaxis], tf.float32)


class Both:
    """A problem measured whole and in tiles, by graphs that are traced once."""

    def __init__(self, weights: Path, style_loss: str, layers: str, pooling: str, widens: bool = False) -> None:
        found: Any = discover.feature("steadystyle.losses.styles", style_loss, Loss)
        content_layers, style_layers = LAYERS[layers]
        terms = {
            "content": Term(Content(content_layers), 1.0),
            "style": Term(found(style_layers), 10.0),
            "total-variation": Term(TotalVariation(), 10.0),
        }
        backbone = Compact(pooling=pooling, precision="float32", weights=weights)
        self.whole = Measure(backbone, terms, widens=widens)
        self.tiled = Tiled(backbone, terms, widens=widens, tile=64)

    def check(self, height: int, width: int, tile: int, seed: int = 0) -> None:
        """Targets, loss, terms, what is watched, and the gradient are the same."""
        self.tiled.tile = tile
        # Darker and blue: near their target, losses are differences of what is nearly the same, in float32.
        colours = tf.constant([0.3, 0.4, 1.0])
        styles = [(picture(height + 20, 150, seed + 2) ** 2 * colours, 0.25), (picture(40, width) * colours, 0.75)]
        references = {"content": [(picture(height, width, seed + 1), 1.0)], "style": styles}
        image = picture(height, width, seed)
        one = self.whole(image, self.whole.targets(references))
        other = self.tiled(image, self.tiled.targets(references))
        assert_same(one, other)


def assert_same(one: Measurement, other: Measurement) -> None:
    """To 1e-5 of each number, and of the gradient's norm."""
    assert set(other.terms) == set(one.terms)
    assert set(other.health) == set(one.health)
    for name, number in {**one.terms, **one.health, "loss": one.loss, "norm": one.gradient_norm}.items():
        found = {**other.terms, **other.health, "loss": other.loss, "norm": other.gradient_norm}[name]
        assert float(found) == pytest.approx(float(number), rel=1e-5), name
        assert found.dtype == number.dtype
    assert other.gradient.shape == one.gradient.shape
    assert np.linalg.norm(other.gradient - one.gradient) <= FLAT * np.linalg.norm(one.gradient)
    assert np.abs(other.gradient - one.gradient).max() <= FLAT * np.abs(one.gradient).max()


@pytest.fixture(scope="session")
def both(compact_weights: Path) -> Callable[..., Both]:
    """Problems on the stand-in network, each made once."""
    return functools.cache(functools.partial(Both, compact_weights))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    height=st.integers(16, 200),
    width=st.integers(16, 200),
    tile=st.integers(32, 120),
    problem=st.sampled_from([("shallow", "average"), ("usual", "max")]),
    seed=st.integers(0, 1000),
)
@example(height=17, width=30, tile=120, problem=("usual", "max"), seed=0)  # smaller than a tile
@example(height=65, width=129, tile=64, problem=("usual", "max"), seed=0)  # a pixel is left over
@example(height=33, width=199, tile=32, problem=("shallow", "average"), seed=0)
@example(height=200, width=16, tile=32, problem=("shallow", "average"), seed=1)
def test_a_picture_in_tiles_is_the_picture(
    both: Callable[..., Both], height: int, width: int, tile: int, problem: tuple[str, str], seed: int
) -> None:
    """Loss, terms, and gradient, for any size of picture and tile, on layers that see little or much."""
    both("gram", *problem).check(height, width, tile, seed)


@pytest.mark.slow
@pytest.mark.parametrize("layers", LAYERS)
@pytest.mark.parametrize("pooling", ["max", "average"])
def test_any_layers_in_tiles_are_those_of_the_picture(layers: str, pooling: str, both: Callable[..., Both]) -> None:
    """With either pooling, on shallow and deep layers, of the content too."""
    for size in ((200, 133, 32), (65, 129, 64), (100, 300, 100)):
        both("gram", layers, pooling).check(*size)


@pytest.mark.parametrize("style_loss", EXACT)
def test_every_loss_adds_up(style_loss: str, both: Callable[..., Both]) -> None:
    """Whatever the statistics, those of the tiles are those of the whole."""
    both(style_loss, "usual", "max").check(119, 203, 64)


@pytest.mark.parametrize("style_loss", STYLES)
def test_a_loss_says_whether_it_adds_up(style_loss: str, compact_weights: Path) -> None:
    """The sums of two halves are those of the whole, or the class says that they are not."""
    found: Any = discover.feature("steadystyle.losses.styles", style_loss, Loss)
    loss, generator = found(("deep",)), np.random.default_rng(0)
    features = np.abs(generator.normal(size=(1, 40, 30, 5))).astype(np.float32)
    features[:, 13:] *= 3
    whole, one, other = (
        tf.nest.flatten(loss.sums({"deep": tf.constant(part)}, None))
        for part in (features, features[:, :13], features[:, 13:])
    )
    same = all(np.allclose(a, b + c, rtol=1e-4) for a, b, c in zip(whole, one, other, strict=True))
    assert same is loss.adds_up


def test_sliced_wasserstein_is_near(both: Callable[..., Both]) -> None:
    """It averages the quantiles of the tiles: for a picture that is alike everywhere, nearly those of the whole."""
    problem = both("sliced-wasserstein", "usual", "max")
    problem.tiled.tile = 80
    image, reference = (tf.constant(np.random.default_rng(n).random((1, 160, 240, 3), np.float32)) for n in (0, 1))
    references = {"content": [(reference, 1.0)], "style": [(reference[:, :90] ** 2, 1.0)]}
    one = problem.whole(image, problem.whole.targets(references))
    other = problem.tiled(image, problem.tiled.targets(references))
    assert float(other.terms["style"]) == pytest.approx(float(one.terms["style"]), rel=0.1)
    cosine = np.vdot(one.gradient, other.gradient) / np.linalg.norm(one.gradient) / np.linalg.norm(other.gradient)
    assert cosine > 0.95


@pytest.mark.parametrize(("height", "width"), [(5, 300), (300, 1), (15, 15)])
def test_a_narrow_picture_is_mirrored_in_tiles_too(height: int, width: int, both: Callable[..., Both]) -> None:
    """One that the network cannot take as it is, in one or more tiles."""
    both("gram", "usual", "max", widens=True).check(height, width, 32)


def test_one_graph_serves_all_tiles_and_sizes(compact_weights: Path) -> None:
    """The network is traced once to gather and once to go back, whatever the tile and the size."""
    problem = Both(compact_weights, "gram", "usual", "max")
    sizes = ((100, 180, 48), (130, 97, 32), (97, 250, 100))
    images = [picture(*size[:2]) for size in sizes]
    targets = [problem.whole.targets({"content": [(i, 1.0)], "style": [(i[:, 20:], 1.0)]}) for i in images]
    backbone = problem.tiled.backbone
    with mock.patch.object(backbone, "features", side_effect=backbone.features) as asked:
        for image, aim, (_, _, tile) in zip(images, targets, sizes, strict=True):
            problem.tiled.tile = tile
            assert problem.tiled.splits(*image.shape[1:3])
            problem.tiled(image, aim)
    assert asked.call_count == 2


@given(length=st.integers(1, 3000), side=st.integers(16, 500), stride=st.sampled_from([1, 2, 4, 8, 16]),
       reach=st.integers(0, 150))  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_tiles_cover_a_side_once(length: int, side: int, stride: int, reach: int) -> None:
    """Each pixel is in one tile; a tile is no longer than asked and what is left of a stride, and sees its reach."""
    cut = spans(length, side, Sight(stride, reach))
    assert [span.start for span in cut] == [0, *(span.stop for span in cut[:-1])]
    assert cut[-1].stop == length
    for span in cut:
        assert span.start % stride == span.first % stride == 0
        assert span.stop - span.start < max(side, stride) + stride
        assert span.stop - span.start >= min(stride, length)
        assert span.first <= max(0, span.start - reach)
        assert span.last >= min(length, span.stop + reach)
    assert len({span.stop - span.start for span in cut}) <= 3


@pytest.mark.parametrize(("height", "width", "pixels"), [(1, 9, 4), (2, 2, 1), (50, 7, 70), (50, 7, 10_000), (9, 1, 2)])
def test_strips_with_neighbours_are_the_picture(height: int, width: int, pixels: int) -> None:
    """Total variation by strips, less that of the rows that they share, is that of the whole."""
    loss, image = TotalVariation(), picture(height, width)
    total = np.zeros(4)
    for piece in rows_with_neighbours(height, width, pixels):
        parts = tf.nest.flatten(loss.sums({"image": image[piece.seen]}, None))
        total += piece.sign * np.array([float(part) for part in parts])
    whole = [float(part) for part in tf.nest.flatten(loss.sums({"image": image}, None))]
    np.testing.assert_allclose(total, whole, rtol=1e-5)
    assert math.isfinite(total.sum())


def test_a_bad_number_in_one_tile_is_found_and_named(both: Callable[..., Both]) -> None:
    """The measurement is not finite, and the replay says where it began, and in which tile."""
    problem = both("gram", "usual", "max")
    problem.tiled.tile = 64
    image = np.array(picture(100, 240))
    targets = problem.whole.targets({"content": [(tf.constant(image), 1.0)], "style": [(picture(40, 40), 1.0)]})
    backbone = problem.tiled.backbone
    activations = backbone.features

    def broken(seen: tf.Tensor, layers: Any) -> dict[str, tf.Tensor]:
        found = activations(seen, layers)
        if "relu2_2" in found:  # where the picture is pure white
            white = tf.reduce_all(seen[:, ::2, ::2][:, : found["relu2_2"].shape[1]] == 1.0, -1, keepdims=True)
            found["relu2_2"] = tf.where(white, float("nan"), found["relu2_2"])
        return found

    assert first_fault(problem.tiled, tf.constant(image), targets) is None
    image[0, 70, 200] = 1.0
    with mock.patch.object(backbone, "features", broken):
        found = first_fault(problem.tiled, tf.constant(image), targets)
        measured = problem.tiled.in_detail(tf.constant(image), targets)
    assert found is not None
    assert found.where == "relu2_2"
    assert "of the tile at row 48, column 176" in found.evidence
    assert not np.isfinite(measured.health["relu2_2"])
    assert not measured.is_finite


def test_memory_that_does_not_suffice_leads_to_smaller_tiles(compact_weights: Path) -> None:
    """Told of each time, with the same loss; what does not fit in the smallest is a MemoryError."""
    told: list[tuple[str, ...]] = []
    pictures = [np.asarray(picture(150, 260, seed))[0] for seed in range(2)]
    options = Settings(weights=compact_weights, size=260)
    scale = Scale(150, 260, 1)
    whole = Problem(options, "float32", pictures[0], pictures[1:])
    expected = whole.at(scale)(whole.batch(pictures[0]))
    tight = Problem(options, "float32", pictures[0], pictures[1:], lambda *event: told.append(event))
    posed = tight.at(scale)
    error = tf.errors.ResourceExhaustedError(None, None, "OOM when allocating")
    with mock.patch.object(Measure, "__call__", side_effect=error):
        found = posed(tight.batch(pictures[0]))
    assert_same(expected, found)
    assert [event[:4] for event in told] == [
        ("memory", "out-of-memory", "OOM when allocating", "measured in tiles of 130 pixels")
    ]
    with mock.patch.object(Tiled, "__call__", side_effect=MemoryError), pytest.raises(MemoryError, match="64 pixels"):
        posed(tight.batch(pictures[0]))
    assert [event[3] for event in told[1:]] == [f"measured in tiles of {side} pixels" for side in (65, 64)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vgg16", "vgg19"])
@pytest.mark.parametrize("pooling", ["max", "average"])
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_vgg_in_tiles_is_vgg(name: str, pooling: str, tmp_path: Path) -> None:
    """With random weights, on its own layers."""
    import keras

    path = tmp_path / f"{name}.weights.h5"
    getattr(keras.applications, name.upper())(include_top=False, weights=None).save_weights(path)
    found: Any = discover.feature("steadystyle.backbones", name, Backbone)
    backbone = found(pooling=pooling, precision="float32", weights=path)
    terms = {
        "content": Term(Content(backbone.content_layers), 1.0),
        "style": Term(Gram(backbone.style_layers), 10.0),
        "total-variation": Term(TotalVariation(), 10.0),
    }
    image, other = picture(150, 230), picture(150, 230, 1) ** 2
    whole, tiled = Measure(backbone, terms), Tiled(backbone, terms, tile=64)
    references = {"content": [(other, 1.0)], "style": [(other, 1.0)]}
    assert_same(whole(image, whole.targets(references)), tiled(image, tiled.targets(references)))


@pytest.mark.parametrize("at", [2, 6, 9])
def test_where_no_tile_fits_the_best_picture_is_kept(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """An allocation that fails for good, at the first scale or later, costs no picture that there is."""
    measured: list[int] = []
    before = Tiled.__call__

    def fails(self: Tiled, image: tf.Tensor, targets: Mapping[str, Any]) -> Measurement:
        measured.append(1)
        if len(measured) > at:
            raise MemoryError("no room")
        return before(self, image, targets)

    monkeypatch.setattr(Tiled, "__call__", fails)
    monkeypatch.setattr(problem, "SMALLEST_TILE", 1 << 20)
    still = np.asarray(picture(256, 200))[0]
    result = stylize(still, still, size=256, steps=4, scale_steps=4, tile=64)
    assert result.outcome is Outcome.GAVE_UP
    assert result.image.shape == still.shape
    assert np.isfinite(result.image).all()
    assert [event.cause for event in result.events if event.remedy.startswith("none")] == ["out-of-memory"]


def test_without_any_picture_too_little_memory_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to keep."""
    monkeypatch.setattr(Tiled, "__call__", mock.Mock(side_effect=MemoryError("no room")))
    monkeypatch.setattr(problem, "SMALLEST_TILE", 1 << 20)
    still = np.asarray(picture(256, 200))[0]
    with pytest.raises(MemoryError, match="does not fit in memory"):
        stylize(still, still, size=256, steps=4, scale_steps=4, tile=64)
