"""Which files are meant by a path, and their text: Python source in any encoding, and the code cells of notebooks."""

from __future__ import annotations

import ast
import io
import json
import os
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from steadystyle.core.errors import SettingsError
from steadystyle.doctor.lint.program import Module
from steadystyle.doctor.lint.text import Text

SKIPPED = {"__pycache__", "build", "dist", "node_modules", "site-packages", "venv", "env"}
"""Folders of others, and of what was made; so is each whose name starts with a dot."""
SUFFIXES = (".py", ".pyw", ".ipynb")


class Unreadable(Exception):
    """A file that cannot be read as Python; the message is one line."""


def find_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files that are meant: those given, and all of Python in folders given.

    Raises:
        SettingsError: there is no such path.
    """
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise SettingsError(f"lint: there is no {path}; give Python files, notebooks or folders")
        for file in _inside(path) if path.is_dir() else [path]:
            if file not in seen:
                seen.add(file)
                yield file


def _inside(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in SKIPPED and not name.startswith("."))
        yield from (Path(place, name) for name in sorted(files) if name.endswith(SUFFIXES))


def decoded(data: bytes) -> tuple[str, str]:
    """Source as text with the line endings that it has, and its encoding."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.decode(encoding), encoding


def read_module(path: Path) -> Module:
    """A file, parsed.

    Raises:
        Unreadable: it is not text, or not Python.
    """
    try:
        data = path.read_bytes()
        text = notebook(data.decode("utf-8")) if path.suffix == ".ipynb" else decoded(data)[0]
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise Unreadable(f"{path}: not a notebook") from None
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise Unreadable(f"{path}: not readable as text: {' '.join(str(error).split())}") from None
    except OSError as error:
        raise Unreadable(f"{path}: cannot be read: {error.strerror}") from None
    return parsed(str(path), text)


def parsed(path: str, text: str) -> Module:
    """Source, parsed.

    Raises:
        Unreadable: it is not Python.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in somebody's string is not our affair
            tree = ast.parse(text)
    except SyntaxError as error:
        raise Unreadable(f"{path}:{error.lineno or 1}:{error.offset or 1}: not Python: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"{path}: not Python: {' '.join(str(error).split()) or 'nested too deeply'}") from None
    return Module(path, Text(text), tree)


def notebook(text: str) -> str:
    """The code cells of a notebook as one program; shell commands and magics become `pass`."""
    lines: list[str] = []
    for cell in json.loads(text)["cells"]:
        if cell["cell_type"] != "code":
            continue
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        if source.lstrip().startswith("%%"):
            continue
        for line in source.splitlines():
            bare = line.lstrip()
            lines.append(line[: len(line) - len(bare)] + "pass" if bare.startswith(("%", "!", "?")) else line)
    return "\n".join(lines) + "\n"
