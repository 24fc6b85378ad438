# SPDX-License-Identifier: MIT
"""A server broken for good, on a board whose reboot command does nothing: up the ladder to the hardware's reset."""

from board import BITE_S, Board, logfmt
from scene import (
    BOOT,
    DETECTION_S,
    HEARING_S,
    REBOOT_WITHIN_S,
    WEB_NUMBER,
    Feeds,
    Scene,
    config,
    last_boot,
    mend,
    now,
    settled,
)
from wire import Event

REBOOT = "['echo', 'the reboot command was run']"
# Several turns of the LED, of which one has to be seen whole.
RESTART_FOR_S = 20
scene = Scene({"feeddog.yaml": config(reboot=REBOOT, restart_for=RESTART_FOR_S), "boot": BOOT}, ready=settled)

BOUND_S = DETECTION_S + RESTART_FOR_S + REBOOT_WITHIN_S


@scene.case()
def reboot_is_ordered(board: Board) -> None:
    """P2, P5, P8: a server broken for good is restarted for restart_for, and then a reboot is ordered."""
    bound = logfmt(board.said("armed", 0)[-1].name)["bound_ms"]
    assert bound == str(1000 * BOUND_S), f"the log says that BOUND is {bound} ms, and it is {BOUND_S} s"
    # The server still answers at this time: the last good verdict is of before it.
    broken = now()
    board.ok("touch /data/web-broken && /etc/board/webctl stop")
    down = board.wait_said("service-down", broken, DETECTION_S + HEARING_S, service="web")
    board.wait_state("recovering", 3)
    board.wait_led("recovering", down.at, RESTART_FOR_S, WEB_NUMBER)
    ordered = board.wait_said("reboot", down.at, RESTART_FOR_S + HEARING_S)
    stayed = ordered.at - down.at
    assert abs(stayed - RESTART_FOR_S) < HEARING_S, f"the reboot was ordered after {stayed:.1f} s"
    assert "service=web" in ordered.name, f"does not say for which service: {ordered.name}"
    restarts = board.said("restart", broken, service="web")
    assert len(restarts) >= 2, f"only {len(restarts)} restarts were tried"
    board.notes = {"broken": Event(broken, "broken"), "ordered": ordered}
    board.wait_line("the reboot command was run", down.at, RESTART_FOR_S + HEARING_S + 1)


@scene.case(follows=True)
def hardware_resets(board: Board) -> None:
    """P1, P2, P8: where no reboot comes, the hardware resets the board, within BOUND."""
    broken, ordered = board.notes["broken"], board.notes["ordered"]
    feeds = Feeds(board)
    board.wait_led("rebooting", ordered.at, REBOOT_WITHIN_S)
    letgo = board.wait_said("letgo", ordered.at, REBOOT_WITHIN_S + HEARING_S)
    fed, clock = feeds.times(), board.uptime()
    bite = board.wait_event("WATCHDOG", letgo.at, BITE_S + HEARING_S)
    waited = letgo.at - ordered.at
    assert abs(waited - REBOOT_WITHIN_S) < HEARING_S, f"let go {waited:.1f} s after the order"
    assert fed and fed[-1] <= clock, "the dog was not fed while the reboot was waited for"
    assert bite.at - letgo.at < BITE_S, f"the dog bit {bite.at - letgo.at:.1f} s after it was let go"
    outage = bite.at - broken.at
    assert outage < BOUND_S + BITE_S, f"{outage:.1f} s from the last good verdict to the bite"


@scene.case(follows=True)
def letgo_is_told(board: Board) -> None:
    """P14: the boot after it tells that the dog was let go, and for which service."""
    board.wait_boot()
    told = last_boot(board)
    assert told["cause"] == "letgo" and told["service"] == "web" and told["check"], f"last boot: {told}"
    text = board.run("feeddog status").out
    assert "web" in text and board.status()["reboots"]["unsettled"] == 1, f"feeddog status: {text}"
    mend(board)
    settled(board)
