"""What an export is held against: the network itself, on pictures that break programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from steadystyle.core.errors import OutputError
from steadystyle.feedforward.contracts import Export, Inputs, Painter
from steadystyle.feedforward.network import StyleNetwork
from steadystyle.feedforward.served import IMAGES, SHARES


class Original:
    """The network that was exported.

    Args:
        network: computing in float32.
        fixed: the shares that an export has for good; None if it is asked for them.
    """

    def __init__(self, network: StyleNetwork, fixed: list[float] | None) -> None:
        self._network, self._fixed = network, fixed

    def asked(self, images: np.ndarray, number: int) -> Inputs:
        """The inputs for the batch of that number, with each of its pictures in another style."""
        if self._fixed is not None:
            return {IMAGES: images}
        styles = len(self._network.names)
        return {IMAGES: images, SHARES: np.eye(styles, dtype=np.float32)[(np.arange(len(images)) + number) % styles]}

    def differences(self, kind: Export, path: Path) -> list[float]:
        """How far each trial's picture is from the network's, as a root mean square.

        Raises:
            OutputError: too far, or it cannot be run.
        """
        try:
            paint = kind.load(path)
            found = {
                name: self._difference(paint, self.asked(images, number))
                for number, (name, images) in enumerate(_trials(kind.takes_levels).items())
            }
        except Exception as error:  # each runtime has kinds of its own
            told = " ".join(str(error).split())[:300]
            raise OutputError(f"what was written does not run ({told}); nothing was saved: please report it") from error
        for name, difference in found.items():
            if not difference <= kind.tolerance:  # nor is it if it is NaN
                raise OutputError(
                    f"what was written paints another picture than the network (of {name}: {difference:.2g} apart,"
                    f" at most {kind.tolerance:g} is wanted); nothing was saved: take another format"
                )
        return list(found.values())

    def _difference(self, paint: Painter, inputs: Inputs) -> float:
        images = inputs[IMAGES]
        levels = images.dtype == np.uint8
        made, most = paint(inputs), 255.0 if levels else 1.0
        sound = np.where(images > 0, np.minimum(images / most, 1), 0).astype(np.float32)
        fixed = self._fixed
        shares = inputs[SHARES] if fixed is None else np.tile(np.array(fixed, np.float32), (len(images), 1))
        wanted = self._network(sound, shares).numpy()
        if made.shape != wanted.shape or made.dtype != images.dtype:
            raise ValueError(f"it gives {made.dtype}{list(made.shape)} for {images.dtype}{list(images.shape)}")
        apart = made / most - wanted
        if levels:  # rounding to whole levels is meant
            apart = np.sign(apart) * np.maximum(0, np.abs(apart) - 0.5 / 255)
        return float(np.sqrt(np.square(apart).mean(axis=(1, 2, 3)).max()))


def _trials(levels: bool) -> dict[str, np.ndarray]:
    """Batches that break programs: what is odd about each is its name."""
    draw = np.random.default_rng(0)
    noise = draw.random((2, 33, 47, 3), np.float32)
    rows, columns = np.mgrid[0:40, 0:64]
    ramp = np.stack([rows / 39, columns / 63, (rows + columns) % 2], -1).astype(np.float32)[np.newaxis]
    bad = noise.copy()
    bad[0, :3, :5], bad[0, 10, 10], bad[1, 4], bad[1, 7] = np.nan, np.inf, -np.inf, 300
    trials = {
        "noise": noise,
        "black": np.zeros((1, 16, 24, 3), np.float32),
        "white": np.ones((3, 24, 16, 3), np.float32),
        "a ramp with a checkerboard": ramp,
        "one pixel": noise[:1, :1, :1],
        "a row": noise[:, :1],
        "a column": noise[:, :, :1],
        "a larger picture": draw.random((1, 130, 97, 3), np.float32),
        "numbers that are no picture": bad,
    }
    if levels:
        whole = {name: np.rint(255 * images).astype(np.uint8) for name, images in trials.items() if images is not bad}
        trials |= {f"{name} in levels": images for name, images in whole.items()}
    return trials
