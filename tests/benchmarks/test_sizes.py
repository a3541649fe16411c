from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from benchmarks import sizes
from benchmarks.__main__ import parse
from benchmarks.children import Child
from benchmarks.options import ROOT, Options
from benchmarks.plot import Axis, log_plot
from steadystyle.images.load import load_image
from steadystyle.images.save import save_image

REPORT: dict[str, Any] = {
    "outcome": "repaired",
    "steps": [{"scale": 0, "seconds": 1.0}, *({"scale": 1, "seconds": seconds} for seconds in (90.0, 2.0, 4.0, 3.0))],
    "events": [
        {"where": "content", "remedy": "turned", "repaired": False},
        {
            "where": "memory",
            "remedy": "measured in tiles of 2048 pixels and 35% of the optimizer's history",
            "repaired": False,
        },
        {"where": "memory", "remedy": "measured in tiles of 1024 pixels", "repaired": True},
    ],
}


def row(megapixels: float, step_seconds: float, peak_bytes: float, **others: Any) -> dict[str, Any]:
    """What is known of one picture."""
    return {"megapixels": megapixels, "step_seconds": step_seconds, "peak_bytes": peak_bytes, **others}


def test_a_report_tells_the_last_tile_the_history_and_the_seconds_of_an_evaluation() -> None:
    """The first evaluation at the full size, in which the targets are made, does not count."""
    told = sizes.told(REPORT)
    assert told["measured_in"] == 1024
    assert told["history"] == 0.35
    assert told["step_seconds"] == 3.0
    assert (told["evaluations"], told["full_size_evaluations"], told["repairs"]) == (5, 4, 1)


def test_a_report_without_a_word_of_memory_is_of_a_whole_picture() -> None:
    """With all of the optimizer's history."""
    told = sizes.told({**REPORT, "events": []})
    assert (told["measured_in"], told["history"]) == (None, 1.0)


def test_what_is_beyond_the_smallest_picture_is_told_by_the_pixel() -> None:
    """A constant is no part of the bytes per pixel, and a step that takes twice its share is twice linear."""
    small, large = sizes.beyond_the_smallest([row(1.0, 0.5, 1e9), row(4.0, 4.0, 4e9)])
    assert small["bytes_per_pixel"] is None
    assert small["times_linear"] == 1.0
    assert large["bytes_per_pixel"] == pytest.approx(1000.0)
    assert large["step_seconds_per_megapixel"] == 1.0
    assert large["times_linear"] == pytest.approx(2.0)


def test_an_enlarged_photo_keeps_its_proportions(tmp_path: Path) -> None:
    """What does not fit the shape is cut off on both sides alike."""
    photo = np.zeros((20, 40, 3), np.float32)
    photo[:, 10:30] = 1.0
    save_image(tmp_path / "photo.png", photo)
    sizes.enlarge(tmp_path / "photo.png", tmp_path / "large.png", 64, 64)
    found = load_image(tmp_path / "large.png")
    assert found.shape == (64, 64, 3)
    assert found.min() > 0.99


def test_rows_and_plots_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was interrupted by the largest picture makes the smaller ones no second time."""
    made: list[str] = []
    broken = True

    def picture(work: Any, content: Path, run: sizes.Run) -> dict[str, Any]:
        made.append(run.name)
        if broken and run.megapixels > 20:
            raise RuntimeError("cut off")
        return {**Child(1.0, 1e9)._asdict(), **sizes.told(REPORT)}

    def rival(work: Any, content: Path, run: sizes.Run) -> dict[str, Any]:
        return row(run.megapixels, 1.0, 1e9, seconds=1.0, steps=3)

    monkeypatch.setattr(sizes, "KEPT", tmp_path / "rows.json")
    monkeypatch.setattr(sizes, "ROOT", tmp_path)
    monkeypatch.setattr("benchmarks.options.ROOT", tmp_path)
    monkeypatch.setattr(sizes, "fingerprint", lambda files: "the same")
    monkeypatch.setattr(sizes._Work, "_content", lambda work, run: tmp_path)
    monkeypatch.setattr(sizes._Work, "ours", picture)
    monkeypatch.setattr(sizes._Work, "rival", rival)
    options = Options(results=tmp_path / "results", largest=24)
    with pytest.raises(RuntimeError, match="cut off"):
        sizes.measure(options)
    broken = False
    figures = sizes.measure(options)
    assert len(made) == len(set(made)) + 1
    assert max(one["megapixels"] for one in figures["ours"]) == 24
    assert {path.name for path in (tmp_path / "docs").iterdir()} == {sizes.SECONDS_PLOT, sizes.MEMORY_PLOT}


def test_larger_pictures_can_be_left_out(tmp_path: Path) -> None:
    """By their megapixels; if that leaves none, it is said."""
    assert parse(["sizes", "--largest", "24"])[1].largest == 24
    with pytest.raises(SystemExit, match="no picture is as small"):
        sizes.measure(Options(results=tmp_path, largest=0.1))


def test_the_page_shows_the_plots_that_are_made() -> None:
    """They lie beside it, measured or not yet."""
    page = (ROOT / "docs" / "size_speed_memory.md").read_text("utf-8")
    for name in sizes.plots({"preset": "draft", "ours": [], "rivals": []}):
        assert f"]({name})" in page
        assert (ROOT / "docs" / name).exists()


def test_a_plot_is_an_svg_with_every_line_and_point() -> None:
    """Larger numbers are further right and higher up; what a logarithm has no place for is left out."""
    drawn = log_plot(
        "Time & more", "megapixels", "s", {"a": [(10, 5), (1, 1), (0.0, 3)], "b": [(2, -1)], "c": [(3, 3)]}
    )
    root = ElementTree.fromstring(drawn)
    lines = [line.attrib["points"].split() for line in root.iter("{http://www.w3.org/2000/svg}polyline")]
    assert [len(line) for line in lines] == [2, 1]
    (x1, y1), (x2, y2) = ([float(number) for number in point.split(",")] for point in lines[0])
    assert x1 < x2
    assert y1 > y2
    words = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "Time & more" in words
    assert "b" not in words


def test_a_plot_of_nothing_says_so() -> None:
    """No axis without a figure."""
    assert "not measured yet" in log_plot("Time", "megapixels", "s", {"a": []})


@pytest.mark.parametrize("values", [[1.0], [0.3, 96.0], [7.0, 7.0], [1e-3, 1e4]])
def test_an_axis_holds_its_values(values: list[float]) -> None:
    """Also one single value."""
    axis = Axis(values)
    assert all(0 <= axis.share(value) <= 1 for value in values)
    assert axis.low < axis.high
