"""`steadystyle lint`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import steadystyle

NOTHING_FOUND, FOUND, UNREADABLE = 0, 1, 2


def lint(
    *paths: Annotated[Path, Parameter(help="Python files, notebooks, or folders of them.")],
    fix: Annotated[bool, Parameter(help="Make the safe fixes in the files.", negative=())] = False,
    diff: Annotated[bool, Parameter(help="Show what --fix would change, and change nothing.", negative=())] = False,
    json: Annotated[bool, Parameter(help="The findings as JSON.", negative=())] = False,
    sarif: Annotated[Path | None, Parameter(help="Write a SARIF log for code hosts too.", metavar="FILE")] = None,
    rule: Annotated[
        tuple[str, ...], Parameter(help="Only this rule; may be given more than once.", metavar="NAME", negative=())
    ] = (),
    ignore: Annotated[
        tuple[str, ...], Parameter(help="Not this rule; may be given more than once.", metavar="NAME", negative=())
    ] = (),
) -> int:
    """Find numerical faults in TensorFlow source without running it.

    Each rule is explained in docs/lint.md. `# steadystyle: ignore[rule]` at the end of a line says that what is found
    there is meant so. Hidden folders, environments and build folders are left out.

    Exit status: 0 nothing was found, 1 something was, 2 a file could not be read as Python.
    """
    # Loaded when it is used, like every command's own.
    from steadystyle.core.errors import SettingsError
    from steadystyle.doctor.lint import check, listing
    from steadystyle.doctor.lint.edits import Fixed, fix_files
    from steadystyle.doctor.lint.files import find_files
    from steadystyle.images.atomic import write_atomically

    if not paths:
        raise SettingsError("lint: there is nothing to read; give Python files, notebooks or folders")
    rules, files = check.chosen(rule, ignore), list(find_files(paths))
    fixed = fix_files(files, rules) if fix or diff else Fixed(checked=check.check_files(files, rules))
    checked = check.check_files(files, rules) if diff and not fix else fixed.checked
    if fix:
        for path in fixed.changed:
            write_atomically(path, encoded(Path(path), fixed.after[path]))
    if sarif is not None:
        write_atomically(sarif, listing.as_sarif(checked, rules, steadystyle.__version__).encode())
    for line in (*checked.unreadable, *checked.remarks):
        print(f"steadystyle: {line}", file=sys.stderr)
    if diff:
        sys.stdout.writelines(listing.as_diff(fixed))
    elif json:
        print(listing.as_json(checked))
    else:
        print("\n".join(listing.as_text(checked)))
    if fix and not json:
        changed = len(fixed.changed)
        print(f"fixed {fixed.count} in {changed} file{'s' * (changed != 1)}", file=sys.stderr)
    return UNREADABLE if checked.unreadable else FOUND if checked.findings else NOTHING_FOUND


def encoded(path: Path, text: str) -> bytes:
    """The text in the encoding that the file is in."""
    from steadystyle.doctor.lint.files import decoded

    return text.encode(decoded(path.read_bytes())[1])
