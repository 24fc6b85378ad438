# SPDX-License-Identifier: MIT
"""Fire drills on a real watchdog: what follows, and what `feeddog drill --result` makes of it."""

from board import BITE_S, Board
from scene import BOOT, DETECTION_S, HEARING_S, Scene, config, last_boot, no_reset, now, settled

scene = Scene({"feeddog.yaml": config(), "boot": BOOT}, ready=settled)

DRILL = "feeddog drill -c /data/feeddog.yaml"


def result(board: Board) -> str:
    told = board.run(f"{DRILL} --result")
    assert told.code == 0, f"exit {told.code}: {told.out}{told.err}"
    return told.out


@scene.case()
def drill_stop(board: Board) -> None:
    """P1, P14: a drill that stops the feeder ends in a reset by the hardware, which the next boot explains by the drill."""
    begun = now()
    board.agent.start(f"{DRILL} stop --yes")
    board.wait_event("WATCHDOG", begun, BITE_S + 2 * HEARING_S)
    board.wait_boot()
    settled(board)
    assert last_boot(board)["cause"] == "drill", f"last boot: {last_boot(board)}"
    assert board.status()["reboots"]["unsettled"] == 0, "a drill was counted as a reboot"
    assert "drill stop passed" in result(board)


@scene.case()
def drill_hang(board: Board) -> None:
    """P4: a drill that hangs the checker sees it replaced, without a reset."""
    with no_reset(board):
        done = board.run(f"{DRILL} hang --yes", timeout=DETECTION_S + 30)
        assert done.code == 0 and "passed" in done.out, f"exit {done.code}: {done.out}{done.err}"
    assert "drill hang passed" in result(board)
