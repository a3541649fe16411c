"""The run that a picture is from, made ready to run again."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from steadystyle import __version__
from steadystyle.apps.cli.inputs import Input, recorded_input, sha256_of
from steadystyle.apps.cli.job import Job
from steadystyle.apps.cli.options import Delivery
from steadystyle.apps.cli.record import from_text
from steadystyle.core.errors import PictureError
from steadystyle.core.settings import Settings
from steadystyle.images.load import read_text


def recorded_job(picture: Path, output: Path, delivery: Delivery) -> Job:
    """The job that gave `picture`; says on standard error what is no longer as it was.

    Raises:
        PictureError: it holds no run, or an input is no longer there.
        SettingsError: its settings mean nothing to this version.
    """
    record = from_text(read_text(picture))
    try:
        settings, weights = record["settings"], record["weights"]
        if weights is not None:
            settings = {**settings, "weights": _known_weights(weights, picture.parent)}
        sources = [record["content"], *record["styles"]]
        inputs = [_known_input(source, picture.parent) for source in sources]
        bits, made_by = record["bits"], record["version"]
    except (KeyError, TypeError, AttributeError) as error:
        raise PictureError(
            f"{picture} does not tell what run it is from; only a PNG written by steadystyle does, as long as no other "
            "program saved it again"
        ) from error
    if made_by != __version__:
        _warn(f"{picture} was made by version {made_by}, this is {__version__}: the result may differ")
    return Job(
        content=inputs[0],
        styles=tuple(inputs[1:]),
        settings=Settings.from_dict(settings),
        picture=output,
        delivery=delivery,
        bits=delivery.bits or (16 if bits == 16 else 8),
    )


def _known_input(source: Mapping[str, Any], folder: Path) -> Input:
    found = recorded_input(source, folder)
    if found.sha256 != source["sha256"]:
        _warn(f"{found.name} is not the picture it was then (its hash changed): the result will differ")
    return found


def _known_weights(source: Mapping[str, Any], folder: Path) -> Path:
    path = folder / str(source["path"])
    if path.is_file() and sha256_of(path) != source["sha256"]:
        _warn(f"{path} does not hold the weights of then (its hash changed): the result will differ")
    return path


def _warn(message: str) -> None:
    print(f"steadystyle: warning: {message}", file=sys.stderr)
