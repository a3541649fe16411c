"""Data inside a page: written where scripts find it and no reader sees it, and read back."""

from __future__ import annotations

import json
import re
from typing import Any

from steadystyle.apps.page.markup import Html

RUN, TUNED, DIAGNOSIS = "steadystyle-run", "steadystyle-tuned", "steadystyle-diagnosis"
"""The data that a page holds: what the run is and did, what a range test found, or what is wrong with a script."""
CURVES = "steadystyle-curves"
"""What is drawn."""


def embed(name: str, value: Any) -> Html:
    """A script element that holds `value` as strict JSON; no text in it can end the element."""
    data = json.dumps(value, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        data = data.replace(character, f"\\u{ord(character):04x}")
    return Html(f'<script type="application/json" id="{name}">{data}</script>')


def read_embedded(page: str, name: str) -> Any:
    """What `embed` wrote under `name`; None if the page holds nothing of that name."""
    found = re.search(rf'<script type="application/json" id="{re.escape(name)}">(.*?)</script>', page, re.DOTALL)
    try:
        return None if found is None else json.loads(found[1])
    except ValueError:
        return None
