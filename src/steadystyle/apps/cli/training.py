"""One training as a command does it: check everything, train, save, tell."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from steadystyle.apps.cli import tensorflow_quietly
from steadystyle.apps.cli.interruption import Interruption
from steadystyle.apps.cli.tensorboard import Summaries, check_folder
from steadystyle.apps.cli.training_progress import Silent, progress_for
from steadystyle.checkpoint.alone import alone_with
from steadystyle.checkpoint.kept import Kept
from steadystyle.core.errors import OutputError, SettingsError
from steadystyle.core.outcome import Outcome
from steadystyle.core.settings import TrainSettings
from steadystyle.images.atomic import check_place
from steadystyle.images.leftovers import remove_leftovers
from steadystyle.images.load import load_image
from steadystyle.images.opened import shown
from steadystyle.images.save import save_image

if TYPE_CHECKING:
    from steadystyle.feedforward.pace import Look, Step
    from steadystyle.feedforward.train import Trained

ENDING = ".keras"
COMPLETE = (Outcome.FINISHED, Outcome.CONVERGED, Outcome.REPAIRED)
"""Endings after which there is nothing to go on with."""
ADVICE = {
    Outcome.FINISHED: "It took all its steps.",
    Outcome.CONVERGED: "The validation did not get better any more.",
    Outcome.REPAIRED: "Something went bad on the way and was repaired.",
    Outcome.STOPPED: "You stopped it; the same command goes on.",
    Outcome.OUT_OF_TIME: "The time limit ended it; the same command goes on.",
    Outcome.GAVE_UP: "The numbers went bad again and again; these are the last good weights. Lower --learning-rate.",
}
"""What the endings of a training mean."""
MOST_EVENTS = 10
"""Of a training that are told at its end."""


@dataclass
class Training:
    """What to train for and on, how, and where it goes.

    Attributes:
        pictures: a folder for what it makes of photographs held back, at each validation.
        tensorboard: a folder to write below.
    """

    styles: Sequence[Path]
    images: Path
    model: Path
    settings: TrainSettings
    pictures: Path | None
    tensorboard: Path | None
    quiet: bool
    _summaries: Summaries | None = field(default=None, init=False)
    _begun: bool = field(default=False, init=False)
    _progress: Silent = field(default_factory=Silent, init=False)

    @property
    def checkpoint(self) -> Path:
        """Where the state is kept on the way."""
        return self.model.with_name(f"{self.model.stem}.checkpoint.npz")

    def carry_out(self, *, force: bool) -> int:
        """Train, write the model, say where it is, and return the exit code.

        Raises:
            SteadyStyleError: it cannot be done; no model was written.
        """
        self._check(force)
        styles = [load_image(path) for path in self.styles]
        self._progress = progress_for(self.settings.steps, quiet=self.quiet)
        self._progress.say("loading TensorFlow")
        tensorflow_quietly.import_tensorflow()
        # Loads TensorFlow, so it waits until all that is fast to check has been found good.
        from steadystyle.feedforward.model_file import save_model
        from steadystyle.feedforward.train import train

        if self.tensorboard is not None:
            self._summaries = Summaries(self.tensorboard, self.model.stem)
        with alone_with(self.model, shown(self.model)), Interruption() as interruption:
            interruption.allow_saving()
            with self._progress:
                trained = train(
                    styles,
                    self.images,
                    names=[path.stem for path in self.styles],
                    settings=self.settings,
                    checkpoint=self.checkpoint,
                    report=self._report,
                    on_step=self._tell_step,
                    stop=interruption.stop,
                )
            save_model(trained.network, self.model)
            if trained.outcome in COMPLETE:
                Kept(self.checkpoint).remove()
        print(self.model, flush=True)
        self._tell_the_end(trained)
        if self._summaries is not None:
            self._summaries.close()
        return trained.outcome.exit_code

    def _check(self, force: bool) -> None:
        """Before anything is computed."""
        if self.model.suffix.lower() != ENDING:
            raise OutputError(f"cannot write {self.model}: the name of a model ends in {ENDING}")
        check_place(self.model)
        if self.model.exists() and not Kept(self.checkpoint).is_there and not force:
            raise OutputError(f"{self.model} exists; name another file, or add --force")
        if len({path.stem for path in self.styles}) < len(self.styles):
            raise SettingsError("train: two styles have the same name; rename one")
        if self.pictures is not None:
            try:
                self.pictures.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                told = f"cannot make the folder {self.pictures}: {error.strerror}; name another with --pictures"
                raise OutputError(told) from error
        if self.tensorboard is not None:
            check_folder(self.tensorboard)
        remove_leftovers(self.model.parent)

    def _tell_step(self, step: Step) -> None:
        if not self._begun and step.step > 1:
            self._progress.say(f"going on from {self.checkpoint}, after step {step.step - 1}")
        self._begun = True
        self._progress.step(step)

    def _report(self, look: Look, make: Callable[[], np.ndarray]) -> None:
        """What was seen, and what else was asked for."""
        self._progress.look(look)
        if self.pictures is not None:
            made = np.concatenate(list(make()), axis=1)
            try:
                save_image(self.pictures / f"{self.model.stem}-{look.step:06}.jpg", made)
            except OutputError as error:  # a full disk: no reason to lose a training
                print(f"steadystyle: {error}", file=sys.stderr)
        if self._summaries is not None:
            self._summarise(self._summaries, look, make())

    def _summarise(self, summaries: Summaries, look: Look, made: np.ndarray) -> None:
        for kind, terms in (("training", look.training), ("validation", look.validation)):
            for name, value in terms.items():
                summaries.number(f"{kind}/{name}", value, look.step)
        summaries.number("learning rate", look.learning_rate, look.step)
        summaries.picture("held back", np.concatenate(list(made), axis=1), look.step)

    def _tell_the_end(self, trained: Trained) -> None:
        if self.quiet and trained.outcome not in (Outcome.GAVE_UP, Outcome.STOPPED):
            return
        for event in trained.events[:MOST_EVENTS]:
            print(f"steadystyle: step {event.step}: {event.evidence}: {event.remedy}", file=sys.stderr)
        if len(trained.events) > MOST_EVENTS:
            print(f"steadystyle: ... and {len(trained.events) - MOST_EVENTS} more", file=sys.stderr)
        told = f"saved {self.model} after {trained.steps} steps"
        if trained.best_step != trained.steps:
            told += f", as it was after {trained.best_step}, where it validated best (loss {trained.loss:.4g})"
        print(f"steadystyle: {told}. {ADVICE[trained.outcome]}", file=sys.stderr)
