"""What holds for each format that `discover` finds; all are run in the runtimes that users have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steadystyle.core import discover
from steadystyle.feedforward.contracts import Export, Painter
from steadystyle.feedforward.network import StyleNetwork
from steadystyle.feedforward.served import IMAGES, SHARES, Served
from tests.feedforward.test_network import scrambled

FORMATS = "steadystyle.feedforward.exports"
SIDES = st.integers(1, 40)

pytestmark = [
    # Keras hands its variables to NumPy in a way that NumPy 2 calls outdated.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    # Of tf2onnx and its kind, in their own code.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:tf2onnx"),
]


def make(name: str) -> Export:
    """The format of that name."""
    return discover.feature(FORMATS, name, Export)()  # type: ignore[type-abstract]


class Written:
    """A network of two styles, and what a format has made of it."""

    def __init__(self, name: str, folder: Path, shares: list[float] | None = None) -> None:
        self.kind, draw = make(name), np.random.default_rng(1)
        self.network = scrambled(StyleNetwork(["wave", "sun"]))
        asked = [{} if shares else {SHARES: np.eye(2, dtype=np.float32)[[number]]} for number in range(2)]
        examples = [{IMAGES: draw.random((1, 48, 48, 3), np.float32), **one} for one in asked]
        path = folder / f"two{self.kind.ending}"
        self.kind.write(Served(self.network, shares), path, examples if self.kind.needs_examples else ())
        self.paint: Painter = self.kind.load(path)


@pytest.fixture(scope="module", params=discover.names(FORMATS))
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Each format in turn; of one residual block, which is converted five times as fast."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("steadystyle.feedforward.network.BLOCKS", 1)
        return Written(request.param, tmp_path_factory.mktemp("export"))


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(number=st.integers(1, 3), height=SIDES, width=SIDES, share=st.floats(0, 1, width=32), seed=st.integers(0, 99))
def test_it_paints_what_the_network_paints(
    written: Written, number: int, height: int, width: int, share: float, seed: int
) -> None:
    """Batches of any size and pictures of any size come out as the network's own, in every blend of styles."""
    images = np.random.default_rng(seed).random((number, height, width, 3), np.float32)
    shares = np.tile(np.array([share, 1 - share], np.float32), (number, 1))
    made = written.paint({IMAGES: images, SHARES: shares})
    apart = made - written.network(images, shares).numpy()
    assert made.dtype == np.float32
    assert np.sqrt(np.square(apart).mean()) <= written.kind.tolerance


BAD = st.sampled_from([np.nan, np.inf, -np.inf, -1.0, 2.0, 255.0, 3e38, 1e-45])


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(value=BAD, rest=st.floats(0, 1, width=32), shares=st.lists(BAD, min_size=2, max_size=2))
def test_whatever_comes_in_a_picture_goes_out(written: Written, value: float, rest: float, shares: list[float]) -> None:
    """Numbers that are none, or out of range, in pictures and shares: what comes out is finite and in [0, 1]."""
    images = np.full((1, 12, 9, 3), rest, np.float32)
    images[0, 3:5, 2:] = value
    made = written.paint({IMAGES: images, SHARES: np.array([shares], np.float32)})
    assert made.shape == images.shape
    assert np.isfinite(made).all()
    assert made.min() >= 0
    assert made.max() <= 1


def test_levels_where_they_are_taken(written: Written) -> None:
    """Levels come out as levels, the nearest to what pictures in [0, 1] come out as."""
    if not written.kind.takes_levels:
        return
    levels = np.random.default_rng(0).integers(0, 256, (2, 17, 23, 3), np.uint8)
    shares = np.eye(2, dtype=np.float32)
    made = written.paint({IMAGES: levels, SHARES: shares})
    wanted = written.network((levels / 255).astype(np.float32), shares).numpy()
    assert made.dtype == np.uint8
    assert np.abs(made - 255 * wanted).max() <= 0.51


@pytest.mark.slow
@pytest.mark.parametrize("name", discover.names(FORMATS))
def test_a_whole_network_with_its_blend_fixed(name: str, tmp_path: Path) -> None:
    """With shares given, pictures are all that is asked for, and a network of full depth paints the same."""
    written = Written(name, tmp_path, [0.25, 0.75])
    images = np.random.default_rng(3).random((1, 61, 83, 3), np.float32)
    wanted = written.network(images, np.array([[0.25, 0.75]], np.float32)).numpy()
    apart = written.paint({IMAGES: images}) - wanted
    assert np.sqrt(np.square(apart).mean()) <= written.kind.tolerance
