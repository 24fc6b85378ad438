# SPDX-License-Identifier: MIT
"""The log check: the journal, and from a bad line to a service that is down."""

import os
import stat
import time

from checker_scene import Checker, folder
from feeddog import is_alive, wait_for
from log_scene import ABSENT, GOOD, Log, total

TIMEOUT_S = {"*": 90}


class Journalctl:
    """A journalctl that plays what is written to a FIFO."""

    def __init__(self, script=None):
        self.dir = folder("journalctl")
        self.fifo, self.told = os.path.join(self.dir, "fifo"), os.path.join(self.dir, "told")
        os.mkfifo(self.fifo)
        os.chmod(self.fifo, 0o666)
        os.chmod(self.dir, 0o777)
        program = os.path.join(self.dir, "journalctl")
        with open(program, "w", encoding="ascii") as file:
            file.write(script or f"#!/bin/sh\necho $$ $* >>{self.told}\nexec cat {self.fifo}\n")
        os.chmod(program, 0o755)
        self.env = dict(os.environ, PATH=f"{self.dir}:/usr/bin:/bin")
        # Open for both, so that it does not end while nobody writes.
        self.fd = os.open(self.fifo, os.O_RDWR | os.O_CLOEXEC)

    def write(self, text):
        os.write(self.fd, text.encode())

    def started(self):
        try:
            with open(self.told, encoding="ascii") as file:
                return [line.split() for line in file]
        except FileNotFoundError:
            return []


def journal_check(**more):
    return {"log": {"journal": "web.service", "pattern": "ERROR"}, "interval": "100ms", "timeout": "100ms", **more}


def test_journal():
    """the journal of a unit is followed from now on"""
    journal = Journalctl()
    with Checker(journal_check(), env=journal.env) as checker:
        assert checker.next().said == GOOD
        journal.write("fine\nan ERROR\nERR")
        assert total(checker, 1) == 1
        journal.write("OR\n" + "x" * 40000 + "\nERROR\n")
        assert total(checker, 2) == 2
        pid, *arguments = journal.started()[0]
        assert arguments == "--follow --lines=0 --output=cat --quiet --unit web.service".split(), arguments
        assert len(journal.started()) == 1
    wait_for(lambda: not is_alive(int(pid)), "the end of journalctl with the checker")


def test_journalctl_dies():
    """P4: a journalctl that dies is started again; meanwhile nothing is known"""
    journal = Journalctl()
    with Checker(journal_check(), env=journal.env) as checker:
        checker.next(accept=lambda r: r.said == GOOD)
        journal.write("ERR")
        checker.listen_for(0.3)
        os.kill(int(journal.started()[0][0]), 9)
        checker.next(accept=lambda r: r.said == ("blind", "blind", 32))
        checker.next(accept=lambda r: r.said == GOOD)
        assert len(journal.started()) == 2
        journal.write("OR\nERROR\n")
        assert total(checker, 1) == 1


def test_journalctl_cannot_run():
    """P4: a journalctl that is not there, or that ends at once, is blind with its reason, and is not tried without a pause"""
    with Checker(journal_check(), before=["/usr/bin/env", "PATH=/nowhere"]) as checker:
        assert {r.said for r in [checker.receive(), *checker.listen_for(1)]} == {ABSENT}
    journal = Journalctl()
    script = f"#!/bin/sh\necho $$ >>{journal.told}\necho No journal files were opened >&2\nexit 1\n"
    with open(os.path.join(journal.dir, "journalctl"), "w", encoding="ascii") as file:
        file.write(script)
    with Checker(journal_check(), env=journal.env) as checker:
        heard = [r.said for r in [checker.receive(), *checker.listen_for(2)]]
        # On a busy machine it is there for a moment before it ends.
        assert set(heard) - {GOOD} == {("blind", "blind", 32)}, heard
        assert len(journal.started()) <= 4, journal.started()


def test_journal_flood():
    """P4: a unit that floods the journal waits for us, and all is counted in the end"""
    journal = Journalctl(script="#!/bin/sh\nyes ERROR | head -n 2000000\nexec sleep 1000\n")
    with Checker(journal_check(), env=journal.env) as checker:
        seen = 0
        while seen < 2_000_000:
            result = checker.receive()
            seen += result.detail if result.said[0] == "bad" else 0
            assert result.took_ms < 1500, result
        assert seen == 2_000_000


def test_bad_to_down():
    """P1: a whole board: matching lines bring a restart without further retries, and what they came from is over with it"""
    from feeddog import Feeddog, SHORT, Victim
    victim, log = Victim().begin(), Log("")
    config = {
        "defaults": {"interval": "100ms", "timeout": "100ms", "retries": 5, "start_period": "1s"},
        "services": {"web": {"checks": [{"http": victim.url}, {"log": {"file": log.path, "pattern": "OutOfMemory", "count": 3}}],
                             "restart": victim.restart, "restart_timeout": "2s"}},
        "ladder": SHORT,
    }
    board = Feeddog(config).start()
    board.wait_well()
    since = board.mark()
    log.write("OutOfMemory\n" * 2)
    time.sleep(0.5)
    assert not board.find("restart", since)
    log.write("OutOfMemory\n")
    board.wait_event("service-down", since, service="web", check="log", cause="pattern")
    board.wait_event("restart", since, service="web")
    board.wait_well(since)
    time.sleep(0.5)
    assert sum(said["event"] == "restart" for said in board.events[since:]) == 1
    # A checker that is killed does not count twice what was counted.
    since = board.mark()
    dead = board.helper_pid("checker")
    os.kill(dead, 9)
    board.wait_event("helper-started", since, helper="checker")
    wait_for(lambda: board.helper_pid("checker") != dead, "the new checker")
    log.write("OutOfMemory\n" * 2)
    time.sleep(0.5)
    assert not board.find("restart", since)
    log.write("OutOfMemory\n")
    board.wait_event("restart", since, service="web")
    assert stat.S_IMODE(os.stat(os.path.join(board.run_dir, "checker", "web:log")).st_mode) == 0o600
    assert board.stop() == 0
