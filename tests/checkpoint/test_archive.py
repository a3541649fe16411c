"""A file of arrays is read as it was written, or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from steadystyle.checkpoint import archive
from steadystyle.core.errors import CheckpointError

FILE = Path("file")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small file as checkpoints are."""
    path = tmp_path_factory.mktemp("written") / "file"
    archive.write_archive(path, {"of": 1}, {"a": np.arange(40, dtype=np.float32), "b": np.zeros((0, 3))})
    return path.read_bytes()


def test_every_flipped_bit_is_found(written: bytes) -> None:
    """Wherever in the file it is."""
    for place in range(len(written)):
        harmed = bytearray(written)
        harmed[place] ^= 1 << place % 8
        FILE.write_bytes(harmed)
        with pytest.raises(CheckpointError):
            archive.read_archive(FILE)


def test_every_cut_is_found(written: bytes) -> None:
    """Wherever it ends, from nothing on; and what has something behind it is not it either."""
    for end in range(len(written)):
        FILE.write_bytes(written[:end])
        with pytest.raises(archive.Damaged):
            archive.read_archive(FILE)
    FILE.write_bytes(written + b"\0")
    with pytest.raises(archive.Damaged):
        archive.read_archive(FILE)


def test_other_programs_read_it(written: bytes) -> None:
    """It is an npz without pickles."""
    FILE.write_bytes(written)
    with np.load(FILE, allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["a"], np.arange(40))
    found, arrays = archive.read_archive(FILE)
    assert found == {"of": 1}
    assert arrays["b"].shape == (0, 3)
