# SPDX-License-Identifier: MIT
"""The inits that are not systemd: SysV init with feeddog's Debian package, OpenRC and BusyBox with `make install`."""

from dataclasses import dataclass, replace
from typing import Callable

import packaged
import roots
from board import BITE_S, DOG_S
from debs import Packages
from machine import Machine, on
from scene import HEARING_S, Scene, last_boot, no_reset, now, quiet_on_the_way_down

# A guest that is emulated computes slowly, and more so beside others.
PATIENCE_S = 120
RESTART_FOR_S = 45
REBOOT_WITHIN_S = 60
CONFIG = f"""\
watchdog: {{timeout: {DOG_S}s}}
defaults: {{interval: 2s, timeout: 2s, retries: 2, start_period: 20s}}
services:
  web:
    checks:
      - http: http://127.0.0.1:80/health
      - process: {{pidfile: /run/nginx.pid}}
    restart: busybox killall -9 nginx; nginx
    restart_timeout: 20s
ladder: {{restart_for: {RESTART_FOR_S}s, reboot_within: {REBOOT_WITHIN_S}s, settle: 3s}}
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
                   # As from a shell of its own: init ends the group of whoever it has started, which is the hand in the guest.
                   "setsid -w rc-service feeddog", True),
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
def server_crashes(board: Machine) -> str:
    """P2: a server that is killed is restarted."""
    return repaired(board, "busybox killall -9 nginx", 2)


@scene.case(follows=True)
def server_hangs(board: Machine) -> str:
    """P2: a server that hangs is restarted."""
    return repaired(board, "busybox killall -STOP nginx", 20)


def repaired(board: Machine, harm: str, within: float) -> str:
    with no_reset(board):
        old = guarded(board)
        begun = now()
        board.ok(harm)
        restart = board.wait_said("restart", begun, within + HEARING_S + PATIENCE_S / 4, service="web")
        up = board.wait_said("service-up", restart.at, PATIENCE_S, service="web")
        assert guarded(board) == old, "another feeder"
    assert board.ok("busybox wget -qO- http://127.0.0.1/health") == "ok\n"
    return f"restart ordered after {restart.at - begun:.1f} s, up after {up.at - begun:.1f} s"


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
    quiet_on_the_way_down(board)


@scene.case(follows=True)
def feeder_killed(board: Machine) -> str:
    """P2, P14: a drill kills the feeder: it is replaced where this init does that; where it does not, the hardware resets the board."""
    old = guarded(board)
    begun = now()
    if ways(board).replaces:
        done = board.run("feeddog drill kill --yes", PATIENCE_S)
        assert done.code == 0 and "is not reset" in done.out, f"exit {done.code}: {done.out}{done.err}"
        assert guarded(board) != old, "it was not killed"
        board.idle(BITE_S)
        assert not board.watchdog_events(begun), "the board was reset"
    else:
        board.agent.start("feeddog drill kill --yes")
        bite = board.wait_event("WATCHDOG", begun, BITE_S + PATIENCE_S)
        assert bite.at - begun < BITE_S + PATIENCE_S / 4, f"the dog bit after {bite.at - begun:.1f} s"
        board.wait_event("RESET", begun, PATIENCE_S)
        board.wait_boot()
        guarded(board)
    told = board.run("feeddog drill --result")
    assert told.out.startswith("drill kill passed"), f"exit {told.code}: {told.out}{told.err}"
    return told.out.strip()


@scene.case(follows=True)
def unrecoverable(board: Machine) -> str:
    """P2, P14: for a server that no restart repairs the board is rebooted by what this init has, and tells why."""
    begun = now()
    board.ok("webctl break; busybox killall nginx")
    reset = board.wait_event("RESET", begun, 20 + RESTART_FOR_S + REBOOT_WITHIN_S + BITE_S + 2 * PATIENCE_S)
    board.wait_boot()
    board.ok("webctl repair; nginx")
    guarded(board)
    told = last_boot(board)
    assert told["cause"] == "reboot" and told["service"] == "web", f"last boot: {told}"
    return f"the board was rebooted after {reset.at - begun:.0f} s"


def scene_of(name: str) -> Scene:
    way = WAYS[name]
    if name != "sysvinit":
        return replace(scene, make=on(way.root), prepare=way.root.build)
    packages = Packages(way.root)
    return replace(scene, make=lambda title, files: on(way.root)(title, files).with_packages(packages), prepare=packages.prepare)


scenes = {f"init-{name}": scene_of(name) for name in WAYS}
sysvinit = scenes["init-sysvinit"] = replace(scenes["init-sysvinit"], cases=[*scene.cases])


# A service that takes its time to stop, and then one that never does.
SLOW = """\
#!/bin/sh
### BEGIN INIT INFO
# Provides:          slow
# Required-Start:    $remote_fs
# Required-Stop:     $remote_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: It takes its time
### END INIT INFO
[ "$1" != stop ] || sleep %s
"""
SLOW_S = 25


@sysvinit.case(follows=True)
def slow_shutdown(board: Machine) -> str:
    """P2, P14: a shutdown that is slow and moves is not cut short, and is told as planned."""
    board.push("/etc/init.d/slow", SLOW % SLOW_S)
    board.ok("update-rc.d slow defaults")
    begun = now()
    board.agent.start("reboot")
    reset = board.wait_event("RESET", begun, SLOW_S + 3 * PATIENCE_S)
    assert reset.at - begun > SLOW_S, f"it took only {reset.at - begun:.1f} s"
    assert not [event for event in board.watchdog_events(begun) if event.name == "WATCHDOG"], "the dog bit"
    board.wait_boot()
    guarded(board)
    assert last_boot(board)["cause"] == "planned", f"last boot: {last_boot(board)}"
    quiet_on_the_way_down(board)
    return f"the board was reset by its system after {reset.at - begun:.0f} s"


@sysvinit.case(follows=True)
def hung_shutdown(board: Machine) -> str:
    """P2, P14: a shutdown that hangs gets reboot_within, is ended by the hardware, and is told as let go of."""
    board.push("/etc/init.d/slow", SLOW % "infinity")
    begun = now()
    board.agent.start("reboot")
    bite = board.wait_event("WATCHDOG", begun, REBOOT_WITHIN_S + BITE_S + PATIENCE_S)
    assert SLOW_S < bite.at - begun < RESTART_FOR_S + REBOOT_WITHIN_S, f"the dog bit after {bite.at - begun:.1f} s"
    board.wait_event("RESET", begun, PATIENCE_S)
    board.wait_boot()
    board.ok("rm /etc/init.d/slow && update-rc.d slow remove")
    guarded(board)
    assert last_boot(board)["cause"] == "letgo", f"last boot: {last_boot(board)}"
    quiet_on_the_way_down(board)
    return f"the dog bit after {bite.at - begun:.0f} s"


@sysvinit.case(follows=True)
def upgraded(board: Machine) -> str:
    """P3: an upgrade restarts the feeder, and no two feeds are further apart than half of the timeout."""
    return packaged.replaced_by(board, board.packages.newer, feeder, guarded)


@sysvinit.case(follows=True)
def configuration_broken(board: Machine) -> None:
    """P10: where the configuration is not accepted, the old feeder goes on, and the upgrade says so."""
    packaged.refused(board, board.packages.newest, feeder, guarded)


@sysvinit.case(follows=True)
def downgraded(board: Machine) -> str:
    """P3: a downgrade is no different."""
    return packaged.replaced_by(board, board.packages.older, feeder, guarded)


@sysvinit.case(follows=True)
def purged(board: Machine) -> None:
    """P10: purge stops it in order, and leaves nothing."""
    with no_reset(board):
        board.ok("apt-get -qq -y purge feeddog", 300)
        packaged.nothing_left(board)
        board.idle(BITE_S)
