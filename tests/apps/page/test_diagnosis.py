"""A diagnosis as a page."""

from __future__ import annotations

from steadystyle.apps.page.diagnosis import diagnosis_page
from steadystyle.apps.page.embedded import CURVES, DIAGNOSIS, read_embedded
from steadystyle.doctor.contracts import Tried
from steadystyle.doctor.observed import Ancestor, Operand, Origin, Place, Values
from steadystyle.doctor.report import Fix, Report
from steadystyle.doctor.reports.json import as_plain

LINE = Place("train.py", 4, "loss_of", "return total / <count>")
ZERO = Values("float32", (3,), 3, zeros=3)
BAD = Values("float32", (3,), 3, infinite=3)
SUM = Ancestor("Sum", 0, Place("train.py", 3, "loss_of", "count = tf.reduce_sum(mask)"), ZERO)
ORIGIN = Origin("RealDiv", "forward", "RealDiv", LINE, (LINE,), (Operand(ZERO), Operand(ZERO, (SUM,))), BAD)
REPORT = Report(
    "nonfinite",
    "zero-division",
    0.9,
    LINE,
    2,
    "loss",
    ORIGIN,
    ["the denominator is 0"],
    [("empty-reduction", "a count of 0")],
    Fix("keep it above 0", "--- a/train.py\n+++ b/train.py\n-a / b\n+a / c\n", True, "20 steps: finite"),
    [Tried("learning rate / 10", False, 3, "sick")],
    [3.0, -1.0, float("inf")],
    [1.0, 2.0, float("nan")],
    "a note",
)


def test_it_shows_everything_that_is_known() -> None:
    """Cause, line, step in question, the way there, the fix and what was tried; user's text is escaped."""
    page = diagnosis_page(REPORT, "train.py", as_plain(REPORT))
    for text in (
        "A division by zero",
        "train.py, line 4, in loss_of",
        "return total / &lt;count&gt;",
        "the denominator is 0",
        "The mean of nothing (a count of 0)",
        "keep it above 0",
        '<span class="good">+a / c',
        "count = tf.reduce_sum(mask)",
        "learning rate / 10",
        "a note",
    ):
        assert text in page, text
    assert "<count>" not in page


def test_its_data_can_be_read_back() -> None:
    """The report as the JSON has it, and the curves with the bad step marked; what is not finite is a gap."""
    page = diagnosis_page(REPORT, "train.py", as_plain(REPORT))
    assert read_embedded(page, DIAGNOSIS) == as_plain(REPORT)
    curves = read_embedded(page, CURVES)
    assert curves["charts"][0]["series"][0]["values"] == [3.0, 1.0, None]
    assert curves["scales"] == [{"step": 2, "label": "step 2: not finite"}]


def test_a_healthy_report_is_a_short_page() -> None:
    """Nothing is shown that is not there."""
    healthy = Report("healthy", "healthy", 1.0, evidence=["3 steps were watched"])
    page = diagnosis_page(healthy, "train.py", as_plain(healthy))
    assert "3 steps were watched" in page
    for heading in ("The fix", "What was tried", "Curves", "The step in question"):
        assert f"<h2>{heading}" not in page
