"""What is stylised: a picture with the name it came under and the hash by which it is known again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steadystyle.core.errors import PictureError

if TYPE_CHECKING:
    import numpy as np

    from steadystyle.images.packed import Packed
    from steadystyle.images.recognised import Remark

DRAWN = "drawn:"
"""What the names of pictures begin with that come from no file (`drawn:landscape`)."""


@dataclass(frozen=True)
class Input:
    """A picture that was read, float32 (H, W, 3) in [0, 1]; `path` is None for one that was drawn here.

    `remarks` say what had to be put right on the way.
    """

    name: str
    sha256: str
    packed: Packed
    path: Path | None = None
    remarks: tuple[Remark, ...] = ()

    @property
    def picture(self) -> np.ndarray:
        """The picture, (H, W, 3); made anew each time, as a large one is in memory often enough during a run."""
        return self.packed.picture()

    def record(self, folder: Path) -> dict[str, str]:
        """Name and hash; a file's name is its path as seen from `folder`."""
        name = self.name if self.path is None else seen_from(folder, self.path)
        return {"path": name, "sha256": self.sha256}


def read_input(path: Path) -> Input:
    """Read a picture and its hash.

    Raises:
        PictureError: it is missing, not a picture, or of no use.
    """
    from steadystyle.images.load import recognised_file
    from steadystyle.images.packed import Packed

    found = recognised_file(path)
    try:
        sha256 = sha256_of(path)
    except OSError as error:
        raise PictureError(f"cannot read {path}: {error.strerror}; check the file") from error
    return Input(str(path), sha256, Packed(found.picture), path, found.remarks)


def drawn_input(name: str) -> Input:
    """A picture of `demo_pictures`, by its name there.

    Raises:
        PictureError: there is none of that name.
    """
    from steadystyle.apps.cli.demo_pictures import PICTURES
    from steadystyle.images.packed import Packed

    if name not in PICTURES:
        raise PictureError(f"no drawn picture {name!r}; there are {', '.join(PICTURES)}")
    picture = PICTURES[name]()
    return Input(DRAWN + name, hashlib.sha256(picture.tobytes()).hexdigest(), Packed(picture))


def recorded_input(entry: Mapping[str, Any], folder: Path) -> Input:
    """The input that an earlier run recorded, its path as seen from `folder`.

    Raises:
        PictureError: it is no longer there, or cannot be read.
    """
    name = str(entry["path"])
    if name.startswith(DRAWN):
        return drawn_input(name.removeprefix(DRAWN))
    path = folder / name
    if not path.exists():
        raise PictureError(f"{path} is not there any more; put it back, or name another with steadystyle stylize")
    return read_input(path)


def sha256_of(path: Path) -> str:
    """The hash of a file, as hexadecimal digits; OSError if it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seen_from(folder: Path, path: Path) -> str:
    """The way to `path` from `folder`: it stays right when both move, and tells nothing of a home folder above."""
    try:
        return os.path.relpath(path.resolve(), folder.resolve())
    except ValueError:  # another drive, on Windows
        return str(path.resolve())
