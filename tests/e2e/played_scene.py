# SPDX-License-Identifier: MIT
"""A board that is played: other contents of /proc, small disks and networks, in namespaces of the checker's own."""

import os
import subprocess

from checker_scene import CAUSES, OUTCOMES, folder
from feeddog import PATIENCE_S, Skip

ANYBODY_MAY_PING = 'echo "0 2147483647" >/proc/sys/net/ipv4/ping_group_range'


def on_stage(script, *unshare):
    """For Checker(before=...): namespaces of its own, prepared by a script of the shell."""
    if os.geteuid() != 0:
        raise Skip("only root may play another board")
    options = list(unshare) or ["--mount"]
    return ["unshare", *options, "bash", "-ec", script + '; exec "$@"', "stage"]


def network(*more):
    """A network of the checker's own, which has nothing but itself, and where everybody may ping."""
    script = "; ".join([ANYBODY_MAY_PING, "ip link set lo up", *more])
    return on_stage(script, "--net", "--mount")


def behind(checker, *argv, kind="--mount"):
    """Runs a command in the namespace that the checker is in."""
    return subprocess.run(["nsenter", f"--target={checker.process.pid}", kind, *argv], check=True, capture_output=True,
                          timeout=PATIENCE_S)


class Played:
    """A file that stands in for one of the kernel's; its texts have one length, so that no half of one is ever read."""

    def __init__(self, text, size=256):
        self.path, self.size = os.path.join(folder("played"), "file"), size
        with open(self.path, "wb") as file:
            file.write(text.encode().ljust(size))
        os.chmod(self.path, 0o644)

    def say(self, text):
        fd = os.open(self.path, os.O_WRONLY)
        os.pwrite(fd, text.encode().ljust(self.size), 0)
        os.close(fd)

    def over_resolv(self):
        return f"mount --bind {self.path} $(readlink -f /etc/resolv.conf)"

    def over(self, path):
        return on_stage(f"mount --bind {self.path} {path}")


def outcome(checker, wanted, cause=None, check=0):
    """Waits for such a result; its detail."""
    return checker.next(check, lambda result: OUTCOMES[result.outcome] == wanted
                        and (cause is None or CAUSES[result.cause] == cause)).detail


def words(*results):
    """Only outcome and cause: what was measured is different each time."""
    return [result[:2] for result in results]


def write(path, text):
    """At once, as the kernel does it."""
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(text)
    os.rename(path + ".new", path)
