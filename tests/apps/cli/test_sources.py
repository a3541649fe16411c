"""Which pictures a command was given, and which file each becomes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from steadystyle.apps.cli.sources import Failure, Task, tasks_of

ENDING = "_wave.png"


def touched(*names: str) -> None:
    """Empty files in the current folder."""
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def sources(tasks: list[Task]) -> list[str]:
    """Their names, in order."""
    return [task.source.as_posix() for task in tasks]


def messages(failures: list[Failure]) -> str:
    """All that was said."""
    return "\n".join(str(failure.error) for failure in failures)


def test_files_folders_and_patterns() -> None:
    """In their order, a folder's by name, each file once; what is no picture by its name only if it is named."""
    touched("z.jpg", "in/b.PNG", "in/a.webp", "in/notes.txt", "in/deep/c.jpg", "in/.hidden.jpg", "odd")
    tasks, failures = tasks_of(["z.jpg", "in", "in/**/*.jpg", "odd", "./z.jpg"], Path("out"), ENDING)
    assert sources(tasks) == ["z.jpg", "in/a.webp", "in/b.PNG", "in/deep/c.jpg", "odd"]
    assert tasks[1].target == Path("out/a_wave.png")
    assert not failures


def test_a_pattern_without_pictures_and_an_empty_folder_are_told() -> None:
    """And the others go on."""
    touched("a.jpg", "empty/notes.txt")
    tasks, failures = tasks_of(["*.tif", "empty", "a.jpg"], Path(), ENDING)
    assert sources(tasks) == ["a.jpg"]
    assert [str(failure.source) for failure in failures] == ["*.tif", "empty"]
    assert "no picture is named like this" in messages(failures)
    assert "no picture in this folder" in messages(failures)


def test_a_file_may_be_named_like_a_pattern() -> None:
    """A file that exists is itself."""
    touched("a[1].jpg", "a1.jpg")
    assert sources(tasks_of(["a[1].jpg"], Path(), ENDING)[0]) == ["a[1].jpg"]


def test_results_among_the_pictures_are_left_out() -> None:
    """Those of the same command, so that it can be repeated; a result that is named itself is wanted."""
    touched("a.jpg", "a_wave.png", "a_other.png")
    assert sources(tasks_of(["."], Path(), ENDING)[0]) == ["a.jpg", "a_other.png"]
    assert sources(tasks_of(["*.png", "a.jpg"], Path(), ENDING)[0]) == ["a_other.png", "a.jpg"]
    assert sources(tasks_of(["a_wave.png"], Path(), ENDING)[0]) == ["a_wave.png"]


def test_two_pictures_do_not_share_a_result() -> None:
    """The second is told, and not made."""
    touched("one/a.jpg", "two/a.png")
    tasks, failures = tasks_of(["one", "two"], Path("out"), ENDING)
    assert sources(tasks) == ["one/a.jpg"]
    assert "already the result of one/a.jpg" in messages(failures)


def test_an_input_is_never_a_target() -> None:
    """Not even where both are named."""
    touched("a.jpg", "a_wave.png")
    tasks, failures = tasks_of(["a.jpg", "a_wave.png"], Path(), ENDING)
    assert sources(tasks) == ["a_wave.png"]
    assert "is an input of this run" in messages(failures)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_is_the_file_that_it_leads_to() -> None:
    """Made once."""
    touched("a.jpg")
    Path("b.jpg").symlink_to("a.jpg")
    assert sources(tasks_of(["a.jpg", "b.jpg"], Path(), ENDING)[0]) == ["a.jpg"]


def test_a_missing_file_is_left_to_the_reader() -> None:
    """Who has the better message."""
    assert sources(tasks_of(["gone.jpg"], Path(), ENDING)[0]) == ["gone.jpg"]
