"""Every exception that SteadyStyle raises on purpose.

    SteadyStyleError            exit code
    ├── SettingsError           2   a setting has no possible meaning (NaN, negative, unknown name)
    ├── PictureError            3   a picture cannot be read, or cannot be stylised
    ├── OutputError             4   a result cannot be written
    ├── WeightsError            5   a network's weights are missing, broken or not finite
    ├── DependencyError         6   a feature needs a package that is not installed
    └── CheckpointError         8   a run cannot go on from the checkpoint that there is

Each message is one line: what was being done, what came, what was wanted, what to do. What the numbers did during a run
is not an exception but an `Outcome`.
"""

from __future__ import annotations

from typing import ClassVar


class SteadyStyleError(Exception):
    """The root of the tree: catch this to catch everything that SteadyStyle raises on purpose."""

    exit_code: ClassVar[int] = 1


class SettingsError(SteadyStyleError):
    """A setting has no possible meaning."""

    exit_code = 2


class PictureError(SteadyStyleError):
    """A picture cannot be read, or cannot be stylised."""

    exit_code = 3


class OutputError(SteadyStyleError):
    """A result cannot be written where it was asked for."""

    exit_code = 4


class WeightsError(SteadyStyleError):
    """A network's weights are missing, broken or not finite."""

    exit_code = 5


class DependencyError(SteadyStyleError):
    """A feature needs a package that is not installed."""

    exit_code = 6


class CheckpointError(SteadyStyleError):
    """A run cannot go on from the checkpoint that there is: it is damaged, another run's, or in use."""

    exit_code = 8
