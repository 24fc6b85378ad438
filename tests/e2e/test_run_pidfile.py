# SPDX-License-Identifier: MIT
"""The pid file of a program that feeddog runs itself, as the checker reads it; the test plays the one who runs it."""

import os
import subprocess
import time

from checker_scene import Checker, folder
from feeddog import PATIENCE_S, compiled

ALIVE = ("good", "ok", 0)


class Program:
    """Runs, and says so in RUN/run/job.pid."""

    def __init__(self, respawn, interval="20s"):
        self.where = folder("run")
        os.mkdir(os.path.join(self.where, "run"))
        os.mkdir(os.path.join(self.where, "checker"))
        os.chmod(os.path.join(self.where, "checker"), 0o777)
        self.config = {
            "watchdog": {"device": "/nowhere", "timeout": "10s", "simulated": True},
            "defaults": {"interval": interval, "retry_interval": interval, "timeout": "100ms", "retries": 3},
            "services": {"job": {"run": ["/bin/sleep", "1000"], "respawn": respawn}},
        }
        self.begin()

    def say(self, text):
        path = os.path.join(self.where, "run", "job.pid")
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(text)
        os.rename(path + ".new", path)

    def begin(self):
        self.process = subprocess.Popen(["sleep", "1000"])
        self.say(f"{self.process.pid}\n")

    def end(self):
        self.process.kill()
        self.process.wait(PATIENCE_S)

    def watched(self, generation=1):
        return Checker(config=compiled(self.config), run_dir=self.where, generation=generation)


def test_below_run():
    """a pid file that is no absolute path is below RUN: alive, crashed, alive again, gone"""
    job = Program("always")
    took_s = []
    with job.watched() as checker:
        for _ in range(5):
            checker.next(accept=lambda r: r.said == ALIVE)
            begun = time.monotonic()
            job.end()
            crash = checker.next(accept=lambda r: r.said[0] == "bad")
            took_s.append(time.monotonic() - begun)
            assert (crash.said, crash.conclusive) == (("bad", "exited", job.process.pid), 1), crash
            job.begin()
        checker.next(accept=lambda r: r.said == ALIVE)
    assert min(took_s) < 0.2, "nobody is waited for where it is always started again"
    job.end()
    with Program("always").watched() as checker:
        assert checker.next().said == ALIVE
    nowhere = Program("always", interval="100ms")
    os.unlink(os.path.join(nowhere.where, "run", "job.pid"))
    with nowhere.watched() as checker:
        assert checker.next().said == ("bad", "no-pidfile", 2)
        nowhere.say(f"{nowhere.process.pid}\n")
        checker.next(accept=lambda r: r.said == ALIVE)


def test_ended_before_it_was_seen():
    """P1, P5: a program that ended before it was looked at has come and gone: no start period puts off the next, none was good"""
    for respawn in ("always", "on-failure"):
        job = Program(respawn)
        os.unlink(os.path.join(job.where, "run", "job.pid"))
        job.end()
        with job.watched() as checker:
            assert checker.next().said == ("bad", "no-pidfile", 2)
            job.say(f"{job.process.pid}\n")
            crash = checker.next()
            assert (crash.said, crash.conclusive) == (("bad", "exited", job.process.pid), 2), crash
            assert checker.listen_for(0.5) == [], "it is told once"
    # The first look of all tells nothing of when it ended.
    with job.watched() as checker:
        first = checker.next()
        assert (first.said, first.conclusive) == (("bad", "no-process", job.process.pid), 0), first


def test_ended_while_there_was_no_checker():
    """P5: a program that ended after one checker and before the next has crashed, as if it had been seen; it is told once"""
    job = Program("always")
    with job.watched() as checker:
        assert checker.next().said == ALIVE
    job.end()
    with job.watched(generation=2) as checker:
        crash = checker.next()
        assert (crash.said, crash.conclusive) == (("bad", "exited", job.process.pid), 1), crash
        assert checker.listen_for(0.5) == [], "it is told once"
    with job.watched(generation=3) as checker:
        known = checker.next()
        assert (known.said, known.conclusive) == (("bad", "exited", job.process.pid), 0), known
    # Started anew meanwhile, and ended: it has come and gone.
    job.begin()
    job.end()
    with job.watched(generation=4) as checker:
        crash = checker.next()
        assert (crash.said, crash.conclusive) == (("bad", "exited", job.process.pid), 2), crash
    job.begin()
    with job.watched(generation=5) as checker:
        checker.next(accept=lambda r: r.said == ALIVE)
        job.end()
        assert checker.next().conclusive == 1
    # What the checker of another feeddogd has seen tells this one nothing.
    with job.watched() as checker:
        first = checker.next()
        assert (first.said, first.conclusive) == (("bad", "no-process", job.process.pid), 0), first


def test_young():
    """P1: what has come under our eyes is good when it has lived for a second; one that ends before was never good"""
    job = Program("always")
    os.unlink(os.path.join(job.where, "run", "job.pid"))
    job.end()
    with job.watched() as checker:
        assert checker.next().said == ("bad", "no-pidfile", 2)
        for _ in range(2):
            job.begin()
            assert checker.listen_for(0.5) == [], "nothing is known yet"
            job.end()
            crash = checker.next()
            assert (crash.said, crash.conclusive) == (("bad", "exited", job.process.pid), 2), crash
        job.begin()
        begun = time.monotonic()
        assert checker.next().said == ALIVE
        assert time.monotonic() - begun >= 0.9
        job.end()
        assert checker.next().conclusive == 1
    # The next checker knows no more of it than this one did.
    job.begin()
    with job.watched(generation=2) as checker:
        job.end()
        assert checker.next(accept=lambda r: r.said != ("unknown", "none", 0)).conclusive == 2


def test_young_at_its_interval():
    """P4: a probe of what is too young to be judged says that nothing is known; after an interval it is judged"""
    job = Program("always", interval="300ms")
    os.unlink(os.path.join(job.where, "run", "job.pid"))
    with job.watched() as checker:
        for _ in range(3):
            assert checker.next().said == ("bad", "no-pidfile", 2)
        job.say(f"{job.process.pid}\n")
        results = checker.listen_for(2)
    words = [result.said for result in results if result.said[0] != "bad"]
    assert words.count(("unknown", "none", 0)) <= 2 and set(words[2:]) == {ALIVE} and words[-1] == ALIVE, results


def test_ended_well_before_it_was_seen():
    """a program that ended with 0 before it was looked at, and is not to run again, is good"""
    job = Program("on-failure")
    os.unlink(os.path.join(job.where, "run", "job.pid"))
    job.end()
    with job.watched() as checker:
        assert checker.next().said == ("bad", "no-pidfile", 2)
        job.say(f"{job.process.pid}\n")
        time.sleep(0.05)
        job.say("done 0\n")
        assert [result.said for result in checker.listen_for(1)] == [ALIVE]


def test_ended_well():
    """a program that ended with 0, and is not to run again, is good, though the word comes after its end"""
    for interval in ("20s", "100ms"):
        job = Program("on-failure", interval)
        with job.watched() as checker:
            assert checker.next().said == ALIVE
            job.end()
            time.sleep(0.1)
            job.say("done 0\n")
            assert all(r.said == ALIVE for r in checker.listen_for(1)), (interval, checker.results)
            if interval == "20s":
                continue
            job.begin()
            assert all(r.said == ALIVE for r in checker.listen_for(0.5)), "started again by hand it is watched again"
            job.end()
            crash = checker.next(accept=lambda r: r.said != ALIVE)
            assert (crash.said, crash.conclusive) == (("bad", "exited", job.process.pid), 1), crash
    with job.watched() as checker:
        job.say("done 0\n")
        checker.next(accept=lambda r: r.said == ALIVE)


def test_ended_badly():
    """a program that ended, of which nobody says that it ended well, has crashed after a moment, and is good when it is back"""
    for interval in ("20s", "100ms"):
        job = Program("on-failure", interval)
        with job.watched() as checker:
            assert checker.next().said == ALIVE
            job.end()
            begun_ms = time.monotonic_ns() // 1_000_000
            crash = checker.next(accept=lambda r: r.said != ALIVE)
            assert (crash.said, crash.conclusive) == (("bad", "exited", job.process.pid), 1), crash
            assert 150 <= crash.started_ms + crash.took_ms - begun_ms <= 5000, crash
            cpu = checker.cpu_s()
            time.sleep(1)
            assert checker.cpu_s() - cpu < 0.2, "it does not look all the time"
            job.begin()
            checker.next(accept=lambda r: r.said == ALIVE)
        job.end()


def test_other_words():
    """only the one word is an end that is meant, and only in a file of ours"""
    job = Program("on-failure", "100ms")
    with job.watched() as checker:
        assert checker.next().said == ALIVE
        for word in ("done 1\n", "done\n", "done 0", "done 0\n1\n", ""):
            job.say(word)
            checker.next(accept=lambda r: r.said == ("bad", "bad-pidfile", 0))
            job.say("done 0\n")
            checker.next(accept=lambda r: r.said == ALIVE)
    job.end()
    theirs = os.path.join(folder("pid"), "pid")
    with open(theirs, "w", encoding="ascii") as file:
        file.write("done 0\n")
    with Checker({"process": {"pidfile": theirs}}) as checker:
        assert checker.next().said == ("bad", "bad-pidfile", 0)
