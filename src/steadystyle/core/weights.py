"""Weights that were read are those of a trained network, and stay as they were read."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from steadystyle.core.errors import WeightsError
from steadystyle.core.finite import describe_nonfinite
from steadystyle.core.injection import inject

LARGEST = 1e4
"""A weight beyond this is no trained network's: theirs are below 100."""


def read_arrays(path: Path, network: str, sha256_file: Path | None = None) -> dict[str, np.ndarray]:
    """The arrays of an .npz file as float32, all of them finite and no larger than a trained network's.

    Args:
        path: the file; nothing in it is unpickled.
        network: whose weights they are, for messages.
        sha256_file: holds the hash that the file must have; None for a file that came from the user.

    Raises:
        WeightsError: the file is missing, damaged or no such archive, or a number in it is not finite or too large.
    """
    remedy = "install SteadyStyle again" if sha256_file else "check --weights"
    try:
        content = path.read_bytes()
        if sha256_file and hashlib.sha256(content).hexdigest() != sha256_file.read_text("utf-8").strip():
            raise WeightsError(f"{network}: {path} is damaged (its hash is not the published one); {remedy}")
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name].astype(np.float32) for name in file.files}
    except FileNotFoundError as error:
        raise WeightsError(f"{network}: no weight file {error.filename}; {remedy}") from None
    except WeightsError:
        raise
    except Exception as error:  # numpy and zipfile raise a dozen kinds for a damaged archive
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(f"{network}: {path} is not a weight file of this network ({reason}); {remedy}") from error
    for name, array in arrays.items():
        arrays[name], problem = checked(array)
        if problem:
            raise WeightsError(f"{network}: {path}: {name}: {problem}; get the file again")
    return arrays


def read_shapes(
    network: str, shapes: Mapping[str, tuple[int, ...]], path: Path | None, own: Path, sha256_file: Path
) -> dict[str, np.ndarray]:
    """The arrays named in `shapes`, each of its shape, from the user's file at `path`, or from the package's if None.

    Raises:
        WeightsError: as in `read_arrays`, or an array is not there or has another shape.
    """
    arrays = read_arrays(path, network) if path else read_arrays(own, network, sha256_file)
    for name, shape in shapes.items():
        if name not in arrays or arrays[name].shape != shape:
            wanted = "x".join(map(str, shape))
            raise WeightsError(f"{network}: {path or own} does not hold {name} ({wanted}); check the file")
    return {name: arrays[name] for name in shapes}


def checked(array: np.ndarray) -> tuple[np.ndarray, str]:
    """`array` as float32, and in words what is wrong with it; empty if nothing is."""
    array = inject("weights", None, np.asarray(array, np.float32))
    largest = float(np.abs(array).max(initial=0))
    problem = describe_nonfinite(array)
    if not problem and largest > LARGEST:
        problem = f"its largest number is {largest:.3g}, wanted at most {LARGEST:g}"
    return array, problem


def fingerprint(weights: Any) -> tuple[float, ...]:
    """The sum of each tensor in a nest of them: another once a number has changed, and never equal once one is NaN."""
    with np.errstate(all="ignore"):
        return tuple(float(np.sum(np.asarray(tensor), dtype=np.float64)) for tensor in tf.nest.flatten(weights))
