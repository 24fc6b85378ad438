# SPDX-License-Identifier: MIT
"""Coming from Debian's watchdog: its tests of the board, and its test and repair scripts."""

import os
import subprocess
import time

from coming_from import Board, configuration, put, write
from feeddog import folder, wait_for
from played_scene import network

# Other tests run the same code of the programs.
NOT_SANITIZED = ["*"]

# How busy this machine is must not matter, but where it is asked for.
QUIET = {"above: 24, for: 1m": "above: 10000, for: 1m", "above: 97%, for: 1m": "above: 99.9%, for: 1m"}
AWAY = "192.0.2.1"


def may_ping():
    """Everybody, as the checker's user is."""
    with open("/proc/sys/net/ipv4/ping_group_range", encoding="ascii") as file:
        first, last = map(int, file.read().split())
    return first == 0 and last >= 65534


def script(path, body):
    """A script, which is seen whole or not at all."""
    write(path + ".new", "#!/bin/sh\n" + body)
    os.chmod(path + ".new", 0o755)
    os.rename(path + ".new", path)


class Watched:
    """A board on which all is well: a played sensor, a log that is written, a daemon, scripts that find nothing."""

    def __init__(self, changes=None, *, proven=False, **more):
        self.dir, self.scripts = folder("watched"), folder("watchdog.d")
        os.chmod(self.dir, 0o777)
        self.sensor, self.syslog, self.pidfile, self.told = (
            os.path.join(self.dir, name) for name in ("temp1_input", "syslog", "sshd.pid", "told"))
        self.heat(41)
        self.log()
        self.begin_daemon()
        script(os.path.join(self.scripts, "disk"), '[ "$1" = test ]\n')
        self.set_test(0)
        # Test and repair in one; its trouble is a file.
        script(os.path.join(self.dir, "modem"), f'[ "$1" = test ] && [ -e {self.dir}/trouble ] && exit 245\n'
               f'[ "$1" = repair ] && echo "modem $*" >>{self.told} && rm -f {self.dir}/trouble\nexit 0\n')
        script(os.path.join(self.dir, "repair"), f'echo "repair $*" >>{self.told}\nexec sed -i "s/^exit .*/exit 0/" {self.dir}/test\n')
        places = {"sensor: coretemp": f"sensor: {self.sensor}", "/var/log/syslog": self.syslog, "/run/sshd.pid": self.pidfile,
                  "/etc/watchdog.d": self.scripts, "/usr/local/sbin": self.dir, "interface: eth0": "interface: lo", "1407s": "3s"}
        changes = {"192.168.1.1": "127.0.0.1", **QUIET, **(changes or {})}
        text = put(configuration("debian-watchdog.yaml"), {**places, **changes})
        self.board = Board(text, defaults={"start_period": "2s"}, **more)
        if proven:
            self.board.prove()
        self.board.start(before=[] if may_ping() else network())

    def heat(self, degrees):
        write(self.sensor + ".new", f"{degrees * 1000}\n")
        os.rename(self.sensor + ".new", self.sensor)

    def log(self):
        self.logger = subprocess.Popen(["/bin/sh", "-c", f"while echo a line >>{self.syslog}; do sleep 0.2; done"])

    def be_silent(self):
        self.logger.kill()
        self.logger.wait()

    def begin_daemon(self):
        self.daemon = subprocess.Popen(["/bin/sleep", "600"])
        write(self.pidfile, f"{self.daemon.pid}\n")

    def end_daemon(self):
        self.daemon.kill()
        self.daemon.wait()

    def set_disk(self, code):
        script(os.path.join(self.scripts, "disk"), f"exit {code}\n")

    def set_test(self, code):
        script(os.path.join(self.dir, "test"), f"exit {code}\n")

    def words(self):
        try:
            with open(self.told, encoding="ascii") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def harm(self, check, causes, harm, mend):
        """The check fails for one of these causes, and passes again when it is mended; nothing is rebooted."""
        mark = self.board.mark()
        harm()
        failed = self.board.wait_event("check-failed", mark, check=check)
        assert failed["cause"] in causes, failed
        mend()
        self.board.wait_event("check-passed", mark, check=check)
        wait_for(lambda: self.board.state() == "well", "well again")
        assert self.board.reboots_ordered() == 0


def healths(board):
    return {check["name"]: check["health"] for service in board.status().get("services", {}).values() for check in service["checks"]}


def test_all_is_well():
    """Everything that watchdog.conf asks for is looked at, and good on a board on which all is well."""
    board = Watched().board
    board.wait_well()
    wait_for(lambda: set(healths(board).values()) == {"up"}, "all of them up")
    kinds = [check["kind"] for service in board.status()["services"].values() for check in service["checks"]]
    assert kinds == ["load", "memory", "temperature", "file", "process", "command", "ping", "ping", "command", "command"], kinds


def test_each_is_noticed():
    """Heat, a log that is not written, a daemon that is gone, a failing test script: each is down, and up when it is mended."""
    watched = Watched()
    watched.board.wait_well()
    watched.harm("temperature", ["above"], lambda: watched.heat(95), lambda: watched.heat(41))
    watched.harm("process", ["exited"], watched.end_daemon, watched.begin_daemon)
    watched.harm("command", ["exit-code"], lambda: watched.set_disk(1), lambda: watched.set_disk(0))
    watched.harm("file", ["old"], watched.be_silent, watched.log)


def reboots_because_of(check, changes):
    board = Watched(changes, ladder={"restart_for": "1s"}, proven=True).board
    ordered = board.wait_event("reboot")
    assert (ordered["service"], ordered["check"], ordered["cause"]) == ("board", check, "above"), ordered
    wait_for(lambda: board.reboots_ordered() == 1, "the reboot command")


def test_memory_reboots():
    """P2: what nothing repairs reboots the board, as watchdog does: memory that is used up."""
    reboots_because_of("memory", {"above: 97%, for: 1m": "above: 0%"})


def test_network_does_not():
    """P12: a host that does not answer is told of, and reboots nothing, which could not mend it."""
    board = Watched({"192.168.1.1": AWAY}, ladder={"restart_for": "1s"}).board
    board.wait_well()
    told = board.wait_event("warning", check="ping")
    end = told["at"] + 2.5
    wait_for(lambda: time.monotonic() > end, "the time in which it would have been rebooted")
    assert board.state() == "well" and not board.find("reboot") and len(board.said("warning", check="ping")) == 1


def test_repair():
    """P5: a test that fails is followed by its repair, which is called as watchdog does it: with the code, and the name in V1."""
    watched = Watched()
    board = watched.board
    board.wait_well()
    mark = board.mark()
    watched.set_test(7)
    board.wait_event("service-up", mark, service="printer")
    assert watched.words() == ["repair 7"], watched.words()
    mark = board.mark()
    write(os.path.join(watched.dir, "trouble"), "")
    board.wait_event("service-up", mark, service="modem")
    assert watched.words()[1:] == ["modem repair 245 modem"], watched.words()
    board.wait_well(mark)
    assert board.reboots_ordered() == 0
