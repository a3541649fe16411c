"""Training of our lean network and of Johnson's, and what comes of it; loads TensorFlow."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.alternating import alternate, seconds_of
from benchmarks.johnson import Trained as Johnson
from benchmarks.options import Options
from steadystyle.core.settings import TrainSettings
from steadystyle.feedforward.crops import Crops, middle
from steadystyle.feedforward.decoded import Decoded, files_in
from steadystyle.feedforward.network import StyleNetwork
from steadystyle.feedforward.objective import StyleObjective
from steadystyle.feedforward.pace import Look
from steadystyle.feedforward.train import Trained, train

HELD_BACK = 40
"""Of the photographs, the last by name: nobody trains on them."""
LOOKED_AT = 8
PILOT = 6
"""Steps by which the pace is found."""
WIDE, HIGH = 512, 384
Painter = Callable[[np.ndarray], np.ndarray]


def compared(
    style: np.ndarray, folder: Path, size: int, seconds: float, options: Options
) -> tuple[dict[str, Any], list[dict[str, np.ndarray]]]:
    """Figures of both, and for some photographs the pictures of both.

    Args:
        folder: of photographs.
        size: of the crops.
        seconds: that each may train.
    """
    files = files_in(folder)
    held = files[-min(HELD_BACK, len(files) // 4) :]
    looked_at = [_middle(file, size) for file in held[:: max(1, len(held) // LOOKED_AT)]][:LOOKED_AT]
    with tempfile.TemporaryDirectory() as name:
        inner = Path(name)
        for file in files[: -len(held)]:
            (inner / file.name).symlink_to(file.resolve())
        settings = TrainSettings(size=size, precision="auto")
        networks = {
            "lean": _lean(style, inner, settings, seconds),
            "Johnson's": _johnson(style, inner, settings, seconds, looked_at),
        }
        judge, weights = judge_of(inner, options)
        measured = StyleObjective([style], settings, "float32", weights)
        picture = np.random.default_rng(0).random((1, HIGH, WIDE, 3), np.float32)
        competitors = {name: _timed(one["paint"], picture) for name, one in networks.items()}
        passes = alternate(competitors, options.amount(15, 1), warm_up=1)
    figures = {}
    for name, one in networks.items():
        paint = one.pop("paint")
        made = [paint(content[np.newaxis])[0] for content in looked_at]
        figures[name] = {**one, "losses": _losses(measured, looked_at, made, settings), "pass": passes[name]}
        one["made"] = made
    pictures = [
        {"photograph": content, **{name: one["made"][number] for name, one in networks.items()}}
        for number, content in enumerate(looked_at[:4])
    ]
    more = {
        "size": size,
        "batch": settings.batch,
        "judge": judge,
        "judged_on": len(looked_at),
        "wide": WIDE,
        "high": HIGH,
    }
    return {"networks": figures, **more}, pictures


def _timed(paint: Painter, picture: np.ndarray) -> Callable[[], float]:
    return lambda: seconds_of(lambda: paint(picture))


def judge_of(folder: Path, options: Options) -> tuple[str, Path | None]:
    """Whose features losses are measured on, and the file of its weights."""
    from benchmarks.teacher_backbone import teacher_is_there, write_teacher_weights

    if not teacher_is_there():
        return "compact network", None
    write_teacher_weights(folder / "teacher.npz", options.amount(24, 4))
    return "teacher", folder / "teacher.npz"


def _middle(file: Path, size: int) -> np.ndarray:
    picture = Decoded(size).picture(file)
    assert picture is not None, file
    return middle(picture, size)


def _losses(
    measured: StyleObjective, contents: list[np.ndarray], made: list[np.ndarray], settings: TrainSettings
) -> dict[str, float]:
    """Content and style, without their weights, in the mean."""
    shares = tf.ones([1, 1])
    found = [
        measured(tf.constant(c[np.newaxis]), tf.constant(m[np.newaxis]), shares)
        for c, m in zip(contents, made, strict=True)
    ]
    weights = {"content": settings.content_weight, "style": settings.style_weight}
    return {name: float(np.mean([float(one[name]) for one in found])) / weight for name, weight in weights.items()}


def _lean(style: np.ndarray, folder: Path, settings: TrainSettings, seconds: float) -> dict[str, Any]:
    trained, curve = trained_for(style, folder, settings, seconds)
    count = trained.network.count_params()
    return {"parameters": count, "steps": trained.steps, "curve": curve, "paint": graph_of(trained.network)}


def trained_for(
    style: np.ndarray, folder: Path, settings: TrainSettings, seconds: float
) -> tuple[Trained, list[dict[str, float]]]:
    """A network trained for about so many seconds, start included, and its losses on the way."""
    began, ends = time.perf_counter(), list[float]()
    pilot = settings.replaced({"steps": PILOT, "look_every": PILOT})
    train([style], folder, settings=pilot, on_step=lambda step: ends.append(time.perf_counter()))
    start_up, pace = ends[0] - began, float(np.median(np.diff(ends)))
    steps = max(PILOT, int((seconds - start_up) / (1.05 * pace)))  # a validation now and then
    curve = list[dict[str, float]]()
    began = time.perf_counter()

    def report(look: Look, make: Callable[[], np.ndarray]) -> None:
        curve.append({"seconds": time.perf_counter() - began, "loss": look.validation["loss"]})

    whole = settings.replaced({"steps": steps, "look_every": max(2, steps // 20)})
    return train([style], folder, settings=whole, report=report), curve


def graph_of(network: StyleNetwork) -> Painter:
    """Its pictures of a batch, by a graph."""
    graph = tf.function(lambda images: network(images, tf.ones([1, 1])), autograph=False)
    return lambda images: np.asarray(graph(tf.constant(images)))


def _johnson(
    style: np.ndarray, folder: Path, settings: TrainSettings, seconds: float, looked_at: list[np.ndarray]
) -> dict[str, Any]:
    """Until the time is over; its rate is constant, so that the number of steps need not be known before."""
    began = time.perf_counter()
    objective = StyleObjective([style], settings, "float32")
    crops = Crops(files_in(folder), Decoded(settings.size), settings.batch, settings.size, 1, settings.seed)
    rival, curve = Johnson(objective), list[dict[str, float]]()
    held = tf.constant(np.stack(looked_at[:4]))

    class Watch(keras.callbacks.Callback):
        """Ends the training, and sees how far it has come twenty times."""

        steps = 0

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.steps += 1
            passed = time.perf_counter() - began
            over = passed > seconds and self.steps >= PILOT
            if over or passed > (len(curve) + 1) * seconds / 20:
                made = rival.network(held, training=False)
                terms = objective(held, made, tf.ones([len(held), 1]))
                curve.append({"seconds": passed, "loss": float(tf.add_n(list(terms.values())))})
            self.model.stop_training = over

    watch = Watch()
    rival.fit(crops.dataset(0, 1_000_000), verbose=0, callbacks=[watch])
    graph = tf.function(lambda images: rival.network(images, training=False), autograph=False)
    return {
        "parameters": rival.network.count_params(), "steps": watch.steps, "curve": curve,
        "paint": lambda images: graph(tf.constant(images)).numpy(),
    }  # fmt: skip
