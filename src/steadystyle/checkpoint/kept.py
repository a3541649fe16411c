"""A state in a file, and the one before it beside it."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from steadystyle.checkpoint.alone import alone_with
from steadystyle.checkpoint.archive import Damaged, read_archive, write_archive
from steadystyle.checkpoint.nested import put_together, taken_apart
from steadystyle.core.errors import CheckpointError
from steadystyle.images.leftovers import remove_leftovers
from steadystyle.images.opened import shown

Identity = Mapping[str, Any]
"""What a computation is known by, as JSON holds it: `versions` and `settings` by name, and hashes of what came in."""


class Found(NamedTuple):
    """What was kept.

    Attributes:
        state: a nest, see `nested`.
        name: of its file.
        differences: in words, the settings that may differ and do; empty if none does.
        damage: in words, what is wrong with the newer file that stands before this one; empty if nothing is.
    """

    state: Any
    name: str
    differences: str
    damage: str


class Kept:
    """The file that keeps a state, and the one before it beside it; no other process may use them meanwhile.

    Args:
        path: of the file; a link is followed.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(os.path.realpath(path))
        self.previous = self.path.with_name(self.path.name + ".previous")
        self.name = shown(path)
        self._held = contextlib.ExitStack()

    @property
    def is_there(self) -> bool:
        """Whether there is anything to go on from."""
        return self.path.exists() or self.previous.exists()

    def take(self) -> None:
        """Keep others away until `close`.

        Raises:
            CheckpointError: somebody else has it.
            OutputError: the folder is missing or not writable.
        """
        self._held.enter_context(alone_with(self.path, self.name))
        remove_leftovers(self.path.parent)

    def read(self, identity: Identity, may_differ: Collection[str] = ()) -> Found | None:
        """The last state that is whole; None if there is no file.

        Args:
            identity: that it must have.
            may_differ: settings that need not be the same.

        Raises:
            CheckpointError: what is there is damaged, with what was there before; or another computation's.
        """
        damage = ""
        for path, name in ((self.path, self.name), (self.previous, shown(self.previous))):
            try:
                document, arrays = read_archive(path)
            except FileNotFoundError:
                continue
            except Damaged as error:
                damage = damage or f"{name}: {error}"
                continue
            except CheckpointError as error:
                raise CheckpointError(f"{name}: {error}; finish the run with that version, or remove it") from None
            differences = _differences(document["of"], identity, but=may_differ)
            if differences:
                raise CheckpointError(f"{name} is of another run: {differences}; name another file, or remove this one")
            differences = _differences(document["of"], identity)
            return Found(put_together(document["state"], arrays), name, differences, damage)
        if damage:
            raise CheckpointError(f"{damage}, and no good one is before it; remove it to start anew")
        return None

    def write(self, identity: Identity, state: Any) -> None:
        """Keep `state`, and the one before it.

        Raises:
            OutputError: it cannot be written; the last one stays.
        """
        apart, arrays = taken_apart(state)
        write_archive(self.path, {"of": identity, "state": apart}, arrays, before=self._step_back)

    def remove(self) -> None:
        """Remove both: the result is safe. What cannot be removed is warned of."""
        try:
            for path in (self.previous, self.path):  # in this order: what is left is never an older state
                path.unlink(missing_ok=True)
        except OSError as error:
            warnings.warn(f"cannot remove {self.name}: {error.strerror}; remove it yourself", stacklevel=2)

    def close(self) -> None:
        """Let others use them."""
        self._held.close()

    def _step_back(self) -> None:
        if self.path.exists():
            os.replace(self.path, self.previous)


def _differences(there: Identity, here: Identity, but: Collection[str] = ()) -> str:
    """In words, leaving out the settings `but` those; empty if there are none."""
    told = []
    for group in ("versions", "settings"):
        for name in sorted({*there[group], *here[group]}.difference(but)):
            one, other = there[group].get(name), here[group].get(name)
            if one != other:
                told.append(f"{name} is {one} there and {other} here")
    inputs = sorted({*there, *here} - {"versions", "settings"})
    told += [f"{name} differ{'' if name.endswith('s') else 's'}" for name in inputs
             if there.get(name) != here.get(name)]  # fmt: skip
    return ", ".join(told)
