from __future__ import annotations

import os
import sys

import pytest

from steadystyle.apps.cli.tensorflow_quietly import import_tensorflow, silent_stderr
from steadystyle.core.errors import DependencyError


def test_what_is_written_meanwhile_is_kept_back(capfd: pytest.CaptureFixture[str]) -> None:
    """Native code writes past Python; afterwards standard error works again."""
    with silent_stderr():
        os.write(2, b"start-up lines\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_a_failure_shows_what_was_kept_back(capfd: pytest.CaptureFixture[str]) -> None:
    """The lines may hold the reason."""

    def failing_import() -> None:
        os.write(2, b"libfoo is missing\n")
        raise ImportError

    with pytest.raises(ImportError), silent_stderr():
        failing_import()
    assert capfd.readouterr().err == "libfoo is missing\n"


def test_tensorflow_that_cannot_be_imported_is_a_dependency_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message is one line with the reason."""
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)

    class Broken:
        @staticmethod
        def find_spec(name: str, path: object, target: object = None) -> None:
            if name == "tensorflow":
                raise ImportError("libfoo:\n not found")

    monkeypatch.setattr(sys, "meta_path", [Broken, *sys.meta_path])
    with pytest.raises(DependencyError, match=r"^TensorFlow cannot be imported \(libfoo: not found\); install "):
        import_tensorflow()
