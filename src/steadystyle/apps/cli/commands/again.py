"""`steadystyle again`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from steadystyle.apps.cli.options import Delivery


def again(
    picture: Annotated[Path, Parameter(help="A PNG that steadystyle wrote.")],
    /,
    *,
    delivery: Delivery | None = None,
) -> int:
    """Repeat the run that PICTURE, a result of SteadyStyle, is from: its settings and inputs are told inside it.

    The new result is called PICTURE-again.png in the current folder unless --output says otherwise.
    """
    # Loads numpy and Pillow: not for --help.
    from steadystyle.apps.cli.job import carry_out
    from steadystyle.apps.cli.repeat import recorded_job

    delivery = delivery or Delivery()
    output = delivery.output or Path(f"{picture.stem}-again{picture.suffix}")
    return carry_out(recorded_job(picture, output, delivery))
