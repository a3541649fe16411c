"""LiteRT in float32, for phones and small computers."""

from __future__ import annotations

from typing import Any

from steadystyle.feedforward.contracts import Examples
from steadystyle.feedforward.exports._litert import OnPhones


class LiteRT(OnPhones):
    """For phones and small computers, in float32."""

    tolerance = 1e-4

    def converted(self, converter: Any, examples: Examples) -> bytes:
        made: bytes = converter.convert()
        return made
