"""Which arithmetic the convolutions use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from steadystyle.core import precision
from steadystyle.core.precision import choose_precision, processor_flags


@pytest.mark.parametrize("wanted", ["float32", "bfloat16"])
def test_what_was_asked_for_is_taken(wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the processor can do."""
    monkeypatch.setattr(precision, "processor_flags", lambda: {"avx512_bf16"})
    assert choose_precision(wanted) == wanted
    monkeypatch.setattr(precision, "processor_flags", set)
    assert choose_precision(wanted) == wanted


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (set(), "float32"),
        ({"avx2", "avx512f"}, "float32"),
        ({"avx2", "avx512_bf16"}, "bfloat16"),
        ({"amx_bf16"}, "bfloat16"),
    ],
)
def test_auto_is_what_is_fast_here(flags: set[str], expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The short numbers only where the processor has instructions for them."""
    monkeypatch.setattr(precision, "processor_flags", lambda: flags)
    assert choose_precision("auto") == expected


def test_flags_are_read_as_linux_writes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line of flags for each processor."""
    text = "processor\t: 0\nflags\t\t: fpu avx2 amx_bf16\n\nprocessor\t: 1\nflags\t\t: fpu avx2\n"
    monkeypatch.setattr(Path, "read_text", lambda *_: text)
    assert processor_flags() >= {"fpu", "avx2", "amx_bf16"}


def test_a_system_without_that_file_has_no_known_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known, so nothing is assumed, and nothing fails."""

    def missing(*_: Any) -> str:
        raise FileNotFoundError("/proc/cpuinfo")

    monkeypatch.setattr(Path, "read_text", missing)
    assert processor_flags() == set()
    assert choose_precision("auto") == "float32"
