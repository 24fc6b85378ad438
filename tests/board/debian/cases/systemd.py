# SPDX-License-Identifier: MIT
"""systemd is process 1, the vendor's drop-in has it hold the watchdog, and feeddog comes as a Debian package."""

from dataclasses import replace

import packaged
import roots
from board import BITE_S, DOG_S
from debs import Packages
from machine import Machine, on
from scene import HEARING_S, Scene, last_boot, no_reset, now, quiet_on_the_way_down

# A guest that is emulated computes slowly, and twice as slowly beside another one.
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
    restart: systemctl restart nginx
    restart_timeout: 20s
  echo:
    run: [busybox, httpd, -f, -p, '8080', -h, /usr/share/nginx]
    user: www-data
    checks: [{{tcp: 127.0.0.1:8080}}]
ladder: {{restart_for: {RESTART_FOR_S}s, reboot_within: {REBOOT_WITHIN_S}s, settle: 3s}}
"""

# A service that takes its time to stop, and then one that never does.
SLOW = """\
[Service]
ExecStart=/bin/sleep infinity
ExecStop=/bin/sleep %s
TimeoutStopSec=infinity
[Install]
WantedBy=multi-user.target
"""
SLOW_S = 25


def scene_on(root: roots.Root) -> Scene:
    packages = Packages(root)
    return replace(scene, make=lambda name, files: on(root)(name, files).with_packages(packages), prepare=packages.prepare)


scene = Scene({})


def guarded(board: Machine, timeout: float = PATIENCE_S) -> None:
    def probe() -> bool:
        status = board.status()
        return status.get("state") == "well" and status.get("feeding", False) and status.get("since_s", 0) > 3

    board.wait("well", probe, timeout, 0.5)


def feeder(board: Machine) -> str:
    return board.ok("systemctl show -P MainPID feeddog").strip()


def holder(board: Machine) -> str:
    """The name of the program that has the dog open."""
    return board.ok("for p in /proc/[0-9]*; do ls -l $p/fd 2>/dev/null | grep -q /dev/watchdog && cat $p/comm; done || true").strip()


@scene.case()
def installed(board: Machine) -> None:
    """P10, P11: installed by apt, one file edited, enabled: from then on feeddog holds the dog that process 1 held."""
    assert holder(board) == "systemd", f"the vendor's drop-in does not work: {holder(board)!r} holds the dog"
    said = board.apt_install(board.packages.package)
    assert board.run("systemctl is-active feeddog").out.strip() == "inactive", f"it was started by itself: {said}"
    board.push("/etc/feeddog/feeddog.yaml", CONFIG)
    with no_reset(board):
        board.ok("systemctl enable --now feeddog")
        guarded(board)
        assert holder(board) == "feeddogd", f"{holder(board)!r} holds the dog"
        board.idle(BITE_S)
        guarded(board)
    assert last_boot(board)["cause"] == "first", f"last boot: {last_boot(board)}"


@scene.case(follows=True)
def hardened(board: Machine) -> None:
    """P11: systemd-analyze gives the unit an exposure of at most 3.4, and the checker has less than that."""
    shown = board.ok("systemd-analyze security --no-pager feeddog | tail -n 1")
    assert float(shown.split("feeddog.service:")[1].split()[0]) <= 3.4, shown
    armed = board.ok("journalctl --no-pager -o cat -u feeddog | grep event=armed")
    assert "memory_locked=1 realtime=1" in armed, f"hardening took the island away: {armed}"

    def fields(pid: str) -> dict:
        lines = board.agent.read(f"/proc/{pid}/status").splitlines()
        return {key: value.split() for key, _, value in (line.partition(":") for line in lines)}

    strict, rest = fields(str(board.status()["helpers"]["checker"]["pid"])), fields(feeder(board))
    assert int(strict["CapBnd"][0], 16) == 0 != int(rest["CapBnd"][0], 16), f"{strict['CapBnd']} {rest['CapBnd']}"
    assert strict["Uid"] != rest["Uid"], "the checker is root"


@scene.case(follows=True)
def server_crashes(board: Machine) -> str:
    """P2: a server that is killed is restarted through systemd, out of the sandbox."""
    return repaired(board, "kill -9 $(cat /run/nginx.pid)", 2)


@scene.case(follows=True)
def server_hangs(board: Machine) -> str:
    """P2: a server that hangs is restarted."""
    return repaired(board, "pkill -STOP nginx", 20)


def repaired(board: Machine, harm: str, within: float) -> str:
    with no_reset(board):
        begun = now()
        board.ok(harm)
        restart = board.wait_said("restart", begun, within + HEARING_S + PATIENCE_S / 4, service="web")
        up = board.wait_said("service-up", restart.at, PATIENCE_S, service="web")
        guarded(board)
    assert board.ok("busybox wget -qO- http://127.0.0.1/health") == "ok\n"
    return f"restart ordered after {restart.at - begun:.1f} s, up after {up.at - begun:.1f} s"


@scene.case(follows=True)
def feeder_killed(board: Machine) -> str:
    """P2, P4: a drill kills the feeder: systemd replaces it before the dog bites, and its servers are left alone."""
    old, server = feeder(board), board.ok("pidof busybox")
    with no_reset(board):
        done = board.run("feeddog drill kill --yes", PATIENCE_S)
        assert done.code == 0 and "is not reset" in done.out, f"exit {done.code}: {done.out}{done.err}"
        assert feeder(board) not in ("0", old), "it was not killed"
        guarded(board)
        board.idle(BITE_S)
    assert set(server.split()) & set(board.ok("pidof busybox").split()), "the supervised server was restarted"
    told = board.ok("feeddog drill --result").strip()
    assert told.startswith("drill kill passed"), told
    return told


@scene.case(follows=True)
def upgraded(board: Machine) -> str:
    """P3: an upgrade restarts the feeder, and no two feeds are further apart than half of the timeout."""
    return packaged.replaced_by(board, board.packages.newer, feeder, guarded)


@scene.case(follows=True)
def configuration_broken(board: Machine) -> None:
    """P10: where the configuration is not accepted, the old feeder goes on, and the upgrade says so."""
    packaged.refused(board, board.packages.newest, feeder, guarded)


@scene.case(follows=True)
def downgraded(board: Machine) -> str:
    """P3: a downgrade is no different."""
    return packaged.replaced_by(board, board.packages.older, feeder, guarded)


@scene.case(follows=True)
def slow_shutdown(board: Machine) -> str:
    """P2, P14: a shutdown that is slow and moves is not cut short, and is told as planned."""
    board.push("/etc/systemd/system/slow.service", SLOW % SLOW_S)
    board.ok("systemctl enable --now slow")
    begun = now()
    board.agent.start("systemctl reboot")
    reset = board.wait_event("RESET", begun, SLOW_S + 3 * PATIENCE_S)
    assert reset.at - begun > SLOW_S, f"it took only {reset.at - begun:.1f} s"
    board.wait_boot()
    bites = [event for event in board.watchdog_events(begun) if event.name == "WATCHDOG"]
    assert not bites, "the dog bit"
    guarded(board, 2 * PATIENCE_S)
    assert last_boot(board)["cause"] == "planned", f"last boot: {last_boot(board)}"
    quiet_on_the_way_down(board)
    return f"the board was reset by its system after {reset.at - begun:.0f} s"


@scene.case(follows=True)
def hung_shutdown(board: Machine) -> str:
    """P2, P14: a shutdown that hangs gets reboot_within, is ended by the hardware, and is told as let go of."""
    board.push("/etc/systemd/system/slow.service", SLOW % "infinity")
    board.ok("systemctl daemon-reload")
    begun = now()
    board.agent.start("systemctl reboot")
    bite = board.wait_event("WATCHDOG", begun, REBOOT_WITHIN_S + BITE_S + PATIENCE_S)
    # It does not climb through restart_for first.
    assert bite.at - begun < RESTART_FOR_S + REBOOT_WITHIN_S, f"{bite.at - begun:.1f} s"
    assert bite.at - begun > SLOW_S, f"it was not given the time of a slow one: {bite.at - begun:.1f} s"
    board.wait_event("RESET", begun, 2 * PATIENCE_S)
    board.wait_boot()
    board.ok("systemctl disable slow; systemctl kill -s KILL slow")
    guarded(board, 2 * PATIENCE_S)
    assert last_boot(board)["cause"] == "letgo", f"last boot: {last_boot(board)}"
    quiet_on_the_way_down(board)
    return f"the dog bit after {bite.at - begun:.0f} s"


@scene.case(follows=True)
def unrecoverable(board: Machine) -> str:
    """P2, P14: for a server that no restart repairs the board is rebooted, and tells why."""
    begun = now()
    board.ok("webctl break; systemctl stop nginx")
    reset = board.wait_event("RESET", begun, 20 + RESTART_FOR_S + REBOOT_WITHIN_S + BITE_S + 2 * PATIENCE_S)
    board.wait_boot()
    board.ok("webctl repair; systemctl start nginx")
    guarded(board, 2 * PATIENCE_S)
    told = last_boot(board)
    assert told["cause"] == "reboot" and told["service"] == "web", f"last boot: {told}"
    return f"the board was rebooted after {reset.at - begun:.0f} s"


@scene.case(follows=True)
def purged(board: Machine) -> None:
    """P10: a removal stops it in order and gives the dog back to process 1, and a purge leaves nothing, the dog's drop-in neither."""
    with no_reset(board):
        board.ok("apt-get -qq -y remove feeddog")
        returned(board)
        board.push("/etc/systemd/system.conf.d/99-feeddog.conf", "[Manager]\nRuntimeWatchdogSec=off\n")
        board.ok("systemctl daemon-reload")
        assert holder(board) == "", f"{holder(board)!r} holds the dog"
        # The drop-in of `take: own` goes, and is not only forgotten at the next boot.
        board.ok("apt-get -qq -y purge feeddog")
        returned(board)
        packaged.nothing_left(board)
        board.idle(BITE_S)


def returned(board: Machine) -> None:
    """Process 1 holds the dog, as the vendor has it."""
    board.wait("systemd holding the dog", lambda: holder(board) == "systemd", 20)
    usec = board.ok("systemctl show -P RuntimeWatchdogUSec").strip()
    assert usec == "1min", f"RuntimeWatchdogUSec is {usec}"


scenes = {"systemd-13": scene_on(roots.DEBIAN_13), "systemd-12": scene_on(roots.DEBIAN_12)}
