"""The state of a training on disk: all that the next step depends on, so that it goes on as if never stopped."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from steadystyle.core.errors import OutputError, WeightsError
from steadystyle.core.finite import first_nonfinite
from steadystyle.images.atomic import write_atomically

RUN = "run"


def save_state(path: Path, variables: list[keras.Variable], step: int, run: Mapping[str, Any]) -> None:
    """Replace the file at `path`, which stays whole whatever happens meanwhile.

    Args:
        variables: of the network and the optimizer.
        step: how many have been taken.
        run: what the training is known by, plain values.

    Raises:
        OutputError: it cannot be written; the old one still stands.
        WeightsError: a number is not finite; nothing is written.
    """
    arrays = {f"state{number}": keras.ops.convert_to_numpy(variable) for number, variable in enumerate(variables)}
    if found := first_nonfinite(list(arrays.values())):
        raise WeightsError(f"checkpoint {path}: {variables[found[0]].path}: {found[1]}; nothing was written")
    file = io.BytesIO()
    text = np.frombuffer(json.dumps(run, sort_keys=True).encode(), np.uint8)
    np.savez(file, allow_pickle=False, step=np.int64(step), **{RUN: text}, **arrays)
    write_atomically(path, file.getvalue())


def load_state(path: Path, variables: list[keras.Variable], run: Mapping[str, Any]) -> int:
    """Set `variables` to what the file holds; the number of steps that were taken, 0 if there is no file.

    Raises:
        OutputError: it is of another training.
        WeightsError: it is damaged.
    """
    if not path.exists():
        return 0
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            step, found = int(arrays["step"]), json.loads(arrays[RUN].tobytes())
            values = [arrays[f"state{number}"] for number in range(len(variables))] if found == run else []
    except Exception as error:  # numpy, zipfile and json raise a dozen kinds
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(f"checkpoint {path} is damaged ({reason}); delete it to begin anew") from error
    if found != run:
        other = sorted(name for name in {*found, *run} if found.get(name) != run.get(name))
        raise OutputError(
            f"checkpoint {path} is of another training ({', '.join(other)} differ); delete it, or name another model"
        )
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    return step
