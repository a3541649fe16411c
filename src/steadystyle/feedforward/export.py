"""Write a trained network in another format, run what was written, and compare it, before it is anywhere."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from steadystyle.core import discover
from steadystyle.core.errors import DependencyError, SettingsError
from steadystyle.feedforward.contracts import Examples, Export, Inputs
from steadystyle.feedforward.crops import middle
from steadystyle.feedforward.decoded import Decoded, files_in
from steadystyle.feedforward.model_file import load_model
from steadystyle.feedforward.original import Original
from steadystyle.feedforward.placed import check_target, place
from steadystyle.feedforward.served import IMAGES, SHARES, Served
from steadystyle.feedforward.shares import Shares, checked_shares

FORMATS = "steadystyle.feedforward.exports"
EXAMPLES, SIDE = 16, 256
"""Photographs that ranges are taken from, and their size: more of them change no range."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        difference: from the network's pictures, in [0, 1], as a root mean square, of the one where it is largest.
        trials: how many pictures that was measured on.
        inputs: their names.
    """

    path: Path
    format: str
    bytes: int
    difference: float
    trials: int
    inputs: tuple[str, ...]


def export(
    model: str | Path,
    path: str | Path,
    format: str | None = None,
    *,
    shares: Shares | None = None,
    images: str | Path | None = None,
    overwrite: bool = False,
) -> Exported:
    """Write the network in the file `model` to `path` in another format.

    What was written is run in its own runtime on pictures that break programs, of several sizes, and is put in its
    place only if its pictures are the network's.

    Args:
        model: that `steadystyle train` wrote.
        path: of the file, or of the folder for "saved-model".
        format: one of those in docs/exports.md; what the ending of `path` says if None.
        shares: how much of each style, by their order or by name, fixed once and for all, so that pictures are all that
            is asked for. If None, a network of several styles has a second input.
        images: a folder of photographs, which "litert-int8" takes its ranges from.
        overwrite: replace an export that is there.

    Raises:
        SettingsError: there is no such format, it needs photographs, or a share has no meaning.
        DependencyError: it needs a package that is not installed.
        WeightsError: the model is missing, damaged, poisoned or of another kind.
        PictureError: there are no photographs in that folder.
        OutputError: it cannot be written, or paints other pictures than the network.
    """
    path = Path(path)
    name, kind = chosen(path, format)
    if kind.needs_examples and images is None:
        raise SettingsError(
            f"{name}: takes its ranges from photographs, and none came; name a folder of some with images"
        )
    check_target(path, is_folder=not kind.ending, overwrite=overwrite)
    network = load_model(Path(model), precision="float32")
    fixed = None if shares is None and len(network.names) > 1 else checked_shares(shares, network.names)
    served, original = Served(network, fixed), Original(network, fixed)
    examples = _examples(Path(images), original) if kind.needs_examples and images is not None else ()
    found: list[float] = []

    def write(new: Path) -> None:
        kind().write(served, new, examples)
        found.extend(original.differences(kind(), new))

    size = place(path, write)
    return Exported(path, name, size, max(found), len(found), (IMAGES,) if fixed else (IMAGES, SHARES))


def chosen(path: Path, format: str | None) -> tuple[str, type[Export]]:
    """A format, and its name: the one asked for, or the first that files with the ending of `path` have.

    Raises:
        SettingsError: there is none, or `path` has the ending of another.
        DependencyError: it needs a package that is not installed.
    """
    kinds = {name: discover.feature(FORMATS, name, Export) for name in discover.names(FORMATS)}  # type: ignore[type-abstract]
    fitting = [name for name, kind in kinds.items() if kind.ending == path.suffix.lower()]
    if format is None and not fitting:
        endings = ", ".join(sorted({kind.ending for kind in kinds.values() if kind.ending}))
        raise SettingsError(f"export: no format has files like {path.name} ({endings}); name one of {', '.join(kinds)}")
    name = fitting[0] if format is None else format
    if name not in kinds:
        raise SettingsError(f"export: no format {name!r}; choose from {', '.join(kinds)}")
    kind = kinds[name]
    if kind.ending and name not in fitting:
        raise SettingsError(f"export: files of {name} end in {kind.ending}, got {path.name}; name it so")
    missing = [package for package in kind.packages if importlib.util.find_spec(package) is None]
    if missing:
        needed = ", ".join(missing)
        raise DependencyError(f"to write {name}, {needed} is needed: pip install 'steadystyle[{kind.extra}]'")
    return name, kind


def _examples(folder: Path, original: Original) -> Examples:
    """The middles of some photographs, in the styles in turn."""
    files, decoded, found = files_in(folder), Decoded(SIDE), list[Inputs]()
    for file in files:
        picture = decoded.picture(file)
        if picture is not None:
            found.append(original.asked(middle(picture, SIDE)[np.newaxis], len(found)))
        if len(found) == EXAMPLES:
            break
    decoded.check(least=1)
    return found
