"""A file of arrays with a document beside them: an uncompressed npz, and after it the mark that it is whole.

The mark is the zip's comment, which stands at the very end: the format's version, and a hash over every byte before it.
A file that was cut off, or in which one bit is another, is not read.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import numpy as np

from steadystyle.core.errors import CheckpointError
from steadystyle.images.atomic import write_atomically
from steadystyle.images.opened import reason

FORMAT = 1
MARK = b"steadystyle checkpoint %4d sha256 "
DIGITS = 64
DOCUMENT = "run.json"
CHUNK = 1 << 20


class Damaged(CheckpointError):
    """It cannot be read, or is not what was written."""


def write_archive(
    path: Path, document: Any, arrays: Mapping[str, np.ndarray], before: Callable[[], None] = lambda: None
) -> None:
    """Write both to `path`, whole or not at all; they are never in memory a second time.

    Args:
        before: called when all is written to a temporary file and synced, just before that takes its place.

    Raises:
        OutputError: it cannot be written; whatever stood there still stands.
    """
    mark = MARK % FORMAT

    def write(file: BinaryIO) -> None:
        hashed = _Hashed(file)
        with zipfile.ZipFile(cast(IO[bytes], hashed), "w") as archive:
            archive.comment = mark + b"0" * DIGITS
            archive.writestr(DOCUMENT, json.dumps(document))
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)
        file.seek(-DIGITS, io.SEEK_END)
        file.write(hashed.hash.hexdigest().encode())

    write_atomically(path, write, check=lambda written: before())


def read_archive(path: Path) -> tuple[Any, dict[str, np.ndarray]]:
    """What `write_archive` wrote.

    Raises:
        FileNotFoundError: there is none.
        Damaged: it is not whole, not readable, or none of ours; the message says which, without the path.
        CheckpointError: it is of another version of the format.
    """
    try:
        with path.open("rb") as file:
            _check_mark(file)
            with zipfile.ZipFile(file) as archive:
                document = json.loads(archive.read(DOCUMENT))
                names = [name for name in archive.namelist() if name != DOCUMENT]
                return document, {name.removesuffix(".npy"): _array(archive, name) for name in names}
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Damaged(f"it cannot be read: {reason(error)}") from error
    except (ValueError, KeyError, zipfile.BadZipFile) as error:  # whole, but not of our making
        raise Damaged("it is no checkpoint") from error


def _array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    with archive.open(name) as member:
        array: np.ndarray = np.lib.format.read_array(member, allow_pickle=False)
    return array


def _check_mark(file: BinaryIO) -> None:
    """Whether the mark stands at the end and the hash is that of what is before it; the place is then the start."""
    length = len(MARK % FORMAT) + DIGITS
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - length))
    mark = file.read()
    if not mark.startswith(MARK[:23]):
        raise Damaged("it is no checkpoint, or was cut off")
    if not mark.startswith(MARK % FORMAT):
        told = mark[23:27].decode("ascii", "replace").strip()
        raise CheckpointError(f"it is of version {told} of the format, this is {FORMAT}")
    file.seek(0)
    found, left = hashlib.sha256(), size - DIGITS
    while left > 0:
        chunk = file.read(min(CHUNK, left))
        if not chunk:
            break
        found.update(chunk)
        left -= len(chunk)
    found.update(b"0" * DIGITS)
    if found.hexdigest().encode() != mark[-DIGITS:]:
        raise Damaged("it is damaged: its hash is not that of its contents")
    file.seek(0)


class _Hashed:
    """A file that is only written to, from the start to the end, and the hash of what was."""

    def __init__(self, file: BinaryIO) -> None:
        self.hash, self._file = hashlib.sha256(), file

    def write(self, data: bytes) -> int:
        """To the file and to the hash."""
        self.hash.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        """What the file has not written yet."""
        self._file.flush()
