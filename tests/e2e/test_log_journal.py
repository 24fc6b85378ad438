# SPDX-License-Identifier: MIT
"""The log check: the journal, and from a bad line to a service that is down."""

import errno
import os
import stat
import struct
import time

from checker_scene import Checker, folder
from feeddog import PATIENCE_S, is_alive, wait_for
from log_scene import ABSENT, GOOD, Log, run_folder, total

TIMEOUT_S = {"*": 90}


class Journalctl:
    """A journalctl that gives what is written to a FIFO: at first the last entry of the past, as --lines=1 does."""

    def __init__(self, script=None):
        self.dir = folder("journalctl")
        self.fifo, self.told = os.path.join(self.dir, "fifo"), os.path.join(self.dir, "told")
        os.mkfifo(self.fifo)
        os.chmod(self.fifo, 0o666)
        os.chmod(self.dir, 0o777)
        program = os.path.join(self.dir, "journalctl")
        with open(program, "w", encoding="ascii") as file:
            file.write((script or f"#!/bin/sh\necho $$ $* >>{self.told}\nexec cat {{0}}\n").replace("{0}", self.fifo))
        os.chmod(program, 0o755)
        self.env = dict(os.environ, PATH=f"{self.dir}:/usr/bin:/bin")
        # Open for both, so that it does not end while nobody writes.
        self.fd = os.open(self.fifo, os.O_RDWR | os.O_CLOEXEC)
        self.entries = 0
        self.log("an ERROR of the past", us=1)

    def cursor(self):
        return f"s=0;i={self.entries}"

    def log(self, message, us=None, boot=None):
        """An entry in the export format: a message of several lines has its length before it."""
        self.entries += 1
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot = boot or file.read().strip().replace("-", "")
        us = us or time.monotonic_ns() // 1000
        head = f"__CURSOR={self.cursor()}\n__REALTIME_TIMESTAMP=1\n__MONOTONIC_TIMESTAMP={us}\n_BOOT_ID={boot}\n".encode()
        text = message.encode()
        field = b"MESSAGE\n" + struct.pack("<Q", len(text)) + text if "\n" in message else b"MESSAGE=" + text
        os.write(self.fd, head + field + b"\n_PID=1\n\n")

    def started(self):
        try:
            with open(self.told, encoding="ascii") as file:
                return [line.split() for line in file]
        except FileNotFoundError:
            return []


def journal_check(**more):
    return {"log": {"journal": "web.service", "pattern": "ERROR"}, "interval": "100ms", "timeout": "100ms", **more}


def good(result):
    return result.said == GOOD


def test_journal():
    """the journal of a unit is followed from now on: neither what was said before nor what another boot said counts"""
    journal = Journalctl()
    with Checker(journal_check(), env=journal.env) as checker:
        checker.next(accept=good)
        journal.log("fine")
        journal.log("an ERROR")
        journal.log("ERROR of another boot", boot="0" * 32)
        assert total(checker, 1) == 1
        journal.log("x" * 40000 + "\nERROR\nand ERROR")
        assert total(checker, 2) == 2
        pid, *arguments = journal.started()[0]
        expected = "--follow --output=export --output-fields=MESSAGE --quiet --unit web.service --lines=1 --quiet"
        assert arguments == expected.split(), arguments
        assert len(journal.started()) == 1
    wait_for(lambda: not is_alive(int(pid)), "the end of journalctl with the checker")


def test_journalctl_dies():
    """P4: a journalctl that dies is started again, and goes on behind the last entry; meanwhile the check is blind"""
    journal = Journalctl()
    with Checker(journal_check(), env=journal.env) as checker:
        checker.next(accept=good)
        journal.log("ERROR")
        assert total(checker, 1) == 1
        os.kill(int(journal.started()[0][0]), 9)
        checker.next(accept=lambda r: r.said == ("blind", "blind", 32))
        journal.log("ERROR")
        assert total(checker, 1) == 1
        assert len(journal.started()) == 2
        assert journal.started()[1][-2:] == ["--after-cursor=s=0;i=2", "--no-tail"], journal.started()


def test_no_line_is_lost_between_two_checkers():
    """P4: what a unit says between two checkers counts: the next one goes on behind the last entry that was read"""
    journal, where = Journalctl(), run_folder()
    with Checker(journal_check(), env=journal.env, run_dir=where, generation=1) as checker:
        checker.next(accept=good)
        journal.log("ERROR")
        assert total(checker, 1) == 1
        checker.process.kill()
        checker.process.wait(PATIENCE_S)
        pid = int(journal.started()[0][0])
        if is_alive(pid):
            os.kill(pid, 9)
        wait_for(lambda: not is_alive(pid), "the end of its journalctl")
    journal.log("ERROR while nobody read")
    with Checker(journal_check(), env=journal.env, run_dir=where, generation=2) as checker:
        assert total(checker, 1) == 1
        assert journal.started()[1][-2:] == ["--after-cursor=s=0;i=2", "--no-tail"], journal.started()


def test_unit_without_a_journal():
    """P4: a unit that neither the journal nor systemd knows is blind, until it says something"""
    journal = Journalctl(script="#!/bin/sh\nsleep 1\nexec cat {0}\n")
    with Checker({**journal_check(), "log": {"journal": "ngnix-typo.service", "pattern": "ERROR"}}, env=journal.env) as checker:
        assert checker.next(accept=lambda r: r.detail != errno.ETIMEDOUT).said == ABSENT
        checker.next(accept=good)
        journal.log("ERROR")
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
        assert set(heard) - {ABSENT} == {("blind", "blind", 32)}, heard
        assert len(journal.started()) <= 4, journal.started()


ENTRIES = """#!/bin/sh
yes '
__CURSOR=c
__MONOTONIC_TIMESTAMP=1
MESSAGE=ERROR' | head -n 2000000
exec sleep 1000
"""


def test_journal_flood():
    """P4: a unit that floods the journal waits for us, and all is counted in the end"""
    journal = Journalctl(script=ENTRIES)
    with Checker(journal_check(), env=journal.env) as checker:
        seen = 0
        while seen < 500_000:
            result = checker.receive()
            seen += result.detail if result.said[0] == "bad" else 0
            assert result.took_ms < 1500, result
        assert seen == 500_000


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
