"""One run of the user's script, in a process made for it: as `__main__`, with its arguments, seeds set, and watched."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import os
import pickle
import signal
import sys
import threading
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from steadystyle.doctor.observation import Observation
from steadystyle.doctor.request import FAILED, Request
from steadystyle.doctor.watch import Watch


def run(request: Request, answer: Path) -> None:
    """Run the script, write what was observed to `answer`, and end the process."""
    delivered = threading.Lock()

    def deliver(ending: str, error: BaseException | None = None) -> None:
        if not delivered.acquire(blocking=False):
            return
        try:
            _flush()
            partial = answer.with_suffix(".part")
            partial.write_bytes(pickle.dumps(observation.complete(ending, error)))
            os.replace(partial, answer)
            os._exit(0)
        finally:
            os._exit(FAILED)

    _seed(request.seed)
    observation = Observation(deliver, request.changes, request.step_limit, record=request.record)
    observation.begin()
    signal.signal(signal.SIGTERM, lambda *_: deliver("time"))
    _run_as_main(request, observation.watch, deliver)


def _run_as_main(request: Request, watch: Watch, deliver: Callable[..., None]) -> None:
    """Never returns: every way in which the script can end is delivered."""
    try:
        _execute(request)
    except SystemExit as error:
        failed = error.code not in (None, 0)
        watch.finish()
        deliver("sick" if watch.observed.sighting else "crashed" if failed else "finished", error if failed else None)
    except KeyboardInterrupt:
        deliver("killed")
    except BaseException as error:
        watch.finish()
        deliver("sick" if watch.observed.sighting else "crashed", error)
    watch.finish()
    deliver("sick" if watch.observed.sighting else "finished")


def _execute(request: Request) -> None:
    script = os.path.abspath(os.path.join(request.directory, request.script))
    os.chdir(request.directory)
    sys.argv = [request.script, *request.arguments]
    sys.path.insert(0, os.path.dirname(script))
    sys.meta_path.insert(0, _Edited(request.changes.sources))
    _show_as_source(request.changes.sources)
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=script, __builtins__=__builtins__)
    sys.modules["__main__"] = module
    text: Any = request.changes.sources.get(script) or Path(script).read_bytes()
    exec(compile(text, script, "exec", dont_inherit=True), module.__dict__)


def _show_as_source(sources: dict[str, str]) -> None:
    """AutoGraph compiles what linecache says the source is, and has it read anew: let it read the changed text."""
    original = linecache.updatecache

    def update(file: str, module_globals: Any = None) -> list[str]:
        if file not in sources:
            return original(file, module_globals)
        lines = sources[file].splitlines(keepends=True)
        linecache.cache[file] = (len(sources[file]), None, lines, file)
        return lines

    if sources:
        linecache.updatecache = update  # type: ignore[assignment]


class _Edited(importlib.abc.MetaPathFinder):
    """Imports a changed text in place of a sibling module's file."""

    def __init__(self, sources: dict[str, str]) -> None:
        self._sources = sources

    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> Any:
        if not self._sources:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is None or spec.origin not in self._sources:
            return None
        return importlib.util.spec_from_file_location(name, spec.origin, loader=_Text(name, spec.origin, self._sources))


class _Text(importlib.machinery.SourceFileLoader):
    """Loads the changed text, and writes no bytecode for it."""

    def __init__(self, name: str, path: str, sources: dict[str, str]) -> None:
        super().__init__(name, path)
        self._text = sources[path]

    def get_code(self, fullname: str) -> Any:
        return compile(self._text, self.path, "exec", dont_inherit=True)


def _seed(seed: int) -> None:
    """The same random numbers in every run, so that a fault comes again; what the script seeds itself is its own."""
    tf.keras.utils.set_random_seed(seed)  # Python's, NumPy's and TensorFlow's
    make, fixed = np.random.default_rng, seed
    np.random.default_rng = lambda seed=seed: make(fixed if seed is None else seed)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
