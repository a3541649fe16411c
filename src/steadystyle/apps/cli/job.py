"""One stylisation as a command does it: check everything, compute, save, tell."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from steadystyle.apps.cli import tensorflow_quietly
from steadystyle.apps.cli.files import Files, check_format
from steadystyle.apps.cli.inputs import Input
from steadystyle.apps.cli.interruption import Interruption
from steadystyle.apps.cli.options import Delivery
from steadystyle.apps.cli.progress import Progress, duration, progress_for
from steadystyle.apps.cli.record import as_text, run_record
from steadystyle.apps.cli.report import as_json, report_of, write_report
from steadystyle.core.outcome import Event, Outcome, Result, StepRecord
from steadystyle.core.settings import Settings
from steadystyle.images.save import save_image
from steadystyle.transfer.scales import Scale, plan

STANDARD_OUTPUT = "-"


@dataclass(frozen=True)
class Job:
    """What to stylise, how, and where the result goes."""

    content: Input
    styles: tuple[Input, ...]
    settings: Settings
    picture: Path
    delivery: Delivery
    bits: int = 8
    started: float = field(default_factory=time.monotonic)

    @property
    def files(self) -> Files:
        """Those that this job writes."""
        report = self.delivery.json
        return Files(self.picture, None if report in (None, STANDARD_OUTPUT) else Path(str(report)))

    @cached_property
    def record(self) -> dict[str, Any]:
        """What the run is known by."""
        return run_record(self.content, self.styles, self.settings, self.bits, self.picture.parent)


class Watch:
    """Hears each step: passes it to the progress, saves the snapshots."""

    def __init__(self, job: Job, progress: Progress, interruption: Interruption) -> None:
        self._job, self._progress, self._interruption = job, progress, interruption
        self.snapshots: list[Path] = []

    def __call__(self, heard: StepRecord | Event, best_picture: Callable[[], np.ndarray]) -> None:
        """Take one report of the engine."""
        if isinstance(heard, Event):
            self._progress.event(heard)
            return
        self._interruption.allow_saving()
        self._progress.step(heard)
        every, number = self._job.delivery.save_every, heard.step + 1
        if every is not None and number % every == 0:
            path = self._job.files.snapshot(number)
            text = as_text({**self._job.record, "snapshot": number})
            save_image(path, best_picture(), text=text, bits=self._job.bits)
            self.snapshots.append(path)


def carry_out(job: Job) -> int:
    """Do `job`: write its files, say where they are, and return the exit code.

    Raises:
        SteadyStyleError: it cannot be done; nothing was written, unless a snapshot was.
        KeyboardInterrupt: stopped before there was a picture.
    """
    files, record, delivery = job.files, job.record, job.delivery
    sources = [source.path for source in (job.content, *job.styles) if source.path is not None]
    files.check(record, sources, snapshots=delivery.save_every is not None, force=delivery.force)
    scales = plan(job.settings, *job.content.picture.shape[:2])
    check_format(files.picture, job.bits, scales[-1].height, scales[-1].width)
    with Interruption() as interruption:
        result, snapshots = _compute(job, scales, interruption)
        told = {"outcome": result.outcome.name.lower(), "loss": result.loss}
        save_image(files.picture, result.image, text=as_text({**record, **told}), bits=job.bits)
        if delivery.json is not None:
            report = report_of(result, record, files.picture, snapshots, time.monotonic() - job.started)
            if files.report is None:
                sys.stdout.write(as_json(report))
            else:
                write_report(report, files.report)
    _tell_the_end(job, result)
    return result.outcome.exit_code


def _compute(job: Job, scales: Sequence[Scale], interruption: Interruption) -> tuple[Result, list[Path]]:
    progress = progress_for(scales, quiet=job.delivery.quiet)
    progress.say("loading TensorFlow")
    tensorflow_quietly.import_tensorflow()
    # Loads TensorFlow, so it waits until all input has been found good.
    from steadystyle.transfer.stylize import stylize

    with progress:
        watch = Watch(job, progress, interruption)
        result = stylize(
            job.content.picture,
            [style.picture for style in job.styles],
            settings=job.settings,
            report=watch,
            stop=interruption.stop,
        )
    return result, watch.snapshots


def _tell_the_end(job: Job, result: Result) -> None:
    if job.delivery.json != STANDARD_OUTPUT:
        print(job.picture)
        sys.stdout.flush()
    grave = result.outcome in (Outcome.STOPPED, Outcome.GAVE_UP)
    if grave or not job.delivery.quiet:
        height, width = result.image.shape[:2]
        seconds = duration(time.monotonic() - job.started)
        print(
            f"steadystyle: saved {job.picture} ({width}x{height}) after {len(result.history)} steps, {seconds}. "
            f"{result.outcome.value}",
            file=sys.stderr,
        )
