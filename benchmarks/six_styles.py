"""Six styles, three pictures, both kinds of network: sheets to look at, and how near each is to what is asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.contact_sheet import cell, jpeg, sheet
from benchmarks.options import Options
from benchmarks.own_network import photographs_or_drawn
from benchmarks.problems import PHOTOS, pairs
from steadystyle.apps.cli.demo_pictures import landscape, starry
from steadystyle.apps.cli.tensorflow_quietly import import_tensorflow
from steadystyle.core.settings import Settings, TrainSettings
from steadystyle.images.load import load_image
from steadystyle.images.resize import fit, resize

TITLE = "Six styles"
MINUTES = 5.0
KINDS = {"own": "six_own_networks.jpg", "any": "six_any_style.jpg"}
"""A sheet for each kind."""
Paint = Callable[[np.ndarray], np.ndarray]


def measure(options: Options) -> dict[str, Any]:
    """A network is trained for each style; then it and the one for any style paint each picture."""
    import_tensorflow()
    from benchmarks.contest import Arena  # loads TensorFlow: not for making the table
    from benchmarks.two_networks import judge_of

    minutes = options.minutes_or(MINUTES)
    with tempfile.TemporaryDirectory() as name:
        folder = photographs_or_drawn(Path(name), options)
        judge, weights = judge_of(Path(name), options)
        styles, contents = _styles(Path(name)), _contents(Path(name), options.size)
        styles = dict(list(styles.items())[: options.amount(6, 1)])
        rows: dict[str, list[list[tuple[str, Image.Image]]]] = {kind: [] for kind in KINDS}
        found = []
        for style_name, style in styles.items():
            settings = Settings(size=options.size, weights=weights, precision="float32")
            arenas = {one: Arena(settings, content, style) for one, content in contents.items()}
            painters, steps = _painters(style, folder, minutes, options)
            figures: dict[str, Any] = {"style": style_name, "steps": steps}
            for kind, paint in painters.items():
                made = {content_name: paint(content) for content_name, content in contents.items()}
                losses = [arenas[content_name].losses(picture) for content_name, picture in made.items()]
                figures[kind] = {term: float(np.mean([loss[term] for loss in losses])) for term in ("content", "style")}
                cells = [(content_name, cell(picture)) for content_name, picture in made.items()]
                rows[kind].append([("style", cell(style)), *cells])
            print(f"  {figures}", flush=True)
            found.append(figures)
    for kind, file in KINDS.items():
        options.save_picture(file, jpeg(sheet(rows[kind])))
    told = {"minutes": minutes, "crops": _side(options), "size": options.size, "judge": judge}
    return {**told, "pictures": len(contents), "styles": found}


def _side(options: Options) -> int:
    """Of the crops: what `steadystyle train` takes unless told otherwise."""
    return options.amount(TrainSettings().size, 64)


def _styles(work: Path) -> dict[str, np.ndarray]:
    files = sorted((PHOTOS / "style").glob("*.jpg")) or [pairs(work)[0].style]
    return {**{file.stem: load_image(file) for file in files}, "starry (drawn)": starry()}


def _contents(work: Path, size: int) -> dict[str, np.ndarray]:
    files = sorted((PHOTOS / "content").glob("*.jpg")) or [pairs(work)[0].content]
    found = {**{file.stem: load_image(file) for file in files}, "landscape (drawn)": landscape()}
    return {name: resize(picture, *fit(picture.shape[0], picture.shape[1], size)) for name, picture in found.items()}


def _painters(style: np.ndarray, folder: Path, minutes: float, options: Options) -> tuple[dict[str, Paint], int]:
    """Both networks, and for how many steps the first one was trained."""
    from benchmarks.two_networks import graph_of, trained_for
    from steadystyle.feedforward.arbitrary import ArbitraryStyle

    trained, _ = trained_for(style, folder, TrainSettings(size=_side(options)), 60 * minutes)
    own = graph_of(trained.network)
    return {"own": lambda picture: own(picture[np.newaxis])[0], "any": ArbitraryStyle(style)}, trained.steps


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown."""
    lines = [
        f"`docs/{KINDS['own']}`: a lean network for each style, trained for {figures['minutes']:g} minutes on two",
        f"cores on crops of {figures['crops']} px. `docs/{KINDS['any']}`: the network for any style, with its touches.",
        f"Losses of the {figures['pictures']} pictures in the mean, at {figures['size']} px, on the features of the",
        f"{figures['judge']}.",
        "",
        "| style | steps | content: own network | any style | style: own network | any style |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for row in figures["styles"]:
        own, any_style = row["own"], row["any"]
        lines.append(
            f"| {row['style']} | {row['steps']:,} | {own['content']:.3f} | {any_style['content']:.3f} "
            f"| {own['style']:.4f} | {any_style['style']:.4f} |"
        )
    return lines
