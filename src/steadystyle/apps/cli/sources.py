"""Which pictures a command was given, as files, folders and patterns, and which file each becomes."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from steadystyle.core.errors import OutputError, PictureError, SteadyStyleError

PICTURE_ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".avif", ".heic", ".heif"}
"""What is taken for a picture in a folder; a file that is named itself may end in anything."""
PATTERN = frozenset("*?[")


class Task(NamedTuple):
    """One picture, and the file that it becomes."""

    source: Path
    target: Path


class Failure(NamedTuple):
    """What could not be done, and why."""

    source: Path
    error: SteadyStyleError


def tasks_of(arguments: Sequence[str], folder: Path, ending: str) -> tuple[list[Task], list[Failure]]:
    """What to make of `arguments`, in their order, each file once; and what cannot be made.

    A folder stands for the pictures in it, not below it; `**` in a pattern goes below. Results of this very command
    that lie among the pictures of a folder or a pattern are left out.

    Args:
        arguments: files, folders and patterns.
        folder: where the results go.
        ending: what their names get, `_wave.png`.
    """
    tasks, failures, named = list[Task](), list[Failure](), set[Path]()
    for argument in arguments:
        try:
            for source in _pictures(argument):
                tasks.append(Task(source, folder / (source.stem + ending)))
                if str(source) == argument:
                    named.add(source)
        except PictureError as error:
            failures.append(Failure(Path(argument), error))
    results = {_resolved(task.target) for task in tasks}
    kept, sources, targets = list[Task](), set[Path](), dict[Path, Path]()
    for task in tasks:
        source, target = _resolved(task.source), _resolved(task.target)
        if source in sources or (source in results and task.source not in named):
            continue
        sources.add(source)
        if target in targets:
            failures.append(Failure(task.source, _clash(task, targets[target])))
        else:
            targets[target] = task.source
            kept.append(task)
    return _without_inputs(kept, failures), failures


def _pictures(argument: str) -> Iterable[Path]:
    """The files that one argument stands for."""
    path = Path(argument)
    if path.is_dir():
        found = sorted(file for file in _inside(path) if file.suffix.lower() in PICTURE_ENDINGS)
        if not found:
            raise PictureError(f"{argument}: no picture in this folder; name another, or a pattern such as '**/*.jpg'")
        return found
    if PATTERN & set(argument) and not path.exists():
        found = sorted(Path(name) for name in glob.glob(argument, recursive=True))
        found = [file for file in found if file.suffix.lower() in PICTURE_ENDINGS and file.is_file()]
        if not found:
            raise PictureError(f"{argument}: no picture is named like this; check the pattern")
        return found
    return [path]


def _inside(folder: Path) -> Iterator[Path]:
    try:
        yield from (file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    except OSError as error:
        raise PictureError(f"cannot read the folder {folder}: {error.strerror}; check its permissions") from error


def _without_inputs(tasks: list[Task], failures: list[Failure]) -> list[Task]:
    """Those whose result does not take the place of an input of any of them."""
    inputs, kept = {_resolved(task.source) for task in tasks}, list[Task]()
    for task in tasks:
        if _resolved(task.target) in inputs:
            message = f"{task.target} is an input of this run; choose another folder with --output"
            failures.append(Failure(task.source, OutputError(message)))
        else:
            kept.append(task)
    return kept


def _clash(task: Task, other: Path) -> OutputError:
    return OutputError(f"{task.target} is already the result of {other}; make them one after the other with --output")


def _resolved(path: Path) -> Path:
    return path.resolve()
