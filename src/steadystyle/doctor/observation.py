"""One program under observation in this process: everything is wrapped, watched, recorded if asked, and given back."""

from __future__ import annotations

import gc
import linecache
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable

from steadystyle.doctor import failures, numpy_errors, patches, source
from steadystyle.doctor.changes import Changes
from steadystyle.doctor.findings import Findings
from steadystyle.doctor.observed import Observed, Place
from steadystyle.doctor.watch import Watch


class Observation:
    """What is watched, from `begin` to `end`.

    Args:
        ended: called with the reason as soon as the answer is known.
        record: whether every eager operation is recorded, to find where a bad value began.
    """

    def __init__(
        self, ended: Callable[[str], None], changes: Changes, step_limit: int | None = None, *, record: bool = False
    ) -> None:
        self.watch = Watch(ended, step_limit)
        self._changes = changes
        self._findings = Findings() if record else None
        self._undo: list[Callable[[], object]] = []

    def begin(self) -> None:
        """Wrap what is to be watched."""
        failures.forget()
        eager = tf.config.functions_run_eagerly()
        self._undo.append(lambda: tf.config.run_functions_eagerly(eager))
        wrapped = patches.install(self.watch, self._changes)
        self._undo.append(wrapped.give_back)
        if self._findings:
            self.watch.tracer = self._findings
            recorder = self._findings.recorder
            for value in gc.get_objects():
                if issubclass(type(value), BaseResourceVariable):
                    recorder.know(value)
            wrapped.wrap(BaseResourceVariable, "__init__", lambda original: _making(self._findings, original))
            wrapped.wrap(tf.data.Dataset, "map", lambda original: _mapping(self._findings, original))
            recorder.install()
            self._undo.append(recorder.remove)
        before = numpy_errors.listen()
        self._undo.append(lambda: np.seterr(**before))

    def end(self) -> None:
        """Give everything back."""
        while self._undo:
            self._undo.pop()()

    def complete(self, ending: str, error: BaseException | None) -> Observed:
        """What was observed; a part that cannot be told is left out, and that is told."""
        observed = self.watch.observed
        observed.ending = ending
        with failures.kept():
            self.watch.summarise()
        if error is not None:
            observed.error = " ".join(f"{type(error).__name__}: {error}".split())[:500]
            observed.error_place = _where(error)
        if self._findings:
            with failures.kept():
                self._findings.report(observed, error)
        with failures.kept():
            observed.sources = _own_sources()
        observed.failures = failures.seen()
        return observed


def _making(findings: Any, original: Any) -> Any:
    def init(self: Any, *args: Any, **options: Any) -> None:
        original(self, *args, **options)
        with failures.kept():
            findings.recorder.know(self)

    return init


def _mapping(findings: Any, original: Any) -> Any:
    def mapped(self: Any, map_func: Any, *args: Any, **options: Any) -> Any:
        findings.mapped(self, map_func)
        return original(self, map_func, *args, **options)

    return mapped


def _own_sources() -> dict[str, str]:
    """The text of every file of the user's that was run, and of the cells of a notebook."""
    files = {file for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None))}
    own = [file for file in sorted(files) if file.endswith(".py") and source.is_own(file) and os.path.isfile(file)]
    texts = {os.path.abspath(file): Path(file).read_text("utf-8", errors="replace") for file in own}
    cells = [file for file in linecache.cache if source.is_own(file) and not os.path.isfile(file)]
    return texts | {os.path.abspath(file): "".join(linecache.getlines(file)) for file in cells}


def _where(error: BaseException) -> Place | None:
    """The innermost line of the user's in a traceback."""
    found, step = None, error.__traceback__
    while step is not None:
        if source.is_own(step.tb_frame.f_code.co_filename):
            code = step.tb_frame.f_code
            found = source.place((code.co_filename, step.tb_lineno, code.co_name, code, step.tb_lasti))
        step = step.tb_next
    return found
