# SPDX-License-Identifier: MIT
"""A board that has more to do than it can, and whose server answers all the same."""

from board import DOG_S, Board
from scene import BOOT, DETECTION_S, Feeds, Scene, config, no_reset, now, service, settled

# Time enough for a server that starts on a busy board.
scene = Scene({"feeddog.yaml": config(start_period=10, restart_for=60), "boot": BOOT}, ready=settled, early=True)

BUSY_S = 60
# Computing, writing to the disk, and asking the server, all more than one slow processor can do.
LOAD = """
trap 'kill 0' TERM
for i in 1 2; do (while :; do sha256sum /usr/sbin/nginx; done >/dev/null) & done
(while :; do dd if=/dev/zero of=/data/load bs=64k count=32 conv=fsync; done >/dev/null 2>&1) &
(while :; do wget -qO /dev/null http://127.0.0.1:8080/health; done) &
wait
"""


@scene.case()
def healthy_while_busy(board: Board) -> None:
    """P3, P4, P8: a busy board with a healthy server is fed for a minute without a gap, a restart or a reset."""
    # It need not be well all the time: where the host is busy as well, a result may be late.
    restarts = service(board, "web")["restarts"]
    feeds = Feeds(board)
    board.agent.write("/run/load", LOAD)
    with no_reset(board):
        load = board.ok("setsid sh /run/load >/dev/null 2>&1 & echo $!").strip()
        begun, clock = now(), board.uptime()
        board.wait(f"{BUSY_S} s of the board", lambda: board.uptime() >= clock + BUSY_S, 3 * BUSY_S, 1)
        board.wait_led("well", begun, 4 * DETECTION_S)
        board.ok(f"kill -TERM -{load}; rm -f /data/load")
        gap, fed = feeds.longest_gap(), feeds.times()
    assert fed[-1] - fed[0] > BUSY_S - DOG_S / 2, f"the feeds recorded span only {fed[-1] - fed[0]:.1f} s"
    assert gap <= DOG_S / 2, f"two feeds were {gap:.2f} s apart"
    assert service(board, "web")["restarts"] == restarts, "a service was restarted for it"
