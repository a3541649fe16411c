"""The benchmark of faults in training, on networks of one residual block."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import training_faults
from benchmarks.options import Options
from benchmarks.trainings import FAULTS, TRAINERS, Given, ours, plain
from steadystyle.apps.cli.demo_pictures import starry
from steadystyle.core.settings import TrainSettings

# Keras hands its variables to NumPy in a way that NumPy 2 calls outdated.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(autouse=True)
def _shallow(monkeypatch: pytest.MonkeyPatch) -> None:
    """As deep a network as is needed here."""
    monkeypatch.setattr("steadystyle.feedforward.network.BLOCKS", 1)


def test_a_fault_is_put_into_both(tmp_path: Path) -> None:
    """A NaN in a slot ends plain `fit` with NaN, and ours with a finite loss and the cause."""
    small: dict[str, Any] = {
        "start": "random", "learning_rate": 3e-3, "style_scales": 1, "size": 32, "style_size": 48, "batch": 1,
        "precision": "float32", "steps": 3,
    }  # fmt: skip
    settings = TrainSettings.from_dict(small)
    given = Given(starry(), training_faults.photographs(tmp_path), settings, 1)
    bad = plain(given, FAULTS["NaN in a slot"])
    assert (bad.loss, bad.word) == (None, "NaN")
    good = ours(given, FAULTS["NaN in a slot"])
    assert good.loss is not None
    assert good.named == ["optimizer-state"]


@pytest.mark.slow
def test_a_quick_run_survives_every_fault(tmp_path: Path) -> None:
    """Ours ends every training with a finite loss, and names each cause but that of a batch that does no harm."""
    figures = training_faults.measure(Options(results=tmp_path, quick=True))
    found = {row["fault"]: row["endings"] for row in figures["faults"]}
    assert list(found) == list(FAULTS)
    name, *others = TRAINERS
    assert all(endings[name]["loss"] is not None for endings in found.values())
    harmless = {"nothing (control)", "batch of constants"}
    assert all(bool(endings[name]["named"]) == (fault not in harmless) for fault, endings in found.items())
    for fault in ("poisoned picture", "NaN in a gradient", "NaN in a slot", "checkpoint cut"):
        assert all(found[fault][other]["loss"] is None for other in others)
    assert len(training_faults.table(figures)) > len(FAULTS)
