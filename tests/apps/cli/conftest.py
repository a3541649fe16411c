from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from steadystyle.apps.cli import tensorflow_quietly
from steadystyle.images.save import save_image
from tests.apps.cli.engine import FakeEngine


@pytest.fixture
def pictures(tmp_path: Path) -> tuple[str, str]:
    """Names of a content and a style picture in the current folder."""
    generator = np.random.default_rng(0)
    for name, (height, width) in {"content.png": (24, 32), "style.png": (20, 20)}.items():
        save_image(tmp_path / name, generator.random((height, width, 3), dtype=np.float32))
    return "content.png", "style.png"


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeEngine], FakeEngine]:
    """Puts a fake engine in the real one's place for one test."""

    def use(engine: FakeEngine) -> FakeEngine:
        original = tensorflow_quietly.import_tensorflow
        monkeypatch.setattr(tensorflow_quietly, "import_tensorflow", original)  # so that it is undone at the end
        return engine.install(lambda name, module: monkeypatch.setitem(sys.modules, name, module))

    return use


@pytest.fixture
def engine(use: Callable[[FakeEngine], FakeEngine]) -> FakeEngine:
    """A fake engine that finishes."""
    return use(FakeEngine())
