"""A few combinations of many factors in which every two values of any two factors meet."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Combination = dict[str, Any]
CANDIDATES = 30


def all_pairs(factors: Mapping[str, Sequence[Any]], seed: int = 0) -> list[Combination]:
    """Greedy: each combination is the one, of some random ones, in which most pairs meet for the first time.

    Source: Cohen, Dalal, Fredman and Patton, "The AETG System: An Approach to Testing Based on Combinatorial Design",
    IEEE Transactions on Software Engineering 1997, sec. 2.
    """
    generator, names = np.random.default_rng(seed), list(factors)
    missing = {
        pair
        for one, other in itertools.combinations(names, 2)
        for pair in itertools.product([(one, i) for i in range(len(factors[one]))],
                                      [(other, i) for i in range(len(factors[other]))])
    }  # fmt: skip
    chosen: list[Combination] = []
    while missing:
        best: dict[str, int] = {}
        most = 0
        for pair in itertools.islice(itertools.cycle(sorted(missing)[:CANDIDATES]), CANDIDATES):
            candidate = {name: int(generator.integers(len(factors[name]))) for name in names} | dict(pair)
            count = len(met(candidate) & missing)
            if count > most:
                best, most = candidate, count
        missing -= met(best)
        chosen.append({name: factors[name][best[name]] for name in names})
    return chosen


def met(combination: Mapping[str, int]) -> set[tuple[tuple[str, int], tuple[str, int]]]:
    """The pairs that meet in it."""
    return set(itertools.combinations(combination.items(), 2))
