# SPDX-License-Identifier: MIT
"""Speed that is promised, as a ratio to what this machine can do at the moment. `make bench` measures milliseconds."""

import os
import select
import signal
import statistics
import subprocess
import time

from feeddog import Feeddog, folder, wait_for

# It measures time.
NOT_SANITIZED = ["*"]
ALONE = ["*"]
TIMEOUT_S = {"*": 180}
# Fewer than the lines about one service that the log takes before it folds them.
KILLS = 9


def floor_ms(bell, ringing):
    """The same without feeddog: wait for the death on a pidfd, run the command by a shell."""
    victim = subprocess.Popen(["sleep", "3600"])
    death = os.pidfd_open(victim.pid)
    killed = time.monotonic()
    victim.kill()
    select.select([death], [], [])
    subprocess.run(["/bin/sh", "-c", f"echo >{bell}"], check=True)
    os.read(ringing, 64)
    took_ms = (time.monotonic() - killed) * 1000
    os.close(death)
    victim.wait()
    return took_ms


def test_kill_to_restart_command():
    """kill -9 of a watched process leads to its restart command, not much later than a shell needs to begin (the median)."""
    place = folder("speed")
    pidfile, bell = os.path.join(place, "pid"), os.path.join(place, "bell")
    os.mkfifo(bell)
    ringing = os.open(bell, os.O_RDWR)
    begin = f"setsid sleep 3600 & echo $! >{pidfile}.new; mv {pidfile}.new {pidfile}"
    subprocess.run(["/bin/sh", "-c", begin], check=True, stdout=subprocess.DEVNULL)
    board = Feeddog({
        "defaults": {"interval": "400ms", "timeout": "400ms", "retries": 2, "start_period": "5s"},
        "services": {"server": {"checks": [{"process": {"pidfile": pidfile}}], "attempts": 0,
                                "restart": f"echo >{bell}; {begin}"}},
        "ladder": {"restart_for": "60s", "reboot_within": "10s", "settle": "100ms"},
    }).start()
    board.wait_well()
    took_ms, floors_ms = [], []
    for _ in range(KILLS):
        floors_ms.append(floor_ms(bell, ringing))
        mark = board.mark()
        with open(pidfile, encoding="ascii") as file:
            pid = int(file.read())
        # Settled, so that the next restart is the first of its outage, and is not put off.
        time.sleep(0.25)
        killed = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        os.read(ringing, 64)
        took_ms.append((time.monotonic() - killed) * 1000)
        board.wait_well(mark)
    print("feeddog:", " ".join(f"{ms:.1f}" for ms in took_ms), "floor:", " ".join(f"{ms:.1f}" for ms in floors_ms))
    # The death passes the checker, the feeder and the actor, each of which may wait for its turn on the processor. Where the
    # checker only saw the death at its next look, it would take half an interval.
    assert statistics.median(took_ms) < 5 * statistics.median(floors_ms) + 20


def test_restart_of_many_at_once():
    """Twenty processes killed at the same moment are all being restarted before the first restart ends, where at_once allows it."""
    place = folder("many")

    def pidfile(number):
        return os.path.join(place, f"pid{number}")

    def begin(number):
        path = pidfile(number)
        return f"setsid sleep 3600 & echo $! >{path}.new; mv {path}.new {path}"

    for number in range(20):
        subprocess.run(["/bin/sh", "-c", begin(number)], check=True, stdout=subprocess.DEVNULL)
    board = Feeddog({
        "defaults": {"interval": "1s", "timeout": "1s", "retries": 2, "start_period": "30s"},
        "services": {f"server-{n}": {"checks": [{"process": {"pidfile": pidfile(n)}}],
                                     "restart": f"touch {place}/begun{n}; while [ ! -e {place}/go ]; do sleep 0.1; done; {begin(n)}"}
                     for n in range(20)},
        "ladder": {"restart_for": "60s", "reboot_within": "10s", "settle": "100ms", "at_once": 20},
    }).start()
    board.wait_well()
    pids = []
    for number in range(20):
        with open(pidfile(number), encoding="ascii") as file:
            pids.append(int(file.read()))
    mark = board.mark()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: all(os.path.exists(f"{place}/begun{n}") for n in range(20)), "twenty restarts under way")
    with open(f"{place}/go", "w", encoding="ascii"):
        pass
    board.wait_well(mark)
