"""A plot with two logarithmic axes, as SVG: few points, many sizes of them, and no library."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

Point = tuple[float, float]

WIDTH, HEIGHT = 720, 440
LEFT, TOP, RIGHT, BOTTOM = 70, 90, 20, 55
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
"""Told apart by the colour-blind too (Okabe and Ito, 2008)."""


def log_plot(title: str, across: str, up: str, lines: Mapping[str, Sequence[Point]]) -> str:
    """Each line with its points; a line without any is left out, and a plot without any says that nothing is measured.

    Args:
        across: what the horizontal axis shows, with its unit.
        up: the same of the vertical one.
        lines: points by what they are of; a number that is not above 0 has no place on such an axis.
    """
    placed = {name: sorted(point for point in points if min(point) > 0) for name, points in lines.items()}
    drawn = {name: points for name, points in placed.items() if points}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(LEFT, 24, title, size=16),
        *(_drawing(across, up, drawn) if drawn else [_text(WIDTH / 2, HEIGHT / 2, "not measured yet", "middle")]),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _drawing(across: str, up: str, lines: Mapping[str, Sequence[Point]]) -> Iterator[str]:
    axes = [Axis([point[side] for points in lines.values() for point in points]) for side in (0, 1)]
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(point: Point) -> Point:
        return LEFT + width * axes[0].share(point[0]), TOP + height * (1 - axes[1].share(point[1]))

    for value in axes[0].marks:
        x, _ = place((value, axes[1].low))
        yield _line((x, TOP), (x, TOP + height))
        yield _text(x, TOP + height + 18, f"{value:,g}", "middle")
    for value in axes[1].marks:
        _, y = place((axes[0].low, value))
        yield _line((LEFT, y), (LEFT + width, y))
        yield _text(LEFT - 8, y + 4, f"{value:,g}", "end")
    yield _text(LEFT + width / 2, HEIGHT - 14, across, "middle")
    yield _text(LEFT, TOP - 8, up, size=12)
    for number, (name, points) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [place(point) for point in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in places)
        x, y = LEFT + number % 2 * width / 2, 46 + number // 2 * 18
        yield f'<circle cx="{x + 5:.1f}" cy="{y - 4}" r="4" fill="{colour}"/>'
        yield _text(x + 15, y, name)


class Axis:
    """A logarithmic axis that holds some values, from one mark to another."""

    def __init__(self, values: Sequence[float]) -> None:
        lowest, highest = min(values), max(values)
        marks = [digit * 10.0**power for power in range(-9, 10) for digit in (1, 2, 5)]
        first = max((number for number, mark in enumerate(marks) if mark <= lowest), default=0)
        last = min((number for number, mark in enumerate(marks) if mark >= highest), default=len(marks) - 1)
        self.marks = marks[first : max(last, first + 1) + 1]
        self.low, self.high = self.marks[0], self.marks[-1]

    def share(self, value: float) -> float:
        """How far along the axis `value` is, from 0 to 1."""
        return math.log(value / self.low) / math.log(self.high / self.low)


def _line(start: Point, end: Point) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#ddd"/>'


def _text(x: float, y: float, words: str, anchor: str = "start", size: int = 13) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'
