# SPDX-License-Identifier: MIT
"""systemd is process 1, the vendor's drop-in has it hold the watchdog, and feeddog comes as a Debian package."""

from dataclasses import replace

import roots
from board import BITE_S, DOG_S
from debs import Packages
from machine import Machine, on
from scene import HEARING_S, Feeds, Scene, last_boot, no_reset, now

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
    """P11: systemd-analyze gives the unit an exposure of at most 3.0, and the checker has less than that."""
    shown = board.ok("systemd-analyze security --no-pager feeddog | tail -n 1")
    assert float(shown.split("feeddog.service:")[1].split()[0]) <= 3.0, shown
    armed = board.ok("journalctl --no-pager -o cat -u feeddog | grep event=armed")
    assert "memory_locked=1 realtime=1" in armed, f"hardening took the island away: {armed}"

    def fields(pid: str) -> dict:
        lines = board.agent.read(f"/proc/{pid}/status").splitlines()
        return {key: value.split() for key, _, value in (line.partition(":") for line in lines)}

    strict, rest = fields(str(board.status()["helpers"]["checker"]["pid"])), fields(feeder(board))
    assert int(strict["CapBnd"][0], 16) == 0 != int(rest["CapBnd"][0], 16), f"{strict['CapBnd']} {rest['CapBnd']}"
    assert strict["Uid"] != rest["Uid"], "the checker is root"


@scene.case(follows=True)
def server_crashes(board: Machine) -> None:
    """P2: a server that is killed is restarted through systemd, out of the sandbox."""
    repaired(board, "kill -9 $(cat /run/nginx.pid)", 2)


@scene.case(follows=True)
def server_hangs(board: Machine) -> None:
    """P2: a server that hangs is restarted."""
    repaired(board, "pkill -STOP nginx", 20)


def repaired(board: Machine, harm: str, within: float) -> None:
    with no_reset(board):
        begun = now()
        board.ok(harm)
        restart = board.wait_said("restart", begun, within + HEARING_S + PATIENCE_S / 4, service="web")
        board.wait_said("service-up", restart.at, PATIENCE_S, service="web")
        guarded(board)
    assert board.ok("busybox wget -qO- http://127.0.0.1/health") == "ok\n"


@scene.case(follows=True)
def feeder_killed(board: Machine) -> None:
    """P2: a feeder that is killed is replaced by systemd before the dog bites, and its servers are left alone."""
    old, server = feeder(board), board.ok("pidof busybox")
    with no_reset(board):
        board.ok(f"kill -9 {old}")
        board.wait("another feeder", lambda: feeder(board) not in ("0", old), DOG_S, 0.5)
        guarded(board)
        board.idle(BITE_S)
    assert set(server.split()) & set(board.ok("pidof busybox").split()), "the supervised server was restarted"


@scene.case(follows=True)
def upgraded(board: Machine) -> None:
    """P3: an upgrade restarts the feeder, and no two feeds are further apart than half of the timeout."""
    replaced_by(board, board.packages.newer)


@scene.case(follows=True)
def configuration_broken(board: Machine) -> None:
    """P10: where the configuration is not accepted, the old feeder goes on, and the upgrade says so."""
    old = feeder(board)
    board.ok("cp /etc/feeddog/feeddog.yaml /var/tmp/kept && echo 'nonsense: 1' >>/etc/feeddog/feeddog.yaml")
    said = board.apt_install(board.packages.package)
    assert "goes on guarding" in said and "nonsense" in said, f"it does not say so: {said}"
    assert feeder(board) == old, "the old feeder is gone"
    guarded(board)
    board.ok("cp /var/tmp/kept /etc/feeddog/feeddog.yaml")


@scene.case(follows=True)
def downgraded(board: Machine) -> None:
    """P3: a downgrade is no different."""
    replaced_by(board, board.packages.older)


def replaced_by(board: Machine, package) -> None:
    feeds = Feeds(board)
    old = feeder(board)
    with no_reset(board):
        board.apt_install(package)
        assert feeder(board) not in ("0", old), "the old feeder still runs"
        guarded(board)
    gap = feeds.longest_gap()
    assert gap <= DOG_S / 2, f"two feeds were {gap:.2f} s apart"


@scene.case(follows=True)
def slow_shutdown(board: Machine) -> None:
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


@scene.case(follows=True)
def hung_shutdown(board: Machine) -> None:
    """P2: a shutdown that hangs is ended by the hardware."""
    board.push("/etc/systemd/system/slow.service", SLOW % "infinity")
    board.ok("systemctl daemon-reload")
    begun = now()
    board.agent.start("systemctl reboot")
    bite = board.wait_event("WATCHDOG", begun, 20 + RESTART_FOR_S + REBOOT_WITHIN_S + BITE_S + PATIENCE_S)
    assert bite.at - begun > SLOW_S, f"it was not given the time of a slow one: {bite.at - begun:.1f} s"
    board.wait_event("RESET", begun, 2 * PATIENCE_S)
    board.wait_boot()
    board.ok("systemctl disable slow; systemctl kill -s KILL slow")
    guarded(board, 2 * PATIENCE_S)


@scene.case(follows=True)
def unrecoverable(board: Machine) -> None:
    """P2, P14: for a server that no restart repairs the board is rebooted, and tells why."""
    begun = now()
    board.ok("webctl break; systemctl stop nginx")
    board.wait_event("RESET", begun, 20 + RESTART_FOR_S + REBOOT_WITHIN_S + BITE_S + 2 * PATIENCE_S)
    board.wait_boot()
    board.ok("webctl repair; systemctl start nginx")
    guarded(board, 2 * PATIENCE_S)
    told = last_boot(board)
    assert told["cause"] == "reboot" and told["service"] == "web", f"last boot: {told}"


@scene.case(follows=True)
def purged(board: Machine) -> None:
    """P10: purge stops it in order, gives the dog back to process 1, and leaves nothing."""
    with no_reset(board):
        board.ok("apt-get -qq -y purge feeddog")
        board.wait("systemd holding the dog", lambda: holder(board) == "systemd", 20)
        left = board.ok("find / -xdev -name '*feeddog*' ! -path '/proc/*' ! -path '/sys/*' ! -path '/var/log/*' "
                        "! -name '*.deb' ! -path '/var/lib/dpkg/*-old'; find /run -name '*feeddog*'")
        assert not left, f"left behind: {left}"
        assert "feeddog" not in board.ok("cat /etc/passwd /etc/group /etc/shadow /etc/gshadow"), "its user is left"
        assert board.run("pgrep feeddog").code == 1, "a process is left"
        board.idle(BITE_S)


scenes = {"systemd-13": scene_on(roots.DEBIAN_13), "systemd-12": scene_on(roots.DEBIAN_12)}
