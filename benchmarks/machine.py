"""The machine that the figures were measured on; loads no TensorFlow."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

from steadystyle.core.precision import choose_precision

GIBIBYTE = 2**30


def describe_machine() -> dict[str, Any]:
    """Processor, cores, memory, system, versions, the precision that "auto" means here, and how busy it was."""
    return {
        "processor": processor(),
        "cores": usable_cores(),
        "memory_gib": memory_gib(),
        "system": system(),
        "python": platform.python_version(),
        "tensorflow": importlib.metadata.version("tensorflow"),
        "keras": importlib.metadata.version("keras"),
        "steadystyle": importlib.metadata.version("steadystyle"),
        "precision": choose_precision("auto"),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "load_average": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }


def in_a_line(machine: dict[str, Any]) -> str:
    """The description as a sentence for a table."""
    memory = f", {machine['memory_gib']:g} GiB" if machine["memory_gib"] else ""
    busy = machine["load_average"]
    load = "" if busy is None else f"; load average before the start {busy:g}"
    return (
        f"{machine['processor']}, {machine['cores']} cores{memory}, {machine['system']}, Python {machine['python']}, "
        f"TensorFlow {machine['tensorflow']}, Keras {machine['keras']}, SteadyStyle {machine['steadystyle']} "
        f"computing in {machine['precision']} by itself; {machine['date']}{load}."
    )


def processor() -> str:
    """Its model, as Linux tells it; else what Python knows."""
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def usable_cores() -> int:
    """Those that this process may use, which a container can make fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory_gib() -> float | None:
    """Main memory; None where the system does not tell."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIBIBYTE, 1)
    except (AttributeError, ValueError, OSError):
        return None


def system() -> str:
    """The operating system by the name that its makers give it."""
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        name = f"{platform.system()} {platform.release()}"
    return f"{name} ({platform.machine()})"
