"""What a network begins with."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from steadystyle import WeightsError
from steadystyle.apps.cli.demo_pictures import landscape, starry
from steadystyle.feedforward import starter
from steadystyle.feedforward.network import StyleNetwork
from steadystyle.feedforward.train import train
from steadystyle.images.resize import resize
from steadystyle.images.save import save_image


def test_every_style_begins_as_the_mean_of_those_that_were_learnt() -> None:
    """The network that ships is whole: all that a fresh one has is replaced, by finite numbers."""
    network, before = StyleNetwork(["one", "two", "three"]), StyleNetwork(["one", "two", "three"])
    starter.begin(network)
    for new, old in zip(network.weights, before.weights, strict=True):
        assert np.isfinite(new.numpy()).all()
        assert not np.array_equal(new.numpy(), old.numpy())
    for rows in (network.means.numpy(), network.deviations.numpy()):
        np.testing.assert_array_equal(rows, rows[:1].repeat(3, axis=0))


def test_what_is_written_is_what_is_begun_with(tmp_path: Path) -> None:
    """To the precision of the file."""
    trained, network = StyleNetwork(["one", "two"]), StyleNetwork(["mine"])
    generator = np.random.default_rng(0)
    for variable in trained.weights:
        variable.assign(generator.normal(size=variable.shape))
    np.savez(tmp_path / "starter.npz", **starter.arrays_of(trained))  # type: ignore[arg-type]
    starter.begin(network, tmp_path / "starter.npz")
    for theirs, ours in zip(trained.weights, network.weights, strict=True):
        wanted = theirs.numpy()
        wanted = wanted.mean(0, keepdims=True) if starter.name_of(theirs) in starter.OF_STYLES else wanted
        np.testing.assert_allclose(ours.numpy(), wanted, atol=2e-3)


def test_the_weights_that_ship_are_the_published_ones() -> None:
    """Their hash is beside them; they are float16 and small."""
    assert starter.OWN_WEIGHTS.stat().st_size <= 1_000_000
    assert hashlib.sha256(starter.OWN_WEIGHTS.read_bytes()).hexdigest() == starter.OWN_SHA256.read_text().strip()
    with np.load(starter.OWN_WEIGHTS, allow_pickle=False) as arrays:
        assert {arrays[name].dtype for name in arrays.files} == {np.dtype(np.float16)}


@pytest.mark.parametrize("harm", ["missing", "cut", "nan", "shape", "lacks", "text"])
def test_a_damaged_file_is_refused_by_name(harm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own file and the package's; the network is not half begun."""
    with np.load(starter.OWN_WEIGHTS) as file:
        arrays = {name: file[name] for name in file.files}
    path, name, content = tmp_path / "mine.npz", "out.kernel", starter.OWN_WEIGHTS.read_bytes()
    if harm == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif harm == "text":
        path.write_text("no weights")
    elif harm != "missing":
        changed = {"nan": arrays[name] * np.float16("nan"), "shape": arrays[name][..., :-1]}
        kept = {key: array for key, array in arrays.items() if key != name}
        np.savez(path, **(kept | ({} if harm == "lacks" else {name: changed[harm]})))
    network = StyleNetwork(["one"])
    before = network.get_weights()
    with pytest.raises(WeightsError, match=r"mine\.npz"):
        starter.begin(network, path)
    monkeypatch.setattr(starter, "OWN_WEIGHTS", path)
    with pytest.raises(WeightsError, match=r"mine\.npz"):
        starter.begin(network)
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("start", ["shipped", "random"])
def test_a_training_begins_with_it(start: str, tmp_path: Path) -> None:
    """Unless it is told not to: after a step of no length, a network is what it was before."""
    for number in range(3):
        save_image(tmp_path / f"{number}.png", np.roll(resize(landscape(), 80, 100), 9 * number, axis=1))
    small: dict[str, Any] = {
        "steps": 1,
        "batch": 1,
        "size": 32,
        "style_size": 48,
        "learning_rate": 1e-12,
        "precision": "float32",
    }
    trained, begun = train(starry(), tmp_path, start=start, **small).network, StyleNetwork(["one"])
    starter.begin(begun)
    apart = [float(np.abs(a.numpy() - b.numpy()).max()) for a, b in zip(trained.weights, begun.weights, strict=True)]
    assert (max(apart) < 1e-9) == (start == "shipped")
