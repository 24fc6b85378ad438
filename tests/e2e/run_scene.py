# SPDX-License-Identifier: MIT
"""A program that feeddog starts itself."""

import os

from actor_scene import content, script
from feeddog import wait_for

SERVER = "trap 'echo asked >>$D/asked; exit 7' TERM; echo up; echo $$ >>$D/pids; while :; do sleep 0.01; done"


def served(text=SERVER, **more):
    """A service that runs a script, and the folder that it writes to."""
    path, command = script(text)
    return path, {"run": command, **more}


def pids(path):
    return [int(line) for line in content(path, "pids").split()]


def pid_file(actor, name="web"):
    with open(os.path.join(actor.run_dir, "run", name + ".pid"), encoding="ascii") as file:
        return file.read()


def has_pid_file(actor, name="web"):
    return os.path.exists(os.path.join(actor.run_dir, "run", name + ".pid"))


def started(actor, path, count=1):
    """The pid of the count-th program that was started, which is in its pid file before it runs."""
    actor.wait_event("restart-done")
    return wait_for(lambda: len(pids(path)) >= count and pids(path)[count - 1], f"program {count}")
