"""What holds for every test: seeded, no network, a working folder of its own, TensorFlow's start-up lines off."""

from __future__ import annotations

import os
import random
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest

ROOT = Path(__file__).parents[1]

# Must be set before anything imports TensorFlow.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# The same examples on each run; and tests are never timed: the first example may trace a graph.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.load_profile("steady")


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """Every test starts from the same random state; TensorFlow's only where it is loaded already."""
    random.seed(0)
    np.random.seed(0)
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(0)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path in a test means its own temporary folder, never the repository."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Connecting to anything but this machine fails at once."""

    def connect(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "localhost"
        if host not in {"localhost", "127.0.0.1", "::1"}:
            raise OSError(f"tests have no network: connection to {address} refused")
        original(self, address)

    original = socket.socket.connect
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(socket.socket, "connect", connect)
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of photographs and of the teacher network beside the repository, which is not part of it."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs ../shared (photographs, teacher network), which is not beside this repository")
    return folder


@pytest.fixture(scope="session")
def compact_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weight file for the compact network with few channels and random, well-scaled numbers.

    As good as the trained ones for everything but beauty, and the backbone that it makes is the fastest there is.
    """
    from steadystyle.backbones.compact import BLOCKS, Compact

    generator, inputs = np.random.default_rng(0), 3
    arrays: dict[str, Any] = {}
    for layer, channels in zip(Compact.layers, np.repeat((4, 6, 8, 8, 8), BLOCKS).tolist(), strict=True):
        scale = np.sqrt(2 / (9 * inputs))
        arrays[f"{layer}.kernel"] = generator.normal(scale=scale, size=(3, 3, inputs, channels)).astype(np.float16)
        arrays[f"{layer}.bias"] = generator.normal(scale=0.1, size=channels).astype(np.float16)
        if layer in Compact.metric_layers:
            lopsided = generator.normal(scale=0.1, size=(channels, channels))
            arrays[f"{layer}.metric"] = (np.eye(channels) + lopsided + lopsided.T).astype(np.float16)
        inputs = channels
    path = tmp_path_factory.mktemp("weights") / "compact.npz"
    np.savez(path, **arrays)
    return path


@pytest.fixture(scope="session")
def decoder_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weight file for the decoder with random, well-scaled numbers."""
    from steadystyle.feedforward.layout import weight_shapes

    generator = np.random.default_rng(1)
    arrays: dict[str, Any] = {}
    for name, shape in weight_shapes().items():
        scale = np.sqrt(1 / np.prod(shape[:-1])) if len(shape) > 1 else 0.1
        arrays[name] = generator.normal(scale=scale, size=shape).astype(np.float16)
    path = tmp_path_factory.mktemp("weights") / "decoder.npz"
    np.savez(path, **arrays)
    return path
