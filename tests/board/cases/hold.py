# SPDX-License-Identifier: MIT
"""A server that not even a reboot repairs: three reboots, and then hold."""

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
    mend,
    no_reset,
    now,
    settled,
)

RESTART_FOR_S = 5
LIMIT = 3
CLIMB_S = climb_s(RESTART_FOR_S)

SETTINGS = config(restart_for=RESTART_FOR_S)
scene = Scene({"feeddog.yaml": SETTINGS, "boot": BOOT}, ready=settled)


def rebooted(board: Board, since: float, number: int) -> None:
    """The board reboots itself by its command, and then tells why."""
    board.wait_said("reboot", since, CLIMB_S + HEARING_S, service="web")
    board.wait_event("RESET", since, CLIMB_S + REBOOT_WITHIN_S + HEARING_S)
    board.wait_boot()
    told = last_boot(board)
    assert told["cause"] == "reboot" and told["service"] == "web" and told["check"], f"last boot: {told}"
    reboots = board.status()["reboots"]
    assert reboots["unsettled"] == number and reboots["limit"] == LIMIT, f"reboots: {reboots}"


@scene.case()
def reboot_is_told(board: Board) -> None:
    """P14: the ladder's own reboot is told as such, with the service and the check behind it."""
    begun = now()
    board.ok("touch /data/web-broken && /etc/board/webctl stop")
    rebooted(board, begun, 1)


@scene.case(follows=True)
def three_reboots_then_hold(board: Board) -> None:
    """P6, P8: after three reboots without health the board is held: fed, up, and saying so."""
    for number in range(2, LIMIT + 1):
        rebooted(board, now(), number)
    with no_reset(board):
        begun = now()
        board.wait_said("hold", begun, CLIMB_S + HEARING_S)
        board.wait_state("hold", 5)
        feeds = Feeds(board)
        board.wait_led("hold", begun, 20, WEB_NUMBER)
        board.idle(max(0.0, begun + CLIMB_S + BITE_S - now()))
        assert feeds.longest_gap() <= DOG_S / 2, f"two feeds were {feeds.longest_gap():.2f} s apart"
        assert board.run("feeddog status").code == 1, "feeddog status: exit code"


@scene.case(follows=True)
def healthy_again(board: Board) -> None:
    """P6, P8: a held board whose server is healthy again is well."""
    begun = now()
    with no_reset(board):
        mend(board)
        settled(board)
        board.wait_led("well", begun, 30)
