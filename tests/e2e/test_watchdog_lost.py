# SPDX-License-Identifier: MIT
"""A watchdog that takes no feed any more, and one that takes them again."""

import contextlib
import os
import shlex

from feeddog import Feeddog, Victim, folder, wait_for, web_config


class FullFifo:
    """A FIFO in a watchdog's place that nobody reads: filled, it takes no feed."""

    def __init__(self):
        self.path = os.path.join(folder("dog"), "watchdog")
        os.mkfifo(self.path, 0o666)
        os.chmod(self.path, 0o666)
        self.fd = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)

    def fill(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(self.fd, b"x" * 4096)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(self.fd, b"x")

    def drain(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                os.read(self.fd, 65536)


def test_unfed_watchdog():
    """P8, P10: a watchdog that takes no feed is an error in the log, a line in the history, an alert, and no `well` for status;
    so is the end of it, and a stop does not claim to have disarmed a watchdog that is lost."""
    fifo, alerts = FullFifo(), os.path.join(folder("alerts"), "received")
    board = Feeddog(web_config(Victim().begin()))
    board.config["watchdog"]["device"] = fifo.path
    board.config["alerts"] = [{"command": ["/bin/sh", "-c", f"cat >>{shlex.quote(alerts)}"], "on": ["warning", "recovered"]}]
    os.chmod(os.path.dirname(alerts), 0o777)
    board.start()
    board.wait_well()
    wait_for(lambda: board.feeddog("status").returncode == 0, "a status that is well")
    mark = board.mark()
    fifo.fill()
    board.wait_event("watchdog-lost", mark)
    wait_for(lambda: board.status()["dog"]["lost"], "the loss in status.json")
    done = board.feeddog("status")
    assert done.returncode == 1 and "unguarded" in done.stdout, done
    fifo.drain()
    board.wait_event("watchdog-back", mark)
    wait_for(lambda: board.feeddog("status").returncode == 0, "well again")

    def received():
        with contextlib.suppress(FileNotFoundError), open(alerts, encoding="ascii") as file:
            return file.read()
        return ""

    wait_for(lambda: "unguarded: " in received() and "fed again" in received(), "both alerts")
    lines = [line["event"] for line in board.history()]
    assert "watchdog-lost" in lines and "watchdog-back" in lines, lines
    fifo.fill()
    board.wait_event("watchdog-lost", board.mark() - 1)
    mark = board.mark()
    board.stop()
    assert board.find("disarmed", mark)["disarmed"] == "0"
