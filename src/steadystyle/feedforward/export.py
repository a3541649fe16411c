"""Write a trained network in another format, run what was written, and compare it, before it is anywhere."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from steadystyle.core import discover
from steadystyle.core.errors import DependencyError, OutputError, SettingsError
from steadystyle.feedforward.contracts import Examples, Export, Inputs, Painter
from steadystyle.feedforward.crops import middle
from steadystyle.feedforward.decoded import Decoded, files_in
from steadystyle.feedforward.model_file import load_model
from steadystyle.feedforward.network import StyleNetwork
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
    served = Served(network, fixed)
    examples = _examples(Path(images), network, fixed) if kind.needs_examples and images is not None else ()
    found: list[float] = []

    def write(new: Path) -> None:
        kind().write(served, new, examples)
        found.extend(_differences(kind(), new, network, fixed))

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


def _examples(folder: Path, network: StyleNetwork, fixed: list[float] | None) -> Examples:
    """The middles of some photographs, in the styles in turn."""
    files, decoded, found = files_in(folder), Decoded(SIDE), list[Inputs]()
    for file in files:
        picture = decoded.picture(file)
        if picture is not None:
            found.append(_asked(middle(picture, SIDE)[np.newaxis], len(found), network, fixed))
        if len(found) == EXAMPLES:
            break
    decoded.check(least=1)
    return found


def _asked(images: np.ndarray, number: int, network: StyleNetwork, fixed: list[float] | None) -> Inputs:
    """The inputs for a batch, with each of its pictures in another style."""
    if fixed is not None:
        return {IMAGES: images}
    numbers = (np.arange(len(images)) + number) % len(network.names)
    return {IMAGES: images, SHARES: np.eye(len(network.names), dtype=np.float32)[numbers]}


def _differences(kind: Export, path: Path, network: StyleNetwork, fixed: list[float] | None) -> list[float]:
    """How far each trial's picture is from the network's, as a root mean square.

    Raises:
        OutputError: too far, or it cannot be run.
    """
    try:
        paint = kind.load(path)
        found = {
            name: _difference(paint, _asked(images, number, network, fixed), network, fixed)
            for number, (name, images) in enumerate(_trials(kind.takes_levels).items())
        }
    except Exception as error:  # each runtime has kinds of its own
        reason = " ".join(str(error).split())[:300]
        raise OutputError(f"what was written does not run ({reason}); nothing was saved: please report it") from error
    for name, difference in found.items():
        if not difference <= kind.tolerance:  # nor is it if it is NaN
            raise OutputError(
                f"what was written paints another picture than the network (of {name}: {difference:.2g} apart,"
                f" at most {kind.tolerance:g} is wanted); nothing was saved: take another format"
            )
    return list(found.values())


def _difference(paint: Painter, inputs: Inputs, network: StyleNetwork, fixed: list[float] | None) -> float:
    images = inputs[IMAGES]
    levels = images.dtype == np.uint8
    made, most = paint(inputs), 255.0 if levels else 1.0
    sound = np.where(images > 0, np.minimum(images / most, 1), 0).astype(np.float32)
    shares = inputs[SHARES] if fixed is None else np.tile(np.array(fixed, np.float32), (len(images), 1))
    wanted = network(sound, shares).numpy()
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
