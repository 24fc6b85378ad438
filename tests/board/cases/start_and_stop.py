# SPDX-License-Identifier: MIT
"""From power-on to an orderly stop, and a dog that somebody else holds."""

from board import BITE_S, DOG_S, Board
from scene import HEARING_S, Feeds, Scene, config, last_boot, no_reset, now, settled

# The server is not started at boot here, so that there is time to see the board waiting for it.
scene = Scene({"feeddog.yaml": config(start_period=20), "boot": "#!/bin/sh\n/etc/board/start-feeddogd\n"})

# Keeps the dog open but not barking: the 'V' lets the kernel disarm it when the holder ends.
HOLDER = "exec 3>/dev/watchdog0; printf V >&3; exec sleep 600"


def stop(board: Board) -> None:
    board.ok("kill -TERM $(cat /run/feeddogd.pid)")
    board.wait("the end of feeddogd", lambda: board.run("pidof feeddogd").code == 1, 15)


@scene.case()
def starting_then_well(board: Board) -> None:
    """P8, P14: a new board blinks slowly until its server answers, and then pulses calmly."""
    begun = now()
    board.wait_state("starting", 10)
    board.wait_led("starting", begun, 15)
    dog = board.status()["dog"]
    assert dog["timeout_s"] == DOG_S and "i6300" in dog["identity"], f"another dog: {dog}"
    board.ok("/etc/board/webctl start")
    board.wait_state("well", 15)
    board.wait_led("well", now(), 30)
    assert last_boot(board)["cause"] == "first", f"last boot: {last_boot(board)}"
    assert board.run("feeddog status").code == 0, "feeddog status: not well"


@scene.case(follows=True)
def stop_disarms(board: Board) -> None:
    """P2: stopped in order, feeddog disarms the dog and the board stays up."""
    settled(board)
    with no_reset(board):
        begun = now()
        stop(board)
        board.wait_said("disarmed", begun, 5)
        # Nothing tells of a dog that does not bite but the time in which it would have.
        board.idle(BITE_S + HEARING_S)
    assert board.run("feeddog status").code == 3, "feeddog status: says that it is running"
    assert board.run("pidof feeddog-checker feeddog-actor feeddog-led").code == 1, "helpers were left behind"


@scene.case(follows=True)
def device_busy(board: Board) -> None:
    """P10: a dog that another process holds is refused with exit 69, by the holder's name."""
    with no_reset(board):
        holder = board.ok(f"sh -c '{HOLDER}' >/dev/null 2>&1 & echo $!").strip()
        board.wait("the holder", lambda: board.run(f"ls -l /proc/{holder}/fd | grep -q watchdog0").code == 0, 5)
        refused = board.run("feeddogd -c /data/feeddog.yaml")
        board.ok(f"kill {holder}")
    assert refused.code == 69, f"exit {refused.code}: {refused.err}"
    assert holder in refused.err and "sleep" in refused.err, f"does not name the holder {holder}: {refused.err}"


@scene.case(follows=True)
def starts_again(board: Board) -> None:
    """P10: once the holder is gone, feeddog starts and feeds as ever."""
    with no_reset(board):
        board.ok("/etc/board/start-feeddogd")
        board.wait_state("well", 15)
        board.idle(BITE_S + HEARING_S)
        assert board.status()["state"] == "well", board.describe()


START_WITHOUT_PID = "setsid feeddogd -c /data/feeddog.yaml >/dev/console 2>&1 </dev/null &"
# What is there may stay, and no more.
FILL_RUN = """
mount -o remount,size=$(df -k /run | awk 'END { print $3 }')k /run
dd if=/dev/zero of=/run/full bs=4k 2>/dev/null; dd if=/dev/zero of=/run/more bs=512 count=1 2>/dev/null && exit 1
rm -f /run/more
"""


@scene.case(follows=True)
def run_is_full(board: Board) -> None:
    """P2, P8, P9: where /run is full at the start the board is guarded all the same, says what is missing, and has it once there is room."""
    stop(board)
    feeds = Feeds(board)
    with no_reset(board):
        board.ok("rm -rf /run/feeddog")
        board.ok(FILL_RUN)
        begun = now()
        board.ok(START_WITHOUT_PID)
        board.wait_said("armed", begun, 15)
        board.wait_said("storage", begun, 15, stable="0")
        board.wait_said("state", begun, 15, state="well")
        board.wait_led("well", begun, 30)
        board.idle(BITE_S)
        assert len(feeds.times()) > 1 and feeds.longest_gap() <= DOG_S / 2, feeds.times()
        board.ok("mount -o remount,size=50% /run")
        board.wait_state("well", 15)
