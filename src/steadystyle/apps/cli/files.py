"""Which files a run writes, and which it must leave alone."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steadystyle.apps.cli.record import from_text, is_same_run
from steadystyle.apps.page.embedded import RUN, read_embedded
from steadystyle.core.errors import OutputError, PictureError
from steadystyle.images.load import read_text
from steadystyle.images.save import FORMATS, MAX_SIDE, SIXTEEN_BIT, check_writable

LONGEST_NAME = 100


def derived_name(names: Sequence[str]) -> Path:
    """`content_style.png` in the current folder."""
    return Path("_".join(Path(name).stem for name in names)[:LONGEST_NAME] + ".png")


@dataclass(frozen=True)
class Files:
    """The files of one run: the picture, its numbered snapshots, the report as JSON (None: there is none, or it is
    printed) and as a page, and its checkpoint.
    """

    picture: Path
    report: Path | None = None
    page: Path | None = None
    checkpoint: Path | None = None

    def snapshot(self, number: int) -> Path:
        """Beside the picture, so that a folder's listing shows them in order."""
        return self.picture.with_name(f"{self.picture.stem}-{number:05d}{self.picture.suffix}")

    def earlier_snapshots(self) -> list[Path]:
        """Those that a run of this name left here."""
        start, end = self.picture.stem + "-", self.picture.suffix
        try:
            beside = list(self.picture.parent.iterdir())
        except OSError:  # whether the folder can be used is checked where the picture is
            return []
        return sorted(
            path
            for path in beside
            if path.name.startswith(start) and path.suffix == end and len(path.stem) == len(start) + 5
            and path.stem[len(start) :].isdecimal()
        )  # fmt: skip

    def check(self, record: Mapping[str, Any], inputs: Sequence[Path], *, snapshots: bool, force: bool) -> None:
        """Before anything is computed: can they be written, and does nobody lose anything by it?

        A file that exists is overwritten only if it holds the result of the very run that `record` describes, or with
        `force`; an input never.

        Raises:
            OutputError: one cannot, or somebody would.
        """
        check_writable(self.picture)
        targets = dict.fromkeys((self.picture, *(self.earlier_snapshots() if snapshots else ())), _run_of_picture)
        others = {self.picture: "the picture"}
        for path, run_of, option in ((self.report, _run_of_report, "--json"), (self.page, _run_of_page, "--report")):
            if path is not None:
                _check_report(path, others, option)
                targets[path], others[path] = run_of, "the other report"
        if self.checkpoint is not None:
            _check_checkpoint(self.checkpoint, others, inputs)
        for target, run_of in targets.items():
            for path in inputs:
                if _is_same_file(target, path):
                    raise OutputError(f"{target} is an input of this run; name another file to write")
            if target.exists() and not force and not is_same_run(record, run_of(target)):
                raise OutputError(
                    f"{target} exists and is not the result of this run; name another file, or add --force"
                )


def check_format(path: Path, bits: int, height: int, width: int) -> None:
    """Can the format that `path` names hold such a picture? Asked before hours are spent on it.

    Raises:
        OutputError: no; the message names one that can.
    """
    format = FORMATS[path.suffix.lower()]
    if bits == 16 and format not in SIXTEEN_BIT:
        raise OutputError(f"cannot write {path} with 16 bits; name a .png or .tif, or leave out --bits")
    if max(height, width) > MAX_SIDE.get(format, max(height, width)):
        raise OutputError(
            f"cannot write {path} of {width}x{height}: this format ends at {MAX_SIDE[format]} a side; name a .png"
        )


def _run_of_picture(path: Path) -> dict[str, Any]:
    """The run that a picture is the result of; empty if it does not say."""
    try:
        return from_text(read_text(path))
    except PictureError:
        return {}


def _run_of_report(path: Path) -> dict[str, Any]:
    try:
        return _run_in(json.loads(path.read_bytes()))
    except (OSError, ValueError):
        return {}


def _run_of_page(path: Path) -> dict[str, Any]:
    try:
        return _run_in(read_embedded(path.read_text("utf-8"), RUN))
    except (OSError, ValueError):
        return {}


def _run_in(report: Any) -> dict[str, Any]:
    run = report.get("run") if isinstance(report, dict) else None
    return run if isinstance(run, dict) else {}


def _check_report(path: Path, others: Mapping[Path, str], option: str) -> None:
    for other, what in others.items():
        if _is_same_file(path, other):
            raise OutputError(f"{path} cannot be both {what} and the report; name another file with {option}")
    if path.exists() and not path.is_file():
        printed = ", or use --json - to print the report" if option == "--json" else " file"
        raise OutputError(f"cannot write {path}: it is no regular file; name another{printed}")
    if not (path.parent.is_dir() and os.access(path.parent, os.W_OK)):
        raise OutputError(f"cannot write {path}: the folder is missing or not writable; make it, or name another")


def _check_checkpoint(path: Path, others: Mapping[Path, str], inputs: Sequence[Path]) -> None:
    """What is in it is asked later; here, whether it can be one, and whether it would take somebody's place."""
    beside = [path.with_name(path.name + ending) for ending in ("", ".previous", ".lock")]
    for own in beside:
        if any(_is_same_file(own, other) for other in (*others, *inputs)):
            raise OutputError(f"{own} cannot be the checkpoint's too; name another file with --checkpoint")
        if own.exists() and not own.is_file():
            raise OutputError(f"cannot write {own}: it is no regular file; name another with --checkpoint")
    if not (path.parent.is_dir() and os.access(path.parent, os.W_OK)):
        raise OutputError(f"cannot write {path}: the folder is missing or not writable; make it, or name another")


def _is_same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them does not exist
        return one.resolve() == other.resolve()
