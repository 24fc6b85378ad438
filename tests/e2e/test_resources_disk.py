# SPDX-License-Identifier: MIT
"""The checks of disks and files, each passing, failing, without its source, and recovering."""

import errno
import os
import time

from checker_scene import CAUSES, OUTCOMES, Checker, folder, said
from dead_disk import DeadDisk
from feeddog import SANITIZED, Skip, wait_for
from played_scene import behind, on_stage, outcome, words, write


def test_disk():
    """a full disk is bad, in bytes and in files, and good again when there is room"""
    path = folder("disk")
    stage = on_stage(f"mount -t tmpfs -o size=1m,nr_inodes=21,mode=755 none {path}")
    checks = [{"disk": {"path": path, "above": "90%"}}, {"disk": {"path": path, "above": "90%", "inodes": True}}]
    with Checker(*checks, before=stage) as checker:
        assert checker.next().said == ("good", "ok", 0)
        outcome(checker, "good", check=1)
        inside = f"/proc/{checker.process.pid}/root{path}"
        with open(f"{inside}/large", "wb") as file:
            file.write(bytes(960 * 1024))
        assert outcome(checker, "bad", "above") == 94
        os.unlink(f"{inside}/large")
        assert outcome(checker, "good") == 0
        for i in range(19):
            with open(f"{inside}/{i}", "wb"):
                pass
        assert outcome(checker, "bad", "above", check=1) == 95
        outcome(checker, "good")
        for i in range(2):
            os.unlink(f"{inside}/{i}")
        assert outcome(checker, "good", check=1) == 86


def test_disk_that_takes_no_writing():
    """a file system that turned read-only is bad; one that is only shown so to a service is not"""
    path = folder("disk")
    stage = on_stage(f"mount -t tmpfs -o mode=755 none {path}")
    with Checker({"disk": {"path": path, "above": "90%"}}, before=stage) as checker:
        outcome(checker, "good")
        behind(checker, "mount", "-o", "remount,bind,ro", path)
        mark = checker.next().sequence
        assert checker.next(0, lambda result: result.sequence > mark + 2).said == ("good", "ok", 0)
        behind(checker, "mount", "-o", "remount,ro", path)
        assert outcome(checker, "bad", "absent") == errno.EROFS
        behind(checker, "mount", "-o", "remount,rw", path)
        outcome(checker, "good")


def test_disk_without_its_source():
    """P4: a path that is absent, and a file system that does not count, are blind"""
    path = os.path.join(folder("disk"), "absent")
    counts = {"path": "/proc", "above": "90%"}
    assert said({"disk": {"path": path, "above": "90%"}}, {"disk": counts}, {"disk": {"path": "/", "above": "99.9%"}})[:2] \
        == [("blind", "blind", errno.ENOENT), ("blind", "blind", errno.ENODATA)]
    with Checker({"disk": {"path": path, "above": "99.9%"}}) as checker:
        assert checker.next().said == ("blind", "blind", errno.ENOENT)
        os.mkdir(path)
        outcome(checker, "good")


def test_disk_that_is_not_mounted():
    """P4: a mount point where nothing is mounted is blind, and the file system below it is not measured in its place"""
    path = folder("disk")
    stage = on_stage(f"mount -t tmpfs -o mode=755 none {path}; mkdir {path}/below")
    checks = [{"disk": {"path": path, "above": "90%"}}, {"disk": {"path": path, "above": "90%", "mounted": True}},
              {"disk": {"path": path + "/below", "above": "90%", "mounted": True}}]
    away = ("blind", "blind", errno.ENOMEDIUM)
    with Checker(*checks, before=stage) as checker:
        assert [checker.next(check).said for check in range(3)] == [("good", "ok", 0), ("good", "ok", 0), away]
        behind(checker, "umount", path)
        for check in (0, 1):
            checker.next(check, lambda result: result.said == away)
        behind(checker, "mount", "-t", "tmpfs", "none", path)
        outcome(checker, "good")
        outcome(checker, "good", check=1)


def test_disk_that_hangs():
    """P4, P12: a disk that does not answer is blind, holds up no other check, and costs one thread, not one for each run"""
    dead = DeadDisk()
    checks = [{"disk": {"path": dead.path, "above": "90%"}}, {"file": {"path": dead.path + "/file"}},
              {"temperature": {"sensor": dead.path + "/temp", "above": 80}}, {"memory": {"above": "99.9%"}},
              {"command": {"directory": dead.path}}]
    with Checker(*checks) as checker:
        for index in (0, 0, 0, 0, 1, 2, 4):
            assert checker.next(index).said == ("blind", "blind", errno.ETIMEDOUT)
        assert checker.next(3).said[:2] == ("good", "ok")
        assert len(os.listdir(f"/proc/{checker.process.pid}/task")) <= 5
        dead.go()
        # Its place is an empty folder now.
        checker.next(0, lambda result: CAUSES[result.cause] == "ok")
        checker.next(1, lambda result: result.said == ("bad", "absent", errno.ENOENT))
        checker.next(4, lambda result: result.said == ("blind", "blind", errno.ENOENT))
        wait_for(lambda: len(os.listdir(f"/proc/{checker.process.pid}/task")) == 1 or checker.receive() is None, "their end")


def test_a_checker_ends_though_a_disk_hangs():
    """P4: a checker with a question that hangs ends when its feeder goes"""
    if SANITIZED:
        raise Skip("the sanitizer wants to look at the thread that hangs")
    dead = DeadDisk()
    with Checker({"disk": {"path": dead.path, "above": "90%"}}) as checker:
        checker.next()
        assert checker.leave() == 0
    dead.go()


def test_file():
    """a file that is missing is bad, and good when it is there"""
    path = os.path.join(folder("file"), "alive")
    with Checker({"file": {"path": path, "min_size": "3B", "above": "5B"}}) as checker:
        assert checker.next().said == ("bad", "absent", errno.ENOENT)
        write(path, "1234")
        assert outcome(checker, "good") == 4
        write(path, "12")
        assert outcome(checker, "bad", "below") == 2
        write(path, "123456")
        assert outcome(checker, "bad", "above") == 6
        write(path, "123")
        assert outcome(checker, "good") == 3


def test_file_that_ages():
    """a file that is not written any more is bad, and good again after the next writing"""
    path = os.path.join(folder("file"), "alive")
    write(path, "1")
    with Checker({"file": {"path": path, "max_age": "2s"}}) as checker:
        first = checker.next()
        assert first.said[:2] == ("good", "ok")
        # On a busy machine the look itself may time out first.
        bad = checker.next(0, lambda result: CAUSES[result.cause] == "old")
        assert OUTCOMES[bad.outcome] == "bad" and 2 <= bad.detail <= 4, bad
        os.utime(path)
        outcome(checker, "good")
        checker.next(0, lambda result: CAUSES[result.cause] == "old")
    os.utime(path, (time.time() - 7200, time.time() - 7200))
    assert words(*said({"file": {"path": path, "max_age": "1h"}}, {"file": {"path": path, "max_age": "3h"}})) \
        == [("bad", "old"), ("good", "ok")]


def test_file_that_may_not_be_seen():
    """P4: a file that the checker's user may not look at is blind"""
    path = folder("closed")
    os.chmod(path, 0)
    if os.geteuid() != 0:
        raise Skip("an ordinary user's checker is that user")
    assert said({"file": {"path": path + "/file"}}) == [("blind", "blind", errno.EACCES)]
