# SPDX-License-Identifier: MIT
"""What happens in the demonstration, and whether it did. Runs in a thread of its own; the screen looks on."""

import time

from board import BOOT_S, DOG_TIMEOUT_S, REBOOT_WITHIN_S, RESTART_FOR_S
from feeddog import wait_for

# The machine may be slow; what is promised about time has tests of its own.
PATIENCE_S = 20


class Act:
    """One thing to see: a title, what to look for, and how it went."""

    def __init__(self, key, title, play):
        self.key, self.title, self.play = key, title, play
        self.outcome, self.result = "ahead", ""


class Director:
    def __init__(self, board, pause_s):
        self.board, self.pause_s = board, pause_s
        self.caption = ""
        self.acts = [
            Act("start", "the board starts", self.play_start),
            Act("crash", "the server crashes", self.play_crash),
            Act("hang", "the server hangs", self.play_hang),
            Act("500", "the server answers 500", self.play_500),
            Act("broken", "the server cannot start again", self.play_broken),
            Act("bite", "the reboot hangs as well", self.play_bite),
            Act("boot", "the board boots again", self.play_boot),
        ]
        self.done = False
        self.failure = None

    def run(self, tell=lambda act: None):
        try:
            for act in self.acts:
                act.outcome = "now"
                tell(act)
                act.result = act.play()
                act.outcome = "ok"
                tell(act)
                time.sleep(self.pause_s)
        except Exception as error:  # whatever it was, the play is over, and it is said
            act.outcome, act.result = "failed", str(error)
            self.failure = error
            tell(act)
        self.caption = ""
        self.done = True

    def announce(self):
        """Time to read what is about to happen, and for the board to settle."""
        time.sleep(max(self.pause_s, 0.6))

    # --- the acts: each does one thing, and waits for what must follow ---

    def wait(self, event, mark, **fields):
        return self.board.daemon.wait_event(event, mark, PATIENCE_S, **fields)

    def wait_well(self, mark):
        return self.wait("state", mark, state="well")

    def play_start(self):
        self.caption = "feeddogd takes the dog; it feeds under a lease that only good news renews"
        self.board.boot()
        armed = self.wait("armed", 0)
        took = self.wait_well(0)["at"] - armed["at"]
        return f"dog armed, {DOG_TIMEOUT_S} s; well after {took:.1f} s"

    def play_fault(self, do):
        daemon = self.board.daemon
        self.announce()
        mark, begun = daemon.mark(), time.monotonic()
        do()
        restart = self.wait("restart", mark, service="web")
        self.wait("restart-done", mark)
        well = self.wait_well(mark)
        noticed = (restart["at"] - begun) * 1000
        return f"restarted after {noticed:.0f} ms, well after {well['at'] - begun:.1f} s"

    def play_crash(self):
        self.caption = "kill -9: the kernel tells feeddog of the death, it need not look first"
        return self.play_fault(self.board.victim.kill)

    def play_hang(self):
        self.caption = "it takes connections and never answers; two probes in a row must fail"
        return self.play_fault(lambda: self.board.victim.tell("hang"))

    def play_500(self):
        self.caption = "it runs, and is good for nothing: every answer is an error"
        return self.play_fault(lambda: self.board.victim.tell("500"))

    def play_broken(self):
        self.caption = f"restarting does not help; after {RESTART_FOR_S} s of outage the board is rebooted"
        self.announce()
        mark, begun = self.board.daemon.mark(), time.monotonic()
        self.board.break_for_good()
        self.wait("restart", mark)
        ordered = self.wait("reboot", mark)["at"] - begun
        wait_for(self.board.daemon.reboots_ordered, "the reboot command", PATIENCE_S)
        tries = sum(said.get("event") == "restart" for said in self.board.daemon.events[mark:])
        return f"{tries} restarts in vain; a reboot after {ordered:.1f} s"

    def play_bite(self):
        self.caption = f"the reboot gets {REBOOT_WITHIN_S} s; then the dog is fed no more"
        letgo = self.wait("letgo", 0)["at"]
        self.caption = "silence: nobody has to do anything for what comes now"
        wait_for(self.board.is_bitten, "the dog's bite", PATIENCE_S)
        took = time.monotonic() - letgo
        self.board.reset()
        self.caption = "the hardware resets the board"
        return f"let go, and {took:.1f} s later the dog bites"

    def play_boot(self):
        time.sleep(max(BOOT_S, self.pause_s))
        self.board.repair()
        self.caption = "the server can start again, and feeddog says what the last boot died of"
        self.board.boot()
        self.wait_well(0)
        last = self.board.daemon.last_boot()
        if last["cause"] != "letgo" or last["service"] != "web":
            raise AssertionError(f"the last boot's end should be let go for web, and is {last}")
        return f"last boot: let go, for {last['service']}; well again"
