# SPDX-License-Identifier: MIT
"""What a board may suffer from outside feeddog: memory, processes, disk, clock, log, network, process 1."""

from board import BITE_S, DOG_S, Board
from scene import (
    BOOT,
    DETECTION_S,
    HEARING_S,
    REBOOT_WITHIN_S,
    RESTART_FOR_S,
    Feeds,
    Scene,
    config,
    last_boot,
    mend,
    no_reset,
    now,
    service,
    settled,
)

# A name server that takes every question and answers none.
DEAF_NAME_SERVER = "nc -lu -p 53 127.0.0.1"
UPSTREAM = """\
  upstream:
    checks:
      - http: http://upstream.example/
        scope: remote
        on_failure: alert
"""
SETTINGS = config().replace("ladder:\n", UPSTREAM + "ladder:\n")
NETWORK = f"#!/bin/sh\necho nameserver 127.0.0.1 >/etc/resolv.conf\nsetsid {DEAF_NAME_SERVER} >/dev/null 2>&1 </dev/null &\n"
START = NETWORK + BOOT.removeprefix("#!/bin/sh\n")
scene = Scene({"feeddog.yaml": SETTINGS, "boot": START}, ready=settled)
# While memory is short nothing is known of the server for a while, which is to be outlived.
starved = Scene({"feeddog.yaml": config(restart_for=120, start_period=10), "boot": BOOT}, ready=settled)
scenes = {"outside": scene, "starved": starved}

BOUND_S = DETECTION_S + RESTART_FOR_S + REBOOT_WITHIN_S
# While the guest is starved the agent may not answer; what it starts goes on.
STARVED_S = 20


def fed_on(board: Board, harm: str, seconds: float, mend: str = "true") -> str:
    """Through `seconds` of the harm the dog is fed as ever, nothing is restarted, and the board is well after it."""
    restarts = service(board, "web")["restarts"]
    feeds = Feeds(board)
    with no_reset(board):
        pid = board.ok(f"setsid sh -c '{harm}' >/dev/null 2>&1 </dev/null & echo $!").strip()
        board.idle(seconds)
        board.ok(f"kill -9 -{pid}; {mend}", timeout=60)
        settled(board)
    gap = feeds.longest_gap()
    assert gap <= DOG_S / 2, f"two feeds were {gap:.2f} s apart"
    assert service(board, "web")["restarts"] == restarts, "a service was restarted for it"
    return f"fed on, at most {gap:.1f} s apart"


def repaired(board: Board) -> None:
    """The server is killed, and restarted as ever."""
    killed = now()
    board.ok("killall -9 nginx")
    restart = board.wait_said("restart", killed, 2 + HEARING_S, service="web")
    board.wait_said("service-up", restart.at, RESTART_FOR_S, service="web")


@starved.case()
def memory_exhausted(board: Board) -> str:
    """P3: a process that eats all memory is killed by the kernel, the dog is fed, and the board is well again."""
    feeds = Feeds(board)
    with no_reset(board):
        # One that nobody restarts, and one that comes back as soon as it is killed.
        pid = board.ok("setsid sh -c 'for i in 1 2 3; do tail /dev/zero; done' >/dev/null 2>&1 </dev/null & echo $!").strip()
        board.wait("the end of the eaters", lambda: not board.run(f"test -d /proc/{pid}").code == 0, 120)
        settled(board)
    killed = board.ok("dmesg | grep -c 'Out of memory'").strip()
    gap = feeds.longest_gap()
    assert int(killed) >= 1, "no memory was short"
    assert gap <= DOG_S / 2, f"two feeds were {gap:.2f} s apart"
    return f"{killed} processes killed by the kernel; fed on, at most {gap:.1f} s apart"


@scene.case()
def fork_bomb(board: Board) -> str:
    """P1, P2: a fork bomb is outlived, or ends in a reset within BOUND, and the board is well after it."""
    begun = now()
    board.agent.start("setsid sh -c 'b() { b | b & }; b' >/dev/null 2>&1 </dev/null")
    bites = board.monitor.events
    board.idle(STARVED_S)
    deadline = begun + BOUND_S + BITE_S + STARVED_S
    while now() < deadline and not any(e.name == "RESET" and e.at > begun for e in bites):
        board.idle(0.5)
    reset = next((e for e in bites if e.name == "RESET" and e.at > begun), None)
    if reset:
        board.wait_boot()
    else:
        board.wait("the guest", lambda: board.agent.sync(10) is None, 10)
        board.ok("killall5 -9 2>/dev/null; true")
    settled(board)
    return f"reset after {reset.at - begun:.0f} s, told as {last_boot(board)['cause']}" if reset else "outlived"


@scene.case()
def disk_full(board: Board) -> str:
    """P9: on a full disk the server is restarted as ever, and the dog is fed."""
    feeds = Feeds(board)
    with no_reset(board):
        board.run("dd if=/dev/zero of=/data/full bs=64k; sync", timeout=60)
        assert board.run("dd if=/dev/zero of=/data/more bs=64k count=1 conv=fsync").code != 0, "the disk is not full"
        repaired(board)
        board.ok("rm -f /data/full /data/more")
        settled(board)
    return f"repaired; fed on, at most {feeds.longest_gap():.1f} s apart"


@scene.case()
def disk_read_only(board: Board) -> str:
    """P6, P9: where the disk can no longer be written, it is said, the server is restarted, and no reboot goes uncounted."""
    begun = now()
    feeds = Feeds(board)
    with no_reset(board):
        board.ok("echo 1 >/proc/sys/kernel/sysrq; echo u >/proc/sysrq-trigger")
        board.wait("the disk to be read-only", lambda: board.run("touch /data/x").code != 0, 10)
        repaired(board)
        board.wait_said("storage", begun, HEARING_S + 5, stable="0")
        settled(board)
        board.ok("mv /etc/board/webctl /etc/board/webctl.kept && printf '#!/bin/sh\\nexit 1\\n' >/etc/board/webctl")
        board.ok("chmod 755 /etc/board/webctl; killall -9 nginx")
        board.wait_state("hold", RESTART_FOR_S + DETECTION_S + HEARING_S)
        assert not board.said("reboot", begun), "a reboot was ordered that nobody could count"
        board.idle(REBOOT_WITHIN_S + BITE_S)
        board.ok("mv /etc/board/webctl.kept /etc/board/webctl; /etc/board/webctl start")
        board.ok("mount -o remount,rw /data")
        settled(board)
    gap = feeds.longest_gap()
    assert gap <= DOG_S / 2, f"two feeds were {gap:.2f} s apart"
    return f"held, not rebooted; fed on, at most {gap:.1f} s apart"


@scene.case()
def disk_frozen(board: Board) -> str:
    """P2, P6: where writing to the disk never returns, a server that cannot be repaired ends in a reset, which may mend it."""
    begun = now()
    board.ok("touch /data/web-broken; sync; fsfreeze --freeze /data && killall -9 nginx")
    letgo = board.wait_said("letgo", begun, BOUND_S + HEARING_S)
    bite = board.wait_event("WATCHDOG", letgo.at, BITE_S + HEARING_S)
    board.wait_event("RESET", begun, BOUND_S + BITE_S + 15)
    board.wait_boot()
    told = last_boot(board)
    assert told["cause"] == "unexplained", f"last boot: {told}"
    mend(board)
    settled(board)
    return f"let go and bitten after {bite.at - begun:.0f} s of {BOUND_S + BITE_S:.0f} s at most, told as {told['cause']}"


@scene.case()
def log_flooded(board: Board) -> str:
    """P3, P15: where others flood the log's terminal, the dog is fed on."""
    return fed_on(board, "exec yes the same line again and again and again >/dev/console", STARVED_S)


@scene.case()
def clock_set(board: Board) -> str:
    """P6: a clock that is set back or forward by years changes nothing."""
    restarts, reboots = service(board, "web")["restarts"], board.status()["reboots"]
    feeds = Feeds(board)
    with no_reset(board):
        for date in ("1990-01-01 00:00", "2037-12-31 23:59", "2001-09-09 01:46"):
            board.ok(f"date -s '{date}'")
            board.idle(DETECTION_S / 2)
            status = board.status()
            assert status["state"] == "well" and status["reboots"] == reboots, board.describe()
            age = max(check["age_ms"] for check in status["services"]["web"]["checks"])
            assert age < 1000 * DETECTION_S, f"a result is said to be {age} ms old"
        repaired(board)
        settled(board)
    assert service(board, "web")["restarts"] == restarts + 1, "a service was restarted for it"
    return f"nothing; fed on, at most {feeds.longest_gap():.1f} s apart"


@scene.case()
def names_unresolved(board: Board) -> str:
    """P4, P12: a name server that never answers costs its own check, and neither another nor the board."""
    with no_reset(board):
        board.wait("the name not resolved", lambda: service(board, "upstream")["checks"][0]["health"] == "down", 2 * DETECTION_S)
        board.wait_state("well", 5)
        oldest = 0.0
        clock = board.uptime()
        while board.uptime() < clock + DETECTION_S:
            ages = [check["age_ms"] for check in service(board, "web")["checks"]]
            oldest = max(oldest, *ages)
            board.idle(0.5)
    assert oldest < 1000 * DETECTION_S, f"a result of the server was {oldest} ms old"
    return f"alerted; the server's results at most {oldest / 1000:.1f} s old"


@scene.case()
def process_1_frozen(board: Board) -> str:
    """P1, P2, P5: where process 1 is frozen and no reboot comes, the hardware resets the board within BOUND."""
    begun = now()
    board.ok("mkdir -p /run/cg && mount -t cgroup2 cgroup2 /run/cg && mkdir /run/cg/one && echo 1 >/run/cg/one/cgroup.procs")
    board.ok("echo 1 >/run/cg/one/cgroup.freeze && touch /data/web-broken && killall -9 nginx")
    board.wait_said("reboot", begun, RESTART_FOR_S + DETECTION_S + HEARING_S)
    letgo = board.wait_said("letgo", begun, BOUND_S + HEARING_S)
    bite = board.wait_event("WATCHDOG", letgo.at, BITE_S + HEARING_S)
    board.wait_event("RESET", begun, BOUND_S + BITE_S + 15)
    board.wait_boot()
    told = last_boot(board)
    assert told["cause"] == "letgo" and told["service"] == "web", f"last boot: {told}"
    mend(board)
    settled(board)
    return f"let go and bitten after {bite.at - begun:.0f} s of {BOUND_S + BITE_S:.0f} s at most, told as {told['cause']}"
