# SPDX-License-Identifier: MIT
"""A board under attack, and the judgement: it is fed in its rhythm, nothing that is well is restarted, nothing is rebooted, the log
stays short and true, and nothing is left behind.
"""

import json
import os
import shutil
import threading
import time

from feeddog import BUILD, HERE, SANITIZED, Feeddog, Victim, folder, program, wait_for
from processes import children, is_alive, kill

ATTACKER = os.path.join(HERE, "../hostile/attacker.py")
TIMEOUT_S = 4
# P3: half of the timeout. What the sanitizers watch takes its time.
GAP_S = TIMEOUT_S * (0.75 if SANITIZED else 0.5)
# By their places in the configuration: those of the service, and those that may only alert.
WEB, GOSSIP = [0, 1], [2, 3, 4]
CHECKS = WEB + GOSSIP
# Of each check, service and state some lines are logged whole, then one in a while, and so is what helpers and services print.
LINES_EACH, LINES_SPARE, LINES_PER_S, LINE_BYTES = 20, 150, 25, 1100


def service_configs(victim):
    """One service that is well, which nothing may restart, and one whose checks may only alert."""
    gossip = [{"tcp": f"127.0.0.1:{victim.port}", "name": f"gossip{i}", "on_failure": "alert"} for i in GOSSIP]
    return {"web": {"checks": [{"http": victim.url}, {"process": {"pidfile": victim.pidfile}}], "restart": victim.restart,
                    "restart_timeout": "2s"},
            "gossip": {"checks": gossip}}


class HostileBoard(Feeddog):
    """A board whose helpers can be replaced by attacker.py, each time for one life of theirs."""

    def __init__(self, victim, *, echo=True, **more):
        defaults = {"interval": "200ms", "timeout": "200ms", "retries": 3, "start_period": "5s"}
        super().__init__({"defaults": defaults, "services": service_configs(victim),
                          "ladder": {"restart_for": "10m", "reboot_within": "10s", "settle": "1s"}, **more}, echo=echo)
        self.config["watchdog"] = {"device": self.dog.path, "timeout": f"{TIMEOUT_S}s", "simulated": True}
        self.lines = self.bytes = 0
        self.reading = threading.Event()
        self.reading.set()
        self.before = set(children(os.getpid()))
        self.programs, self.plans = folder("programs"), folder("plans")
        for name in os.listdir(BUILD):
            if name.startswith("feeddog"):
                shutil.copy(program(name), self.programs)
        for name in ("checker", "led"):
            self._replace(name)

    def _replace(self, name):
        path = os.path.join(self.programs, "feeddog-" + name)
        os.rename(path, path + ".real")
        with open(path, "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\nexec /usr/bin/python3 -B {ATTACKER} {self.plans}/{name} {path}.real "$@"\n')
        os.chmod(path, 0o755)

    def _read_log(self, stream, events):
        super()._read_log(self._counted(stream), events)

    def stop_reading(self):
        """From its start on, as a journal does that is busy or restarted."""
        self.reading.clear()

    def read_on(self):
        self.reading.set()

    def _counted(self, stream):
        self.reading.wait()
        for line in stream:
            self.lines += 1
            self.bytes += len(line)
            yield line

    def begin(self):
        """Started and well, with all helpers."""
        self.start()
        self.wait_event("armed")
        self.wait_healthy()
        return self

    def wait_healthy(self):
        wait_for(lambda: self.state() == "well" and all(helper["pid"] for helper in self.status()["helpers"].values()), "a board that is well")

    def targets(self):
        """What a helper must not reach: the feeder, the actor, and what is theirs."""
        return {"pids": [self.process.pid, self.helper_pid("actor")],
                "files": [self.dog.path + ".not-this", os.path.join(self.run_dir, "control"), os.path.join(self.run_dir, "status.json"),
                          os.path.join(self.state_dir, "ledger"), self.config_path]}

    def _real(self, helper):
        """The pid of a helper that is not on its way to take a plan, or 0."""
        pid = self.helper_pid(helper)
        try:
            with open(f"/proc/{pid}/cmdline", encoding="ascii", errors="replace") as file:
                return pid if file.read().startswith("feeddog-") else 0
        except OSError:
            return 0

    def _starts(self, helper):
        """How often it was started anew. The log may lose a line while it is attacked."""
        state = self.status().get("helpers", {}).get(helper, {})
        return state.get("restarts", 0) if state.get("pid") else 0

    def begin_attack(self, helper, kind, *, seed=1, seconds=3, lies=GOSSIP):
        """Replaces a helper by an attack; the number of its start."""
        pid = wait_for(lambda: self._real(helper), f"a real {helper}")
        number = self._starts(helper) + 1
        honest = [check for check in CHECKS if check not in lies and helper == "checker"]
        plan = {"kind": kind, "seed": seed, "seconds": seconds, "honest": honest, "lies": lies, "targets": self.targets()}
        path = os.path.join(self.plans, helper)
        with open(path + ".new", "w", encoding="ascii") as file:
            json.dump(plan, file)
        os.rename(path + ".new", path)
        kill(pid)
        wait_for(lambda: self._starts(helper) >= number, f"{kind} in the place of the {helper}", deadline_s=60)
        return number

    def take_over(self, helper, kind, *, seconds=3, **more):
        """Replaces a helper by an attack, and waits until the attack is over and another helper runs."""
        number = self.begin_attack(helper, kind, seconds=seconds, **more)
        wait_for(lambda: self._starts(helper) > number, f"the next {helper} after {kind}", deadline_s=seconds + 90)

    def left_behind(self):
        """Processes that feeddogd's end has left to us."""
        return [pid for pid in set(children(os.getpid())) - self.before - {self.process.pid} if is_alive(pid)]


def lines_at_most(board, seconds):
    services = board.config["services"].values()
    return LINES_SPARE + LINES_PER_S * seconds + LINES_EACH * (1 + sum(1 + len(service["checks"]) for service in services))


def judge(board, since, mark=0, lines=0, size=0):
    """What is wrong with a board from `since` on, by its events from `mark` on, and its log from so many lines and bytes on; [] if nothing is."""
    wrong, now = [], time.monotonic()
    gap = board.dog.longest_gap(since, now)
    if gap > GAP_S:
        wrong.append(f"{gap:.2f} s between two feeds")
    for event in ("restart", "reboot", "letgo", "hold"):
        said = board.find(event, mark)
        if said:
            wrong.append(f"{event}: {said}")
    if board.process.poll() is not None:
        wrong.append(f"feeddogd ended with {board.process.poll()}")
    wrong += [f"a breach: {said}" for said in list(board.events)[mark:] if "BREACH" in said.get("text", "")]
    bound = lines_at_most(board, now - since)
    if board.lines - lines > bound or board.bytes - size > bound * LINE_BYTES:
        wrong.append(f"{board.lines - lines} lines, {board.bytes - size} bytes of log, where {bound:.0f} lines are enough")
    return wrong


def stop(board):
    """In order, which leaves nothing behind."""
    assert board.stop() == 0
    wait_for(lambda: not board.left_behind(), "the end of what it had started")


def trial(helper, kind, **more):
    """One attack on a board of its own; the board, stopped."""
    board = HostileBoard(Victim().begin()).begin()
    begun = time.monotonic()
    board.take_over(helper, kind, **more)
    board.wait_healthy()
    wrong = judge(board, begun)
    stop(board)
    assert not wrong, wrong
    return board
