"""A picture that is damaged between the run and the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from steadystyle.core.errors import OutputError
from steadystyle.core.injection import injecting
from steadystyle.images.load import load_image
from steadystyle.images.save import save_image
from tests.faults import EXTENTS, VALUES, Fault, Injector

PICTURE = np.random.default_rng(0).uniform(0.2, 0.8, (12, 16, 3)).astype(np.float32)


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(("name", "bits"), [("out.png", 8), ("out.png", 16), ("out.tif", 8)])
def test_once_it_is_written_again(name: str, bits: int, value: float, extent: str) -> None:
    """The file shows the picture, whatever stood in the array the first time."""
    fault = Fault("encoder", value, extent, "set-up", lasting=False)
    with injecting(Injector(fault)):
        save_image(name, PICTURE, bits=bits)
    np.testing.assert_allclose(load_image(name), PICTURE, atol=0.5 / 255 + 1e-6)


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("before", [True, False], ids=["over another", "new"])
def test_each_time_it_is_refused(value: float, extent: str, before: bool) -> None:
    """One line, and the folder is as it was."""
    path = Path("out.png")
    if before:
        path.write_bytes(b"what stood there")
    with (
        injecting(Injector(Fault("encoder", value, extent, "set-up", lasting=True))),
        pytest.raises(OutputError) as told,
    ):
        save_image(path, PICTURE)
    assert "\n" not in str(told.value)
    assert [file.name for file in Path().iterdir()] == (["out.png"] if before else [])
    assert not before or path.read_bytes() == b"what stood there"


@pytest.mark.parametrize("name", ["out.jpg", "out.webp"])
@pytest.mark.parametrize("value", VALUES)
def test_a_black_picture_is_not_a_lossy_one(name: str, value: float) -> None:
    """Formats that lose a little are written again too when all is lost."""
    with injecting(Injector(Fault("encoder", value, "all", "set-up", lasting=False))):
        save_image(name, PICTURE)
    np.testing.assert_allclose(load_image(name).mean(), PICTURE.mean(), atol=0.02)
