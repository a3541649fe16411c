"""The state of a training on disk: all that the next step depends on, so that it goes on as if never stopped."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from steadystyle.core.errors import CheckpointError, WeightsError
from steadystyle.core.finite import first_nonfinite
from steadystyle.images.atomic import write_atomically

STEP, VALIDATIONS, RUN = "step", "validations", "run"


def save_state(
    path: Path, variables: list[keras.Variable], step: int, validations: Sequence[float], run: Mapping[str, Any]
) -> None:
    """Replace the file at `path`, which stays whole whatever happens meanwhile.

    Args:
        variables: of the network and the optimizer.
        step: how many have been taken.
        validations: the losses of all so far.
        run: what the training is known by, plain values.

    Raises:
        OutputError: it cannot be written; the old one still stands.
        WeightsError: a number is not finite; nothing is written.
    """
    arrays = {f"state{number}": keras.ops.convert_to_numpy(variable) for number, variable in enumerate(variables)}
    if found := first_nonfinite(list(arrays.values())):
        raise WeightsError(f"checkpoint {path}: {variables[found[0]].path}: {found[1]}; nothing was written")
    file = io.BytesIO()
    known = np.frombuffer(json.dumps(run, sort_keys=True).encode(), np.uint8)
    arrays |= {STEP: np.int64(step), VALIDATIONS: np.array(validations, np.float64), RUN: known}
    np.savez(file, allow_pickle=False, **arrays)
    write_atomically(path, file.getvalue())


def load_state(path: Path, variables: list[keras.Variable], run: Mapping[str, Any]) -> tuple[int, list[float]] | None:
    """Set `variables` to what the file holds; how many steps were taken, and the validations' losses. None, and nothing
    is set, if there is no file.

    Raises:
        CheckpointError: it is damaged, or of another training.
    """
    if not path.exists():
        return None
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            step, found = int(arrays[STEP]), json.loads(arrays[RUN].tobytes())
            validations = arrays[VALIDATIONS].tolist()
            values = [arrays[f"state{number}"] for number in range(len(variables))] if found == run else []
    except Exception as error:  # numpy, zipfile and json raise a dozen kinds
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(f"checkpoint {path} is damaged ({reason}); delete it to begin anew") from error
    if found != run:
        other = sorted(name for name in {*found, *run} if found.get(name) != run.get(name))
        raise CheckpointError(
            f"checkpoint {path} is of another training ({', '.join(other)} differ); delete it, or name another model"
        )
    if [value.shape for value in values] != [tuple(variable.shape) for variable in variables] or first_nonfinite(
        values
    ):
        raise CheckpointError(f"checkpoint {path} is damaged (its numbers are no state); delete it to begin anew")
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    return step, validations
