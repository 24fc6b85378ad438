# SPDX-License-Identifier: MIT
"""What the checker's tests are written in: the real feeddog-checker with a test on the feeder's end of its channel, and
servers that misbehave, each in one way.
"""

import collections
import fcntl
import os
import re
import socket
import struct
import subprocess
import threading
import time

from feeddog import HERE, PATIENCE_S, compiled, folder, free_port, program, run

RESULT = struct.Struct("=IIqqIiHBBB3x")
RECORDS_AT_ONCE = 65536


def names_of(prefix):
    """The words of an enum of core/result.h, in its order."""
    with open(os.path.join(HERE, "../../firmware-daemon/core/result.h"), encoding="utf-8") as file:
        words = re.findall(rf"^\t{prefix}_(\w+)[, ]", file.read(), re.M)
    return [word.lower().replace("_", "-") for word in words]


CAUSES, OUTCOMES = names_of("CAUSE"), names_of("OUTCOME")


class Result(collections.namedtuple("Result", "generation sequence started_ms seen_ms took_ms detail check outcome cause conclusive")):
    @property
    def said(self):
        return OUTCOMES[self.outcome], CAUSES[self.cause], self.detail


def now_ms():
    return time.monotonic_ns() // 1_000_000


def compile_checks(checks):
    """The flat configuration of one service with these checks."""
    checks = [{"interval": "200ms", "timeout": "150ms", "retry_interval": check.get("interval", "200ms"), **check} for check in checks]
    config = {
        "watchdog": {"device": "/nowhere", "timeout": "10s", "simulated": True},
        "services": {f"s{i}": {"checks": checks[i:i + 500]} for i in range(0, len(checks), 500)},
    }
    return compiled(config)


class Checker:
    """A running feeddog-checker. Its results are kept with the time at which they were received."""

    def __init__(self, *checks, generation=7, config=None, env=None, stderr=None, before=(),
                 run_dir="/nowhere", stdin=subprocess.DEVNULL):
        memory = os.memfd_create("config")
        os.write(memory, compile_checks(checks) if config is None else config)
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # Out of the way first, so that 3 and 4 are free to be taken.
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 200) for fd in (memory, theirs.fileno())]
        shell = "exec 3<&{0} 4<&{1} {0}<&- {1}<&-; exec \"$@\"".format(*high)
        argv = [program("feeddog-checker"), "--generation", str(generation), "--run-dir", run_dir, "--state-dir", "/nowhere"]
        self.process = subprocess.Popen(["bash", "-c", shell, "checker", *before, *argv], pass_fds=high, env=env,
                                        stdin=stdin, stderr=stderr)
        for fd in (memory, *high):
            os.close(fd)
        theirs.close()
        self.results = []

    def receive(self, deadline_s=PATIENCE_S):
        """The next result."""
        self.socket.settimeout(deadline_s)
        record = self.socket.recv(RECORDS_AT_ONCE)
        assert record, f"the checker ended with {self.process.wait(PATIENCE_S)}"
        assert len(record) == RESULT.size, len(record)
        result = Result(*RESULT.unpack(record))
        self.results.append((now_ms(), result))
        return result

    def next(self, check=0, accept=lambda result: True, deadline_s=PATIENCE_S):
        """The next result of a check that is as wanted."""
        end = time.monotonic() + deadline_s
        while True:
            result = self.receive(max(0.001, end - time.monotonic()))
            if result.check == check and accept(result):
                return result

    def drain(self):
        """Takes what waits."""
        self.socket.setblocking(False)
        try:
            while record := self.socket.recv(RECORDS_AT_ONCE):
                self.results.append((now_ms(), Result(*RESULT.unpack(record))))
        except BlockingIOError:
            pass

    def listen_for(self, seconds):
        """All results of the next seconds."""
        since, end = len(self.results), time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                self.receive(left)
            except TimeoutError:
                break
        return [result for _, result in self.results[since:]]

    def cpu_s(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def leave(self):
        """The feeder goes away; the exit code."""
        self.socket.close()
        return self.process.wait(PATIENCE_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        if self.process.poll() is None:
            self.process.wait(PATIENCE_S)


def said(*checks):
    """What each of the checks says first; patient, where they do not say otherwise."""
    with Checker(*({"interval": "20s", "timeout": "20s", **check} for check in checks)) as checker:
        first = {}
        while len(first) < len(checks):
            result = checker.receive()
            # A checker that says of itself that it is late was kept from running; the next probe is about the server.
            if result.said[1] != "late":
                first.setdefault(result.check, result.said)
        return [first[i] for i in range(len(checks))]


class Server:
    """Listens, and does `behave(connection)` with each connection in a thread of its own."""

    def __init__(self, behave, family=socket.AF_INET, read_request=True):
        address = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        self.listener = socket.socket(family)
        self.listener.bind((address, 0))
        self.listener.listen(64)
        self.behave, self.read_request = behave, read_request
        self.port = self.listener.getsockname()[1]
        host = f"[{address}]" if family == socket.AF_INET6 else address
        self.url = f"http://{host}:{self.port}/"
        self.requests = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            if self.read_request:
                self.requests.append(connection.recv(4096))
            self.behave(connection)
        except OSError:
            pass
        connection.close()


def answering(answer):
    return lambda connection: connection.sendall(answer)


def plain(body=b"ok\n", status="200 OK", more=""):
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


def forever(*pieces, every_s=0.0):
    """Sends the first pieces once and the last again and again."""
    def behave(connection):
        for piece in pieces:
            connection.sendall(piece)
        while True:
            time.sleep(every_s)
            connection.sendall(pieces[-1])
    return behave


def hang(connection):
    """Until the other side goes."""
    while connection.recv(4096):
        pass


__all__ = ["CAUSES", "OUTCOMES", "Checker", "Server", "answering", "compile_checks", "folder", "forever", "free_port", "hang",
           "now_ms", "plain", "program", "run", "said"]
