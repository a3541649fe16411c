"""How much of each style: by their order, or by their names. Loads no TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from steadystyle.core.errors import SettingsError

Shares = Sequence[float] | Mapping[str, float]
"""A number for each style, in their order; or for some of them by name, and 0 for the others."""


def checked_shares(shares: Shares | None, names: Sequence[str]) -> list[float]:
    """One for each style, with the sum 1; equal ones for None.

    Raises:
        SettingsError: not as many as styles, a name that no style has, a negative number, one that is not finite, or
            all of them 0.
    """
    if shares is None:
        return [1.0 / len(names)] * len(names)
    if isinstance(shares, Mapping):
        if unknown := [name for name in shares if name not in names]:
            raise SettingsError(f"shares: no style {', '.join(unknown)}; choose from {', '.join(names)}")
        shares = [shares.get(name, 0.0) for name in names]
    numbers = [float(share) for share in shares]
    if len(numbers) != len(names):
        raise SettingsError(
            f"shares: got {len(numbers)}, wanted {len(names)}: one for each style ({', '.join(names)}), or by name"
        )
    if not all(math.isfinite(number) and number >= 0 for number in numbers) or not 0 < sum(numbers) < math.inf:
        raise SettingsError(f"shares: got {numbers}, wanted numbers of at least 0, not all of them 0")
    return [number / sum(numbers) for number in numbers]


def shares_in(texts: Sequence[str]) -> Shares:
    """What `["3", "1"]`, or `["sun=2", "wave=1"]`, says.

    Raises:
        SettingsError: one is no number, one name is there twice, or there are both kinds.
    """
    pairs = [(name, _number(number, text)) for text in texts for name, _, number in [text.rpartition("=")]]
    named = {name: number for name, number in pairs if name}
    if not named:
        return [number for _, number in pairs]
    if len(named) < len(pairs):
        raise SettingsError(f"share: got {' '.join(texts)}, wanted each style once, all by name or all by their order")
    return named


def _number(number: str, text: str) -> float:
    try:
        return float(number)
    except ValueError:
        raise SettingsError(f"share: got {text}, wanted a number, or a style's name and one, as in sun=2") from None
