"""The SARIF logs of the linter and of the doctor, against what the published schema requires."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from steadystyle.apps.cli.main import main
from steadystyle.doctor.observed import Origin, Place, Values
from steadystyle.doctor.report import Fix, Report
from steadystyle.doctor.reports.sarif import of_diagnosis

REQUIRED = {
    "log": {"version", "runs"}, "run": {"tool"}, "driver": {"name"}, "rule": {"id"}, "result": {"message"},
    "invocation": {"executionSuccessful"}, "notification": {"message"}, "fix": {"artifactChanges"},
    "change": {"artifactLocation", "replacements"}, "replacement": {"deletedRegion"},
}  # fmt: skip
"""`required` of sarif-schema-2.1.0.json, for the objects that are written."""
LEVELS = {"none", "note", "warning", "error"}


def check(text: str) -> dict[str, Any]:
    """Hold a log against the schema; returns its one run."""
    log = json.loads(text)
    assert REQUIRED["log"] <= set(log)
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert REQUIRED["driver"] <= set(driver)
    assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
    assert len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"])
    for rule in driver["rules"]:
        assert all(rule[name]["text"] for name in ("shortDescription", "fullDescription", "help"))
    for invocation in run["invocations"]:
        assert REQUIRED["invocation"] <= set(invocation)
        assert all(note["message"]["text"] for note in invocation["toolExecutionNotifications"])
    for result in run["results"]:
        _check_result(result, driver["rules"])
    return dict(run)


def _check_result(result: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    assert result["message"]["text"]
    assert result["level"] in LEVELS
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    for location in result.get("locations", []):
        physical = location["physicalLocation"]
        assert "\\" not in physical["artifactLocation"]["uri"]
        _check_region(physical["region"])
    for fix in result.get("fixes", []):
        assert REQUIRED["fix"] <= set(fix)
        for change in fix["artifactChanges"]:
            assert REQUIRED["change"] <= set(change)
            for replacement in change["replacements"]:
                _check_region(replacement["deletedRegion"])
                assert replacement["insertedContent"]["text"]


def _check_region(region: dict[str, int]) -> None:
    assert set(region) <= {"startLine", "startColumn", "endLine", "endColumn"}
    assert all(value >= 1 for value in region.values())


def test_a_log_of_the_linter() -> None:
    """With place, fix, and what could not be read."""
    Path("my folder").mkdir()
    Path("my folder/train.py").write_text(
        "import tensorflow as tf\n\n\ndef f(p):\n    return tf.math.log(p)\n", "utf-8"
    )
    Path("broken.py").write_text("def f(:\n", "utf-8")
    assert main(["lint", ".", "--sarif", "lint.sarif"]) == 2
    run = check(Path("lint.sarif").read_text("utf-8"))
    (result,) = run["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "my%20folder/train.py"
    assert location["physicalLocation"]["region"] == {"startLine": 5, "startColumn": 12, "endLine": 5, "endColumn": 26}
    assert result["properties"]["cause"] == "log-of-nonpositive"
    assert (
        result["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"] == "tf.maximum(p, 1e-7)"
    )
    assert run["invocations"][0]["executionSuccessful"] is False


@pytest.mark.parametrize(("verdict", "count"), [("nonfinite", 1), ("healthy", 0), ("crashed", 0)])
def test_a_log_of_the_doctor(verdict: str, count: int) -> None:
    """What it found is an error at the user's line; what it did not find is no result."""
    place = Place("train.py", 12, "step", "loss = a / b")
    fix = Fix("keep it above 0", "--- a\n+++ b\n", True, "re-ran 20 steps with the edit: finite")
    origin = Origin("RealDiv", "forward", "RealDiv", place, (place,), (), Values("float32", (), 1, nan=1))
    evidence = ["the denominator is 0"]
    report = Report(verdict, "zero-division", 0.9, place, 0, "loss", origin, evidence, fix=fix)
    run = check(of_diagnosis(report, "1.0"))
    assert len(run["results"]) == count
    assert run["invocations"][0]["executionSuccessful"] is (verdict != "crashed")
    for result in run["results"]:
        assert (result["ruleId"], result["level"]) == ("zero-division", "error")
        assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 12}
        assert "the denominator is 0" in result["message"]["text"]
        assert result["properties"]["verified_fix"] is True
