"""Which line is the user's own: never one of an installed package, of Python, or of SteadyStyle."""

from __future__ import annotations

import functools
import linecache
import os
import sys
import sysconfig
from itertools import islice
from pathlib import Path
from types import FrameType

from steadystyle.doctor.observed import Place

_LIBRARIES = tuple(
    {os.path.realpath(sysconfig.get_path(name)) + os.sep for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    | {os.path.realpath(Path(__file__).parents[1]) + os.sep}
)
CELL = "<ipython-input"
"""How the name of a notebook's cell begins, where it is not the name of a file."""
DEEPEST = 8
"""Lines of the user's that are kept of one call stack."""

Line = tuple[str, int, str, object, int]


@functools.cache
def is_own(file: str) -> bool:
    """Whether a file is the user's."""
    if (file.startswith("<") and not file.startswith(CELL)) or "__autograph_generated_file" in file:
        return False
    if f"{os.sep}site-packages{os.sep}" in file or f"{os.sep}dist-packages{os.sep}" in file:
        return False
    return not os.path.realpath(file).startswith(_LIBRARIES)


def stack(frame: FrameType | None = None) -> tuple[Line, ...]:
    """The user's own lines of the current call stack, innermost first; cheap, for `place` to make readable later."""
    frame = frame or sys._getframe(1)
    lines: list[Line] = []
    while frame is not None and len(lines) < DEEPEST:
        code = frame.f_code
        if is_own(code.co_filename):
            lines.append((code.co_filename, frame.f_lineno, code.co_name, code, frame.f_lasti))
        frame = frame.f_back
    return tuple(lines)


def place(line: Line) -> Place:
    """A line of the user's with its text and the span of the expression that was being evaluated."""
    file, number, function, code, instruction = line
    first, last, left, right = next(islice(code.co_positions(), instruction // 2, None), (None,) * 4)  # type: ignore[attr-defined]
    known = first is not None and last is not None and left is not None and right is not None
    span = (first, left, last, right) if known else None
    return Place(file, number, function, linecache.getline(file, number).strip(), span)  # type: ignore[arg-type]


def places(lines: tuple[Line, ...]) -> tuple[Place, ...]:
    """All of a stack."""
    return tuple(map(place, lines))
