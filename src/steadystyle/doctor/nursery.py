"""The second process: has TensorFlow loaded, and makes one child for each run of the script.

Forking a process that has loaded TensorFlow, but run no operation, is safe (its threads do not exist yet) and saves
the 3-8 seconds of loading for each run. Where there is no fork it runs one request itself, and is then replaced.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import time
from pathlib import Path
from typing import BinaryIO

from steadystyle.doctor.request import FAILED, READY

CAN_FORK = hasattr(os, "fork") and sys.platform.startswith("linux")
MERCY = 5.0
"""Seconds that a child has to say what it knows before it is killed."""


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Read pickled (request, file for the answer), run each, and reply with how the child ended."""
    quiet = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        from steadystyle.doctor import child
    except ImportError as error:
        replies.write(f"{' '.join(str(error).split())[:300]}\n".encode())
        return
    os.dup2(quiet, 2)
    replies.write(READY)
    replies.flush()
    while True:
        try:
            request, answer = pickle.load(requests)
        except EOFError:
            return
        pid = os.fork() if CAN_FORK else 0
        if pid == 0:
            try:
                if CAN_FORK:
                    os.close(requests.fileno())
                    os.close(replies.fileno())
                _streams(request.output)
                child.run(request, Path(answer))
            finally:
                os._exit(FAILED)
        replies.write(f"{_wait(pid, request.time_limit)}\n".encode())
        replies.flush()


def _streams(output: str) -> None:
    """Point the script's standard output to where it belongs."""
    if output == "stderr":
        os.dup2(2, 1)
    elif output == "nowhere":
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)


def _wait(pid: int, limit: float) -> int | str:
    """The child's exit status, "time" where it had to be stopped; it is asked first, and given time to answer."""
    end, asked = time.monotonic() + limit, False
    pause = 0.002
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return "time" if asked else os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL if asked else signal.SIGTERM)
            asked, end = True, time.monotonic() + MERCY
        time.sleep(pause)
        pause = min(0.05, pause * 1.5)


if __name__ == "__main__":
    serve(os.fdopen(int(sys.argv[1]), "rb"), os.fdopen(int(sys.argv[2]), "wb"))
