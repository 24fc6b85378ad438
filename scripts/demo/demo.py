#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The demonstration: a web server is broken in turn, and feeddog shows what it does about it.

    make demo            a play of under a minute
    make demo KEYS=1     you break it

Needs no privileges and leaves nothing behind. Where standard output is no terminal of 80 by 24 it is told line by line; every
step is checked in any case, and the exit code is 1 where one did not happen.
"""

import argparse
import os
import select
import signal
import sys
import termios
import threading
import time
import tty

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../../tests/support")]
FRAME_S = 0.04
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def play_plain(director):
    def tell(act):
        if act.outcome == "now":
            print(f"  ...  {act.title}", flush=True)
        elif act.outcome != "ahead":
            print(f"  {'ok ' if act.outcome == 'ok' else 'FAIL'}  {act.title}: {act.result}", flush=True)
    director.run(tell)


def play_on(screen, director):
    play = threading.Thread(target=director.run, daemon=True)
    play.start()
    while play.is_alive():
        screen.draw(director)
        time.sleep(FRAME_S)
    screen.draw(director)


def summary(director):
    for act in director.acts:
        mark = {"ok": "ok  ", "failed": "FAIL"}.get(act.outcome, "-   ")
        print(f"  {mark} {act.title}: {act.result}")


# --- a person breaks things ---

KEYS = [("c", "crash"), ("h", "hang"), ("e", "500"), ("b", "broken"), ("r", "repair"), ("m", "hold"), ("q", "quit")]


def press(board, key):
    """False: enough."""
    if key == "q":
        return False
    if not board.powered:
        return True
    if key == "c":
        board.kill_server()
    elif key in ("h", "e"):
        board.victim.tell("hang" if key == "h" else "500")
    elif key == "b":
        board.break_for_good()
    elif key == "r":
        board.repair()
        if board.server() == "dead":
            board.start_server()
    elif key == "m":
        board.daemon.feeddog(*(["resume"] if board.state()[0] in ("maintenance", "hold") else ["hold", "15s"]))
    return True


def play_keys(screen, board, boot_s):
    board.boot()
    off_since = None
    while True:
        if board.is_bitten():
            board.reset()
            off_since = time.monotonic()
        if off_since and time.monotonic() - off_since > boot_s:
            board.boot()
            off_since = None
        screen.draw(keys=KEYS)
        if select.select([sys.stdin], [], [], FRAME_S)[0] and not press(board, os.read(0, 1).decode(errors="replace")):
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(HERE, "../../build"))
    parser.add_argument("--keys", action="store_true")
    arguments = parser.parse_args()
    os.environ["FEEDDOG_BUILD"] = os.path.realpath(arguments.build)

    import board as stage
    import director as direction
    import screen as scenery

    def enough(_signal, _frame):
        raise KeyboardInterrupt

    for number in STOPS:
        signal.signal(number, enough)
    shown = scenery.fits()
    if arguments.keys and not (shown and sys.stdin.isatty()):
        sys.exit("demo: KEYS=1 needs a terminal of 80 by 24")
    terminal = termios.tcgetattr(0) if sys.stdin.isatty() else None
    # A person wants to see it happen; a restart of a few milliseconds is over before the eye is there.
    board = stage.Board(os.environ["FEEDDOG_BUILD"], restart_takes_s=1.2 if shown else 0)
    screen = scenery.Screen(board)
    director = direction.Director(board, pause_s=1.8 if shown else 0.4)
    try:
        if terminal and shown:
            tty.setcbreak(0)
            screen.open()
        if arguments.keys:
            play_keys(screen, board, stage.BOOT_S)
        elif shown:
            play_on(screen, director)
        else:
            play_plain(director)
        code = 1 if director.failure else 0
    except KeyboardInterrupt:
        code = 130
    finally:
        # A window that is closed says so more than once.
        for number in STOPS:
            signal.signal(number, signal.SIG_IGN)
        # The board first: where the terminal is gone there is nothing to give back, and an error to get.
        board.close()
        if shown:
            screen.close()
        if terminal:
            termios.tcsetattr(0, termios.TCSADRAIN, terminal)
    if shown and not arguments.keys:
        summary(director)
    sys.exit(code)


main()
