"""What each script of `scripts/` expects of the doctor, read from the script itself.

The first line names the causes that are accepted, the best first; lines that end with `# <- here` are accepted places,
in the script or in the sibling that it imports. The second line of a healthy script may say of which broken one it is
the mended twin. `# lint: not visible` says that the fault cannot be seen in the source:
it takes the numbers of a run (a rate that is a little too high for this curvature, labels that no layer has).
`# lint: NAME is right here`, the line after those of a healthy script, says that the linter's rule NAME has to speak up
though the program stays finite: its advice is right, and this program got away with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parent / "scripts"
MARK, TWIN, HERE = "# expect: ", "# twin of: ", "# <- here"
ADVICE = re.compile(r"# lint: ([a-z0-9]+(?:-[a-z0-9]+)*) is right here")
NOT_VISIBLE = "# lint: not visible"


@dataclass(frozen=True)
class Expectation:
    """One script and what is right to say of it."""

    script: Path
    causes: tuple[str, ...]
    lines: frozenset[tuple[str, int]]
    twin_of: str = ""
    advised: tuple[str, ...] = ()
    """The rules of the linter that have to speak up in a healthy program, by name."""

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
            found.append(Expectation(script, causes, frozenset(_marked(script)), twin, advised(script)))
    return found


def advised(script: Path) -> tuple[str, ...]:
    """The rules that are named in the header.

    Raises:
        ValueError: a line says that something is right here, but not so that it can be read, or not in a header.
    """
    lines = script.read_text("utf-8").splitlines()
    header = [line for line in lines[:3] if line.startswith("# ")]
    said = [line for line in lines if line.strip().startswith("# lint:") and line.strip() != NOT_VISIBLE]
    matches = [ADVICE.fullmatch(line) for line in said if line in header and header[0] == f"{MARK}healthy"]
    if len(said) > 1 or len(matches) != len(said) or not all(matches):
        raise ValueError(f"{script.name}: {said} is not one line '# lint: NAME is right here' in a healthy header")
    return tuple(match[1] for match in matches if match)


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
