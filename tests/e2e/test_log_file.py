# SPDX-License-Identifier: MIT
"""feeddogd's log in a file, and on a disk that takes none of it."""

import os
import resource
import signal
import socket
import stat
import subprocess
import time

from feeddog import Feeddog, Victim, folder, parse_logfmt, program, wait_for, web_config
from processes import children, is_alive, kill


class Logged(Feeddog):
    """A board whose log is a file."""

    def start(self, boot_id="11111111-1111-4111-8111-111111111111", before=()):
        self.write_config()
        self.log_path = os.path.join(folder("log"), "feeddog.log")
        with open(self.log_path, "ab") as file:
            self.process = subprocess.Popen([*before, *self.command()], env=dict(os.environ, FEEDDOG_BOOT_ID=boot_id),
                                            stdin=subprocess.DEVNULL, stderr=file)
        return self

    def text(self):
        with open(self.log_path, encoding="utf-8") as file:
            return file.read()

    def said(self, event, **fields):
        lines = [parse_logfmt(line) for line in self.text().splitlines()]
        return [line for line in lines if line.get("event") == event and all(line.get(k) == v for k, v in fields.items())]

    def wait_said(self, event, **fields):
        return wait_for(lambda: self.said(event, **fields), f"event={event} {fields} in the file")[-1]

    def relays(self):
        def words(pid):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    return file.read()
            except OSError:
                return b""
        return [pid for pid in children(self.process.pid) if b"--log-relay" in words(pid)]

    def begin(self):
        self.start()
        self.wait_said("state", state="well")
        self.wait_state("well")
        return self


def written_by(pid):
    """The regular files that a process has open for writing."""
    found = []
    for fd in os.listdir(f"/proc/{pid}/fd"):
        path = f"/proc/{pid}/fd/{fd}"
        if stat.S_ISREG(os.stat(path).st_mode):
            found.append(os.readlink(path))
    return found


def test_only_one_process_waits_for_the_disk():
    """P15: where standard error is a file, neither the feeder nor a helper writes it, but a process that may wait for the disk."""
    board = Logged(web_config(Victim().begin())).begin()
    relay, = board.relays()
    assert board.log_path in written_by(relay)
    for pid in children(board.process.pid):
        assert pid == relay or os.readlink(f"/proc/{pid}/fd/2").startswith("pipe:")
    assert os.readlink(f"/proc/{board.process.pid}/fd/2").startswith("pipe:")
    assert board.stop() == 0
    assert parse_logfmt(board.text().splitlines()[-1])["event"] == "disarmed", "the last words are there when it has ended"
    assert not is_alive(relay)


def test_stuck_disk():
    """P3, P15: a disk that does not take the log stops nobody: the board is fed and served; what was lost is counted and said."""
    victim = Victim().begin()
    board = Logged(web_config(victim)).begin()
    relay, = board.relays()
    kill(relay, signal.SIGSTOP)
    stuck = time.monotonic()
    # Refused, and that is said each time: more than the pipe holds.
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as control:
        control.connect(os.path.join(board.run_dir, "control"))
        for _ in range(2500):
            control.send(b"rubbish")
    restarts = board.status()["services"]["web"]["restarts"]
    victim.kill()
    wait_for(lambda: board.status()["services"]["web"]["restarts"] > restarts and board.state() == "well", "the restart")
    assert board.dog.longest_gap(stuck, time.monotonic()) <= 1.5, "fed throughout"
    kill(relay, signal.SIGCONT)
    victim.kill()
    # One that was lost on the way may be said before the many.
    wait_for(lambda: sum(int(said["lines"]) for said in board.said("dropped", what="log")) > 100, "what was lost in the file")
    assert board.stop() == 0


def test_relay_that_is_killed():
    """P15: the process that writes the log is replaced, and no line is lost."""
    victim = Victim().begin()
    board = Logged(web_config(victim)).begin()
    relay, = board.relays()
    # On a busy machine it may have been down before.
    downs, ups = len(board.said("service-down")), len(board.said("service-up"))
    kill(relay)
    wait_for(lambda: not is_alive(relay), "its end")
    victim.kill()
    wait_for(lambda: len(board.said("service-down")) > downs and len(board.said("service-up")) > ups, "the restart in the file")
    assert board.relays() and board.relays() != [relay]
    assert board.stop() == 0 and not board.said("dropped", what="log")


def test_relay_goes_with_its_board():
    """P15: where feeddogd was killed, what is left of it says its last words, and nothing stays behind."""
    board = Logged(web_config(Victim().begin())).begin()
    relay, = board.relays()
    helpers = children(board.process.pid)
    board.process.kill()
    board.process.wait()
    wait_for(lambda: not any(map(is_alive, [relay, *helpers])), "the end of all")


def test_dog_that_cannot_be_had_is_said():
    """P10: why feeddogd did not start is in the file when it has ended."""
    board = Logged(web_config(Victim()))
    board.config["watchdog"]["device"] = "/nowhere/watchdog"
    board.start()
    assert board.process.wait(30) == 69 and "/nowhere/watchdog does not exist" in board.text()


def test_full_disk():
    """P15: a disk that is full costs lines; when it has room again, how many is said, in a line of its own."""
    path = os.path.join(folder("log"), "feeddog.log")
    with open(path, "ab") as file:
        relay = subprocess.Popen([program("feeddog-actor"), "--log-relay"], stdin=subprocess.PIPE, stderr=file)

    def say(text):
        relay.stdin.write(text)
        relay.stdin.flush()

    def read():
        with open(path, "rb") as file:
            return file.read()
    say(b"event=one\n")
    wait_for(lambda: read() == b"event=one\n", "the first line")
    resource.prlimit(relay.pid, resource.RLIMIT_FSIZE, (15, resource.RLIM_INFINITY))
    say(b"event=two\nevent=three\n")
    wait_for(lambda: read() == b"event=one\nevent", "half of the second")
    say(b"event=four\n")
    time.sleep(0.2)
    resource.prlimit(relay.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    relay.send_signal(signal.SIGTERM)
    say(b"event=five\n")
    relay.stdin.close()
    assert relay.wait(30) == 0
    assert read() == b"event=one\nevent\n<4>event=dropped what=log lines=3\nevent=five\n", read()
