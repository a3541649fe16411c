"""One file in a plural folder is one feature.

The names are the file names, read without importing anything (so that flags can be made without TensorFlow); the class
is imported when it is asked for. A file whose name starts with an underscore is machinery, not a feature.
"""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import TypeVar

from steadystyle.core.errors import SettingsError

Contract = TypeVar("Contract")


def names(package: str) -> tuple[str, ...]:
    """The features of a plural folder (`steadystyle.losses`), sorted, written with hyphens (`total-variation`)."""
    folder = Path(__file__).parents[1].joinpath(*package.split(".")[1:])
    files = (path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    return tuple(sorted(stem.replace("_", "-") for stem in files))


def feature(package: str, name: str, contract: type[Contract]) -> type[Contract]:
    """The one class in the feature's file that fulfils `contract`.

    Raises:
        SettingsError: there is no such feature; the message names those that exist.
        LookupError: the file does not hold exactly one such class (a mistake in the feature).
    """
    known = names(package)
    if name not in known:
        kind = package.rpartition(".")[2]
        raise SettingsError(f"{kind}: no {name!r}; choose from {', '.join(known)}")
    module = importlib.import_module(f"{package}.{name.replace('-', '_')}")
    found = [
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if member.__module__ == module.__name__ and issubclass(member, contract) and not member.__name__.startswith("_")
    ]
    if len(found) != 1:
        raise LookupError(f"{module.__name__} holds {len(found)} public subclasses of {contract.__name__}, wanted one")
    return found[0]
