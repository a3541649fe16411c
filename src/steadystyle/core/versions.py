"""What computes a run, by its versions. Loads nothing."""

from __future__ import annotations

import sys

PACKAGES = ("steadystyle", "tensorflow", "keras", "numpy")
"""Asked of the loaded modules, not of the installer: a finished run must not fail for want of a package's metadata."""


def versions() -> dict[str, str]:
    """Of those that are loaded."""
    return {name: sys.modules[name].__version__ for name in PACKAGES if name in sys.modules}
