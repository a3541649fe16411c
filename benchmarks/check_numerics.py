"""What TensorFlow's own `tf.debugging.enable_check_numerics` says of a script, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

RUN = """
import json, re, runpy, sys, traceback
import tensorflow as tf
tf.debugging.enable_check_numerics()
sys.argv = sys.argv[1:]
script = sys.argv[0]
found = {"detected": False, "line": None}
try:
    runpy.run_path(script, run_name="__main__")
except SystemExit:
    pass
except BaseException as error:
    text = str(error)
    told = re.findall(r"-> \\|\\s+(\\S+?):(\\d+)", text)
    own = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(script)]
    lines = [int(line) for file, line in told if file.endswith(script)] or own
    named = "Detected Infinity or NaN" in text or "Tensor had" in text
    found = {"detected": named, "line": lines[-1] if lines else None}
print("\\n" + json.dumps(found))
"""


class Said(NamedTuple):
    """Whether it stopped the script for a bad number, and the last line of the script that it names."""

    detected: bool
    line: int | None


def said_of(script: Path, seconds: float = 60.0) -> Said:
    """Run the script with it."""
    command = [sys.executable, "-c", RUN, script.name]
    ended = subprocess.run(command, cwd=script.parent, capture_output=True, text=True, timeout=seconds, check=False)
    lines = ended.stdout.splitlines()
    return Said(**json.loads(lines[-1])) if lines and lines[-1].startswith("{") else Said(False, None)
