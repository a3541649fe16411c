"""`steadystyle doctor`."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import steadystyle
from steadystyle.core.errors import OutputError, SettingsError
from steadystyle.doctor.request import SEED

EXIT_CODES = {"healthy": 0, "nonfinite": 1, "crashed": 2}
UNEXPLAINED = 3


def doctor(
    script: Annotated[Path, Parameter(help="A Python script that trains or stylises with TensorFlow.")],
    /,
    *arguments: Annotated[str, Parameter(help="The script's own arguments.", allow_leading_hyphen=True)],
    json: Annotated[
        bool, Parameter(help="The report as JSON; the script's output goes to standard error.", negative=())
    ] = False,
    html: Annotated[
        Path | None, Parameter(help="Write the report as one self-contained page to this file too.", metavar="FILE")
    ] = None,
    sarif: Annotated[Path | None, Parameter(help="Write a SARIF log for code hosts too.", metavar="FILE")] = None,
    time_limit: Annotated[
        float, Parameter(help="Seconds after which the script is stopped.", metavar="NUMBER")
    ] = 3600.0,
    seed: Annotated[
        int,
        Parameter(help="Of all that the script does not seed itself.", metavar="NUMBER"),
    ] = SEED,
    step_limit: Annotated[
        int | None, Parameter(help="Training steps after which the script is stopped.", metavar="NUMBER")
    ] = None,
) -> int:
    """Find out why SCRIPT prints nan: the cause, the line, the evidence, and a fix that has been tried.

    Every other option is the script's own, and so is all that follows a `--`. The script is run as it is, and then
    again a few times, with the same random numbers, to find where the first bad value began and whether the fix holds.
    For that, everything random is seeded before its first line; what it seeds itself is as it says.

    Exit status: 0 healthy, 1 non-finite and explained, 2 the script could not be run, 3 non-finite and unexplained.
    """
    if not script.is_file():
        raise SettingsError(f"doctor: there is no script {script}; give the path of a Python file")
    if not (math.isfinite(time_limit) and time_limit > 0):
        raise SettingsError(f"--time-limit: {time_limit} came, wanted more than 0 seconds")
    if not 0 <= seed < 2**32:
        raise SettingsError(f"--seed: {seed} came, wanted 0 to {2**32 - 1}")
    if step_limit is not None and step_limit < 1:
        raise SettingsError(f"--step-limit: {step_limit} came, wanted at least 1")

    for option, file in (("html", html), ("sarif", sarif)):
        if file is not None and not file.absolute().parent.is_dir():
            raise OutputError(f"--{option}: there is no folder {file.parent}; make it first")

    # Loaded when it is used, like every command's own.
    from steadystyle.doctor.diagnose import diagnose
    from steadystyle.doctor.reports.json import as_json, as_plain
    from steadystyle.doctor.reports.sarif import of_diagnosis
    from steadystyle.doctor.reports.terminal import as_text
    from steadystyle.doctor.request import Request
    from steadystyle.images.atomic import write_atomically

    print(f"steadystyle: running {script}, watched", file=sys.stderr)
    request = Request(
        str(script),
        arguments,
        os.getcwd(),
        seed=seed,
        step_limit=step_limit,
        time_limit=time_limit,
        output="stderr" if json else "stdout",
    )
    report = diagnose(request)
    if sarif is not None:
        write_atomically(sarif, of_diagnosis(report, steadystyle.__version__).encode())
    print(as_json(report) if json else as_text(report))
    if html is not None:
        from steadystyle.apps.page.diagnosis import diagnosis_page
        from steadystyle.apps.page.document import write_page

        write_page(diagnosis_page(report, script.name, as_plain(report)), html)
        print(f"steadystyle: wrote {html}", file=sys.stderr)
    return UNEXPLAINED if report.cause == "unknown" and report.verdict == "nonfinite" else EXIT_CODES[report.verdict]
