# SPDX-License-Identifier: MIT
"""Boards that cannot count their reboots: a root that lies in memory, as an overlay does, and a card that can only be read."""

from board import BITE_S, DOG_S, Board
from scene import DETECTION_S, HEARING_S, REBOOT_WITHIN_S, WEB_NUMBER, Feeds, Scene, config, no_reset, now, settled

RESTART_FOR_S = 5
SETTINGS = config(restart_for=RESTART_FOR_S)
BOOTS = 2

# Before feeddog, as the initramfs of a board does it.
OVERLAY = """\
insmod /lib/modules/more/overlay.ko
mkdir /run/overlay
mount -t tmpfs -o mode=755 tmpfs /run/overlay
mkdir /run/overlay/upper /run/overlay/work
mount -t overlay -o lowerdir=/data,upperdir=/run/overlay/upper,workdir=/run/overlay/work overlay /data
"""
READ_ONLY = "mount -o remount,ro /data\n"
BOOT = "#!/bin/sh\n{before}/etc/board/start-feeddogd\n/etc/board/webctl start\n"


def held(board: Board, since: float, reason: str) -> None:
    """A server that is well, and then cannot be repaired: the board is held instead of rebooted, and says why."""
    settled(board)
    said = board.wait_said("storage", since, HEARING_S, stable="0")
    assert reason in said.name, said.name
    broken = now()
    feeds = Feeds(board)
    with no_reset(board):
        board.ok("mv /usr/sbin/nginx /usr/sbin/nginx.lost && killall -9 nginx")
        board.wait_said("hold", broken, RESTART_FOR_S + DETECTION_S + HEARING_S, why="cannot-count")
        board.wait_led("hold", broken, 2 * DETECTION_S + RESTART_FOR_S, WEB_NUMBER)
        board.idle(max(0.0, broken + RESTART_FOR_S + REBOOT_WITHIN_S + BITE_S - now()))
        gap = feeds.longest_gap()
    assert gap <= DOG_S / 2, f"two feeds were {gap:.2f} s apart"
    assert not board.said("reboot", since), "a reboot was ordered that nobody could count"
    shown = board.run("feeddog status")
    assert shown.code == 1 and "cannot be counted" in " ".join(shown.out.split()), f"feeddog status {shown.code}: {shown.out}"


def held_in_each_boot(board: Board, reason: str) -> None:
    held(board, board.switched_on, reason)
    for _ in range(BOOTS - 1):
        begun = now()
        board.agent.start("reboot")
        board.wait_event("RESET", begun, BITE_S)
        board.wait_boot()
        held(board, begun, reason)


def made(before: str) -> Scene:
    return Scene({"feeddog.yaml": SETTINGS, "boot": BOOT.format(before=before)})


scenes = {"overlay_root": made(OVERLAY), "read_only_card": made(READ_ONLY)}


@scenes["overlay_root"].case()
def overlay_root(board: Board) -> None:
    """P6, P8: a board whose state lies on an overlay in memory is held, because its count would be lost at each reset."""
    held_in_each_boot(board, "overlay in memory")


@scenes["read_only_card"].case()
def read_only_card(board: Board) -> None:
    """P6, P8, P9: a board whose card can only be read guards its server, and is held, because nothing can be counted."""
    held_in_each_boot(board, "ead-only")
