"""`# steadystyle: ignore[rule]` at the end of a line: what is found there is meant so."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Collection, Iterator, Mapping

PATTERN = re.compile(r"#\s*steadystyle:\s*ignore(?:\[([^\]]*)\])?")
EVERYTHING = "*"


def ignored(text: str) -> Mapping[int, frozenset[str]]:
    """The rules that are ignored on each line; `EVERYTHING` where none is named."""
    if "steadystyle:" not in text:
        return {}
    found: dict[int, frozenset[str]] = {}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        match = PATTERN.search(token.string) if token.type == tokenize.COMMENT else None
        if match:
            named = frozenset(name.strip() for name in (match[1] or EVERYTHING).split(",") if name.strip())
            found[token.start[0]] = named
    return found


def unknown_names(marks: Mapping[int, frozenset[str]], known: Collection[str]) -> Iterator[tuple[int, str]]:
    """Lines that ignore a rule which there is not: most often a misspelt one."""
    for line, named in sorted(marks.items()):
        yield from ((line, name) for name in sorted(named) if name != EVERYTHING and name not in known)
