"""The command `steadystyle`: finds the commands, runs one, and turns every ending into one line and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from cyclopts import App, CycloptsError

import steadystyle
from steadystyle.apps.cli import passed_on, standard_streams
from steadystyle.core import discover
from steadystyle.core.errors import OutputError, SteadyStyleError
from steadystyle.core.outcome import Outcome

COMMANDS = "steadystyle.apps.cli.commands"
USAGE_ERROR = 2
UNEXPECTED = 1
INTERRUPTED = Outcome.STOPPED.exit_code
TENSORFLOW_OUT_OF_MEMORY = "ResourceExhaustedError"
"""Told by its name, as TensorFlow may not be loaded."""
READER_GONE = 141
"""What a shell reports of a program that SIGPIPE ended."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: those after the program's name; the process's own if None.

    Returns:
        the exit code (see `exit_codes`).
    """
    standard_streams.open_all()
    shielded = passed_on.shielded(sys.argv[1:] if arguments is None else arguments)
    given = passed_on.without_debug(shielded)
    debug = given != shielded or os.environ.get("STEADYSTYLE_DEBUG", "0") not in ("", "0")
    try:
        with _warnings_in_a_line():
            code = build_app()(
                given, exit_on_error=False, print_error=False, verbose=False, result_action="return_value"
            )
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except CycloptsError as error:
        command = " ".join(["steadystyle", *(error.command_chain or ())])
        return _complain(f"{' '.join(str(error).split()).rstrip('.')}; see {command} --help", USAGE_ERROR, debug)
    except SteadyStyleError as error:
        return _complain(str(error), error.exit_code, debug)
    except KeyboardInterrupt:
        return _complain("stopped before there was a picture: nothing was written", INTERRUPTED, debug)
    except BrokenPipeError:
        standard_streams.abandon_output()
        return READER_GONE
    except OSError as error:
        standard_streams.flush_or_abandon_output()
        what = error.filename or "a file, or standard output"
        return _complain(f"cannot read or write {what}: {error.strerror or error}", OutputError.exit_code, debug)
    except MemoryError as error:
        advice = str(error) if "ulimit" in str(error) else "choose a smaller --size, or close other programs"
        return _complain(f"out of memory: {advice}", UNEXPECTED, debug)
    except Exception as error:
        if type(error).__name__ == TENSORFLOW_OUT_OF_MEMORY:
            return _complain("out of memory: choose a smaller --size, or close other programs", UNEXPECTED, debug)
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        hint = "" if debug else " (--debug shows where)"
        return _complain(f"unexpected error, please report it: {reason}{hint}", UNEXPECTED, debug)


def build_app() -> App:
    """The command line with every command found in `commands/`; these load TensorFlow only when they are run."""
    app = App(
        name="steadystyle",
        version=steadystyle.__version__,
        help="Neural style transfer that never returns NaN.",
        help_format="plaintext",
        help_epilogue=exit_codes(),
        suppress_keyboard_interrupt=False,
    )
    for name in discover.names(COMMANDS):
        function = name.replace("-", "_")
        command = getattr(importlib.import_module(f"{COMMANDS}.{function}"), function)
        app.command(command, name=name, help_epilogue="")
    app.register_install_completion_command(help="Set up completion for your shell.")
    return app


def exit_codes() -> str:
    """Every exit code with its meaning, from the errors and the outcomes themselves."""
    meanings = {0: "a picture was made (also after repairs)", UNEXPECTED: "an unexpected error: please report it"}
    for kind in SteadyStyleError.__subclasses__():
        meanings[kind.exit_code] = (kind.__doc__ or "").partition("\n")[0].rstrip(".").lower()
    for outcome in Outcome:
        if outcome.exit_code:
            meanings[outcome.exit_code] = outcome.value.partition(":")[0].rstrip(".").lower()
    meanings[USAGE_ERROR] += ", or an option is unknown"
    lines = [f"{code:>5}  {meaning}" for code, meaning in sorted(meanings.items())]
    return "\n".join(["Exit codes:", *lines, "", "--debug, or STEADYSTYLE_DEBUG=1, shows where an error came from."])


@contextmanager
def _warnings_in_a_line() -> Iterator[None]:
    """Tell our own warnings (a broken colour profile, say) like errors; other libraries' mean nothing to a user."""
    ours = str(Path(steadystyle.__file__).parent)

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if filename.startswith(ours):
            print(f"steadystyle: warning: {message}", file=sys.stderr)

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield


def _complain(message: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print(f"steadystyle: {message}", file=sys.stderr)
    return code
