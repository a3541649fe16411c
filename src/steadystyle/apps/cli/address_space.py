"""A limit to the address space (`ulimit -v`) that is too low for TensorFlow would end in a crash of the process."""

from __future__ import annotations

LEAST = 2.1e9
"""Bytes that TensorFlow and a small picture take; measured on Linux with two cores and TensorFlow 2.21."""


def check_address_space() -> None:
    """Before TensorFlow is imported.

    Raises:
        MemoryError: it could not run.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < LEAST:
        raise MemoryError(
            f"this process may use {limit / 1e9:.1f} GB of address space (ulimit -v), and TensorFlow needs "
            f"{LEAST / 1e9:.1f} GB; raise the limit"
        )
