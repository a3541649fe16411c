"""The page as a whole, from a finished run to one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from steadystyle import __version__
from steadystyle.apps.page import sections
from steadystyle.apps.page.curves import curves_of
from steadystyle.apps.page.embedded import CURVES, RUN, embed
from steadystyle.apps.page.gallery import SIZE, Moment
from steadystyle.apps.page.markup import Html, join, tag, text
from steadystyle.core.outcome import Result
from steadystyle.images.atomic import write_atomically
from steadystyle.images.thumbnail import as_webp

RESULT_SIZE = 1024
"""Longest side of the result in the page; the file beside it has them all."""


def page_of(
    result: Result,
    report: Mapping[str, Any],
    *,
    content: np.ndarray,
    styles: Sequence[np.ndarray],
    moments: Sequence[Moment] = (),
) -> str:
    """The page: it asks for no other file and no network.

    Args:
        report: the run as plain values, for the numbers of the command and for programs that read the page.
        content, styles: (H, W, 3) in [0, 1]; of any size.
        moments: the best picture at each repair.
    """
    record, seconds = report["run"], report["seconds"]
    entries = [("Content", record["content"]), *(("Style", style) for style in record["styles"])]
    sources = [
        (role, entry["path"], as_webp(picture, SIZE))
        for (role, entry), picture in zip(entries, (content, *styles), strict=True)
    ]
    name = Path(report["picture"]).name
    body = join(
        sections.heading(result, seconds),
        sections.pictures(name, as_webp(result.image, RESULT_SIZE, 85), sources),
        sections.advice(result.events),
        sections.curves(),
        sections.events_table(result.events),
        sections.moments(moments),
        sections.background(result, record, seconds),
        tag("footer", f"Made by SteadyStyle {__version__}. This page asks for no network.", class_="faint"),
    )
    run = {key: value for key, value in report.items() if key != "steps"}  # those are in the curves
    title = f"{name}, {result.outcome.name.lower().replace('_', ' ')}"
    return assembled(title, body, join(embed(RUN, run), embed(CURVES, curves_of(result.history, result.events))))


def assembled(title: str, body: Html, data: Html) -> str:
    """A whole page with its styles and scripts; `data` are embedded, the curves among them."""
    return Template(_file("page.html")).substitute(
        title=text(title),
        style=_file("uplot/uPlot.min.css") + _file("page.css"),
        body=body,
        data=data,
        script=_licensed("uplot/uPlot.iife.min.js") + _file("page.js"),
    )


def write_page(page: str, path: Path) -> None:
    """Write it in whole or not at all.

    Raises:
        OutputError: the folder is missing, not writable, or full.
    """
    write_atomically(path, page.encode("utf-8", "replace"))  # a file name may hold bytes that are no text


def _file(name: str) -> str:
    return resources.files("steadystyle.apps.page").joinpath(name).read_text("utf-8")


def _licensed(name: str) -> str:
    """A script of others with its licence, which has to go wherever a copy goes."""
    return f"/*\n{_file('uplot/LICENSE')}*/\n{_file(name)}\n"
