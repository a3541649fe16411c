"""All pairs at the presets that people meet first, on one sheet to look at: a row for each style, with the style at its
left.
"""

from __future__ import annotations

import io
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.alternating import summary
from benchmarks.options import Options
from benchmarks.problems import Pair, pairs
from steadystyle.apps.cli.tensorflow_quietly import import_tensorflow
from steadystyle.core.settings import Settings
from steadystyle.images.load import load_image

TITLE = "Contact sheet"
PRESETS = ("standard", "draft")
ROW_HEIGHT, GAP, HEADING = 232, 6, 26
QUALITIES = range(88, 40, -4)
MOST_BYTES = 1_500_000


def measure(options: Options) -> dict[str, Any]:
    """Stylise every pair at every preset and write the sheet."""
    made: list[dict[str, Any]] = []
    rows: dict[str, list[tuple[str, Image.Image]]] = {}
    with tempfile.TemporaryDirectory() as name:
        for pair in pairs(Path(name), options.pairs):
            row = rows.setdefault(pair.style.stem, [("style", cell(load_image(pair.style)))])
            for preset in PRESETS:
                picture, figures = _stylized(pair, preset, options)
                row.append((f"{pair.content.stem}, {preset}", cell(picture)))
                made.append(figures)
    data = jpeg(sheet(list(rows.values())))
    path = options.save_picture("contact_sheet.jpg", data)
    print(f"  {path} ({len(data):,} bytes)", flush=True)
    return {"size": options.size, "bytes": len(data), "pictures": made}


def _stylized(pair: Pair, preset: str, options: Options) -> tuple[np.ndarray, dict[str, Any]]:
    import_tensorflow()
    from steadystyle.transfer.stylize import stylize  # loads TensorFlow: not for making the table

    steps = {"steps": 3, "scale_steps": 3} if options.quick else {}
    settings = Settings(preset=preset, size=options.size, weights=options.weights).replaced(steps)
    began = time.perf_counter()
    result = stylize(pair.content, pair.style, settings=settings)
    seconds = time.perf_counter() - began
    print(f"  {pair.name}, {preset}: loss {result.loss:.4f}, {seconds:.1f} s", flush=True)
    outcome = result.outcome.name.lower()
    return result.image, {
        "pair": pair.name, "preset": preset, "loss": result.loss, "seconds": seconds, "outcome": outcome
    }  # fmt: skip


def cell(picture: np.ndarray) -> Image.Image:
    """`picture` (H, W, 3) in [0, 1] as high as a row of a sheet."""
    height, width = picture.shape[:2]
    image = Image.fromarray(np.rint(picture * 255).astype(np.uint8))
    return image.resize((round(width * ROW_HEIGHT / height), ROW_HEIGHT), Image.Resampling.LANCZOS)


def sheet(rows: list[list[tuple[str, Image.Image]]]) -> Image.Image:
    """The rows below each other in columns as wide as their widest picture, with a heading over each column."""
    longest = max(len(row) for row in rows)
    columns = [max(row[index][1].width for row in rows if index < len(row)) for index in range(longest)]
    width = sum(columns) + GAP * (len(columns) + 1)
    sheet = Image.new("RGB", (width, HEADING + (ROW_HEIGHT + GAP) * len(rows)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for number, row in enumerate(rows):
        left = GAP
        for column, (heading, cell) in zip(columns, row, strict=False):
            if number == 0:
                draw.text((left, 4), heading, fill="black", font=font)
            sheet.paste(cell, (left + (column - cell.width) // 2, HEADING + number * (ROW_HEIGHT + GAP)))
            left += column + GAP
    return sheet


def jpeg(sheet: Image.Image) -> bytes:
    """The sheet at the best quality that stays under `MOST_BYTES`."""
    for quality in QUALITIES:
        file = io.BytesIO()
        sheet.save(file, "JPEG", quality=quality, optimize=True)
        if file.tell() < MOST_BYTES:
            break
    return file.getvalue()


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown."""
    lines = [
        f"`docs/contact_sheet.jpg`: {len(figures['pictures'])} pictures at {figures['size']} px, made in one process.",
        "",
        "| preset | seconds a picture (median) | lowest and highest |",
        "|---|---:|---:|",
    ]
    for preset in PRESETS:
        seconds = summary([made["seconds"] for made in figures["pictures"] if made["preset"] == preset])
        lines.append(f"| {preset} | {seconds['median']:.1f} | {seconds['lowest']:.1f}, {seconds['highest']:.1f} |")
    return lines
