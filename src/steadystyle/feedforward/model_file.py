"""A trained network in a `.keras` file: weights and a JSON of settings, never code."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from steadystyle.core.errors import OutputError, WeightsError
from steadystyle.core.precision import choose_precision
from steadystyle.core.weights import checked
from steadystyle.feedforward.network import PACKAGE, WIDTHS, StyleNetwork
from steadystyle.images.atomic import write_atomically

ENDING = ".keras"
SETTINGS, WEIGHTS = "config.json", "model.weights.h5"
KIND = f"{PACKAGE}>StyleNetwork"
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}
MOST_BYTES, MOST_STYLES = 1_000_000_000, 10_000


def save_model(network: StyleNetwork, path: Path) -> None:
    """Write `network`, read it back, compare, and only then put it in its place. Keras's own `load_model` reads it too.

    Raises:
        OutputError: it cannot be written there, or is not what was to be written.
    """
    bare = StyleNetwork(network.names, network.variant)  # without the optimizer's slots, which are twice as large
    bare.set_weights(network.get_weights())
    try:
        with tempfile.TemporaryDirectory() as folder:
            inner = Path(folder) / f"model{ENDING}"
            bare.save(inner)
            content = inner.read_bytes()
    except OSError as error:
        told = f"cannot write {path}: {error.strerror or error} in {tempfile.gettempdir()}; free some space there"
        raise OutputError(told) from error

    def compare(written: Path) -> None:
        try:
            found = load_model(written, precision="float32")
        except WeightsError as error:
            raise OutputError(f"cannot write {path}: it cannot be read back ({error}); check the disk") from error
        for mine, theirs in zip(network.weights, found.weights, strict=True):
            if not np.array_equal(mine.numpy(), theirs.numpy()):
                raise OutputError(f"cannot write {path}: {mine.path} is not what was to be written; check the disk")

    write_atomically(path, content, check=compare)


def load_model(path: Path, *, precision: str = "auto") -> StyleNetwork:
    """The network in a file that `save_model` wrote.

    Only names and numbers are taken from the file: no class in it is looked up, and nothing is unpickled.

    Args:
        path: of the file.
        precision: of the convolutions, whatever it was trained in.

    Raises:
        WeightsError: the file is missing, cut, damaged, of another kind, or a number in it is not finite.
    """
    names, variant, weights = _read(path)
    network = StyleNetwork(names, variant, dtype=POLICIES[choose_precision(precision)])
    try:
        with tempfile.TemporaryDirectory() as folder:
            inner = Path(folder) / WEIGHTS
            inner.write_bytes(weights)
            _take_weights(network, inner, path)
    except OSError as error:
        told = f"cannot unpack {path}: {error.strerror or error} in {tempfile.gettempdir()}; free some space there"
        raise WeightsError(told) from error
    for variable in network.weights:
        _, problem = checked(variable.numpy())
        if problem:
            raise WeightsError(f"{path}: {variable.path}: {problem}; get the file again")
    return network


def _take_weights(network: StyleNetwork, inner: Path, path: Path) -> None:
    """From the file `inner`, which was in the one at `path`."""
    try:
        network.load_weights(inner)
    except Exception as error:  # h5py and Keras raise OSError, KeyError, ValueError and others
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(f"{path}: its weights do not fit its settings ({reason}); get the file again") from error


def _read(path: Path) -> tuple[list[str], str, bytes]:
    """Names of the styles, variant, and the weights' file."""
    try:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                raise WeightsError(f"{path}: it unpacks to more than a gigabyte, which no model of ours does")
            config = json.loads(archive.read(SETTINGS))
            weights = archive.read(WEIGHTS)  # checked by its CRC
    except WeightsError:
        raise
    except OSError as error:
        raise WeightsError(f"cannot read the model {path}: {error.strerror or error}; check the path") from error
    except Exception as error:  # zipfile, zlib and json raise half a dozen kinds
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(f"{path} is not a whole .keras file ({reason}); get it again") from error
    return *_settings(config, path), weights


def _settings(config: Any, path: Path) -> tuple[list[str], str]:
    kind = config.get("registered_name") if isinstance(config, dict) else None
    if kind != KIND:
        raise WeightsError(f"{path} is a model of another kind ({kind}), wanted one that steadystyle train wrote")
    inner = config.get("config")
    names = inner.get("names") if isinstance(inner, dict) else None
    variant = inner.get("variant") if isinstance(inner, dict) else None
    sound = isinstance(names, list) and 1 <= len(names) <= MOST_STYLES and all(isinstance(name, str) for name in names)
    if not sound or variant not in WIDTHS:
        raise WeightsError(f"{path}: its settings have no meaning; get the file again")
    assert isinstance(names, list)
    assert isinstance(variant, str)
    return names, variant
