"""The guard as a Keras callback, for `fit`."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from steadystyle.core.errors import SettingsError
from steadystyle.core.finite import all_finite
from steadystyle.core.outcome import Event
from steadystyle.guard.training import TrainingGuard

LOG = logging.getLogger("steadystyle")


class NumericsGuard(keras.callbacks.Callback):
    """Keeps `fit` finite: a bad step is undone before anything else sees it, and training goes on.

    A Keras callback is called after the weights were overwritten. This one therefore puts a gate into the optimizer
    while `fit` runs (see `Gate`), and decides at each batch's end what to do about what the gate has undone. It works
    with compiled, plain and eager steps, several steps per execution, a step of your own, schedules, and mixed
    precision. A lowered rate is applied to the updates: the optimizer's own `learning_rate` stays yours.

    Metrics leave out a batch end with a bad step (with several steps per execution, all of its steps); `skipped_steps`
    in an epoch's logs says how many were bad, and the loss of an epoch without one good step is NaN. Put it first in
    the list, so that other callbacks see the mended logs.

    Only `model.optimizer` is guarded: a step of your own with further optimizers needs `steadystyle.guard`.

    Raises:
        WeightsError: a weight is not finite when `fit` begins.
        SettingsError: the model is not built, or `fit` runs on several replicas.

    Example:
        guard = steadystyle.NumericsGuard()
        model.fit(x, y, callbacks=[guard])
        print(guard.report())
    """

    def __init__(self) -> None:
        super().__init__()
        self._guard: TrainingGuard | None = None
        self._memory: Mapping[str, Any] | None = None
        self._metrics: list[np.ndarray] = []
        self._skipped = self._accepted_before = 0

    @property
    def events(self) -> list[Event]:
        """What was seen and done in the last `fit`, in order."""
        if self._guard is None:
            return [] if self._memory is None else list(self._memory["events"])
        return self._guard.events

    @property
    def gave_up(self) -> bool:
        """Training was stopped because no repair helped; the model has its last proven weights."""
        return self._guard is not None and self._guard.gave_up

    @property
    def rate_factor(self) -> float:
        """What repairs have left of the learning rate, in (0, 1]."""
        return 1.0 if self._guard is None else self._guard.rate_factor

    @property
    def bad_steps(self) -> int:
        """Steps of the last `fit` that were undone."""
        return 0 if self._guard is None else self._guard.steps - self._guard.accepted

    def memory(self) -> dict[str, Any]:
        """What it knows in the midst of a `fit`, as a plain value for a checkpoint: see `recall`."""
        assert self._guard is not None, "there is nothing to remember before fit"
        return self._guard.memory()

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Let the next `fit` go on from what `memory` gave: counts, events, proven copies, and a lowered rate."""
        self._memory = memory

    def copy(self) -> Sequence[np.ndarray]:
        """Weights and slots as they were after the last good step, in the midst of a `fit`: see `go_back`."""
        assert self._guard is not None, "there is nothing to copy before fit"
        return self._guard.copy()

    def go_back(self, copy: Sequence[np.ndarray], evidence: str, *, for_good: bool = False) -> None:
        """Go on from what `copy` gave, with a lower rate, because of what only the caller can see, such as a validation
        that got much worse; `evidence` says it in words. `for_good`: the rate stays low, it was at fault.
        """
        assert self._guard is not None, "there is nothing to go back from before fit"
        self._guard.go_back(copy, evidence, for_good=for_good)

    def report(self) -> str:
        """What happened in the last `fit`, one line an event."""
        return "not used yet" if self._guard is None else self._guard.report()

    def on_train_begin(self, logs: Any = None) -> None:
        model = self.model
        if model.distribute_strategy.num_replicas_in_sync > 1:
            raise SettingsError("NumericsGuard: fit on several replicas is not supported; use one device")
        if not (
            model.built and model.trainable_variables
        ):  # Keras builds what has a loss, but not every step of one's own
            raise SettingsError("NumericsGuard: the model has no variables yet; call it on a batch once before fit")
        self._remove()  # a fit that ended with an exception never says so
        metrics = {id(v) for v in model.metrics_variables}
        others = [v for v in model.non_trainable_variables if id(v) not in metrics]
        self._guard = TrainingGuard(model.optimizer, model.trainable_variables, others)
        if self._memory is not None:
            self._guard.recall(self._memory)
            self._memory = None
        self._watch(model)
        model.make_train_function(force=True)  # an earlier fit's was traced without the gate

    def _watch(self, model: Any) -> None:
        """Tell the gate of each step's batch and loss, which pass through these two methods."""
        assert self._guard is not None
        gate, scale_loss, train_step = self._guard.watched, model.optimizer.scale_loss, model.train_step

        def scale(loss: Any) -> Any:
            gate.loss = loss
            return scale_loss(loss)

        def step(data: Any) -> Any:
            floats = [t for t in tf.nest.flatten(data) if t is not None and tf.as_dtype(t.dtype).is_floating]
            gate.input_finite = tf.reduce_all(tf.stack([True, *map(all_finite, floats)]))
            return train_step(data)

        model.optimizer.scale_loss, model.train_step = scale, step

    def _remove(self) -> None:
        if self._guard is None:
            return
        self._guard.close()
        self.model.optimizer.__dict__.pop("scale_loss", None)
        self.model.__dict__.pop("train_step", None)
        self.model.train_function = None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        assert self._guard is not None
        self._metrics = self._metric_values()
        self._skipped, self._accepted_before = 0, self._guard.accepted

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        assert self._guard is not None
        skipped, values = self._guard.settle(), self._metric_values()
        # A loss scale skips a step without the gate, whose loss may be in the metrics all the same.
        skipped = skipped or int(not all(np.isfinite(value).all() for value in values))
        self._skipped += skipped
        if skipped:
            for variable, value in zip(self.model.metrics_variables, self._metrics, strict=False):
                variable.assign(value)
            self._mend(logs)
        else:
            self._metrics = values
        if self._guard.gave_up:
            self.model.stop_training = True

    def _metric_values(self) -> list[np.ndarray]:
        return [variable.numpy() for variable in self.model.metrics_variables]

    def _mend(self, logs: Any) -> None:
        """The metrics without the bad step, in the logs that the callbacks after this one are given."""
        for name, value in self.model.get_metrics_result().items():
            if logs is not None and name in logs:
                logs[name] = float(value)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        assert self._guard is not None
        if logs is None:
            return
        logs["skipped_steps"] = self._skipped
        if self._skipped and self._guard.accepted == self._accepted_before:
            logs["loss"] = math.nan  # a mean of nothing is not 0
        if self._skipped:
            LOG.warning("epoch %d: the metrics leave out %d bad steps", epoch + 1, self._skipped)

    def on_train_end(self, logs: Any = None) -> None:
        self._remove()
