"""The cell magic `%%doctor`, in a real IPython shell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

CELL = """
import tensorflow as tf
weight = tf.Variable([0.5, 0.0])
with tf.GradientTape() as tape:
    loss = tf.reduce_sum(1.0 / weight)
weight.assign_sub(tape.gradient(loss, weight))
after = "never"
"""


@pytest.fixture
def shell() -> Iterator[Any]:
    """A shell that has loaded the extension."""
    from IPython.core.interactiveshell import InteractiveShell

    made = InteractiveShell()
    made.run_line_magic("load_ext", "steadystyle")
    yield made
    made.history_manager.end_session()


def test_a_cell_is_diagnosed(shell: Any) -> None:
    """The report names the cell and its line; what the cell made before it ended is there."""
    report = shell.run_cell_magic("doctor", "", CELL)
    assert report.cause == "zero-division"
    assert (report.place.file, report.place.line) == ("In [1]", 6)  # as the editor counts, `%%doctor` being the first
    assert "weight" in shell.user_ns
    assert "after" not in shell.user_ns


def test_a_report_is_shown_as_a_page(shell: Any) -> None:
    """In a frame of its own, whole, with text for terminals beside it."""
    report = shell.run_cell_magic("doctor", "", CELL)
    data, _ = shell.display_formatter.format(report)
    assert data["text/html"].startswith("<iframe srcdoc=")
    assert "A division by zero" in data["text/html"]
    assert data["text/plain"].startswith("A division by zero")
