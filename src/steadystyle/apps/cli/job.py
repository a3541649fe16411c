"""One stylisation as a command does it: check everything, compute, save, tell."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from steadystyle.apps.cli import tensorflow_quietly
from steadystyle.apps.cli.files import Files, check_format
from steadystyle.apps.cli.inputs import Input
from steadystyle.apps.cli.interruption import Interruption
from steadystyle.apps.cli.options import Delivery
from steadystyle.apps.cli.progress import Progress, duration, progress_for
from steadystyle.apps.cli.record import as_text, run_record
from steadystyle.apps.cli.repairs import tell_repairs
from steadystyle.apps.cli.report import as_json, report_of, write_report
from steadystyle.apps.cli.tensorboard import TensorBoard, check_folder
from steadystyle.apps.page.document import page_of, write_page
from steadystyle.apps.page.gallery import Gallery
from steadystyle.core.errors import SettingsError
from steadystyle.core.outcome import Event, Outcome, Result, StepRecord
from steadystyle.core.settings import Settings
from steadystyle.images.leftovers import remove_leftovers
from steadystyle.images.recognised import Recognised
from steadystyle.images.save import save_image
from steadystyle.transfer.scales import Scale, plan

if TYPE_CHECKING:
    from steadystyle.transfer.checkpoint import Checkpoint, RunState

STANDARD_OUTPUT = "-"
CUT_SHORT = (Outcome.STOPPED, Outcome.OUT_OF_TIME)
"""A run that ended so can go on."""


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
        as_file = None if report in (None, STANDARD_OUTPUT) else Path(str(report))
        return Files(self.picture, as_file, self.delivery.report, self.delivery.checkpoint)

    @cached_property
    def record(self) -> dict[str, Any]:
        """What the run is known by."""
        return run_record(self.content, self.styles, self.settings, self.bits, self.picture.parent)


class Watch:
    """Hears each step: passes it to the progress and all others who listen, saves the snapshots."""

    def __init__(self, job: Job, progress: Progress, interruption: Interruption) -> None:
        self._job, self._progress, self._interruption = job, progress, interruption
        self.snapshots: list[Path] = []
        self.gallery = Gallery() if job.delivery.report is not None else None
        folder = job.delivery.tensorboard
        self.tensorboard = None if folder is None else TensorBoard(folder, job.picture.stem)

    def started(self, kept: RunState | None) -> None:
        """Say where the run begins: with what an earlier sitting kept, or with nothing."""
        name, every = self._job.delivery.checkpoint, self._job.delivery.save_every
        if kept is not None:
            steps = len(kept.history)
            self._progress.say(f"going on from {name}, after {steps} step{'' if steps == 1 else 's'}")
            self._progress.past(kept.history, kept.events)
            if kept.history:
                self._interruption.allow_saving()
            if every is not None:
                numbered = map(self._job.files.snapshot, range(every, steps + 1, every))
                self.snapshots = [path for path in numbered if path.exists()]
        elif self._job.delivery.resume:
            self._progress.say(f"no checkpoint {name} yet: starting from the beginning")

    def __call__(self, heard: StepRecord | Event, best_picture: Callable[[], np.ndarray]) -> None:
        """Take one report of the engine."""
        for listener in (self.gallery, self.tensorboard):
            if listener is not None:
                listener(heard, best_picture)
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
    scales = _checked(job)
    with Interruption() as interruption:
        result, watch, checkpoint = _compute(job, scales, interruption)
        told = {"outcome": result.outcome.name.lower(), "loss": result.loss}
        save_image(job.files.picture, result.image, text=as_text({**job.record, **told}), bits=job.bits)
        _report(job, result, watch)
        if checkpoint is not None and result.outcome not in CUT_SHORT:
            checkpoint.remove()
    _tell_the_end(job, result)
    return result.outcome.exit_code


def _checked(job: Job) -> Sequence[Scale]:
    """The sizes that `job` goes through, once it is sure that everything can be written."""
    delivery = job.delivery
    if delivery.checkpoint is None and (delivery.resume or delivery.checkpoint_every is not None):
        raise SettingsError("--resume and --checkpoint-every need a checkpoint; name its file with --checkpoint")
    sources = [source.path for source in (job.content, *job.styles) if source.path is not None]
    job.files.check(job.record, sources, snapshots=delivery.save_every is not None, force=delivery.force)
    if delivery.tensorboard is not None:
        check_folder(delivery.tensorboard)
    remove_leftovers(job.picture.parent)
    scales = plan(job.settings, *job.content.packed.shape[:2])
    check_format(job.files.picture, job.bits, scales[-1].height, scales[-1].width)
    return scales


def _compute(job: Job, scales: Sequence[Scale], interruption: Interruption) -> tuple[Result, Watch, Checkpoint | None]:
    progress = progress_for(scales, quiet=job.delivery.quiet)
    progress.say("loading TensorFlow")
    tensorflow_quietly.import_tensorflow()
    # Loads TensorFlow, so it waits until all input has been found good.
    from steadystyle.transfer.checkpoint import Checkpoint
    from steadystyle.transfer.stylize import stylize

    with progress:
        watch = Watch(job, progress, interruption)
        path, resume = job.delivery.checkpoint, job.delivery.resume
        checkpoint = None if path is None else Checkpoint(
            path, every=job.delivery.checkpoint_every, resume=resume, replace=job.delivery.force and not resume,
            on_start=watch.started,
        )  # fmt: skip
        result = stylize(
            Recognised(job.content.picture, job.content.remarks),
            [Recognised(style.picture, style.remarks) for style in job.styles],
            settings=job.settings,
            report=watch,
            stop=interruption.stop,
            checkpoint=checkpoint,
        )
    return result, watch, checkpoint


def _report(job: Job, result: Result, watch: Watch) -> None:
    """Write the reports that were asked for; the picture is already there."""
    report = report_of(result, job.record, job.files.picture, watch.snapshots, time.monotonic() - job.started)
    if job.delivery.json is not None:
        if job.files.report is None:
            sys.stdout.write(as_json(report))
        else:
            write_report(report, job.files.report)
    if job.files.page is not None and watch.gallery is not None:
        styles = [style.picture for style in job.styles]
        page = page_of(result, report, content=job.content.picture, styles=styles, moments=watch.gallery.moments)
        write_page(page, job.files.page)
    if watch.tensorboard is not None:
        watch.tensorboard.finish(result)


def _tell_tuned(tuned: Mapping[str, Any] | None) -> None:
    """What was measured for settings at auto, if any was."""
    if tuned is not None:
        clip = "" if tuned["clip"] is None else f", clip {tuned['clip']:g} by {tuned['clip_by']}"
        rate = f"learning rate {tuned['learning_rate']:g}"
        print(f"steadystyle: measured in {tuned['evaluations']} evaluations: {rate}{clip}", file=sys.stderr)


def _tell_the_end(job: Job, result: Result) -> None:
    if job.delivery.json != STANDARD_OUTPUT:
        print(job.picture)
        sys.stdout.flush()
    grave = result.outcome in (Outcome.STOPPED, Outcome.GAVE_UP)
    if grave or not job.delivery.quiet:
        height, width = result.image.shape[:2]
        if not job.delivery.quiet:
            tell_repairs(result.events, sys.stderr)
            _tell_tuned(result.facts.get("tuned"))
        seconds = duration(time.monotonic() - job.started)
        print(
            f"steadystyle: saved {job.picture} ({width}x{height}) after {len(result.history)} steps, {seconds}. "
            f"{result.outcome.value}" + (f" {job.files.page} explains it." if job.files.page else ""),
            file=sys.stderr,
        )
        if job.delivery.checkpoint is not None and result.outcome in CUT_SHORT:
            print(
                f"steadystyle: {job.delivery.checkpoint} keeps the run; give the same command with --resume to go on",
                file=sys.stderr,
            )
