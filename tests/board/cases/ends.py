# SPDX-License-Identifier: MIT
"""How a boot may end without the ladder: the feeder lost, a reboot by a person, a power cut."""

from board import BITE_S, Board
from scene import BOOT, HEARING_S, Scene, config, last_boot, now, settled

scene = Scene({"feeddog.yaml": config(), "boot": BOOT}, ready=settled)

# The LED program waits 2 s for word from the feeder; then a whole turn of the pattern must be seen from its beginning.
FAULT_S = 2.0
FAULT_TURN_S = 18 * 0.125


def bitten(board: Board, harm: str) -> None:
    """After the harm the LED says fault, the hardware resets the board, and the next boot says what is known of it."""
    begun = now()
    board.ok(harm)
    done = now()
    recognised = board.wait_led("fault", begun, BITE_S)
    bite = board.wait_event("WATCHDOG", begun, BITE_S + HEARING_S)
    board.wait_event("RESET", begun, BITE_S + 15)
    board.wait_boot()
    settled(board)
    # Recognised at the latest after two turns: where in a turn one begins to look is chance.
    late = recognised - done - FAULT_S - 2 * FAULT_TURN_S
    assert late < HEARING_S, f"the LED showed fault {late:.1f} s too late"
    assert bite.at - done < BITE_S, f"the dog bit after {bite.at - done:.1f} s"
    assert last_boot(board)["cause"] == "unexplained", f"last boot: {last_boot(board)}"


@scene.case()
def feeder_stopped(board: Board) -> None:
    """P1, P8, P14: a feeder that is stopped shows as fault, and the dog bites within its timeout."""
    bitten(board, "kill -STOP $(pidof feeddogd)")


@scene.case()
def feeder_killed(board: Board) -> None:
    """P2, P8, P14: a feeder that is killed shows as fault, and the dog bites within its timeout."""
    bitten(board, "kill -9 $(pidof feeddogd)")


@scene.case()
def planned_reboot(board: Board) -> None:
    """P14: a reboot by a person is told as planned."""
    begun = now()
    board.agent.start("reboot")
    board.wait_event("RESET", begun, BITE_S)
    board.wait_boot()
    settled(board)
    assert not [e for e in board.watchdog_events(begun) if e.name == "WATCHDOG"], "the dog bit"
    assert last_boot(board)["cause"] == "planned", f"last boot: {last_boot(board)}"


@scene.case()
def power_cut(board: Board) -> None:
    """P9, P14: a power cut is told as unexplained, and what was kept is still there."""
    boots = len(board.ok("cat /data/state/history.jsonl").splitlines())
    board.power_cut()
    board.power_on()
    settled(board)
    assert last_boot(board)["cause"] == "unexplained", f"last boot: {last_boot(board)}"
    history = board.ok("cat /data/state/history.jsonl").splitlines()
    assert len(history) > boots, f"the history has {len(history)} lines after the power cut, {boots} before it"


@scene.case()
def kernel_panic(board: Board) -> None:
    """P2, P14: a kernel that panics hangs until the dog bites, and the next boot says that nobody said why."""
    begun = now()
    board.agent.start("echo 1 >/proc/sys/kernel/sysrq; sync; echo c >/proc/sysrq-trigger")
    bite = board.wait_event("WATCHDOG", begun, BITE_S + HEARING_S)
    board.wait_event("RESET", begun, BITE_S + 15)
    board.wait_boot()
    settled(board)
    assert bite.at - begun < BITE_S + HEARING_S, f"the dog bit after {bite.at - begun:.1f} s"
    assert last_boot(board)["cause"] == "unexplained", f"last boot: {last_boot(board)}"
