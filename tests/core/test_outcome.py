from __future__ import annotations

import numpy as np
import pytest

from steadystyle.core.outcome import Outcome, Result, StepRecord
from steadystyle.core.settings import Settings


@pytest.mark.parametrize("outcome", Outcome)
def test_every_ending_says_what_it_means(outcome: Outcome) -> None:
    """An ending's value is a sentence to show to a person, on one line."""
    assert outcome.value.endswith(".")
    assert "\n" not in outcome.value


def test_only_a_stopped_or_lost_run_fails() -> None:
    """A script sees failure where the run was broken off by Ctrl-C or given up, and nowhere else."""
    failed = {outcome: outcome.exit_code for outcome in Outcome if outcome.exit_code}
    assert failed == {Outcome.STOPPED: 130, Outcome.GAVE_UP: 7}


def test_a_result_prints_on_one_screen() -> None:
    """Neither the pixels nor the history of a run fill the screen of somebody who types its name."""
    step = StepRecord(0, 0, 64, 64, 1.0, {"gram": 1.0}, 0.1, 1.0, True, 0.1)
    result = Result(np.zeros((64, 64, 3), np.float32), Outcome.FINISHED, 1.0, {}, Settings(), history=(step,) * 1000)
    assert len(repr(result)) < 2000
