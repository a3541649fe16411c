"""`steadystyle tune`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from steadystyle.apps.cli.options import Config, Findings, SettingsFlags, settings_from


def tune(
    content: Annotated[Path, Parameter(help="What the result will show.")],
    style: Annotated[Path, Parameter(help="How it will be painted.")],
    /,
    *styles: Annotated[Path, Parameter(help="More styles to blend in.")],
    findings: Findings | None = None,
    config: Config = None,
    flags: SettingsFlags = None,
) -> int:
    """Measure which learning rate and clipping threshold suit the pictures CONTENT and STYLE, and these settings.

    Each of a range of learning rates makes a few steps from the same picture at the smallest size. A learning rate
    given as a number is the only one tried.
    """
    settings = settings_from(flags, config)
    findings = findings or Findings()

    # Loads numpy and Pillow: not for --help.
    from steadystyle.apps.cli import tensorflow_quietly
    from steadystyle.apps.cli.inputs import read_input
    from steadystyle.apps.cli.tuning import check_findings, deliver

    inputs = [read_input(path) for path in (content, style, *styles)]
    check_findings(findings, (content, style, *styles))
    if not findings.quiet:
        print("steadystyle: loading TensorFlow, then trying learning rates", file=sys.stderr)
    tensorflow_quietly.import_tensorflow()
    # Loads TensorFlow, so it waits until all input has been found good.
    from steadystyle.transfer.tune import tune as measure

    tuned = measure(inputs[0].picture, [one.picture for one in inputs[1:]], settings=settings)
    deliver(tuned, settings, inputs, findings)
    return 0
