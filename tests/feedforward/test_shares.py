"""How much of each style, as people write it."""

from __future__ import annotations

import pytest

from steadystyle.core.errors import SettingsError
from steadystyle.feedforward.shares import checked_shares, shares_in

NAMES = ("sun", "wave", "a=b")


@pytest.mark.parametrize(
    ("texts", "shares"),
    [
        (["3", "1", "0"], [0.75, 0.25, 0]),
        (["sun=3", "wave=1"], [0.75, 0.25, 0]),
        (["wave=1e0"], [0, 1, 0]),
        (["a=b=2", "sun=2"], [0.5, 0, 0.5]),
    ],
)
def test_shares_are_taken_by_order_or_by_name(texts: list[str], shares: list[float]) -> None:
    """In proportion; a style that is not named has none."""
    assert checked_shares(shares_in(texts), NAMES) == shares


def test_without_any_all_are_equal() -> None:
    """As many as there are styles."""
    assert checked_shares(None, NAMES) == [1 / 3] * 3


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["sea=1"], "no style sea; choose from sun, wave, a=b"),
        (["1", "2"], r"got 2, wanted 3: one for each style \(sun, wave, a=b\), or by name"),
        (["sun=1", "2"], "all by name or all by their order"),
        (["sun=1", "sun=2"], "wanted each style once"),
        (["sun"], "got sun, wanted a number"),
        (["sun=much"], "got sun=much, wanted a number"),
        (["sun=nan"], "wanted numbers of at least 0"),
        (["sun=-1", "wave=2"], "wanted numbers of at least 0"),
        (["0", "0", "0"], "not all of them 0"),
    ],
)
def test_what_has_no_meaning_is_refused(texts: list[str], said: str) -> None:
    """In a line that tells the names there are."""
    with pytest.raises(SettingsError, match=said):
        checked_shares(shares_in(texts), NAMES)
