# SPDX-License-Identifier: MIT
"""Commands in the manner of Debian's watchdog: V1 scripts, V0 test programs, and folders of them."""

import os
import time

from checker_scene import Checker, folder, said
from feeddog import is_alive, wait_for

OK = ("good", "ok", 0)


class Folder:
    def __init__(self, **scripts):
        self.path = folder("watchdog.d")
        os.chmod(self.path, 0o777)
        self.told = os.path.join(self.path, ".told")
        for name, body in scripts.items():
            self.add(name, body)

    def add(self, name, body, mode=0o755):
        """It tells its name and arguments first."""
        path = os.path.join(self.path, name)
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\necho "$(basename $0) $*" >>{self.told}\n{body}\n')
        os.chmod(path + ".new", mode)
        os.rename(path + ".new", path)

    def check(self, **more):
        return {"command": {"directory": self.path}, "interval": "20s", "timeout": "20s", **more}

    def ran(self):
        try:
            with open(self.told, encoding="ascii") as file:
                return file.read().split("\n")[:-1]
        except FileNotFoundError:
            return []


def test_v1():
    """a V1 script is called with `test`, and anything but 0 is bad; as a plugin 1 is a warning"""
    scripts = Folder(good="exit 0", one="exit 1", many="exit 245")
    checks = [{"command": [os.path.join(scripts.path, name)], "v1": True, "name": name} for name in ("good", "one", "many")]
    checks.append({"command": [os.path.join(scripts.path, "one"), "a", "b"], "v1": True, "name": "more"})
    checks.append({"command": [os.path.join(scripts.path, "one")], "name": "plugin", "plugin": True})
    assert said(*checks) == [OK, ("bad", "exit-code", 1), ("bad", "exit-code", 245), ("bad", "exit-code", 1), ("warning", "warning", 1)]
    assert sorted(scripts.ran()) == ["good test", "many test", "one ", "one a b test", "one test"]


def test_folder():
    """all programs of a folder run, one after another in the order of their names; what is no program is left out"""
    scripts = Folder(b="exit 0", a="sleep 0.2; exit 0", c10="exit 0")
    scripts.add(".hidden", "exit 3")
    scripts.add("README", "exit 3", mode=0o644)
    os.mkdir(os.path.join(scripts.path, "folder"))
    os.symlink("/nowhere", os.path.join(scripts.path, "dangling"))
    os.symlink("b", os.path.join(scripts.path, "link"))
    assert said(scripts.check()) == [OK]
    assert scripts.ran() == ["a test", "b test", "c10 test", "link test"], scripts.ran()


def test_worst_counts():
    """one bad program makes the folder bad, whichever it is; after it no other is run"""
    scripts = Folder(a="exit 0", b="exit 7", c="exit 0")
    assert said(scripts.check()) == [("bad", "exit-code", 7)]
    assert scripts.ran() == ["a test", "b test"]
    assert said(Folder(a="exit 0", b="exit 0", c="kill -9 $$").check()) == [("bad", "signal", 9)]
    plugins = Folder(a="exit 1", b="exit 0")
    assert said(plugins.check(v1=False, plugin=True)) == [("warning", "warning", 1)]
    assert plugins.ran() == ["a ", "b "]
    plugins.add("c", "exit 2")
    assert said(plugins.check(v1=False, plugin=True)) == [("bad", "exit-code", 2)]


def test_nothing_to_run():
    """P4: a folder without a program, or none at all, is blind with its reason, not good; then it is good when one is there"""
    assert said({"command": {"directory": "/nowhere/watchdog.d"}}) == [("blind", "blind", 2)]
    assert said({"command": {"directory": "/etc/passwd"}}) == [("blind", "blind", 20)]
    scripts = Folder()
    with Checker(scripts.check(interval="200ms", timeout="200ms")) as checker:
        assert checker.next().said == ("blind", "blind", 2)
        scripts.add("a", "exit 0")
        checker.next(accept=lambda r: r.said == OK)
        scripts.add("a", "exit 1")
        checker.next(accept=lambda r: r.said == ("bad", "exit-code", 1))
        scripts.add("a", "exit 0")
        checker.next(accept=lambda r: r.said == OK)


def test_program_that_may_not_be_run():
    """P4: a program that only others may run is blind, unless another is bad"""
    scripts = Folder(b="exit 0")
    scripts.add("a", "exit 0", mode=0o600 | 0o010)
    assert said(scripts.check()) == [("blind", "blind", 13)]
    assert scripts.ran() == ["b test"], "the others run all the same"
    scripts.add("c", "exit 5")
    assert said(scripts.check()) == [("bad", "exit-code", 5)]


def test_one_timeout_for_all():
    """P5: the folder has one timeout for all its programs; the one that runs then is killed, and no other is started"""
    scripts = Folder(a="sleep 0.3", b="sleep 0.3", d="exit 0")
    pids = os.path.join(scripts.path, ".pids")
    scripts.add("c", f"trap '' TERM; echo $$ >>{pids}; sleep 1000; sleep 1000")
    with Checker(scripts.check(interval="20s", timeout="1s")) as checker:
        result = checker.next()
        assert result.said == ("bad", "timeout", 0) and 1000 <= result.took_ms < 2000, result
        with open(pids, encoding="ascii") as file:
            pid = int(file.read())
        wait_for(lambda: not is_alive(pid), "the end of the one that hung")
        time.sleep(0.3)
    assert scripts.ran() == ["a test", "b test", "c test"], scripts.ran()
    polite = Folder(a="trap 'exit 0' TERM; sleep 1000 & wait", b="exit 0")
    with Checker(polite.check(interval="20s", timeout="300ms")) as checker:
        assert checker.next().said == ("bad", "timeout", 0)
        checker.listen_for(0.7)
    assert polite.ran() == ["a test"], polite.ran()
