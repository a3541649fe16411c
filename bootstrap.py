"""Run a command of this repository on a machine that has nothing but Python: `python3 bootstrap.py steadystyle demo`.

The first call makes `.venv` beside this file: by uv where that is installed, else by venv and pip. Later calls use it
again until pyproject.toml or uv.lock change. Standard library only, and written so that an old Python still reads it as
far as the sentence that says it is too old.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
PROGRAMS = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
READY = ENVIRONMENT / "ready-for.txt"
SUPPORTED = ("3.11", "3.12", "3.13")


class Unable(Exception):
    """The environment cannot be made; the message is the one line that says why and what to do."""


def main(command: "list[str]") -> int:
    """Make the environment if needed, then run `command` in it; returns its exit status."""
    if not command or command[0].startswith("-"):
        print("usage: python3 bootstrap.py COMMAND [ARGUMENT ...], for example: python3 bootstrap.py steadystyle demo")
        return 2
    try:
        if not is_ready():
            make_environment()
        return run_in_environment(command)
    except Unable as reason:
        print(f"bootstrap: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bootstrap: stopped; the next call takes up where this one was", file=sys.stderr)
        return 130


def wanted() -> str:
    """What the environment depends on, as a hash."""
    files = [ROOT / name for name in ("pyproject.toml", "uv.lock")]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files if file.exists())).hexdigest()


def is_ready() -> bool:
    """Whether an earlier call finished the environment, for the same wishes; its Python may have gone since."""
    return READY.exists() and READY.read_text() == wanted() and program("python") is not None


def make_environment() -> None:
    """Fill `.venv`; an interrupted call is taken up again by the next, because the mark is written last."""
    uv = shutil.which("uv")
    if uv:
        install([uv, "sync"])
    else:
        python = supported_python()
        if run([python, "-m", "venv", *([] if program("python") else ["--clear"]), str(ENVIRONMENT)]) != 0:
            raise Unable(f"{python} could not make {ENVIRONMENT}; apt install python3-venv (on Debian), or install uv")
        pip = [str(program("python")), "-m", "pip", "install", "--disable-pip-version-check"]
        install([*pip, "--quiet", "--upgrade", "pip>=25.1"])  # the first that knows dependency groups
        install([*pip, "--editable", ".", "--group", "dev"])
    READY.write_text(wanted())


def supported_python() -> str:
    """This Python if it is one that TensorFlow has packages for, else another one on the PATH."""
    version = "{}.{}".format(*sys.version_info)
    if version in SUPPORTED:
        return sys.executable
    for python in (shutil.which(f"python{other}") for other in reversed(SUPPORTED)):
        if python and subprocess.call([python, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            return python
    raise Unable(f"this is Python {version}, TensorFlow needs {', '.join(SUPPORTED)}; install one of them, or uv")


def program(name: str) -> "str | None":
    """The path of a program of the environment."""
    return shutil.which(name, path=str(PROGRAMS))


def install(command: "list[str]") -> None:
    """Run an installer, which tells its own story on standard error."""
    if run(command) != 0:
        raise Unable("the packages could not be installed, see above; this needs the network and 3 GB of disk")


def run(command: "list[str]") -> int:
    """The exit status of `command`; standard output is kept for the command that the user asked for."""
    return subprocess.call(command, cwd=str(ROOT), stdout=sys.stderr)


def run_in_environment(command: "list[str]") -> int:
    """Become `command`, so that Ctrl-C and the exit status are its own."""
    path = program(command[0])
    if path is None:
        raise Unable(f"no command {command[0]!r} in {ENVIRONMENT}; try steadystyle, pytest or python")
    os.environ["PATH"] = str(PROGRAMS) + os.pathsep + os.environ.get("PATH", "")
    if os.name == "posix":
        os.execv(path, [path, *command[1:]])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Windows has no exec: leave Ctrl-C to the command
    return subprocess.call([path, *command[1:]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
