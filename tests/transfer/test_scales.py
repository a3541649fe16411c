"""Coarse to fine: which sizes, how many evaluations at each, and the way from one to the next."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadystyle.core.settings import Settings
from steadystyle.images.resize import resize
from steadystyle.transfer.scales import COARSEST, enlarge, plan, planned_evaluations
from tests import hostile

SIDES = st.integers(1, 70_000)


@given(size=st.integers(16, 65_535), height=SIDES, width=SIDES, scales=st.none() | st.integers(1, 12))
def test_the_last_scale_is_the_result_and_each_is_half_the_next(
    size: int, height: int, width: int, scales: int | None
) -> None:
    """For any picture: the longest side is the size, no side is below one pixel, the shape is the content's."""
    planned = plan(Settings(size=size, scales=scales), height, width)
    longest = [max(scale.height, scale.width) for scale in planned]
    assert longest[-1] == size
    assert all(-(-larger // 2) == smaller for smaller, larger in itertools.pairwise(longest))
    assert len(planned) <= (scales or 12)
    for scale in planned:
        assert min(scale.height, scale.width) >= 1
        assert abs(scale.height * width - scale.width * height) <= max(height, width)


@given(size=st.integers(16, 65_535))
def test_scales_go_down_to_where_nothing_is_gained(size: int) -> None:
    """The coarsest of several is at least the limit and less than twice that; a small picture has one scale."""
    planned = plan(Settings(size=size), 3, 4)
    assert planned[0].width < 2 * COARSEST + 1
    if len(planned) > 1:
        assert planned[0].width >= COARSEST


def test_steps_are_spent_as_the_settings_say() -> None:
    """`steps` at the full size, `scale_steps` at each smaller one, the preset's where they are left out."""
    assert [scale.steps for scale in plan(Settings(size=512, steps=7, scale_steps=5), 30, 40)] == [5, 5, 7]
    assert [scale.steps for scale in plan(Settings(size=256, preset="fine"), 30, 40)] == [120, 200]
    assert planned_evaluations(Settings(size=512, steps=7, scale_steps=5), 30, 40) == 17


def test_a_number_of_scales_is_taken_from_the_fine_end() -> None:
    """Fewer scales start larger."""
    assert [scale.width for scale in plan(Settings(size=1000, scales=2), 30, 40)] == [500, 1000]
    assert [scale.width for scale in plan(Settings(size=1000, scales=1), 30, 40)] == [1000]


def test_what_is_unchanged_is_enlarged_to_the_content_itself() -> None:
    """A picture that is still the small content becomes the large content, detail and all."""
    content = hostile.noise()
    np.testing.assert_allclose(enlarge(resize(content, 24, 32), content), content, atol=1e-6)


def test_a_change_is_enlarged_smoothly_and_keeps_the_contents_detail() -> None:
    """What was added at the small size is there at the large one, on top of the content's fine detail."""
    content = 0.25 + 0.5 * hostile.noise()
    ramp = np.linspace(0, 0.2, 32, dtype=np.float32)[:, np.newaxis]
    added = enlarge(resize(content, 24, 32) + ramp, content) - content
    np.testing.assert_allclose(
        added[:, 4:-4], np.broadcast_to(np.linspace(0, 0.2, 64)[4:-4, None], (48, 56, 3)), atol=0.01
    )


@pytest.mark.parametrize("picture", hostile.PICTURES)
def test_whatever_is_enlarged_stays_a_picture(picture: str) -> None:
    """Float32, of the content's shape, inside [0, 1]; at the same size nothing happens."""
    content = hostile.PICTURES[picture]()
    small = hostile.checkerboard()[: max(1, content.shape[0] // 2), : max(1, content.shape[1] // 2)]
    enlarged = enlarge(small, content)
    assert enlarged.shape == content.shape
    assert enlarged.dtype == np.float32
    assert enlarged.min() >= 0
    assert enlarged.max() <= 1
    assert enlarge(content, content) is content
