# SPDX-License-Identifier: MIT
"""Coming from monit: dependants that follow a restart in order, failures counted in a window, alerts."""

import os

from coming_from import Board, configuration, copy, database, nginx, put, shop, write
from feeddog import folder, wait_for

# Other tests run the same code of the programs.
NOT_SANITIZED = ["*"]


class Closet:
    """A database, an application that needs it, and nginx before that; and a box into which mail falls."""

    def __init__(self, **more):
        self.database, self.app = database(), shop()
        self.web = nginx(self.app.port)
        self.servers = {"database": self.database, "app": self.app, "web": self.web}
        self.bin, self.box = folder("sbin"), folder("box")
        os.chmod(self.box, 0o777)
        mail = write(os.path.join(self.bin, "mail"), f'#!/bin/sh\nread -r text && echo "$2: $text" >>{self.box}/mail\n')
        os.chmod(mail, 0o755)
        files = {"/run/shop": self.app.places["/run/shop"], "/run/nginx.pid": self.web.pidfile,
                 "/var/lib/redis": self.database.places["/var/lib/redis"], "127.0.0.1:8000": f"127.0.0.1:{self.app.port}"}
        copy("closetctl", self.bin, {**files, "/srv/shop": self.app.dir, "/etc/nginx/nginx.conf": self.web.config,
                                     "--graceful-timeout 5": "--graceful-timeout 1",
                                     "redis-server --": self.database.places["redis-server --"], "6379": str(self.database.port)})
        text = put(configuration("monit.yaml"), {**files, "127.0.0.1:6379": f"127.0.0.1:{self.database.port}",
                                                 "127.0.0.1:80/": f"127.0.0.1:{self.web.port}/", "/usr/local/sbin": self.bin,
                                                 "- command: mail": f"- command: {mail}"})
        self.board = Board(text, **more).start()
        self.board.wait_well()

    def pids(self):
        return {name: server.pid() for name, server in self.servers.items()}

    def mail(self):
        """Subject and text of all that has come."""
        try:
            with open(os.path.join(self.box, "mail"), encoding="utf-8") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []


def all_restarted(closet, mark, names):
    """They were restarted, in this order, and the others were not; the first restart of each, by its name."""
    board, first = closet.board, {}
    wait_for(lambda: {said["service"] for said in board.said("restart-done", mark)} == set(names), f"restarts of {names}")
    wait_for(lambda: board.state() == "well", "well again")
    # One that still answers while it is being restarted, and then does not, may be restarted once more, and so who follows it.
    for said in board.said("restart", mark):
        first.setdefault(said["service"], said)
    assert list(first) == names, first
    wait_for(lambda: closet.web.get("/")[0] == 200, "a page")
    return first


def test_starts_in_order():
    """P13: at boot the three are started after each other, each when what it depends on is up."""
    closet = Closet()
    assert [said["service"] for said in closet.board.said("start")] == ["database", "app", "web"]
    assert not closet.board.said("restart")
    assert closet.web.get("/")[1].startswith("visit ")


def test_dependants_follow():
    """P13: who depends on what was restarted is restarted after it, in order; it costs them none of their attempts."""
    closet = Closet()
    mark, old = closet.board.mark(), closet.pids()
    closet.database.kill()
    first = all_restarted(closet, mark, ["database", "app", "web"])
    assert all(pid != old[name] for name, pid in closet.pids().items()), (old, closet.pids())
    assert [said["attempt"] for said in first.values()] == ["1", "0", "0"], first


def test_who_does_not_depend_is_left_alone():
    """A restart in the middle goes downwards only: the database stays as it is."""
    closet = Closet()
    mark, old = closet.board.mark(), closet.pids()
    closet.app.kill()
    all_restarted(closet, mark, ["app", "web"])
    assert closet.database.pid() == old["database"]


def test_failures_that_are_not_in_a_row():
    """Three failures within the window are down also where every other answer is good."""
    closet = Closet()
    board = closet.board
    mark, old = board.mark(), closet.pids()
    flaky = write(os.path.join(closet.app.dir, "flaky"), "")
    down = board.wait_event("service-down", mark, service="app")
    assert (down["check"], down["cause"], down["detail"]) == ("http", "status", "500"), down
    os.unlink(flaky)
    passed = board.said("check-passed", mark, service="app", check="http")
    assert len(passed) >= 2, "there were good answers between"
    all_restarted(closet, mark, ["app", "web"])
    assert closet.app.pid() != old["app"]


def test_alerts():
    """P14: what happened is mailed in order, one mail for each, with what it was and why."""
    closet = Closet()
    board = closet.board
    host = os.uname().nodename
    mark = board.mark()
    closet.web.kill()
    all_restarted(closet, mark, ["web"])
    wait_for(lambda: len(closet.mail()) >= 2, "two mails")
    down, up = closet.mail()
    assert down.startswith(f"{host} web service-down: ") and "web is down" in down, down
    assert up.startswith(f"{host} web service-up: ") and "web is up again" in up, up
