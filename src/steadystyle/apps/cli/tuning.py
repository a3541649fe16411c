"""What `steadystyle tune` found: as a table, as flags, as JSON, as a page."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from steadystyle import __version__
from steadystyle.apps.cli.inputs import Input
from steadystyle.apps.cli.options import Findings
from steadystyle.apps.cli.report import as_json, plain, write_report
from steadystyle.apps.page.document import write_page
from steadystyle.apps.page.tuning import said, tuning_page
from steadystyle.core.errors import OutputError
from steadystyle.core.settings import Settings
from steadystyle.core.tuned import Tuned

STANDARD_OUTPUT = "-"


def check_findings(findings: Findings, inputs: Sequence[Path]) -> None:
    """Before anything is measured: can the files be written, and does nobody lose anything by it?

    Raises:
        OutputError: one cannot, is an input or both files at once, or exists and there is no --force.
    """
    files = [Path(name) for name in (findings.report, findings.json) if name is not None and name != STANDARD_OUTPUT]
    if len({file.resolve() for file in files}) < len(files):
        raise OutputError(f"{files[0]} cannot be both the page and the JSON; name another file with --json")
    for file in files:
        if not file.parent.is_dir():
            raise OutputError(f"cannot write {file}: the folder is missing; make it, or name another")
        if file.resolve() in {path.resolve() for path in inputs}:
            raise OutputError(f"{file} is an input of this run; name another file to write")
        if file.exists() and not (findings.force and file.is_file()):
            raise OutputError(f"{file} exists; name another file, or add --force")


def deliver(tuned: Tuned, settings: Settings, inputs: Sequence[Input], findings: Findings) -> None:
    """Print the table, or the JSON in its place, and write the files that were asked for."""
    report = _report(tuned, settings, inputs)
    if findings.json == STANDARD_OUTPUT:
        sys.stdout.write(as_json(report))
    else:
        print("\n".join(_lines(tuned)))
        if findings.json is not None:
            write_report(report, Path(findings.json))
    if findings.report is not None:
        write_page(tuning_page(tuned, report, flags_of(tuned)), findings.report)
    sys.stdout.flush()


def flags_of(tuned: Tuned) -> str:
    """For `steadystyle stylize`, that use what was chosen."""
    flags = f"--optimizer {tuned.optimizer} --learning-rate {tuned.learning_rate:g}"
    return flags if tuned.clip is None else f"{flags} --clip {tuned.clip:g} --clip-by {tuned.clip_by}"


def _lines(tuned: Tuned) -> Iterator[str]:
    """A row for each trial, then what was chosen."""
    yield f"{'learning rate':>13}  {'loss reached':>12}  {'gradient':>9}"
    for trial in tuned.trials:
        mark = "  chosen" if trial.learning_rate == tuned.learning_rate else ""
        yield f"{trial.learning_rate:>13.4g}  {said(trial.loss):>12}  {said(trial.gradient):>9}{mark}"
    yield ""
    yield f"from a loss of {said(tuned.start_loss)}, {tuned.evaluations} evaluations at {tuned.width}x{tuned.height}"
    yield f"use: {flags_of(tuned)}"


def _report(tuned: Tuned, settings: Settings, inputs: Sequence[Input]) -> dict[str, Any]:
    """All as plain values."""
    return {
        "version": __version__,
        "settings": settings.resolved().as_dict(),
        "content": inputs[0].record(Path()),
        "styles": [style.record(Path()) for style in inputs[1:]],
        "flags": flags_of(tuned),
        "tuned": plain(tuned),
    }
