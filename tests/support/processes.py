# SPDX-License-Identifier: MIT
"""Processes as /proc shows them."""

import os
import signal


def is_alive(pid):
    """There is such a process, and it has not ended (a zombie has)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


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
