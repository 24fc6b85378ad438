# SPDX-License-Identifier: MIT
"""A configuration with a typo, which no reboot mends; and the board that it becomes once the typo is corrected, whose reboots do mend."""

from board import BITE_S, DOG_S, Board
from scene import (
    BOOT,
    HEARING_S,
    REBOOT_WITHIN_S,
    WEB_NUMBER,
    Feeds,
    Scene,
    climb_s,
    config,
    last_boot,
    no_reset,
    now,
    settled,
)

RESTART_FOR_S = 5
REBOOTS_SETTLE_S = 10
BOOTS = 3
CLIMB_S = climb_s(RESTART_FOR_S)

RIGHT = config(restart_for=RESTART_FOR_S, reboots_settle=REBOOTS_SETTLE_S)
WRONG = RIGHT.replace("127.0.0.1:8080", "127.0.0.1:8081")
scene = Scene({"feeddog.yaml": WRONG, "right.yaml": RIGHT, "boot": BOOT}, early=True)


def held(board: Board, since: float) -> None:
    """
    Where the ladder would reboot it, the board that was switched on at `since` holds, because it was never well; and it is fed, or
    the hardware would reset it.
    """
    with no_reset(board):
        feeds = Feeds(board)
        hold = board.wait_said("hold", since, CLIMB_S + HEARING_S, why="never-well")
        board.wait_led("hold", hold.at, 20, WEB_NUMBER)
        board.idle(max(0.0, hold.at + BITE_S - now()))
        assert board.status()["state"] == "hold", board.describe()
        assert feeds.longest_gap() <= DOG_S / 2, f"two feeds were {feeds.longest_gap():.2f} s apart"
    assert not board.said("reboot", since), "a reboot was ordered"
    shown = board.run("feeddog status")
    assert shown.code == 1 and "never well on this board" in " ".join(shown.out.split()), f"feeddog status {shown.code}: {shown.out}"


@scene.case()
def typo_costs_no_reboot(board: Board) -> None:
    """P8, P16: a board whose server was never well is held, fed and not rebooted, in each boot anew."""
    held(board, board.switched_on)
    for _ in range(BOOTS - 1):
        begun = now()
        board.agent.start("reboot")
        board.wait_event("RESET", begun, BITE_S)
        board.wait_boot()
        held(board, begun)


@scene.case(follows=True)
def well_once_it_is_corrected(board: Board) -> None:
    """P6, P16: with the typo corrected the board is well, and what a person's reboots cost of the budget is cleared by that."""
    begun = now()
    with no_reset(board):
        board.ok("cp /data/right.yaml /data/feeddog.yaml && kill -TERM $(cat /run/feeddogd.pid)")
        board.wait("the end of feeddogd", lambda: board.run("pidof feeddogd").code == 1, 15)
        board.ok("/etc/board/start-feeddogd")
        board.wait_said("state", begun, 20, state="well")
        board.wait("no uncleared reboot", lambda: board.status()["reboots"]["unsettled"] == 0, 2 * REBOOTS_SETTLE_S)


@scene.case(follows=True)
def reboot_mends(board: Board) -> None:
    """P6, P14, P16: a dead server that only a reboot mends has the board rebooted once, which stays up, and clears that reboot."""
    begun = now()
    # The program lies in memory: the next boot has it again.
    board.ok("mv /usr/sbin/nginx /usr/sbin/nginx.lost && killall -9 nginx")
    board.wait_said("reboot", begun, CLIMB_S + HEARING_S, service="web")
    board.wait_event("RESET", begun, CLIMB_S + REBOOT_WITHIN_S + HEARING_S)
    board.wait_boot()
    up = now()
    told = last_boot(board)
    assert told["cause"] == "reboot" and told["service"] == "web" and told["check"], f"last boot: {told}"
    assert board.status()["reboots"]["unsettled"] == 1, board.status()["reboots"]
    with no_reset(board):
        settled(board)
        board.wait("no uncleared reboot", lambda: board.status()["reboots"]["unsettled"] == 0, 2 * REBOOTS_SETTLE_S)
        board.idle(max(0.0, up + CLIMB_S + BITE_S - now()))
        assert board.status()["state"] == "well", board.describe()
    assert not board.said("reboot", up), "rebooted once more"
