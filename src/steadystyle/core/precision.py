"""Which arithmetic the convolutions use."""

from __future__ import annotations

from pathlib import Path

BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16"}
"""Processors with one of these multiply bfloat16 1.6 to 1.8 times as fast as float32; others emulate it, slowly."""


def choose_precision(wanted: str) -> str:
    """ "float32", "bfloat16" or "float16"; "auto" is bfloat16 on a processor that has instructions for it.

    Gram matrices, losses, the picture and the optimizer are float32 in either case.
    """
    if wanted != "auto":
        return wanted
    return "bfloat16" if BFLOAT16_FLAGS & processor_flags() else "float32"


def processor_flags() -> set[str]:
    """What the processor can do, as Linux tells it; empty elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return set()
    return {flag for line in lines if line.startswith("flags") for flag in line.split()}
