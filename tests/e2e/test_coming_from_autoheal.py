# SPDX-License-Identifier: MIT
"""Coming from Autoheal: nginx behind an application behind a database, after a power cut."""

import os
import re

from coming_from import CONFIGURATIONS, Board, configuration, database, nginx, put, shop, write
from feeddog import folder, run, wait_for

# Other tests run the same code of the programs.
NOT_SANITIZED = ["*"]

FIRST, SECOND = "10000000-0000-4000-8000-000000000000", "20000000-0000-4000-8000-000000000000"


def imported(text):
    result = run("feeddog", "import", "autoheal", write(os.path.join(folder("autoheal"), "conf.yaml"), text))
    assert result.returncode == 0, result
    return result.stdout


def test_import():
    """What Autoheal was told becomes, word for word, the configuration that lies beside it, and that passes the check."""
    assert imported(configuration("autoheal.conf.yaml")) == configuration("autoheal.yaml")
    check = run("feeddog", "check", "-c", os.path.join(CONFIGURATIONS, "autoheal.yaml"))
    assert (check.returncode, check.stdout) == (0, "OK\n") and not re.search(r": warning: (?!tcp: the kernel)", check.stderr), check


class Closet:
    """The three servers, none of which runs, and the board with what was imported for them."""

    def __init__(self, slow=False):
        self.database, self.app = database(), shop()
        self.web = nginx(self.app.port)
        self.all = [self.web, self.app, self.database]
        places = {**self.app.places, "DATABASE_PORT=6379": f"DATABASE_PORT={self.database.port}",
                  "port: 6379": f"port: {self.database.port}", "--port 6379": f"--port {self.database.port}",
                  "script: redis": "script: sleep 2; redis" if slow else "script: redis", **self.database.places,
                  "--daemonize yes": f"--daemonize yes --pidfile {self.database.pidfile}",
                  "/run/nginx.pid": self.web.pidfile, "/etc/nginx/nginx.conf": self.web.config}
        text = put(imported(put(configuration("autoheal.conf.yaml"), places)), {"defaults: {timeout: 3s}": ""})
        # The import's pgrep reads the whole of /proc: on a busy machine with many processes that takes its time, and that of
        # Debian 13 reads more of it.
        self.board = Board(text, defaults={"interval": "1500ms", "timeout": "1500ms", "retries": 4})

    def starts_of_the_app(self):
        with open(os.path.join(self.app.dir, "starts"), encoding="ascii") as file:
            return len(file.readlines())

    def visits(self):
        return self.web.get("/")[1].strip()


def test_after_a_power_cut():
    """P13: all down at boot, the database slow, listed in the wrong order: each is started once, when what it needs answers."""
    closet = Closet(slow=True)
    board = closet.board.start(FIRST)
    board.wait_well()
    assert [said["service"] for said in board.said("start")] == ["database", "app", "web"]
    assert not board.said("restart") and closet.starts_of_the_app() == 1
    assert closet.visits() == "visit 1"

    board.reset()
    for server in closet.all:
        server.kill()
    # What a power cut leaves behind: the pid files of processes that are gone.
    assert all(server.pid() for server in closet.all)
    board.start(SECOND)
    board.wait_well()
    assert [said["service"] for said in board.said("start")] == ["database", "app", "web"]
    assert not board.said("restart") and closet.starts_of_the_app() == 2
    assert board.last_boot()["cause"] == "unexplained"
    assert closet.visits() == "visit 1"


def test_only_the_root_is_restarted():
    """P13: when the database dies in the night, it is started again; who needs it waits for that, and spends none of its attempts."""
    closet = Closet()
    board = closet.board.start(FIRST)
    board.wait_well()
    mark, web = board.mark(), closet.web.pid()
    closet.database.kill()
    board.wait_event("restart-done", mark, service="database")
    board.wait_event("service-up", mark, service="database")
    board.wait_well(mark)
    # What was down for want of it is restarted with it, at most once and uncharged; nginx was not down.
    restarts = [said["service"] for said in board.said("restart", mark)]
    assert restarts in (["database"], ["database", "app"]), restarts
    assert all(said["attempt"] == "0" for said in board.said("restart", mark, service="app"))
    assert closet.web.pid() == web
    assert closet.visits() == "visit 1"
    assert board.reboots_ordered() == 0


def test_each_is_healed():
    """A process that is gone is started again by its script, whichever it is."""
    closet = Closet()
    board = closet.board.start(FIRST)
    board.wait_well()
    for name, server in (("web", closet.web), ("app", closet.app)):
        mark, old = board.mark(), server.pid()
        server.kill()
        board.wait_event("restart-done", mark, service=name)
        wait_for(lambda s=server, o=old: s.pid() not in (None, o), "another process")
        board.wait_event("service-up", mark, service=name)
        wait_for(lambda: board.state() == "well", "well")
    wait_for(lambda: closet.web.get("/")[0] == 200, "a page")
