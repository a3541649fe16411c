"""`steadystyle info`."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import steadystyle
from steadystyle.apps.cli.options import MemoryFlags, settings_from
from steadystyle.core import discover
from steadystyle.core.settings import Settings

FEATURES = (
    "backbones",
    "losses",
    "losses.styles",
    "optimizers",
    "optimizers.clips",
    "optimizers.schedules",
    "guard.checks",
    "guard.remedies",
)
TOLD_FLAGS = ("avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "bf16")


Size = Annotated[
    str | None,
    Parameter(name="--size", metavar="WxH", help="Tell instead how a result of that size, 12000x8000, fits in memory."),
]


Model = Annotated[
    Path | None, Parameter(metavar="MODEL.keras", help="Tell instead what a trained network is: its styles by name.")
]


def info(model: Model = None, /, *, size: Size = None, flags: MemoryFlags = None) -> int:
    """Tell what is here: versions, processor, memory, the networks' weights, and every feature found."""
    if model is not None:
        return _tell_model(model)
    if size is not None:
        return _tell_fit(size, settings_from(flags))
    # Imported to see whether it works; that is what people run this command for.
    from steadystyle.apps.cli import tensorflow_quietly

    tensorflow_quietly.import_tensorflow()
    lines = [
        ("steadystyle", f"{steadystyle.__version__} in {Path(steadystyle.__file__).parent}"),
        ("python", f"{platform.python_version()} on {platform.platform()}"),
        *_tensorflow(),
        ("processor", _processor()),
        ("memory", _memory()),
        *((f"weights of {name}", _weights(name)) for name in discover.names("steadystyle.backbones")),
        ("weights of apply", _shipped("feedforward/decoder")),
        *((folder.rpartition(".")[2], ", ".join(discover.names(f"steadystyle.{folder}"))) for folder in FEATURES),
    ]
    return _print(lines)


def _tell_fit(size: str, settings: Settings) -> int:
    # Loads TensorFlow, with the networks and optimizers that say what they take.
    from steadystyle.apps.cli import tensorflow_quietly

    tensorflow_quietly.import_tensorflow()
    from steadystyle.apps.cli.fits import fit_lines, sides

    return _print(list(fit_lines(settings, *sides(size))))


def _tell_model(path: Path) -> int:
    # Loads TensorFlow.
    from steadystyle.apps.cli import tensorflow_quietly

    tensorflow_quietly.import_tensorflow()
    from steadystyle.feedforward.model_file import load_model

    network = load_model(path, precision="float32")
    weights = sum(variable.numpy().size for variable in network.weights)
    lines = [("style", name) for name in network.names]
    return _print([*lines, ("network", f"{network.variant}, {weights:,} weights, all of them finite")])


def _print(lines: Sequence[tuple[str, str]]) -> int:
    width = max(len(name) for name, _ in lines)
    for name, value in lines:
        print(f"{name:<{width}}  {value}")
    return 0


def _tensorflow() -> Iterator[tuple[str, str]]:
    import keras
    import tensorflow as tf

    devices = [device.name.removeprefix("/physical_device:") for device in tf.config.list_physical_devices()]
    yield "tensorflow", f"{tf.__version__} with Keras {keras.__version__}"
    yield "devices", ", ".join(devices)


def _processor() -> str:
    from steadystyle.core.precision import choose_precision, processor_flags

    can = [flag for flag in TOLD_FLAGS if flag in processor_flags()]
    return f"{os.cpu_count()} x {platform.machine()} {' '.join(can)}; --precision auto takes {choose_precision('auto')}"


def _memory() -> str:
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        kilobytes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
        total, free = kilobytes["MemTotal"] * 1024, kilobytes["MemAvailable"] * 1024
    except (OSError, KeyError, ValueError):
        return "not told by this system"
    return f"{total / 2**30:.1f} GiB, {free / 2**30:.1f} GiB of it available"


def _shipped(name: str) -> str:
    """Whether a weight file of the package is there."""
    file = Path(steadystyle.__file__).parent / f"{name}.npz"
    if file.is_file():
        return f"here, shipped ({file.stat().st_size / 1e6:.1f} MB)"
    return f"not in {file.parent}: install SteadyStyle again"


def _weights(backbone: str) -> str:
    """Where the network's weights are; Keras's file is looked for where Keras looks for it."""
    if find_spec(f"keras.applications.{backbone}") is None:
        return _shipped(f"backbones/{backbone}")
    folder = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models"
    cached = folder / f"{backbone}_weights_tf_dim_ordering_tf_kernels_notop.h5"
    if cached.is_file():
        return f"here, {cached}"
    return f"not in {folder}: Keras fetches them at the first use, or give --weights FILE"
