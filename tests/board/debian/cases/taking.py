# SPDX-License-Identifier: MIT
"""The dog that process 1 holds, by the vendor's drop-in: borrowed and given back, owned, or fed through process 1."""

from dataclasses import replace

import roots
from board import BITE_S, DOG_S
from machine import Machine, on
from scene import HEARING_S, Scene, no_reset, now

CONFIG = """\
watchdog: {timeout: %ds%s}
defaults: {interval: 10s, timeout: 10s, start_period: 3m}
services:
  web:
    checks: [{tcp: "127.0.0.1:80"}]
    restart: systemctl restart nginx
"""
FILES = {"/etc/feeddog/feeddog.yaml": CONFIG % (DOG_S, "")}
# A machine that is emulated takes its time, and more where another one runs beside it.
WELL_S = 240
# Also that without asking anybody ends all processes and unmounts first.
SHUTDOWN_S = 120
VIA_SYSTEMD = "/etc/systemd/system/feeddog.service.d/via-systemd.conf"
SHARE = "/usr/local/share/feeddog/systemd"


def installed(board: Machine) -> None:
    if board.run("test -e /usr/local/sbin/feeddogd").code != 0:
        board.install()


scene = Scene(FILES, ready=installed, make=on(roots.DEBIAN_13), prepare=roots.DEBIAN_13.build)


def started(board: Machine, watchdog: str = "") -> None:
    board.push("/etc/feeddog/feeddog.yaml", CONFIG % (DOG_S, watchdog))
    board.ok("systemctl restart feeddog")
    board.wait_state("well", WELL_S)


def finding(board: Machine, topic: str) -> str:
    """What the doctor says of it."""
    told = board.ok_json("feeddog doctor --json")
    return next(finding["says"] for finding in told["findings"] if finding["topic"] == topic)


def lent(board: Machine) -> None:
    holder = finding(board, "holder")
    assert "feeddogd (process" in holder, f"{holder}; {board.journal()}"


def returned(board: Machine) -> None:
    """Process 1 holds it again, as it did before, and nothing of ours is left behind."""
    holder = finding(board, "holder")
    assert "process 1 (systemd)" in holder, f"{holder}; {board.journal()}"
    left = board.run("ls /run/systemd/system.conf.d/* /run/feeddog/borrowed")
    assert left.out == "", f"left behind: {left.out}"
    usec = board.ok("systemctl show -p RuntimeWatchdogUSec --value").strip()
    assert usec == "1min", f"RuntimeWatchdogUSec is {usec}"


@scene.case()
def borrowed(board: Machine) -> None:
    """P10: a dog that process 1 holds is borrowed, fed, and given back at a stop, without a reset."""
    with no_reset(board):
        started(board)
        lent(board)
        # What would take it away again, and must not.
        board.ok("systemctl daemon-reload && systemctl daemon-reexec", timeout=300)
        board.idle(BITE_S)
        lent(board)
        board.ok("systemctl stop feeddog")
        returned(board)
        board.idle(BITE_S)


@scene.case()
def crashed(board: Machine) -> None:
    """P2, P10: a feeder that is killed is replaced, and the one that replaces it gives back what it borrowed."""
    with no_reset(board):
        started(board)
        old = board.ok("systemctl show -p MainPID --value feeddog").strip()
        board.ok(f"kill -9 {old}")
        board.wait("another feeder", lambda: board.ok("systemctl show -p MainPID --value feeddog").strip() not in ("0", old), 120)
        # The status may still be that of the feeder that was killed.
        board.wait("the dog lent to it", lambda: "feeddogd (process" in finding(board, "holder"), WELL_S)
        board.wait_state("well", WELL_S)
        board.ok("systemctl stop feeddog")
        returned(board)


@scene.case()
def killed(board: Machine) -> str:
    """P2, P10: a feeder that is killed after the hand-over, and not replaced, leaves an armed dog, which bites."""
    board.push("/run/systemd/system/feeddog.service.d/alone.conf", "[Service]\nRestart=no\n")
    board.ok("systemctl daemon-reload")
    started(board)
    begun = now()
    board.ok("kill -9 $(systemctl show -p MainPID --value feeddog)")
    bite = board.wait_event("WATCHDOG", begun, BITE_S + HEARING_S)
    board.wait_boot()
    return f"the dog bit after {bite.at - begun:.1f} s"


@scene.case()
def owned(board: Machine) -> None:
    """P10: with `take: own` the drop-in is wanted; with it process 1 leaves the dog alone from then on."""
    board.push("/etc/feeddog/feeddog.yaml", CONFIG % (DOG_S, ", take: own"))
    refused = board.run("feeddogd")
    assert refused.code == 69 and "99-feeddog.conf" in refused.err, f"exit {refused.code}: {refused.err}"
    board.ok(f"cp {SHARE}/99-feeddog.conf /etc/systemd/system.conf.d/ || (mkdir -p /etc/systemd/system.conf.d && "
             f"cp {SHARE}/99-feeddog.conf /etc/systemd/system.conf.d/)")
    board.ok("systemctl daemon-reload")
    with no_reset(board):
        started(board, ", take: own")
        lent(board)
        board.ok("systemctl stop feeddog")
        assert "nobody" in finding(board, "holder"), finding(board, "holder")
        board.idle(BITE_S)
    board.ok("rm /etc/systemd/system.conf.d/99-feeddog.conf && systemctl daemon-reload")
    returned(board)


@scene.case()
def delegated(board: Machine) -> str:
    """P1, P2: with `via: systemd` process 1 feeds, under our lease; a feeder that is silent has it reboot the board at once."""
    board.ok(f"mkdir -p {VIA_SYSTEMD.rpartition('/')[0]} && sed 's/=15s/={DOG_S}s/' {SHARE}/via-systemd.conf >{VIA_SYSTEMD}")
    board.ok("systemctl daemon-reload")
    with no_reset(board):
        started(board, ", via: systemd")
        returned(board)
        board.idle(BITE_S)
        # One that is killed is replaced (before systemd 254 that is a failure too), one that refuses to start is no reason
        # to reboot.
        if board.root is roots.DEBIAN_13:
            board.ok("kill -9 $(systemctl show -p MainPID --value feeddog)")
            board.wait("a new feeder", lambda: board.run("systemctl is-active feeddog").code == 0, 120)
        board.push("/etc/feeddog/feeddog.yaml", "watchdog: {via: nothing}\n")
        board.run("systemctl restart feeddog")
        board.idle(BITE_S)
    started(board, ", via: systemd")
    begun = now()
    board.ok("kill -STOP $(systemctl show -p MainPID --value feeddog)")
    reset = board.wait_event("RESET", begun, BITE_S + SHUTDOWN_S)
    board.wait_boot()
    return f"the board was reset after {reset.at - begun:.0f} s"


# There the dog is borrowed in another way; what is left out is the same.
older = replace(scene, make=on(roots.DEBIAN_12), prepare=roots.DEBIAN_12.build, cases=scene.cases[:3])
scenes = {"taking-13": scene, "taking-12": older}
