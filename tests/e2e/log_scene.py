# SPDX-License-Identifier: MIT
"""A log that somebody writes, and a check that reads it."""

import os

from checker_scene import folder

NOBODY = 65534
GOOD = ("good", "ok", 0)
ABSENT = ("blind", "blind", 2)


class Log:
    def __init__(self, text=None):
        self.path = os.path.join(folder("log"), "app.log")
        if text is not None:
            self.write(text)

    def write(self, text):
        with open(self.path, "ab") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def rotate(self, to="app.log.1"):
        os.rename(self.path, os.path.join(os.path.dirname(self.path), to))

    def check(self, pattern="ERROR", interval="50ms", **more):
        limits = {key: more.pop(key) for key in ("count", "within") if key in more}
        return {"log": {"file": self.path, "pattern": pattern, **limits}, "interval": interval, "timeout": interval, **more}


def first_bad(checker):
    return checker.next(accept=lambda r: r.said[0] == "bad")


def total(checker, number):
    """The matching lines that are told until there are so many, and a moment longer."""
    seen = 0
    while seen < number:
        seen += first_bad(checker).detail
    return seen + sum(r.detail for r in checker.listen_for(0.3) if r.said[0] == "bad")


def run_folder():
    """RUN as feeddogd makes it for the checker."""
    where = folder("run")
    for name in ("checker", "heartbeat"):
        os.mkdir(os.path.join(where, name))
        if os.geteuid() == 0:
            os.chown(os.path.join(where, name), NOBODY, NOBODY)
    return where
