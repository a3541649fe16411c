"""One training as a command does it: check everything, train, save, tell."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from steadystyle.apps.cli import tensorflow_quietly
from steadystyle.apps.cli.interruption import Interruption
from steadystyle.apps.cli.progress import duration
from steadystyle.core.errors import OutputError, SettingsError
from steadystyle.core.outcome import Outcome
from steadystyle.core.settings import TrainSettings
from steadystyle.images.load import load_image
from steadystyle.images.save import save_image

if TYPE_CHECKING:
    from steadystyle.feedforward.train import Look, Trained

ENDING = ".keras"


class Training:
    """What to train for and on, how, and where it goes."""

    def __init__(
        self,
        styles: Sequence[Path],
        images: Path,
        model: Path,
        settings: TrainSettings,
        pictures: Path | None,
        tensorboard: Path | None,
        *,
        quiet: bool,
    ) -> None:
        self._styles, self._images, self._model, self._settings = styles, images, model, settings
        self._pictures, self._quiet = pictures, quiet
        self._tensorboard = tensorboard
        self._writer: Any = None

    def carry_out(self, *, force: bool) -> int:
        """Train, write the model, say where it is, and return the exit code.

        Raises:
            SteadyStyleError: it cannot be done; no model was written.
        """
        self._check(force)
        styles = [load_image(path) for path in self._styles]
        self._say("loading TensorFlow")
        tensorflow_quietly.import_tensorflow()
        # Loads TensorFlow, so it waits until all that is fast to check has been found good.
        from steadystyle.feedforward.model_file import save_model
        from steadystyle.feedforward.train import train

        with Interruption() as interruption:
            interruption.allow_saving()
            trained = train(
                styles,
                self._images,
                names=[path.stem for path in self._styles],
                settings=self._settings,
                checkpoint=self.checkpoint,
                report=self._report,
                stop=interruption.stop,
            )
            save_model(trained.network, self._model)
            if trained.outcome in COMPLETE:
                self.checkpoint.unlink(missing_ok=True)
        print(self._model, flush=True)
        self._tell_the_end(trained)
        return trained.outcome.exit_code

    @property
    def checkpoint(self) -> Path:
        """Where the state is kept on the way."""
        return self._model.with_name(f"{self._model.stem}.checkpoint.npz")

    def _check(self, force: bool) -> None:
        """Before anything is computed."""
        if self._model.suffix.lower() != ENDING:
            raise OutputError(f"cannot write {self._model}: the name of a model ends in {ENDING}")
        if self._model.exists() and not self.checkpoint.exists() and not force:
            raise OutputError(f"{self._model} exists; name another file, or add --force")
        if not self._model.parent.is_dir():
            raise OutputError(f"cannot write {self._model}: there is no folder {self._model.parent}; make it first")
        if len({path.stem for path in self._styles}) < len(self._styles):
            raise SettingsError("train: two styles have the same name; rename one")
        for folder in (self._pictures, self._tensorboard):
            if folder is not None:
                try:
                    folder.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    raise OutputError(f"cannot make the folder {folder}: {error.strerror}; name another") from error

    def _report(self, look: Look, make: Callable[[], np.ndarray]) -> None:
        """A line, and what else was asked for."""
        terms = ", ".join(f"{name} {look.validation[name]:.3g}" for name in look.validation if name != "loss")
        left = (self._settings.steps - look.step) * look.seconds / max(1, look.step - look.first_step)
        more = f", {duration(left)} to go" if look.step < self._settings.steps else ""
        bad = f"; {look.bad_steps} bad steps undone" if look.bad_steps else ""
        broken = f"; {look.broken} broken pictures left out" if look.broken else ""
        loss = look.validation["loss"]
        self._say(f"step {look.step} of {self._settings.steps}: loss {loss:.4g} ({terms}){more}{bad}{broken}")
        if self._pictures is None and self._tensorboard is None:
            return
        made = make()
        if self._pictures is not None:
            save_image(self._pictures / f"{self._model.stem}-{look.step:06}.jpg", np.concatenate(list(made), axis=1))
        if self._tensorboard is not None:
            self._write_summary(look, made)

    def _write_summary(self, look: Look, made: np.ndarray) -> None:
        import tensorflow as tf

        if self._writer is None:
            self._writer = tf.summary.create_file_writer(str(self._tensorboard))
        with self._writer.as_default(step=look.step):
            for kind, terms in (("training", look.training), ("validation", look.validation)):
                for name, value in terms.items():
                    tf.summary.scalar(f"{kind}/{name}", value)
            tf.summary.scalar("learning rate", look.learning_rate)
            tf.summary.image("held back", made, max_outputs=len(made))
        self._writer.flush()

    def _tell_the_end(self, trained: Trained) -> None:
        if not self._quiet or trained.outcome in (Outcome.GAVE_UP, Outcome.STOPPED):
            for event in trained.events[:10]:
                print(f"steadystyle: step {event.step}: {event.evidence}: {event.remedy}", file=sys.stderr)
            print(
                f"steadystyle: saved {self._model} after {trained.steps} steps. {ADVICE[trained.outcome]}",
                file=sys.stderr,
            )

    def _say(self, text: str) -> None:
        if not self._quiet:
            print(f"steadystyle: {text}", file=sys.stderr, flush=True)


COMPLETE = (Outcome.FINISHED, Outcome.CONVERGED, Outcome.REPAIRED)
"""Endings after which there is nothing to go on with."""
ADVICE = {
    Outcome.FINISHED: "It took all its steps.",
    Outcome.CONVERGED: "The validation did not get better any more.",
    Outcome.REPAIRED: "Something went bad on the way and was repaired.",
    Outcome.STOPPED: "You stopped it; the same command goes on.",
    Outcome.OUT_OF_TIME: "The time limit ended it; the same command with a longer one goes on.",
    Outcome.GAVE_UP: "The numbers went bad again and again; these are the last good weights. Lower --learning-rate.",
}
"""What the endings of a training mean."""
