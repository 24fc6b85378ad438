# SPDX-License-Identifier: MIT
"""What feeddogd(8) says that commands cannot do in the hardened unit, how that is seen, and the drop-in that lets them do it."""

import roots
from board import DOG_S
from machine import Machine, on
from scene import Scene, now

# The manual's, of those that this Debian has.
NEEDY = """\
#!/bin/sh
touch /run/up
try() { if sh -c "$2" >/dev/null; then echo "$1 can"; else echo "$1 cannot"; fi; } >>/run/tried.new
echo "as root: $(id -u)"
try become "grep -q 'NoNewPrivs:.*0' /proc/self/status"
try network "busybox ip addr show lo"
try mount "mount -t tmpfs none /mnt && umount /mnt"
try sysctl "sysctl -w kernel.printk=4"
try renice "renice -n -5 -p $$"
try chrt "chrt -f 1 true"
try taskset "taskset 1 true"
try look "readlink /proc/$(pgrep -u www-data nginx | head -n 1)/exe"
try etc "touch /etc/tried"
try usr "touch /usr/tried"
try container "unshare --mount true"
mv /run/tried.new /run/tried
exit 3
"""
TRIED = NEEDY.count("\ntry ")
CONFIG = f"""\
watchdog: {{timeout: {DOG_S}s}}
defaults: {{interval: 2s, timeout: 2s, retries: 1, start_period: 3m}}
services:
  web:
    checks: [{{file: {{path: /run/up}}}}]
    restart: nice /usr/local/sbin/needy
ladder: {{restart_for: 10m}}
"""
PATIENCE_S = 240


def installed(board: Machine) -> None:
    if board.run("test -e /usr/local/sbin/feeddogd").code != 0:
        board.install()
    board.ok("touch /run/up && systemctl restart feeddog")
    board.wait_state("well", PATIENCE_S)


scene = Scene({"/etc/feeddog/feeddog.yaml": CONFIG, "/usr/local/sbin/needy": NEEDY}, ready=installed,
              make=on(roots.DEBIAN_13), prepare=roots.DEBIAN_13.build)


def tried(board: Machine) -> dict:
    """Has the service go down, and tells what its restart command could do."""
    begun = now()
    board.ok("rm -f /run/tried /run/up")
    board.wait_said("restart-failed", begun, PATIENCE_S, service="web")
    said = dict(line.split() for line in board.ok("cat /run/tried").splitlines())
    assert len(said) == TRIED, said
    return said


def advice(board: Machine) -> dict:
    return next(finding for finding in board.ok_json("feeddog doctor --json")["findings"] if finding["topic"] == "commands")


@scene.case()
def confined(board: Machine) -> None:
    """P11: what the manual lists fails in the unit, as root too: it is in the log, and the doctor warns of it."""
    able = [name for name, verdict in tried(board).items() if verdict != "cannot"]
    assert not able, f"not taken away: {able}"
    log = board.journal()
    assert "event=output" in log and "Operation not permitted" in log, log[-3000:]
    found = advice(board)
    assert found["grade"] == "warning" and "`nice`" in found["says"], found


@scene.case(follows=True)
def unconfined(board: Machine) -> None:
    """P11: with the drop-in, put there by the manual's two lines, the same commands work."""
    board.ok("install -D -m 644 /usr/local/share/feeddog/systemd/unconfined.conf "
             "/etc/systemd/system/feeddog.service.d/unconfined.conf")
    begun = now()
    board.ok("systemctl daemon-reload && systemctl restart feeddog")
    board.wait_said("state", begun, PATIENCE_S, state="well")
    unable = [name for name, verdict in tried(board).items() if verdict != "can"]
    assert not unable, f"not given back: {unable}"
    assert advice(board)["grade"] == "ok", advice(board)


scenes = {"confined-13": scene}
