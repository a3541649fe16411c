"""What each script of `scripts/` expects of the doctor, read from the script itself.

The first line names the causes that are accepted, the best first; lines that end with `# <- here` are accepted places,
in the script or in the sibling that it imports. The second line of a healthy script may say of which broken one it is
the mended twin. `# lint: not visible` says that the fault cannot be seen in the source:
it takes the numbers of a run (a rate that is a little too high for this curvature, labels that no layer has).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parent / "scripts"
MARK, TWIN, HERE = "# expect: ", "# twin of: ", "# <- here"
NOT_VISIBLE = "# lint: not visible"


@dataclass(frozen=True)
class Expectation:
    """One script and what is right to say of it."""

    script: Path
    causes: tuple[str, ...]
    lines: frozenset[tuple[str, int]]
    twin_of: str = ""

    @property
    def visible(self) -> bool:
        """Whether the fault can be seen in the source."""
        return not self.healthy and NOT_VISIBLE not in self.script.read_text("utf-8").splitlines()

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.causes == ("healthy",)


def expectations() -> list[Expectation]:
    """Of every script that is to be run, by name."""
    found = []
    for script in sorted(SCRIPTS.glob("*.py")):
        first, second, *_ = script.read_text("utf-8").splitlines()
        causes = tuple(first.removeprefix(MARK).split(", "))
        twin = second.removeprefix(TWIN) if second.startswith(TWIN) else ""
        if not causes[0].startswith("nothing"):
            found.append(Expectation(script, causes, frozenset(_marked(script)), twin))
    return found


def _marked(script: Path) -> list[tuple[str, int]]:
    """The marked lines of a script, and of its siblings where it marks none itself."""
    own = _marks(script)
    if own:
        return own
    text = script.read_text("utf-8")
    siblings = [other for other in SCRIPTS.glob("*.py") if f"from {other.stem} import" in text]
    return [mark for sibling in siblings for mark in _marks(sibling)]


def _marks(script: Path) -> list[tuple[str, int]]:
    lines = script.read_text("utf-8").splitlines()
    return [(script.name, number) for number, line in enumerate(lines, 1) if line.rstrip().endswith(HERE)]
