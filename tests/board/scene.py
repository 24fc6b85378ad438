# SPDX-License-Identifier: MIT
"""What the cases of the virtual board are made of.

A scene is one file in cases/: a board with a disk of its own, and cases that are played on it in their order. The
board's server is the real nginx; feeddog looks after it as service number 2, so that a number on the LED and a name in
a report mean something.
"""

import re
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Callable, Iterator, Optional

import image
from board import DOG_S, Board, Files

# The timings of CONFIG, in seconds, and what the policy makes of them.
INTERVAL_S, TIMEOUT_S, RETRIES = 2, 2, 2
DETECTION_S = RETRIES * INTERVAL_S + 2 * TIMEOUT_S + 3
RESTART_FOR_S = 10
REBOOT_WITHIN_S = 8
SETTLE_S = 3
REBOOT_LIMIT = 3
# Longer than any case.
REBOOTS_SETTLE_S = 600
# After a restart; short, so that an outage sees several.
START_PERIOD_S = 3
WEB_NUMBER = 2
# How late the host may hear of what happened in the guest.
HEARING_S = 1.0


def climb_s(restart_for_s: float) -> float:
    """What the ladder takes where there was no good result: no start period is shorter than detection."""
    return max(START_PERIOD_S, DETECTION_S) + restart_for_s


CONFIG = """\
watchdog: {{device: /dev/watchdog0, timeout: 10s}}
led: {{gpio: {{chip: 9030000.pl061, line: 5}}}}
defaults: {{interval: {interval}s, timeout: {timeout}s, retries: {retries}, start_period: {start_period}s}}
services:
  disk:
    checks:
      - command: [test, -d, /data]
  web:
    checks:
      - http: http://127.0.0.1:8080/health
        status: 200
        body: ok
      - tcp: 127.0.0.1:8080
      - process: {{pidfile: /run/nginx.pid}}
    restart: [/etc/board/webctl, restart]
    restart_timeout: 5s
    attempts: 0
ladder:
  restart_for: {restart_for}s
  reboot: {reboot}
  reboot_within: {reboot_within}s
  settle: {settle}s
  reboots: {{limit: {limit}, settle: {reboots_settle}s, then: hold}}
"""

BOOT = """\
#!/bin/sh
/etc/board/start-feeddogd
/etc/board/webctl start
"""


def config(reboot: str = "reboot", **changes: int) -> str:
    """The board's configuration, with other numbers than the above."""
    numbers = {
        "interval": INTERVAL_S,
        "timeout": TIMEOUT_S,
        "retries": RETRIES,
        "start_period": START_PERIOD_S,
        "restart_for": RESTART_FOR_S,
        "reboot_within": REBOOT_WITHIN_S,
        "settle": SETTLE_S,
        "limit": REBOOT_LIMIT,
        "reboots_settle": REBOOTS_SETTLE_S,
    }
    assert changes.keys() <= numbers.keys(), changes
    return CONFIG.format(reboot=reboot, **{**numbers, **changes})


@dataclass
class Case:
    sentence: str
    promises: list[str]
    play: Callable[[Board], Optional[str]]  # may say how it ended, in figures
    follows: bool  # goes on where the case before it ended

    @property
    def name(self) -> str:
        return self.play.__name__


@dataclass
class Scene:
    """`files` are on the board's disk. `ready` brings a board that is up to where a case may begin. `prepare` makes what
    `make` needs to make a board of a name, with these files. `early`: begins before those that have more cases, because it takes
    long."""

    files: Files
    ready: Optional[Callable[[Board], None]] = None
    make: Callable[[str, Files], Board] = Board
    prepare: Callable[[], None] = image.build
    early: bool = False
    cases: list[Case] = field(default_factory=list)

    def case(self, follows: bool = False) -> Callable:
        """Its docstring says which promises the case proves, and how: "P4, P8: a checker that ..."."""

        def keep(play: Callable[[Board], Optional[str]]) -> Callable[[Board], Optional[str]]:
            promises, _, sentence = (play.__doc__ or "").partition(": ")
            assert sentence, f"{play.__name__} has no docstring that names its promises"
            self.cases.append(Case(sentence.rstrip("."), promises.split(", "), play, follows))
            return play

        return keep


def settled(board: Board) -> None:
    """Well, and for so long that what came before costs this case none of its budget."""

    def probe() -> bool:
        status = board.status()
        return status.get("state") == "well" and status.get("since_s", 0) > SETTLE_S

    board.wait("well and settled", probe, 120)


def mend(board: Board) -> None:
    """The server can start again, and does: by hand, or by a restart of feeddog's that is quicker."""
    board.ok("rm /data/web-broken")
    board.run("/etc/board/webctl start")


def last_boot(board: Board) -> dict:
    """Why the last boot ended, as `feeddog status` tells it."""
    status = board.wait("feeddog status", board.status, 20)
    assert status, "no status"
    shown = board.ok_json("feeddog status --json")
    return shown["last_boot"]


def quiet_on_the_way_down(board: Board) -> None:
    """In the boot before this one init said that the system goes down, and nothing that ended after that was restarted."""
    history = board.ok_json("feeddog history --json")
    before = [entry for entry in history if entry["boot"] != history[-1]["boot"]]
    last = [entry["event"] for entry in before if entry["boot"] == before[-1]["boot"]]
    assert "going-down" in last, f"not told that the system goes down: {last}"
    assert not {"restart", "start"} & set(last[last.index("going-down"):]), f"restarted on the way down: {last}"


def service(board: Board, name: str) -> dict:
    return board.status()["services"][name]


def helper(board: Board, name: str) -> dict:
    return board.status()["helpers"][name]


def now() -> float:
    return time.monotonic()


@contextmanager
def no_reset(board: Board) -> Iterator[None]:
    begun = now()
    yield
    seen = board.watchdog_events(begun)
    assert not seen, f"the board was reset: {seen[0].name} after {seen[0].at - begun:.1f} s"


class Feeds:
    """The kernel's own record of when the dog was fed, by the guest's clock: feeddog has no say in it."""

    TRACE = "/sys/kernel/tracing"

    def __init__(self, board: Board):
        self.board = board
        board.ok(
            f"grep -q {self.TRACE} /proc/mounts || mount -t tracefs tracefs {self.TRACE}; cd {self.TRACE} && "
            "echo mono >trace_clock && echo >trace && echo 1 >events/watchdog/enable"
        )

    def lines(self) -> list[tuple[float, str]]:
        """What was done to the dog since the beginning: when, in seconds, and watchdog_ping or another call of its driver."""
        found = re.findall(r"([\d.]+): (watchdog_.*)", self.board.ok(f"cat {self.TRACE}/trace"))
        return [(float(at), what) for at, what in found]

    def times(self) -> list[float]:
        """Of each feed."""
        return [at for at, what in self.lines() if what.startswith("watchdog_ping")]

    def longest_gap(self) -> float:
        times = self.times()
        assert len(times) > 1, "the dog was not fed twice"
        return max(b - a for a, b in zip(times, times[1:]))

    def latest(self) -> tuple[float, float]:
        """
        The longest gap between two feeds, as a part of the timeout that the hardware had then, and in seconds. Whoever else
        holds the dog meanwhile, as process 1, may have given it a longer one; a dog that is disarmed is given ours. A gap in
        which the timeout changes is the sum of its parts: six seconds of process 1's minute, and then a tenth of a second
        without anybody, were once told as more than six of our ten.
        """
        assert len(self.times()) > 1, "the dog was not fed twice"
        gaps, timeout_s, fed_at, last, part = [], DOG_S, None, 0.0, 0.0
        for at, what in self.lines():
            part += (at - last) / timeout_s
            last = at
            if fed_at is not None:
                gaps.append((part, at - fed_at))
            taken = re.search(r"watchdog_set_timeout: .*timeout=(\d+) err=0", what)
            if taken or what.startswith("watchdog_stop"):
                timeout_s = int(taken[1]) if taken else DOG_S
            if not what.startswith("watchdog_stop"):
                fed_at, part = at, 0.0
        return max(gaps)
