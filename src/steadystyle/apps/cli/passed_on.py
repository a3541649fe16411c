"""Arguments that are not ours: what follows SCRIPT in `steadystyle doctor SCRIPT [ARGS]` belongs to the script."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from steadystyle.apps.cli.commands.doctor import doctor

COMMAND = doctor.__name__
OPTIONS = [p for p in inspect.signature(doctor).parameters.values() if p.kind is inspect.Parameter.KEYWORD_ONLY]
OURS = {f"--{option.name.replace('_', '-')}" for option in OPTIONS}
TAKE_A_VALUE = {f"--{option.name.replace('_', '-')}" for option in OPTIONS if not isinstance(option.default, bool)}


def shielded(arguments: Sequence[str]) -> list[str]:
    """The same arguments, ours first and the script and its own behind a `--`.

    Ours are taken wherever they stand; what the user puts behind a `--` of their own is the script's in any case.
    """
    given = list(arguments)
    if given[:1] != [COMMAND] or "--help" in given[1:2] or "-h" in given[1:2]:
        return given
    end = given.index("--") if "--" in given else len(given)
    ours, index = [COMMAND], 1
    theirs: list[str] = []
    while index < end:
        argument = given[index]
        count = 2 if argument in TAKE_A_VALUE else 1
        known = argument.partition("=")[0] in OURS or (not theirs and argument.startswith("-"))
        (ours if known else theirs).extend(given[index : min(index + count, end)])
        index += count
    theirs += given[end + 1 :]
    return [*ours, "--", *theirs] if theirs else ours


def without_debug(arguments: Sequence[str]) -> list[str]:
    """The same arguments without our own `--debug`; one behind a `--` stays."""
    given = list(arguments)
    end = given.index("--") if "--" in given else len(given)
    return [argument for argument in given[:end] if argument != "--debug"] + given[end:]
