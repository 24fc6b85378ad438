# SPDX-License-Identifier: MIT
"""The inits that are not systemd: SysV init with feeddog's Debian package, OpenRC and BusyBox with `make install`."""

from dataclasses import dataclass, replace
from typing import Callable

import roots
from board import BITE_S, DOG_S
from debs import Packages
from machine import Machine, on
from scene import HEARING_S, Scene, last_boot, no_reset, now

# A guest that is emulated computes slowly, and more so beside others.
PATIENCE_S = 120
CONFIG = f"""\
watchdog: {{timeout: {DOG_S}s}}
defaults: {{interval: 2s, timeout: 2s, retries: 2, start_period: 20s}}
services:
  web:
    checks:
      - http: http://127.0.0.1:80/health
      - process: {{pidfile: /run/nginx.pid}}
    restart: nginx
    restart_timeout: 20s
ladder: {{restart_for: 45s, reboot_within: 60s, settle: 3s}}
"""


@dataclass
class Ways:
    """How a person has this init do it."""

    root: roots.Root
    install: Callable[[Machine], None]
    enable: str
    script: str
    replaces: bool  # a feeder that is lost
    reboot: str = "reboot"


WAYS = {
    "sysvinit": Ways(roots.SYSVINIT, lambda board: installed_by_apt(board), "update-rc.d feeddog enable",
                     "service feeddog", False),
    "openrc": Ways(roots.OPENRC, lambda board: board.install("openrc"), "rc-update add feeddog default",
                   "rc-service feeddog", True),
    "busybox": Ways(roots.BUSYBOX, lambda board: board.install("sysvinit"), "touch /etc/board-starts-feeddog",
                    "/etc/init.d/feeddog", False),
}


def installed_by_apt(board: Machine) -> None:
    board.apt_install(board.packages.package)


def ways(board: Machine) -> Ways:
    return next(way for way in WAYS.values() if way.root is board.root)


def told(board: Machine, verb: str) -> str:
    """Has the init's script do it, as at a terminal."""
    done = board.run(f"{ways(board).script} {verb} 2>&1", 2 * PATIENCE_S)
    assert done.code == 0, f"{verb}: exit {done.code}: {done.out}"
    return done.out


def feeder(board: Machine) -> str:
    return board.run("pidof feeddogd").out.strip()


def guarded(board: Machine) -> str:
    def probe() -> bool:
        status = board.status()
        return status.get("state") == "well" and status.get("feeding", False) and bool(feeder(board))

    board.wait("well", probe, PATIENCE_S, 0.5)
    return feeder(board)


scene = Scene({"/etc/feeddog/feeddog.yaml": CONFIG})


@scene.case()
def started(board: Machine) -> None:
    """P10: installed, enabled and started by what this init has for it, it guards the board; a second start changes nothing."""
    ways(board).install(board)
    board.push("/etc/feeddog/feeddog.yaml", CONFIG)
    with no_reset(board):
        board.ok(ways(board).enable)
        told(board, "start")
        pid = guarded(board)
        told(board, "start")
        told(board, "status")
        assert guarded(board) == pid, "another feeder"
        board.idle(BITE_S)
        assert guarded(board) == pid, "another feeder"


@scene.case(follows=True)
def restarted(board: Machine) -> None:
    """P10: a restart replaces the feeder; with a configuration that is not accepted it says why, and the old one goes on."""
    with no_reset(board):
        old = guarded(board)
        told(board, "restart")
        new = guarded(board)
        assert new != old, "the old feeder still runs"
        board.ok("cp /etc/feeddog/feeddog.yaml /var/tmp/kept && echo 'nonsense: 1' >>/etc/feeddog/feeddog.yaml")
        refused = board.run(f"{ways(board).script} restart 2>&1", PATIENCE_S)
        assert refused.code != 0 and "nonsense" in refused.out, f"exit {refused.code}: {refused.out}"
        assert guarded(board) == new, "the old feeder is gone"
        board.ok("cp /var/tmp/kept /etc/feeddog/feeddog.yaml")


@scene.case(follows=True)
def server_crashes(board: Machine) -> None:
    """P2: a server that is killed is restarted."""
    with no_reset(board):
        guarded(board)
        old = board.ok("cat /run/nginx.pid")
        board.ok("busybox killall -9 nginx")
        board.wait("another nginx", lambda: board.run("cat /run/nginx.pid").out not in ("", old), PATIENCE_S, 0.5)
        guarded(board)


@scene.case(follows=True)
def stopped(board: Machine) -> None:
    """P2: stopped, it disarms the dog, and leaves no process behind."""
    with no_reset(board):
        told(board, "stop")
        assert not feeder(board), "it still runs"
        assert board.run(f"{ways(board).script} status").code != 0, "says that it runs"
        board.idle(BITE_S + HEARING_S)
        assert board.run("pidof feeddog-checker feeddog-actor feeddog-led").code != 0, "helpers were left behind"
        told(board, "start")
        guarded(board)


@scene.case(follows=True)
def rebooted(board: Machine) -> None:
    """P14: rebooted by this init, it is told as planned, and guards the board again by itself."""
    begun = now()
    board.agent.start(ways(board).reboot)
    board.wait_event("RESET", begun, 2 * PATIENCE_S)
    assert not [event for event in board.watchdog_events(begun) if event.name == "WATCHDOG"], "the dog bit"
    board.wait_boot()
    guarded(board)
    assert last_boot(board)["cause"] == "planned", f"last boot: {last_boot(board)}"


@scene.case(follows=True)
def feeder_killed(board: Machine) -> None:
    """P2: a feeder that is killed is replaced where this init does that; where it does not, the hardware resets the board."""
    old = guarded(board)
    begun = now()
    board.ok(f"kill -9 {old}")
    if ways(board).replaces:
        board.wait("another feeder", lambda: feeder(board) not in ("", old), DOG_S, 0.5)
        guarded(board)
        board.idle(BITE_S)
        assert not board.watchdog_events(begun), "the board was reset"
        return
    bite = board.wait_event("WATCHDOG", begun, BITE_S + PATIENCE_S)
    assert bite.at - begun < BITE_S + PATIENCE_S / 4, f"the dog bit after {bite.at - begun:.1f} s"
    board.wait_event("RESET", begun, PATIENCE_S)
    board.wait_boot()
    guarded(board)


def scene_of(name: str) -> Scene:
    way = WAYS[name]
    if name != "sysvinit":
        return replace(scene, make=on(way.root), prepare=way.root.build)
    packages = Packages(way.root)
    return replace(scene, make=lambda title, files: on(way.root)(title, files).with_packages(packages), prepare=packages.prepare)


scenes = {f"init-{name}": scene_of(name) for name in WAYS}
sysvinit = scenes["init-sysvinit"] = replace(scenes["init-sysvinit"], cases=[*scene.cases])


@sysvinit.case(follows=True)
def upgraded(board: Machine) -> None:
    """P3, P10: an upgrade replaces the feeder without a reset, and purge leaves nothing."""
    with no_reset(board):
        old = guarded(board)
        board.apt_install(board.packages.newer)
        assert guarded(board) != old, "the old feeder still runs"
        board.ok("apt-get -qq -y purge feeddog", 300)
        assert not feeder(board), "it still runs"
        left = board.ok("find / -xdev -name '*feeddog*' ! -path '/proc/*' ! -path '/sys/*' ! -path '/var/log/*' "
                        "! -name '*.deb' ! -path '/var/lib/dpkg/*-old' ! -name board-starts-feeddog; find /run -name '*feeddog*'")
        assert not left, f"left behind: {left}"
        board.idle(BITE_S)
