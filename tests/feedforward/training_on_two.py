"""Run as a program: the same training on one device and on two; prints the losses of all steps as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from steadystyle import train
from steadystyle.core.injection import injecting
from steadystyle.feedforward import network
from steadystyle.feedforward.pace import Step


def poison(point: str, step: int | None, numbers: Any) -> Any:
    """The last picture of one batch, which the second device gets, is NaN."""
    if point == "training pictures" and step == 2:
        numbers = numbers.copy()
        numbers[-1] = np.nan
    return numbers


def main(folder: Path) -> dict[str, Any]:
    """What each has found."""
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
    )
    network.BLOCKS = 1
    style = np.random.default_rng(9).random((40, 48, 3), np.float32)
    found: dict[str, Any] = {}
    for devices in (1, 2):
        losses: list[float] = []

        def on_step(step: Step, losses: list[float] = losses) -> None:
            losses.append(step.training["loss"])

        with injecting(poison):
            trained = train(style, folder, start="random", steps=6, batch=3, size=32, style_size=48,
                            precision="float32", devices=devices, on_step=on_step)  # fmt: skip
        events = [(event.step, event.cause) for event in trained.events]
        found[str(devices)] = {"losses": losses, "validation": trained.loss, "events": events}
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))) + "\n")
