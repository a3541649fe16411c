"""The door of every network that makes pictures in one pass: what comes in is a picture, and so is what goes out."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from steadystyle.core.errors import PictureError
from steadystyle.core.injection import inject
from steadystyle.core.settings import PassSettings
from steadystyle.images.arrays import Picture, as_picture
from steadystyle.images.luma import with_colours_of
from steadystyle.images.recognised import Recognised
from steadystyle.images.resize import fit, resize
from steadystyle.images.values import is_in_unit_range

MAX_PIXELS = 16_000_000
"""Of the result: at the full size a network holds some hundred numbers for each pixel."""
CHANGED = "comes of weights that changed in memory"
FLAT, VARIED = 1e-3, 0.05
"""A picture in which no channel spreads farther than the first is of one colour; than the second, may become so."""


class OnePass(ABC):
    """Makes pictures in a style; never one that is not finite, not in [0, 1], or flat where it should not be."""

    def __init__(self, settings: PassSettings | None, overrides: dict[str, Any]) -> None:
        self._settings = (settings or PassSettings()).replaced(overrides)

    def __call__(self, picture: Picture) -> np.ndarray:
        """The picture in the style.

        Returns:
            float32 (H, W, 3), sRGB in [0, 1]: always finite, and of one colour only if the picture or a style is.

        Raises:
            PictureError: it cannot be read, its result would be too large (16 million pixels), or no sound picture
                could be made of it.
        """
        content, size = taken(as_picture(inject("content", None, picture)), "content"), self._settings.size
        height, width = content.shape[:2] if size is None else fit(content.shape[0], content.shape[1], size)
        check_pixels("picture", height, width)
        content = resize(content, height, width)
        made = self._sound(content)
        return with_colours_of(made, content) if self._settings.colours == "content" else made

    def _sound(self, content: np.ndarray) -> np.ndarray:
        """What the network makes, once it is a picture; made again with fresh weights and in float32 if it is not."""
        expects_variety = spread(content) >= VARIED and self._expects_variety()
        for again in (False, True):
            if again:
                self._renew()
            made: np.ndarray = inject("picture", None, self._made(content))
            # A ReLU may swallow the NaN of a weight, so that a picture does not show it.
            problem = _problem(made, expects_variety) or ("" if self._is_intact() else CHANGED)
            if not problem:
                return made
            if not again:
                told = f"the picture that was made {problem}; it is made again, with weights read anew, in float32"
                warnings.warn(told, stacklevel=3)
        raise PictureError(f"the picture that was made {problem}, twice; {self._advice()}")

    def _advice(self) -> str:
        """What to do about it."""
        if self._is_intact():
            return "choose another style or a smaller strength; if it happens with all, check this machine's memory"
        return "the weights change in memory: check this machine's memory"

    @abstractmethod
    def _made(self, content: np.ndarray) -> np.ndarray:
        """`content` (H, W, 3) in the style, as it comes out of the network."""

    @abstractmethod
    def _renew(self) -> None:
        """Begin anew: weights as they are on disk, everything in float32."""

    @abstractmethod
    def _is_intact(self) -> bool:
        """Whether the weights are still those that were read."""

    @abstractmethod
    def _expects_variety(self) -> bool:
        """Whether a picture of more than one colour should become one of more than one colour."""


def taken(came: Recognised, what: str) -> np.ndarray:
    """The picture; what had to be put right is said."""
    for remark in came.remarks:
        if remark.repaired:
            warnings.warn(f"{what}: {remark.evidence}; {remark.remedy}", stacklevel=4)
    return came.picture


def spread(picture: np.ndarray) -> float:
    """How far the numbers of a channel lie apart, of the channel where that is most."""
    return float((picture.max((0, 1)) - picture.min((0, 1))).max())


def check_pixels(what: str, height: int, width: int) -> None:
    """Refuse what would not fit into memory.

    Raises:
        PictureError: the picture is too large.
    """
    if height * width > MAX_PIXELS:
        raise PictureError(f"{what} of {width} x {height} pixels: wanted at most {MAX_PIXELS:,}; choose a smaller size")


def _problem(made: np.ndarray, expects_variety: bool) -> str:
    """What is wrong with a picture that was made; empty if nothing is."""
    if not np.isfinite(made).all():
        return "is not finite"
    if not is_in_unit_range(made):
        return f"has numbers from {made.min():g} to {made.max():g}, wanted them in [0, 1]"
    if expects_variety and spread(made) < FLAT:
        return "is of one colour"
    return ""
