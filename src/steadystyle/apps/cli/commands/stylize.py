"""`steadystyle stylize`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from steadystyle.apps.cli.options import Config, Delivery, SettingsFlags, settings_from


def stylize(
    content: Annotated[Path, Parameter(help="What the result shows.")],
    style: Annotated[Path, Parameter(help="How it is painted.")],
    /,
    *styles: Annotated[Path, Parameter(help="More styles to blend in.")],
    delivery: Delivery | None = None,
    config: Config = None,
    flags: SettingsFlags = None,
) -> int:
    """Paint the picture CONTENT in the style of the picture STYLE; further STYLES blend in equal shares.

    Ctrl-C ends the run with the best picture so far; pressed again, it leaves at once.
    """
    settings = settings_from(flags, config)
    delivery = delivery or Delivery()

    # Loads numpy and Pillow: not for --help.
    from steadystyle.apps.cli.files import derived_name
    from steadystyle.apps.cli.inputs import read_input
    from steadystyle.apps.cli.job import Job, carry_out

    picture = delivery.output or derived_name([str(path) for path in (content, style, *styles)])
    job = Job(
        read_input(content), tuple(map(read_input, (style, *styles))), settings, picture, delivery, delivery.bits or 8
    )
    return carry_out(job)
