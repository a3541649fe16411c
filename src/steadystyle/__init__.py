"""Neural style transfer on TensorFlow that never returns NaN.

    import steadystyle

    result = steadystyle.stylize("photo.jpg", "painting.jpg", size=512)
    steadystyle.save_image("out.png", result.image)

Names are loaded when they are first used, so that importing the package loads no TensorFlow.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from steadystyle.core.errors import (
        CheckpointError,
        DependencyError,
        OutputError,
        PictureError,
        SettingsError,
        SteadyStyleError,
        WeightsError,
    )
    from steadystyle.core.outcome import Event, Outcome, Result, StepRecord
    from steadystyle.core.settings import PassSettings, Settings, TrainSettings
    from steadystyle.core.tuned import Trial, Tuned
    from steadystyle.doctor.block import diagnose
    from steadystyle.feedforward.arbitrary import ArbitraryStyle
    from steadystyle.feedforward.export import Exported, export
    from steadystyle.feedforward.train import train
    from steadystyle.feedforward.trained import TrainedStyle
    from steadystyle.guard.callback import NumericsGuard
    from steadystyle.guard.loop import guard
    from steadystyle.images.load import load_image
    from steadystyle.images.save import save_image
    from steadystyle.transfer.stylize import stylize
    from steadystyle.transfer.tune import tune

__version__ = "0.1.0"

__all__ = [
    "ArbitraryStyle",
    "CheckpointError",
    "DependencyError",
    "Event",
    "Exported",
    "NumericsGuard",
    "Outcome",
    "OutputError",
    "PassSettings",
    "PictureError",
    "Result",
    "Settings",
    "SettingsError",
    "SteadyStyleError",
    "StepRecord",
    "TrainSettings",
    "TrainedStyle",
    "Trial",
    "Tuned",
    "WeightsError",
    "__version__",
    "diagnose",
    "export",
    "guard",
    "load_image",
    "save_image",
    "stylize",
    "train",
    "tune",
]

_HOMES = {
    "core.errors": (
        "CheckpointError",
        "DependencyError",
        "OutputError",
        "PictureError",
        "SettingsError",
        "SteadyStyleError",
        "WeightsError",
    ),
    "core.outcome": ("Event", "Outcome", "Result", "StepRecord"),
    "core.settings": ("PassSettings", "Settings", "TrainSettings"),
    "core.tuned": ("Trial", "Tuned"),
    "doctor.block": ("diagnose",),
    "feedforward.arbitrary": ("ArbitraryStyle",),
    "feedforward.export": ("Exported", "export"),
    "feedforward.train": ("train",),
    "feedforward.trained": ("TrainedStyle",),
    "guard.callback": ("NumericsGuard",),
    "images.load": ("load_image",),
    "images.save": ("save_image",),
    "transfer.stylize": ("stylize",),
    "transfer.tune": ("tune",),
}


def __getattr__(name: str) -> Any:
    if name == "guard":  # the room itself, which can be called: see there
        return importlib.import_module(f"{__name__}.guard")
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
            globals()[name] = value  # the next use costs nothing
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext steadystyle` calls: gives a notebook the cell magic `%%doctor`."""
    importlib.import_module(f"{__name__}.apps.notebook").load(shell)


def __dir__() -> list[str]:
    return sorted(__all__)
