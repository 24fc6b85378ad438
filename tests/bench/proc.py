# SPDX-License-Identifier: MIT
"""What /proc and the clocks say of processes."""

import os
import time

TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
MEMORY = {"resident": ("Rss",), "private_dirty": ("Private_Dirty",), "private_clean": ("Private_Clean",), "locked": ("Locked",)}


def read(pid, name):
    with open(f"/proc/{pid}/{name}", encoding="utf-8", errors="replace") as file:
        return file.read()


def fields(pid, name):
    """`Key: value unit` lines as a dict of numbers."""
    words = (line.split() for line in read(pid, name).splitlines())
    return {word[0].rstrip(":"): int(word[1]) for word in words if len(word) >= 2 and word[1].isdigit()}


def children(pid):
    try:
        return [int(word) for word in read(pid, f"task/{pid}/children").split()]
    except OSError:
        return []


def family(pid):
    """It and all below it."""
    found = [pid]
    for child in children(pid):
        found += family(child)
    return found


def name(pid):
    """Empty for one that has ended meanwhile."""
    try:
        return read(pid, "comm").strip()
    except OSError:
        return ""


def cpu_ns(pid):
    """Its own processor time to the nanosecond, and that of children that have ended to the tick."""
    own = time.clock_gettime_ns((~pid << 3) | 2)  # the process's clock, as clock_getcpuclockid(3) makes it
    ended = read(pid, "stat").rsplit(")", 1)[1].split()[13:15]
    return own + sum(int(ticks) for ticks in ended) * TICK_NS


def memory_kb(pid):
    rollup = fields(pid, "smaps_rollup")
    return {key: sum(rollup.get(part, 0) for part in parts) for key, parts in MEMORY.items()}


def wakeups(pid):
    """How often its threads went to sleep, and so were woken up."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        total += fields(pid, f"task/{thread}/status").get("voluntary_ctxt_switches", 0)
    return total


def written_bytes(pid):
    return fields(pid, "io").get("write_bytes", 0)


def disk_of(path):
    """The kind of file system that a folder is on."""
    best = ("", "")
    with open("/proc/self/mounts", encoding="utf-8") as file:
        for line in file:
            _, place, kind = line.split()[:3]
            inside = path == place or path.startswith(place.rstrip("/") + "/")
            if inside and len(place) >= len(best[0]):
                best = (place, kind)
    return best[1]
