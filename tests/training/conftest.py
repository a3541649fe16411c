"""What the tests of all recipes need."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.compact.pictures import HELD_BACK


def _drawn(folder: Path, size: tuple[int, int]) -> Path:
    """As many drawn pictures as are held back, and a few more."""
    generator = np.random.default_rng(1)
    for number in range(HELD_BACK + 4):
        blocks = generator.integers(0, 256, (6, 8, 3), np.uint8)
        Image.fromarray(blocks).resize(size, Image.Resampling.BICUBIC).save(folder / f"{number:03}.png")
    return folder


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn pictures as large as photographs that are trained on."""
    return _drawn(tmp_path_factory.mktemp("pictures"), (280, 272))


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small ones, of which a crop holds more."""
    return _drawn(tmp_path_factory.mktemp("small"), (48, 40))
