# SPDX-License-Identifier: MIT
"""What may happen to feeddog's own processes, in every state of the ladder: each is killed, and each is stopped."""

from functools import partial
from typing import Callable

from board import BITE_S, DOG_S, Board
from scene import DETECTION_S, HEARING_S, Feeds, Scene, config, no_reset, now

ECHO = "['echo', 'the reboot command was run']"
# Long enough to stay in a state for as long as a case looks at it.
LONG_S = 300


def break_web(board: Board) -> None:
    board.ok("touch /data/web-broken && /etc/board/webctl stop")


def answer_500(board: Board) -> None:
    board.ok("echo 'return 500;' >/run/web/health.conf && nginx -c /etc/board/nginx.conf -s reload")


def hold_it(board: Board) -> None:
    board.ok("feeddog hold 10m")


def nothing(_board: Board) -> None:
    pass


# What brings the board into each state, and keeps it there: a configuration, what is done before feeddogd starts, and what is
# done once the board is well.
WAYS: dict[str, tuple[str, Callable[[Board], None], Callable[[Board], None]]] = {
    "starting": (config(start_period=LONG_S), break_web, nothing),
    "well": (config(), nothing, nothing),
    "doubt": (config(retries=50), nothing, answer_500),
    "recovering": (config(restart_for=LONG_S), nothing, break_web),
    "rebooting": (config(ECHO, restart_for=1, reboot_within=LONG_S), nothing, break_web),
    "letgo": (config(ECHO, restart_for=1, reboot_within=1), nothing, break_web),
    "hold": (config(restart_for=1, limit=0), nothing, break_web),
    "maintenance": (config(), nothing, hold_it),
}
FILES = {f"{state}.yaml": way[0] for state, way in WAYS.items()}
BOOT = "#!/bin/sh\n/etc/board/webctl start\n"
START = "cp /data/{state}.yaml /data/feeddog.yaml && /etc/board/start-feeddogd"
HELPERS = ("checker", "actor", "led")


def bring(board: Board, state: str) -> float:
    """A server that runs, no feeddogd: from there into the state. When it was entered."""
    _, before, after = WAYS[state]
    before(board)
    begun = now()
    board.ok(START.format(state=state))
    if after is not nothing:
        # By its own word: the status may still be that of the feeddogd before it.
        board.wait_said("state", begun, 20, state="well")
        after(board)
    entered = board.wait_said("state", begun, DETECTION_S + 10, state=state) if state != "starting" else None
    if not entered:
        board.wait_state(state, 10)
    return entered.at if entered else now()


def leave(board: Board, state: str) -> None:
    """Ends feeddogd, and mends the server: as it was after the boot."""
    if state == "rebooting":
        # Asked to end it would leave the dog armed, as for a system that goes down.
        board.power_cut()
        board.power_on()
    else:
        board.ok("feeddog resume; kill -TERM $(cat /run/feeddogd.pid)")
        board.wait("the end of feeddogd", lambda: board.run("pidof feeddogd").code == 1, 30)
    board.ok("rm -rf /data/web-broken /data/state/*; /etc/board/webctl restart")


def helpers(board: Board) -> dict[str, int]:
    return {name: told["pid"] for name, told in board.status()["helpers"].items()}


def replaced(board: Board, old: dict[str, int], names: list[str], within: float) -> None:
    def probe() -> bool:
        new = helpers(board)
        return all(new[name] not in (0, old[name]) for name in names)

    board.wait(f"another {' and '.join(names)}", probe, within)


def helpers_lost(board: Board, state: str) -> str:
    """Every helper is killed and stopped: it is replaced, and the board stays in its state, and is fed."""
    bring(board, state)
    feeds = Feeds(board)
    with no_reset(board):
        for name in HELPERS:
            old = helpers(board)
            board.ok(f"kill -9 {old[name]}")
            replaced(board, old, [name], DETECTION_S)
        old = helpers(board)
        # Nobody misses the LED's word; but who is silent is missed, unless an ordered reboot would be disturbed.
        silent = ["checker"] if state == "rebooting" else ["checker", "actor"]
        board.ok(f"kill -STOP {old['led']} {old['checker']} {old['actor']}")
        board.wait("the end of the silent", lambda: all(
            board.run(f"test -d /proc/{old[name]}").code != 0 for name in silent), 2 * DETECTION_S + 20)
        board.run(f"kill -CONT {old['led']} {old['actor']}")
        replaced(board, old, silent, 4 * DETECTION_S)
        board.wait_state(state, DETECTION_S)
        gap = feeds.longest_gap()
    assert gap <= DOG_S / 2, f"two feeds were {gap:.2f} s apart"
    leave(board, state)
    return f"replaced, {state} as before; fed on, at most {gap:.1f} s apart"


def helpers_lost_in_letgo(board: Board) -> str:
    """P1, P5: in letgo all helpers are killed; nothing feeds the dog any more."""
    entered = bring(board, "letgo")
    board.ok(f"kill -9 {' '.join(str(pid) for pid in helpers(board).values())}")
    bite = board.wait_event("WATCHDOG", entered, BITE_S + HEARING_S)
    up_again(board, entered)
    assert bite.at - entered < BITE_S, f"the dog bit after {bite.at - entered:.1f} s"
    return f"bitten {bite.at - entered:.1f} s after it was let go"


def feeder_lost(board: Board, state: str, signal: str) -> str:
    """The feeder is lost: the dog bites in time, and the board comes up."""
    entered = bring(board, state)
    lost = now()
    board.ok(f"kill -{signal} $(pidof feeddogd)")
    done = entered if state == "letgo" else now()
    bite = board.wait_event("WATCHDOG", lost, BITE_S + HEARING_S)
    up_again(board, lost)
    assert bite.at - done < BITE_S, f"the dog bit after {bite.at - done:.1f} s"
    return f"bitten after {bite.at - done:.1f} s"


def up_again(board: Board, since: float) -> None:
    board.wait_event("RESET", since, BITE_S + 15)
    board.wait_boot()
    board.ok("rm -rf /data/web-broken /data/state/*; pidof nginx || /etc/board/webctl start")


def new_scene() -> Scene:
    return Scene({**FILES, "boot": BOOT})


def add(scene: Scene, name: str, sentence: str, play: Callable[[Board], str]) -> None:
    def case(board: Board) -> str:
        return play(board)

    case.__name__, case.__doc__ = name, sentence
    scene.case()(case)


scenes = {"helpers": new_scene(), "feeder": new_scene()}
for a_state in WAYS:
    if a_state == "letgo":
        add(scenes["helpers"], "helpers_lost_in_letgo", helpers_lost_in_letgo.__doc__ or "", helpers_lost_in_letgo)
    else:
        add(scenes["helpers"], f"helpers_lost_in_{a_state}",
            f"P3, P4, P5, P8: in {a_state} every helper is killed and stopped; it is replaced, and the dog is fed on.",
            partial(helpers_lost, state=a_state))
    for a_signal, ended in (("KILL", "killed"), ("STOP", "stopped")):
        add(scenes["feeder"], f"feeder_{ended}_in_{a_state}",
            f"P1, P2: in {a_state} the feeder is {ended}; the dog bites within its timeout.",
            partial(feeder_lost, state=a_state, signal=a_signal))
