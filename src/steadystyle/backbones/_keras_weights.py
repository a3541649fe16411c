"""VGG weights as Keras distributes them: fetched by Keras, or read from a file."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from steadystyle.core.errors import WeightsError
from steadystyle.core.weights import checked

Arrays = dict[str, tuple[np.ndarray, np.ndarray]]


def load(application: Callable[..., Any], file_name: str, md5: str, network: str, path: Path | None) -> Arrays:
    """`"4_2"` to the kernel and bias of that convolution.

    Args:
        application: `keras.applications.VGG19`, say.
        file_name: what Keras calls the file in its cache.
        md5: the hash that Keras publishes for it. Keras checks it after the download only, and leaves a file that
        failed
            where a later run finds it, so the cached file is checked here each time.
        network: for messages.
        path: a file with these weights instead of Keras's own.

    Raises:
        WeightsError: no file and no network, a file that is damaged or not finite or belongs to another network.
    """
    model = _from_file(application, path, network) if path else _fetched(application, file_name, md5, network)
    return _arrays(model.layers, str(path or file_name))


def _fetched(application: Callable[..., Any], file_name: str, md5: str, network: str) -> Any:
    cached = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models" / file_name
    if cached.is_file() and hashlib.md5(cached.read_bytes(), usedforsecurity=False).hexdigest() != md5:
        raise WeightsError(f"{network}: {cached} is damaged (its hash is not {md5}); delete it and run again")
    try:
        with contextlib.redirect_stdout(sys.stderr):  # where Keras would tell of its download stands our result
            return application(include_top=False, weights="imagenet")
    except Exception as error:  # Keras raises a bare Exception for a failed download, ValueError for a wrong hash
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(
            f"{network}: its weights are not in {cached.parent} and could not be fetched ({reason}); connect to the "
            f"internet once, or pass --weights FILE with {file_name}, or use --backbone compact"
        ) from error


def _from_file(application: Callable[..., Any], path: Path, network: str) -> Any:
    if not path.is_file():
        raise WeightsError(
            f"{network}: no weight file {path}; give the path of a Keras .h5 file without the top layers"
        )
    model = application(include_top=False, weights=None)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Keras warns of first, for another network's file, it then raises
            model.load_weights(path)
    except Exception as error:  # h5py and Keras raise OSError, KeyError, ValueError and others
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(f"{network}: {path} does not hold this network's weights ({reason})") from error
    return model


def _arrays(layers: Sequence[Any], source: str) -> Arrays:
    arrays: Arrays = {}
    for layer in layers:
        if "_conv" not in layer.name:
            continue
        sound = []
        for part, array in zip(("kernel", "bias"), layer.get_weights(), strict=True):
            array, problem = checked(array)
            if problem:
                raise WeightsError(f"{source}: {part} of {layer.name}: {problem}; get the file again")
            sound.append(array)
        arrays[layer.name.removeprefix("block").replace("_conv", "_")] = sound[0], sound[1]
    return arrays
