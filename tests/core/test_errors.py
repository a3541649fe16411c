from __future__ import annotations

import inspect

from steadystyle.core import errors
from steadystyle.core.outcome import Outcome

CLASSES = [member for _, member in inspect.getmembers(errors, inspect.isclass) if member.__module__ == errors.__name__]
ERRORS = [member for member in CLASSES if issubclass(member, errors.SteadyStyleError)]


def test_one_except_catches_them_all() -> None:
    """Everything that is raised on purpose is a SteadyStyleError."""
    assert ERRORS == CLASSES


def test_exit_codes_tell_the_errors_and_endings_apart() -> None:
    """No two errors share an exit code, none has that of success, and no failed run has that of an error."""
    codes = [error.exit_code for error in ERRORS] + [outcome.exit_code for outcome in Outcome if outcome.exit_code]
    assert len(codes) == len(set(codes))
    assert 0 not in codes


def test_the_docstring_draws_every_error() -> None:
    """The tree in the module's docstring has each error with the exit code that it has."""
    lines = [line.split() for line in str(errors.__doc__).splitlines()]
    for error in ERRORS:
        drawn = next(line for line in lines if error.__name__ in line)
        assert error is errors.SteadyStyleError or str(error.exit_code) in drawn
