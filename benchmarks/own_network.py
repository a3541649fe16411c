"""A network for one style against Johnson's: what minutes of training come to, and what a picture then takes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.contact_sheet import cell, jpeg, sheet
from benchmarks.options import ROOT, Options
from benchmarks.plot import log_plot
from benchmarks.problems import pairs
from benchmarks.training_faults import photographs
from steadystyle.apps.cli.tensorflow_quietly import import_tensorflow
from steadystyle.images.load import load_image

TITLE = "A network of one's own"
PHOTOGRAPHS = ROOT.parent / "shared" / "photos" / "train"
MINUTES = 20.0
SIZE = 256
PLOT, SHEET = "own_network.svg", "own_network.jpg"


def measure(options: Options) -> dict[str, Any]:
    """Both trained for the same minutes with the same loss on the same pictures; then both asked for a picture."""
    import_tensorflow()
    from benchmarks import two_networks  # loads TensorFlow: not for making the table

    minutes = options.minutes_or(MINUTES)
    with tempfile.TemporaryDirectory() as name:
        folder = photographs_or_drawn(Path(name), options)
        pair = pairs(Path(name))[0]
        found, pictures = two_networks.compared(
            load_image(pair.style), folder, options.amount(SIZE, 64), minutes * 60, options
        )
        rows = [[("style", cell(load_image(pair.style))), *((how, cell(made)) for how, made in row.items())]
                for row in pictures]  # fmt: skip
    figures = {"style": pair.style.stem, "minutes": minutes, **found}
    options.save_picture(SHEET, jpeg(sheet(rows)))
    options.save_picture(PLOT, plot(figures).encode())
    return figures


def photographs_or_drawn(work: Path, options: Options) -> Path:
    """A folder to train on."""
    return PHOTOGRAPHS if PHOTOGRAPHS.is_dir() and not options.quick else photographs(work)


def plot(figures: dict[str, Any]) -> str:
    """Loss on pictures held back against minutes, as SVG."""
    lines = {
        name: [(look["seconds"] / 60, look["loss"]) for look in one["curve"]]
        for name, one in figures["networks"].items()
    }
    return log_plot("Loss on pictures held back", "minutes of training on two cores", "loss", lines)


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown."""
    networks = figures["networks"]
    lines = [
        f"Each trained for {figures['minutes']:g} minutes, start included, for {figures['style']} on crops of "
        f"{figures['size']} px, {figures['batch']} a step, with the loss of `steadystyle train`; Johnson's network as "
        "it was published (9x9 kernels at both ends, batch normalisation, transposed convolutions), with the rate that "
        f"was published, in plain Keras. Losses are those of {figures['judged_on']} photographs held back, at that "
        f"size, on the features of the {figures['judge']}; seconds are for a picture of {figures['wide']} x "
        f"{figures['high']}, the median of {networks['lean']['pass']['count']} in turn. Curves: `docs/{PLOT}`, "
        f"pictures: `docs/{SHEET}`.",
        "",
        "| network | parameters | steps | content | style | both | seconds a picture | of Johnson's |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    slowest = networks["Johnson's"]["pass"]["median"]
    for name, one in networks.items():
        losses, seconds = one["losses"], one["pass"]["median"]
        both = losses["content"] + losses["style"]
        lines.append(
            f"| {name} | {one['parameters']:,} | {one['steps']:,} | {losses['content']:.3f} | {losses['style']:.4f} "
            f"| {both:.3f} | {seconds:.2f} | {seconds / slowest:.2f} |"
        )
    return lines
