"""Floor 1: the only door back to an image. It detects, rolls back, retries smaller, and keeps the best finite
picture; it does the same for training loops that are not ours.
"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from steadystyle.guard.loop import LoopGuard


class _CallableRoom(ModuleType):
    """This package as the function `steadystyle.guard` too.

    Python binds a package's name in its parent when anything in it is imported, so that a function of the same name
    would be replaced by the module, depending on who imported what first. A module that can be called is both, always.
    """

    def __call__(self, *arguments: Any, **keywords: Any) -> AbstractContextManager[LoopGuard]:
        """`steadystyle.guard.loop.guard`, loaded when it is first called."""
        from steadystyle.guard.loop import guard

        return guard(*arguments, **keywords)


sys.modules[__name__].__class__ = _CallableRoom
