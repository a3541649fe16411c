from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from steadystyle.apps.cli.main import main
from steadystyle.apps.page.embedded import CURVES, RUN, read_embedded
from steadystyle.core.outcome import Event, Outcome
from tests.apps.cli.engine import EVENT, FakeEngine

QUICK = ("--size", "32", "--steps", "5", "--quiet")
HOSTILE = '</script><script>alert("1")</script><img src=x onerror=alert(1)>'


class Page(HTMLParser):
    """A page as a browser takes it: its elements, and what a person reads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text("utf-8")
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self._silent = False
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._silent = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._silent = False

    def handle_data(self, data: str) -> None:
        self.words += "" if self._silent else data

    def attributes(self, name: str) -> list[str]:
        """Every value of the attribute `name`."""
        return [str(given[name]) for _, given in self.elements if name in given]

    def data(self, name: str) -> Any:
        """What is embedded under `name`."""
        return read_embedded(self.source, name)


def made(*arguments: str, code: int = 0) -> Page:
    """The page of a run."""
    assert main(["stylize", *arguments, "-o", "out.png", *QUICK, "--report", "report.html"]) == code
    return Page(Path("report.html"))


def test_a_page_explains_its_run(pictures: tuple[str, str], use: Callable[[FakeEngine], FakeEngine]) -> None:
    """Outcome, advice, cause in words, evidence, remedy, settings, versions and memory can be read on it."""
    event = Event(1, "loss", "high-learning-rate", "2e9 after 3", "rolled back", "rate x 0.25")
    use(FakeEngine(Outcome.REPAIRED, [event]))
    page = made(*pictures, "--seed", "7")
    for said in (
        Outcome.REPAIRED.value,
        "The learning rate is too high, once",
        "Divide the learning rate by 10",
        "2e9 after 3",
        "rolled back",
        "rate x 0.25",
        "seed",
        "python",
        "content.png",
        "1 repair",
    ):
        assert said in page.words
    assert "#cause-high-learning-rate" in page.attributes("href")


def test_a_page_shows_result_sources_and_repairs(
    pictures: tuple[str, str], use: Callable[[FakeEngine], FakeEngine]
) -> None:
    """Each picture has words for those who do not see it."""
    use(FakeEngine(Outcome.REPAIRED, [EVENT]))
    page = made(*pictures)
    assert page.attributes("alt") == ["The result: out.png", "Content: content.png", "Style: style.png", "step 1"]


def test_a_page_without_repairs_says_so(pictures: tuple[str, str], engine: FakeEngine) -> None:
    """There is no empty table."""
    page = made(*pictures)
    assert "nothing had to be repaired" in page.words
    assert "Repairs" not in page.words


def test_a_page_asks_for_no_network(pictures: tuple[str, str], use: Callable[[FakeEngine], FakeEngine]) -> None:
    """What it shows it holds, links stay on it and have a target, and a browser is told to fetch nothing."""
    use(FakeEngine(Outcome.REPAIRED, [EVENT]))
    page = made(*pictures)
    assert all(source.startswith("data:image/webp;base64,") for source in page.attributes("src"))
    assert all(target[0] == "#" and target[1:] in page.attributes("id") for target in page.attributes("href"))
    assert not {"link", "iframe", "object", "base"} & {name for name, _ in page.elements}
    assert not re.search(r"url\(|@import|\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon", page.source)
    assert "default-src 'none'" in page.attributes("content")[1]
    assert len(page.source) < 1_000_000
    assert "Leon Sorokin" in page.source


def test_a_nan_is_a_gap_in_valid_json(pictures: tuple[str, str], use: Callable[[FakeEngine], FakeEngine]) -> None:
    """Everything that a script reads is strict JSON."""
    use(FakeEngine(Outcome.REPAIRED, [EVENT]))
    page = made(*pictures)
    assert page.data(CURVES)["charts"][0]["series"][0]["values"][1] is None
    assert page.data(CURVES)["events"][0]["step"] == 1

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    for data in re.findall(r'<script type="application/json" id="[\w-]+">(.*?)</script>', page.source):
        json.loads(data, parse_constant=refuse)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such file names")
def test_names_and_evidence_are_text(pictures: tuple[str, str], use: Callable[[FakeEngine], FakeEngine]) -> None:
    """HTML in a file's name, an event or a setting is read as it stands, and adds no element."""
    plain_event = Event(1, "a", "b", "c", "d", "e")
    use(FakeEngine(Outcome.REPAIRED, [plain_event]))
    names = [name for name, _ in made(*pictures).elements]
    hostile_name = HOSTILE.replace("/", "∕") + ".png"
    Path("content.png").rename(hostile_name)
    use(FakeEngine(Outcome.REPAIRED, [Event(1, *[HOSTILE] * 5)]))
    page = made(hostile_name, pictures[1], "--force")
    assert [name for name, _ in page.elements] == names
    assert page.words.count(HOSTILE) >= 5
    assert hostile_name in page.words
    assert page.data(RUN)["events"][0]["evidence"] == HOSTILE


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such file names")
def test_a_name_that_is_no_text_makes_a_page(pictures: tuple[str, str], engine: FakeEngine) -> None:
    """A file name may hold bytes that are no UTF-8."""
    name = os.fsdecode(b"caf\xe9.png")
    try:
        Path("content.png").rename(name)
    except OSError:
        pytest.skip("this file system refuses such names")
    assert "caf" in made(name, pictures[1]).words


def test_the_same_run_writes_its_page_again_and_no_other_does(
    pictures: tuple[str, str], engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page knows its run."""
    made(*pictures)
    first = made(*pictures).source
    Path("out.png").unlink()
    assert made(*pictures, "--seed", "1", code=4).source == first
    assert "report.html exists and is not the result of this run" in capsys.readouterr().err
    assert made(*pictures, "--seed", "1", "--force").source != first


def test_a_page_of_something_else_stays(pictures: tuple[str, str], engine: FakeEngine) -> None:
    """Somebody's home page is not overwritten."""
    Path("report.html").write_bytes(b"<h1>caf\xe9</h1>")
    assert main(["stylize", *pictures, "-o", "out.png", *QUICK, "--report", "report.html"]) == 4
    assert Path("report.html").read_bytes() == b"<h1>caf\xe9</h1>"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--report", "report.json"), 2),
        (("--report", "none/report.html"), 4),
        (("--report", "r.html", "--json", "r.html"), 4),
        (("--report", "input.html", "--force"), 4),
    ],
    ids=str,
)
def test_a_page_that_cannot_be_written_is_found_first(
    arguments: tuple[str, ...], code: int, pictures: tuple[str, str], engine: FakeEngine
) -> None:
    """Nothing is computed, and the input stays."""
    os.link("content.png", "input.html")
    before = sorted(Path().iterdir())
    assert main(["stylize", *pictures, "-o", "out.png", *QUICK, *arguments]) == code
    assert engine.calls == []
    assert sorted(Path().iterdir()) == before


def test_a_real_run_makes_a_page(pictures: tuple[str, str]) -> None:
    """The real engine's numbers fill every chart."""
    curves = made(*pictures).data(CURVES)
    assert [len(chart["series"]) > 0 for chart in curves["charts"]] == [True, True, True]
    assert len(curves["steps"]) == 5
