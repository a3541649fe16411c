"""`steadystyle demo`."""

from __future__ import annotations

import sys
from pathlib import Path

from steadystyle.apps.cli.options import Config, Delivery, SettingsFlags, settings_from

PICTURE = Path("steadystyle-demo.png")
SIZE = 384
"""Longest side in pixels: large enough to please, small enough for an old laptop."""


def demo(*, delivery: Delivery | None = None, config: Config = None, flags: SettingsFlags = None) -> int:
    """Draw a landscape and a style, stylise the one by the other, and say where the result is. Needs no file.

    The result is steadystyle-demo.png in the current folder unless --output says otherwise.
    """
    settings = settings_from(flags, config, size=SIZE)
    delivery = delivery or Delivery()

    # Loads numpy and Pillow: not for --help.
    from steadystyle.apps.cli.inputs import drawn_input
    from steadystyle.apps.cli.job import Job, carry_out

    job = Job(
        drawn_input("landscape"),
        (drawn_input("starry"),),
        settings,
        delivery.output or PICTURE,
        delivery,
        delivery.bits or 8,
    )
    code = carry_out(job)
    if code == 0 and not delivery.quiet:
        print("steadystyle: now your own: steadystyle stylize photo.jpg painting.jpg -o out.png", file=sys.stderr)
    return code
