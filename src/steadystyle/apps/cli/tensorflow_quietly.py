"""Import TensorFlow without its start-up lines."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from steadystyle.apps.cli.address_space import check_address_space
from steadystyle.core.errors import DependencyError


def import_tensorflow() -> None:
    """Import TensorFlow; what it writes to standard error meanwhile is shown only if the import fails.

    Raises:
        DependencyError: it is not installed, or cannot run here.
    """
    if "tensorflow" in sys.modules:
        return
    check_address_space()
    # Silences what is said later, when nothing is redirected any more.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        with silent_stderr():
            import tensorflow as tf

            tf.config.list_physical_devices()  # says what it thinks of a computer without a graphics card
    except ImportError as error:
        reason = " ".join(str(error).split())[:300]
        raise DependencyError(f"TensorFlow cannot be imported ({reason}); install SteadyStyle again") from error


@contextmanager
def silent_stderr() -> Iterator[None]:
    """Keep back all that this process writes to file descriptor 2: C++ code writes there, past `sys.stderr`.

    It is thrown away at the end, but written after all when an exception passes.
    """
    sys.stderr.flush()
    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115
    except OSError:  # there is no place to keep it
        yield
        return
    with file as kept_back:
        original = os.dup(2)
        failed = False
        try:
            os.dup2(kept_back.fileno(), 2)
            yield
        except Exception:
            failed = True
            raise
        finally:
            sys.stderr.flush()
            os.dup2(original, 2)
            os.close(original)
            if failed:
                kept_back.seek(0)
                os.write(2, kept_back.read())
