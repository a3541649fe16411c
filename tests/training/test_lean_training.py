"""The recipe of the network that others begin with, on drawn pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from steadystyle.feedforward import starter
from steadystyle.feedforward.model_file import load_model
from steadystyle.feedforward.network import StyleNetwork
from steadystyle.images.load import load_image
from training.compact.pictures import HELD_BACK
from training.lean import train as recipe
from training.lean.export import export

# Keras hands its variables to NumPy in a way that NumPy 2 calls outdated.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.mark.slow
def test_it_trains_and_exports(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is what a network begins with; pictures held back were not trained on; done once, it is not done
    anew.
    """
    monkeypatch.setattr("steadystyle.feedforward.network.BLOCKS", 1)
    run = tmp_path / "run"
    command = [str(folder), "--run", str(run), "--styles", "2", "--steps", "4", "--batch", "1", "--size", "32"]
    recipe.learn(recipe.parser().parse_args([*command, "--every", "2"]))
    assert len(list((run / "pictures").iterdir())) == len(list(folder.iterdir())) - HELD_BACK
    assert load_image(run / "styles.png").shape == (recipe.STYLE_SIDE, 2 * recipe.STYLE_SIDE, 3)
    weights, sha256 = tmp_path / "starter.npz", tmp_path / "starter.sha256"
    export(run, weights, sha256)
    network, trained = StyleNetwork(["mine"]), load_model(run / "network.keras", precision="float32")
    starter.begin(network, weights)
    np.testing.assert_allclose(network.out.kernel.numpy(), trained.out.kernel.numpy(), atol=2e-3)
    before = (run / "held_back.png").stat().st_mtime_ns
    recipe.learn(recipe.parser().parse_args([*command, "--every", "2"]))
    assert (run / "held_back.png").stat().st_mtime_ns == before
