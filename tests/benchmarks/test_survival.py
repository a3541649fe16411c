from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from benchmarks.fates import WHOLE, fate
from benchmarks.hardships import CONTROL, HARDSHIPS, Hardship, Pictures
from benchmarks.plain_loops import LOOPS, Trouble
from benchmarks.trial import CRASHED, OURS, REFUSED, Ending, Trial

NOISE = np.random.default_rng(0).random((32, 48, 3), np.float32)


@pytest.fixture(scope="module")
def given() -> Pictures:
    """A content with shapes in it, and a style."""
    down, across = np.meshgrid(np.linspace(0, 1, 32), np.linspace(0, 1, 48), indexing="ij")
    content = np.stack([down, across, 0.5 + 0.4 * np.sin(20 * down * across)], -1).astype(np.float32)
    return Pictures(content, NOISE**3)


def endings(hardship: Hardship, given: Pictures, steps: int = 6) -> dict[str, Ending]:
    """Every loop's, at a small size."""
    return dict(Trial(hardship, given, 48, steps).endings())


def test_every_loop_survives_where_nothing_is_hostile(given: Pictures) -> None:
    """The control: no loop is so badly written that it fails by itself."""
    found = endings(CONTROL, given)
    assert list(found) == [*LOOPS, *OURS]
    assert all(ending.whole for ending in found.values())
    assert not any(ending.word for name, ending in found.items() if name in OURS)


@pytest.mark.parametrize("name", [
    pytest.param("NaN in three pixels", marks=pytest.mark.slow), "one NaN in a gradient"
])  # fmt: skip
def test_a_nan_kills_the_plain_loops_and_not_ours(name: str, given: Pictures) -> None:
    """Clipping spreads it, TerminateOnNaN comes when the picture is lost; ours makes a whole, better picture."""
    hardship = HARDSHIPS[name]
    found = endings(replace(hardship, nan_at=hardship.nan_at and 2), given)
    assert {found[loop].word for loop in LOOPS} == {"NaN"}
    assert {found[ours].word for ours in OURS} == {""}


def test_what_tensorflow_will_not_compute_is_a_crash(given: Pictures) -> None:
    """A picture of one column has nothing left to pool: that loop leaves no picture, and is said to have crashed."""
    trial = Trial(HARDSHIPS["one pixel wide"], given, 48, 2)
    assert trial.plain_ending("Adam") == pytest.approx(Ending(CRASHED, False, float("nan")), nan_ok=True)


def test_what_ours_refuses_is_no_survival(given: Pictures) -> None:
    """A picture that might mean two things is refused with one line, and counted as that."""
    ending = Trial(replace(CONTROL, handed=lambda content: content * 3), given, 48, 2).our_ending("SteadyStyle")
    assert (ending.word, ending.whole) == (REFUSED, False)


def test_keras_callback_ends_the_steps(given: Pictures) -> None:
    """With TerminateOnNaN no step follows the first loss that is NaN."""
    steps: list[int] = []

    def harm(step: int, gradient: tf.Tensor) -> tf.Tensor:
        steps.append(step)
        return gradient * np.nan

    trial = Trial(CONTROL, given, 48, 9)
    picture = LOOPS["TerminateOnNaN"].picture(
        trial._objective, given.content[np.newaxis], Trouble(lambda _: 1.0, harm), 9
    )
    assert np.isnan(picture).all()
    assert steps == [0, 1]


@pytest.mark.parametrize(
    ("picture", "word"),
    [
        (NOISE, WHOLE),
        (NOISE[:-1], "wrong size"),
        (NOISE * [1, 1, np.nan], "NaN"),
        (NOISE * 2, "out of range"),
        (NOISE * 0, "black"),
        (NOISE * 0 + 1, "white"),
        (NOISE * 0 + 0.4, "flat"),
        (0.5 + NOISE / 10, "flat"),
        (np.round(NOISE), "saturated"),
    ],
)
def test_a_fate_is_told_in_a_word(picture: np.ndarray, word: str) -> None:
    """A picture is whole, or what is wrong with it has a name."""
    assert fate(picture, NOISE) == word


def test_a_picture_may_be_what_its_content_is() -> None:
    """Flat where the content is flat, and at its bounds where the content is."""
    flat, drawing = np.full((4, 5, 3), 0.5, np.float32), np.round(NOISE)
    assert fate(flat * 0.6, flat) == WHOLE
    assert fate(1 - drawing, drawing) == WHOLE
