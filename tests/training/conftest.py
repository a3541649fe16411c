"""What the tests of all recipes need."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.compact.pictures import HELD_BACK


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As many drawn pictures as are held back, and a few more."""
    folder, generator = tmp_path_factory.mktemp("pictures"), np.random.default_rng(1)
    for number in range(HELD_BACK + 4):
        blocks = generator.integers(0, 256, (6, 8, 3), np.uint8)
        Image.fromarray(blocks).resize((280, 272), Image.Resampling.BICUBIC).save(folder / f"{number:03}.png")
    return folder
