"""The network for any style against the optimisation: seconds, and losses on the teacher's features."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.contact_sheet import cell, jpeg, sheet
from benchmarks.options import Options
from benchmarks.problems import Pair, pairs
from steadystyle.apps.cli.tensorflow_quietly import import_tensorflow
from steadystyle.images.load import load_image

TITLE = "One pass"
PASSES = 9


def measure(options: Options) -> dict[str, Any]:
    """Each pair by `stylize` with its defaults and by the network; both pictures are measured alike."""
    import_tensorflow()
    from benchmarks.teacher_backbone import teacher_is_there, write_teacher_weights  # loads TensorFlow

    with tempfile.TemporaryDirectory() as name:
        weights = None
        if teacher_is_there():
            weights = Path(name) / "teacher.npz"
            write_teacher_weights(weights, options.amount(24, 4))
        found = []
        rows: dict[str, list[tuple[str, Image.Image]]] = {}
        for pair in pairs(Path(name), options.pairs):
            figures, pictures = _compared(pair, weights, options)
            found.append(figures)
            row = rows.setdefault(pair.style.stem, [("style", cell(load_image(pair.style)))])
            row += [(f"{pair.content.stem}, {how}", cell(picture)) for how, picture in pictures.items()]
            print(f"  {pair.name}: {figures}", flush=True)
    options.save_picture("one_pass.jpg", jpeg(sheet(list(rows.values()))))
    judge = "compact network" if weights is None else "teacher"
    return {"size": options.size, "judge": judge, "pairs": found}


def _compared(pair: Pair, judge: Path | None, options: Options) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Figures of one pair, and its two pictures."""
    from benchmarks import contest  # loads TensorFlow: not for making the table
    from steadystyle.core.settings import Settings
    from steadystyle.feedforward.arbitrary import ArbitraryStyle
    from steadystyle.transfer.stylize import stylize

    content, style = load_image(pair.content), load_image(pair.style)
    began = time.perf_counter()
    settings = Settings(size=options.size).replaced({"steps": 3, "scale_steps": 3} if options.quick else {})
    optimised = stylize(content, style, settings=settings)
    seconds = time.perf_counter() - began
    arena = contest.Arena(Settings(size=options.size, weights=judge, precision="float32"), content, style)
    network = ArbitraryStyle(style, size=options.size)
    made = network(content)  # the first traces, and measures the style
    passes = []
    for _ in range(options.amount(PASSES, 1)):
        began = time.perf_counter()
        network(content)
        passes.append(time.perf_counter() - began)
    fresh = []
    for _ in range(options.amount(PASSES, 1)):
        network._measured.clear()
        began = time.perf_counter()
        network(content)
        fresh.append(time.perf_counter() - began)
    figures = {
        "pair": pair.name,
        "optimised": {"seconds": seconds, **arena.losses(optimised.image)},
        "one_pass": {
            "seconds": statistics.median(passes), "seconds_new_style": statistics.median(fresh), **arena.losses(made)
        },
        "content_itself": arena.losses(arena.start[0].numpy()),
    }  # fmt: skip
    return figures, {"stylize": optimised.image, "apply": made}


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown."""
    lines = [
        f"At {figures['size']} px, in one process: `stylize` with its defaults, and `ArbitraryStyle` when it is warm "
        "(from the picture as an array to the result; with a style that is new to it, this is measured as well). "
        f"Losses on the features of the {figures['judge']}, in float32. The pictures: `docs/one_pass.jpg`.",
        "",
        "| pictures | optimisation: seconds | one pass: seconds | with a new style | style loss: optimisation "
        "| one pass | ratio | the photograph itself | content loss: optimisation | one pass |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    ratios = []
    for row in figures["pairs"]:
        slow, fast = row["optimised"], row["one_pass"]
        ratios.append(fast["style"] / slow["style"])
        cells = [f"{slow['seconds']:.1f}", f"{fast['seconds']:.2f}", f"{fast['seconds_new_style']:.2f}"]
        cells += [f"{slow['style']:.4f}", f"{fast['style']:.4f}", f"{ratios[-1]:.2f}"]
        cells += [f"{row['content_itself']['style']:.4f}", f"{slow['content']:.3f}", f"{fast['content']:.3f}"]
        lines.append(f"| {' | '.join([row['pair'], *cells])} |")
    return [
        *lines,
        "",
        f"- Ratio of the style losses: {statistics.mean(ratios):.2f} on average, {statistics.median(ratios):.2f} in "
        f"the median, at most {max(ratios):.2f}.",
    ]
