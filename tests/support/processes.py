# SPDX-License-Identifier: MIT
"""Processes as /proc shows them."""

import ctypes
import os
import signal
import time

PR_SET_CHILD_SUBREAPER = 36


def is_alive(pid):
    """There is such a process, and it has not ended (a zombie has)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def children(pid):
    """Whichever of its threads started them."""
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                found += [int(word) for word in file.read().split()]
    except OSError:
        pass
    return found


def kill(pid, number=signal.SIGKILL):
    """Sends a signal, if it is still there to get it."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def kill_descendants(pid):
    for child in children(pid):
        kill_descendants(child)
        kill(child)


def become_subreaper():
    """What our children start and forget becomes our child, so that it can be found and killed."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_descendants():
    """Kills and reaps until nothing is left; what forks while we look is found the next time."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        kill_descendants(os.getpid())
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.01)
        except ChildProcessError:
            return
