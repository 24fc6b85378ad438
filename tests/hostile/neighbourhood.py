# SPDX-License-Identifier: MIT
"""A board whose services are well, among neighbours that are not: what they do may raise alerts, and nothing else."""

import os
import random
import subprocess

from dead_disk import DeadDisk
from feeddog import HERE, Skip, Victim, folder, wait_for
from neighbours import FileJuggler, Heartbeats, HostileServer, LingeringSockets, LogWriter, NameServer
from trial import HostileBoard

NOISY = os.path.join(HERE, "../hostile/noisy.py")


def only_alert(check, name):
    return {**check, "name": name, "on_failure": "alert", "interval": "500ms", "timeout": "400ms", "scope": "remote"}


class Neighbourhood:
    def __init__(self, seed, *, echo=True):
        if os.geteuid() != 0:
            raise Skip("only root can play other users")
        chance = random.Random(seed)
        self.dead, self.server = DeadDisk(), HostileServer(chance.random())
        self.name_server = NameServer(chance.random())
        self.log, self.juggler = LogWriter(chance.random()), FileJuggler(chance.random())
        self.victim = Victim().begin()
        self.board = HostileBoard(self.victim, echo=echo, metrics=self.juggler.path("metrics.prom"))
        self.board.config["services"].update(self._services())
        heartbeat = os.path.join(self.board.run_dir, "heartbeat", "noisy")
        self.attacks = [self.log, self.juggler, Heartbeats(chance.random(), heartbeat), LingeringSockets(heartbeat)]

    def _services(self):
        far = [({"http": self.server.url, "body": "ok"}, "server"), ({"http": "http://host.example/"}, "name"),
               ({"tcp": "db.example:5432"}, "port"), ({"log": {"file": self.log.path, "pattern": self.log.PATTERN}}, "log"),
               ({"log": {"file": self.dead.path + "/app.log", "pattern": "x"}}, "dead-log"), ({"file": {"path": self.dead.path + "/x"}}, "dead-file"),
               ({"disk": {"path": self.dead.path, "above": "90%"}}, "dead-disk"), ({"process": {"pidfile": self.juggler.path("pid")}}, "pid"),
               ({"log": {"file": self.juggler.path("log"), "pattern": "x"}}, "juggled-log")]
        return {"far": {"checks": [only_alert(check, name) for check, name in far]},
                "noisy": {"run": ["/usr/bin/python3", "-B", NOISY], "checks": [{"heartbeat": {"within": "5s"}}]}}

    def begin(self):
        """The board, well, before any attack."""
        resolv = os.path.join(folder("resolv"), "resolv.conf")
        with open(resolv, "w", encoding="ascii") as file:
            file.write(f"nameserver {self.name_server.host}\noptions timeout:20\n")
        os.chmod(resolv, 0o644)
        # Of the mounts that the dead disk has made our own.
        subprocess.run(["mount", "--bind", resolv, os.path.realpath("/etc/resolv.conf")], check=True)
        self.board.start()
        self.board.wait_event("armed")
        self.wait_unhurt()
        return self

    def wait_unhurt(self):
        """Until the services that are well are seen to be so, by helpers that all run."""
        def unhurt():
            status = self.board.status()
            services = status.get("services", {})
            return all(services.get(name, {}).get("health") == "up" for name in ("web", "noisy")) and \
                status["state"] in ("well", "doubt") and all(helper["pid"] for helper in status["helpers"].values())
        wait_for(unhurt, "services that are up")
