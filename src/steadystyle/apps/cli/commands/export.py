"""`steadystyle export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from steadystyle.apps.cli.options import option
from steadystyle.core import discover

FORMATS = discover.names("steadystyle.feedforward.exports")


def export(
    model: Annotated[Path, Parameter(help="A MODEL.keras that `steadystyle train` wrote.")],
    /,
    output: Annotated[Path, option(("--output", "-o"), "The file, or the folder of a saved-model.", "PATH")],
    format: Annotated[
        Literal[FORMATS] | None,  # type: ignore[valid-type]
        option("--format", "What to write (default: what the ending of PATH says).", "NAME"),
    ] = None,
    share: Annotated[
        list[str] | None,
        option("--share", "Fix how much of each style, in order or by name: sun=2; else each picture asks.", "NUMBER"),
    ] = None,
    images: Annotated[
        Path | None, option("--images", "Photographs that litert-int8 takes its ranges from.", "FOLDER")
    ] = None,
    force: Annotated[bool, option("--force", "Replace an export that is there.")] = False,
    quiet: Annotated[
        bool, option(("--quiet", "-q"), "Say nothing but errors and warnings; standard output is the same.")
    ] = False,
) -> int:
    """Write a trained network for other programs: TensorFlow Serving, phones, ONNX Runtime.

    What was written is run in its own runtime, on pictures of several sizes that break programs, and compared with the
    network; only if they paint the same is it saved. NaN never comes out, whatever comes in. What each format takes and
    gives: docs/exports.md.
    """
    # Loads numpy and Pillow: not for --help.
    from steadystyle.apps.cli import tensorflow_quietly

    tensorflow_quietly.import_tensorflow()
    from steadystyle.feedforward.export import export as exported
    from steadystyle.feedforward.shares import shares_in

    with tensorflow_quietly.silent_stderr():  # converters talk
        shares = shares_in(share) if share else None
        found = exported(model, output, format, shares=shares, images=images, overwrite=force)
    print(found.path, flush=True)
    if not quiet:
        told = f"saved {found.path} ({found.format}, {found.bytes / 1e6:.1f} MB)"
        same = f"{found.trials} trials, the farthest {found.difference:.1g} from the network (root mean square)"
        print(f"steadystyle: {told}; asks for {' and '.join(found.inputs)}; {same}", file=sys.stderr)
    return 0
