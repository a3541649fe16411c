from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import children, contact_sheet, floor, overhead, results, sizes, survival
from benchmarks.__main__ import parse
from benchmarks.alternating import alternate, quartiles
from benchmarks.arithmetic import Arithmetic
from benchmarks.isolated import FIGURES, NAMES, apart, benchmark
from benchmarks.kept import Kept, fingerprint
from benchmarks.machine import describe_machine
from benchmarks.options import ROOT
from benchmarks.problems import pairs

SECONDS = {"median": 2.0, "lowest": 1.0, "highest": 3.0, "count": 3}
REACHED = {"evaluations": 31, "evaluations_at_smaller_sizes": 120, "seconds": 4.0}
RIVAL = {"loss": 2.0, "seconds": 80.0}
ON_BACKBONE = {
    "rivals": {"tutorial": RIVAL, "tutorial_optimizer_on_our_loss": {"loss": 1.0, "seconds": 80.0}},
    "ours_reached": {"tutorial": REACHED, "tutorial_optimizer_on_our_loss": None},
    "ours_preset": {"loss": 1.1, **REACHED},
}
ENDINGS = {
    "Adam": {"word": "NaN", "whole": False, "loss": "nan"},
    "clipnorm=1": {"word": "no better", "whole": True, "loss": 3.0},
    "SteadyStyle": {"word": "", "whole": True, "loss": 1.0},
}
LARGE = {
    "width": 1000, "height": 1000, "tile": "auto", "megapixels": 1.0, "seconds": 20.0, "peak_bytes": 2e9,
    "date": "2026-01-01", "outcome": "finished", "repairs": 0, "evaluations": 100, "full_size_evaluations": 25,
    "step_seconds": 0.5, "measured_in": None, "history": 1.0,
}  # fmt: skip
ARITHMETIC = Arithmetic(3_000_000, 2_000_000, 1_000_000)
FIGURES_OF: dict[str, dict[str, Any]] = {
    "one-pass": {
        "size": 512,
        "judge": "teacher",
        "pairs": [
            {
                "pair": "a × b",
                "optimised": {"seconds": 20.0, "loss": 1.0, "style": 0.05, "content": 0.5, "total-variation": 0.01},
                "one_pass": {
                    "seconds": 0.25,
                    "seconds_new_style": 0.4,
                    "loss": 2.0,
                    "style": 0.1,
                    "content": 0.8,
                    "total-variation": 0.01,
                },
                "content_itself": {"loss": 9.0, "style": 0.9, "content": 0.0, "total-variation": 0.01},
            }
        ],
    },
    "own-network": {
        "style": "a",
        "minutes": 20.0,
        "size": 256,
        "batch": 4,
        "judge": "teacher",
        "judged_on": 8,
        "wide": 512,
        "high": 384,
        "networks": {
            name: {
                "parameters": 1000,
                "steps": 2000,
                "curve": [{"seconds": 60.0, "loss": 1.0}],
                "losses": {"content": 0.5, "style": 0.05},
                "pass": SECONDS,
            }
            for name in ("lean", "Johnson's")
        },
    },
    "six-styles": {
        "minutes": 5.0,
        "crops": 256,
        "size": 512,
        "judge": "teacher",
        "pictures": 3,
        "styles": [
            {"style": "a", "steps": 400, "own": {"content": 0.5, "style": 0.05}, "any": {"content": 0.6, "style": 0.02}}
        ],
    },
    "speed": {
        "pair": "a × b",
        "size": "512x341",
        "step": {"seconds": {"rival": SECONDS, "ours": SECONDS}, "rival": 2.0, "times_faster": {"ours": 1.0}},
        "picture": {
            "seconds": {"ours": SECONDS, "rival_one_step": SECONDS},
            "rival_extrapolated_seconds": 2000.0,
            "rival_measured_seconds": None,
            "times_faster": 1000.0,
        },
    },
    "steps-to-loss": {
        "size": 512,
        "rival_steps": 1000,
        "most_steps": 600,
        "magnitudes": {"compact": 30.0, "teacher": 100.0},
        "pairs": [
            {
                "pair": "a × b",
                "backbones": {"compact": ON_BACKBONE, "teacher": ON_BACKBONE},
                "on_teacher": {
                    "compact": {"loss": 1.5, "style": 0.011},
                    "teacher": {"loss": 1.4, "style": 0.010},
                },
            }
        ],
    },
    "memory": {
        "pair": "a × b",
        "sizes": [{"size": 512, "peak_bytes": {"rival": SECONDS, "ours": SECONDS}, "times_less": 1.0}],
    },
    "startup": {"seconds": {"`steadystyle --help`": SECONDS, "`import tensorflow`": SECONDS}},
    "survival": {
        "pair": "a × b",
        "size": 160,
        "steps": 60,
        "problems": [
            {"problem": survival.CONTROL, "sentence": "Nothing.", "start_loss": 2.0, "endings": ENDINGS},
            {"problem": "a NaN", "sentence": "One.", "start_loss": 2.0, "endings": ENDINGS},
        ],
    },
    "overhead": {
        "pair": "a × b",
        "size": 512,
        "steps": {
            precision: {
                "seconds": [0.1, 0.2, 0.3],
                "shares": {part: [-0.01, 0.01, 0.02] for part in overhead.PARTS},
                "rounds": 60,
            }
            for precision in overhead.PRECISIONS
        },
        "confirmations": {
            "measured": 127,
            "recorded": 125,
            "share": 0.016,
            "share_of_pixels": 0.01,
            "outcome": "finished",
        },
    },
    "sizes": {
        "pair": "a × b",
        "preset": "draft",
        "memory": "8",
        "ours": sizes.beyond_the_smallest([LARGE, {**LARGE, "megapixels": 4.0, "measured_in": 512, "history": 0.4}]),
        "rivals": sizes.beyond_the_smallest([{**LARGE, "steps": 3}]),
    },
    "floor": {
        "pair": "a × b",
        "size": "1024x682",
        "product_side": 4096,
        "forward": ARITHMETIC._asdict(),
        "precisions": {
            "float32": floor.compared(
                dict.fromkeys((floor.OURS, floor.PLAIN, floor.PRODUCT), SECONDS), ARITHMETIC, 4096
            )
        },
    },
    "faults": {
        "tolerance": 1.1,
        "faults": [
            {
                "point": point,
                "lasting": refused,
                "refused": refused,
                "gave_up": False,
                "events": 1,
                "ratio": None if refused else 1.02,
                "went_wrong": "",
            }
            for point, refused in (("relu1_1", False), ("weights", True))
        ],
    },
    "training-faults": {
        "steps": 160,
        "at": 80,
        "size": 48,
        "batch": 2,
        "faults": [
            {
                "fault": fault,
                "sentence": "One.",
                "endings": {
                    "ours": {"loss": 2.0, "ratio": 1.0, "word": "", "named": causes},
                    "plain": {"loss": None, "ratio": None, "word": "NaN", "named": []},
                },
            }
            for fault, causes in (("nothing", []), ("a NaN", ["nonfinite-input"]))
        ],
    },
    "doctor": {
        "scripts": [
            {
                "script": "one",
                "cause": cause,
                "seconds": 2.0,
                "hurried": False,
                "said": cause,
                "detected": cause != "healthy",
                "right_cause": True,
                "right_line": True,
                "verified_fix": True,
                "rival_detected": True,
                "rival_line": False,
            }
            for cause in ("zero-division", "healthy")
        ],
    },
    "watching": {
        "cost": {
            name: {"plain": SECONDS, "watched": SECONDS, "check_numerics": SECONDS} for name in ("graph", "eager")
        },
        "diagnosis": {"plain": SECONDS, "doctor": SECONDS},
    },
    "lint": {
        "scripts": [
            {
                "script": "one",
                "cause": cause,
                "visible": visible,
                "right_line": True,
                "found": True,
                "findings": 1,
                "advice": 0,
            }
            for cause, visible in (("zero-division", True), ("healthy", False))
        ],
        "tree": {"lines": 10_000, "seconds": {"median": 1.5}},
    },
    "contact-sheet": {
        "size": 512,
        "bytes": 1000,
        "pictures": [{"pair": "a × b", "preset": preset, "seconds": 9.0} for preset in contact_sheet.PRESETS],
    },
}


def record(name: str, *, quick: bool = False) -> dict[str, Any]:
    """What is kept of one benchmark."""
    return {
        "name": name,
        "quick": quick,
        "weights": "other.npz" if quick else None,
        "machine": describe_machine(),
        "figures": FIGURES_OF[name],
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_makes_a_table_of_its_figures(name: str) -> None:
    """Each has a title and a Markdown table whose rows have as many cells as its head."""
    assert benchmark(name).TITLE
    lines = benchmark(name).table(FIGURES_OF[name])
    heads = [number for number, line in enumerate(lines) if line.startswith("|---")]
    assert heads
    for number in heads:
        row = number
        while row < len(lines) and lines[row].startswith("|"):
            assert lines[row].count("|") == lines[number - 1].count("|")
            row += 1
        assert row > number + 1, "a table without rows"


def test_the_page_holds_every_benchmark_that_was_run_with_its_machine(tmp_path: Path) -> None:
    """Saving one benchmark keeps the others on the page; each names the machine; a quick run, or one with other
    weights, says what it is.
    """
    results.save("speed", record("speed"), tmp_path)
    results.save("startup", record("startup", quick=True), tmp_path)
    page = (tmp_path / "README.md").read_text("utf-8")
    assert page.index("## Speed") < page.index("## Start-up")
    assert page.count(f"TensorFlow {describe_machine()['tensorflow']}") == 2
    assert page.count("these figures mean nothing") == 1
    assert page.count("With the weights of other.npz") == 1
    assert json.loads((tmp_path / "startup.json").read_text("utf-8"))["figures"] == FIGURES_OF["startup"]


def test_a_goal_that_was_not_reached_is_said_to_be_so() -> None:
    """The table of steps to a loss never hides a goal that ours missed."""
    lines = benchmark("steps-to-loss").table(FIGURES_OF["steps-to-loss"])
    assert sum("not reached" in line for line in lines) == 2
    assert any("reached on 0 of 1 pairs" in line for line in lines)


def test_survivors_are_counted_without_the_control() -> None:
    """The last rows say of how many problems each loop makes a whole picture, and of how many a better one."""
    whole, better = (line for line in benchmark("survival").table(FIGURES_OF["survival"]) if " of 1" in line)
    assert whole.split("|")[2:5] == [" **0 of 1** ", " **1 of 1** ", " **1 of 1** "]
    assert better.split("|")[2:5] == [" **0 of 1** ", " **0 of 1** ", " **1 of 1** "]


def test_a_row_is_made_once(tmp_path: Path) -> None:
    """It is kept over runs, and made anew where what it depends on has changed or where it is to be."""
    made: list[str] = []

    def row(depends_on: str, again: bool = False) -> dict[str, Any]:
        def make() -> dict[str, Any]:
            made.append(depends_on)
            return {"number": len(made)}

        return Kept(tmp_path / "rows.json").row("one", depends_on, make, lambda row: again)

    assert [row("a")["number"], row("a")["number"], row("b")["number"], row("b", True)["number"]] == [1, 1, 2, 3]
    assert made == ["a", "b", "b"]


def test_a_changed_file_has_another_fingerprint(tmp_path: Path) -> None:
    """And the same files have the same one, wherever they lie."""
    folders = tmp_path / "a", tmp_path / "z"
    for folder in folders:
        folder.mkdir()
        (folder / "one.py").write_text("1", "utf-8")
    (tmp_path / "m.py").write_text("2", "utf-8")
    first, second = (fingerprint([folder / "one.py", tmp_path / "m.py"]) for folder in folders)
    assert first == second
    (folders[0] / "one.py").write_text("3", "utf-8")
    assert fingerprint([folders[0] / "one.py", tmp_path / "m.py"]) != first


def test_quartiles_are_those_of_the_values() -> None:
    """A quarter of the values lies below the first, half below the second, a quarter above the third."""
    assert quartiles([5.0, 1.0, 2.0, 4.0, 3.0]) == [2.0, 3.0, 4.0]


def test_competitors_take_turns_and_the_warm_up_does_not_count() -> None:
    """Within a round each is measured once, in order; the median is of the counted rounds alone."""
    calls: list[str] = []

    def competitor(name: str) -> float:
        calls.append(name)
        return float(len(calls))

    found = alternate({name: partial(competitor, name) for name in "ab"}, rounds=3, warm_up=1)
    assert "".join(calls) == "abababab"
    assert found["a"] == {"median": 5.0, "lowest": 3.0, "highest": 7.0, "count": 3}


def test_a_childs_memory_is_its_own() -> None:
    """A program that fills 64 MiB is seen to hold little more, however large the process that measures it."""
    child = apart(children.run_child, [sys.executable, "-c", "x = b'x' * 2**26"])
    assert 2**26 < child.peak_bytes < 1.5 * 2**26


def test_a_child_that_fails_is_an_error_with_its_last_words() -> None:
    """No figure is ever taken from a program that failed."""
    with pytest.raises(RuntimeError, match="ended with 3: bad luck"):
        children.run_child([sys.executable, "-c", "import sys; print('bad luck', file=sys.stderr); sys.exit(3)"])


def test_without_the_photographs_a_drawn_pair_stands_in(tmp_path: Path) -> None:
    """Anyone can run the benchmarks: where the folder is absent, two pictures are drawn."""
    (pair,) = pairs(tmp_path, photos=tmp_path / "nothing")
    assert pair.name == "landscape × starry"
    assert pair.content.exists()
    assert pair.style.exists()


def test_each_photograph_meets_each_painting(shared: Path, tmp_path: Path) -> None:
    """There are ten pairs, and fewer on request."""
    assert len(set(pairs(tmp_path, photos=shared / "photos"))) == 10
    assert len(pairs(tmp_path, 3, shared / "photos")) == 3


def test_quick_figures_do_not_overwrite_careful_ones() -> None:
    """A quick run goes to another folder unless told otherwise; every figure is measured, the sheet on request."""
    names, careful = parse([])
    assert names == list(FIGURES)
    assert careful.results == ROOT / "benchmarks" / "results"
    assert parse(["--quick"])[1].results != careful.results


def test_a_sheet_holds_a_row_for_each_style() -> None:
    """Cells keep their shape, a row may be short, columns are as wide as their widest, and the file stays small."""
    wide, tall = (contact_sheet.cell(np.zeros(shape, np.float32)) for shape in ((20, 40, 3), (40, 20, 3)))
    sheet = contact_sheet.sheet([[("style", tall), ("photo", wide)], [("style", wide)]])
    assert wide.size == (2 * contact_sheet.ROW_HEIGHT, contact_sheet.ROW_HEIGHT)
    assert sheet.width == 2 * wide.width + 3 * contact_sheet.GAP
    assert 0 < len(contact_sheet.jpeg(sheet)) < contact_sheet.MOST_BYTES
