# SPDX-License-Identifier: MIT
"""The watchdog's device as it is in the field: a driver that goes away and comes back, a link in /dev, nowayout, a software
watchdog beside the hardware."""

from board import BITE_S, Board
from scene import BOOT, HEARING_S, Scene, config, no_reset, now, settled

scene = Scene({"feeddog.yaml": config(), "boot": BOOT}, ready=settled)

DRIVER = "'/sys/bus/pci/drivers/i6300ESB timer'"
BY_LINK = "sed 's#/dev/watchdog0#/dev/watchdog#' /data/feeddog.yaml >/run/link.yaml"
START_BY_LINK = "setsid feeddogd -c /run/link.yaml >/dev/console 2>&1 </dev/null & echo $! >/run/feeddogd.pid"


def stop(board: Board) -> None:
    board.ok("kill -TERM $(cat /run/feeddogd.pid)")
    board.wait("the end of feeddogd", lambda: board.run("pidof feeddogd").code == 1, 15)


def findings(board: Board, path: str) -> dict:
    told = board.ok_json(f"feeddog doctor --json -c {path}")
    return {finding["topic"]: finding for finding in told["findings"]}


@scene.case()
def driver_goes_away(board: Board) -> None:
    """P8, P10: without its driver the board is unguarded, which log, status, LED and history say; with it, it is guarded again."""
    begun = now()
    with no_reset(board):
        board.ok(f"cd {DRIVER} && basename $(ls -d 0000:*) >/run/pci && cat /run/pci >unbind")
        board.wait_said("watchdog-lost", begun, 5)
        board.wait_led("fault", begun, 10)
        shown = board.run("feeddog status")
        assert shown.code == 1 and "unguarded" in shown.out, f"status {shown.code}: {shown.out}"
        board.idle(BITE_S)
        back = now()
        board.ok(f"cd {DRIVER} && cat /run/pci >bind")
        board.wait_said("watchdog-back", back, 10)
        board.wait("status well", lambda: board.run("feeddog status").code == 0, 10)
        board.idle(BITE_S + HEARING_S)
    events = [entry["event"] for entry in board.ok_json("feeddog history --json")]
    assert "watchdog-lost" in events and "watchdog-back" in events, events
    # It was armed again, and is what guards the board.
    begun = now()
    board.ok("kill -STOP $(pidof feeddogd)")
    board.wait_event("WATCHDOG", begun, BITE_S + HEARING_S)
    board.wait_event("RESET", begun, BITE_S + 15)
    board.wait_boot()
    settled(board)


@scene.case()
def software_watchdog_beside_it(board: Board) -> None:
    """P10: the doctor says what a software watchdog is, and which one is the hardware."""
    board.ok("insmod /lib/modules/more/softdog.ko && sed 's#/dev/watchdog0#/dev/watchdog1#' /data/feeddog.yaml >/run/soft.yaml")
    dog = findings(board, "/run/soft.yaml")["dog"]
    assert dog["grade"] == "warning" and "i6300ESB timer" in dog["remedy"], dog
    # feeddogd holds the other one, and is not told to end for it.
    holder = findings(board, "/run/soft.yaml")["holder"]
    assert holder["grade"] == "ok" and "nobody" in holder["says"], holder
    dog = findings(board, "/data/feeddog.yaml")["dog"]
    assert dog["grade"] == "ok", dog


@scene.case()
def link_to_nowayout(board: Board) -> None:
    """P10: nowayout of a watchdog that is named by a link is known, and a stop does not claim to have disarmed it."""
    stop(board)
    board.ok("rmmod i6300esb && insmod /lib/modules/*-i6300esb.ko nowayout=1 && ln -sf watchdog0 /dev/watchdog")
    board.ok(BY_LINK)
    begun = now()
    board.ok(START_BY_LINK)
    board.wait_said("armed", begun, 10, nowayout="1")
    nowayout = findings(board, "/run/link.yaml")["nowayout"]
    assert nowayout["grade"] == "warning", nowayout
    begun = now()
    stop(board)
    board.wait_said("disarmed", begun, 5, disarmed="0")
    board.wait_event("WATCHDOG", begun, BITE_S + HEARING_S)
    board.wait_event("RESET", begun, BITE_S + 15)
    board.wait_boot()
    settled(board)
