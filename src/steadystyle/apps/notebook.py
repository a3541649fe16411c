"""Notebooks: `%load_ext steadystyle`, and a cell that begins with `%%doctor` is diagnosed while it runs."""

from __future__ import annotations

import linecache
from typing import Any

from steadystyle.apps.page.diagnosis import diagnosis_page
from steadystyle.apps.page.markup import Html, tag
from steadystyle.doctor.block import BlockReport, diagnose
from steadystyle.doctor.reports.json import as_plain

HEIGHT = 640


def load(shell: Any) -> None:
    """Give an IPython shell the cell magic, and show it how a report looks."""

    def doctor(line: str, cell: str) -> BlockReport:
        """Find out why the numbers of this cell go bad; it ends at its first bad value."""
        above = cell[: len(cell) - len(cell.lstrip())].count("\n") + 1  # lines that the transformation takes away
        code, name = "\n" * above + shell.transform_cell(cell), f"In [{shell.execution_count}]"
        linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)  # for AutoGraph, and for us
        with diagnose() as report:
            exec(compile(code, name, "exec", dont_inherit=True), shell.user_ns)
        return report

    shell.register_magic_function(doctor, magic_kind="cell", magic_name="doctor")
    formatters = shell.display_formatter.formatters
    formatters["text/html"].for_type(BlockReport, as_html)
    formatters["text/plain"].for_type(BlockReport, lambda report, printer, cycle: printer.text(str(report)))


def as_html(report: BlockReport) -> Html:
    """A report as a page within the notebook's page, whose styles it neither takes nor changes."""
    page = diagnosis_page(report, "this cell", as_plain(report))
    return tag("iframe", srcdoc=page, sandbox="allow-scripts", style=f"width: 100%; height: {HEIGHT}px; border: 0")
