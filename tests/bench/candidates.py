# SPDX-License-Identifier: MIT
"""feeddog, and what would be used in its place, each set up the way its manual says and at its quickest: one check a second,
a timeout of one second, and one failure is enough.

Each candidate has a server of its own (server.c). Its job is either `keep`, in which the server is restarted when it is killed,
or `watch`, in which it is asked by HTTP too, `rate` times a second.
"""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

import proc

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.realpath(os.path.join(HERE, "../.."))
BUILD = os.path.join(ROOT, "build")
TOOLS = os.path.join(BUILD, "bench")
PEERS = os.path.join(TOOLS, "peers/root")
CREDENTIALS = struct.Struct("3i")
PATIENCE_S = 30
PASSING = ("", "sh", "seq", "curl", "sleep", "test", "cat", "kill", "server")

RUNG = threading.Condition()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


class Server:
    """The server's folder and port, and the bell that it rings."""

    def __init__(self, folder):
        self.folder, self.port, self.pid, self.rings = folder, free_port(), None, []
        self.command = [os.path.join(TOOLS, "server"), str(self.port), folder]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.pidfile = os.path.join(folder, "pid")
        self.bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.bell.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.bell.bind(os.path.join(folder, "bell"))
        threading.Thread(target=self.hear, daemon=True).start()

    def begin(self):
        subprocess.run([*self.command, "start"], check=True, timeout=PATIENCE_S)
        return self

    def hear(self):
        """Every ring; the kernel says whose it is, in our numbers."""
        while True:
            text, control, _, _ = self.bell.recvmsg(128, socket.CMSG_SPACE(CREDENTIALS.size))
            word, at_ns = text.decode().split()
            if word == "over":
                return
            if word == "listening":
                self.pid = CREDENTIALS.unpack(control[0][2])[0]
            with RUNG:
                self.rings.append((word, int(at_ns)))
                RUNG.notify_all()

    def rang(self, word, since_ns):
        """When it first did so since then, or None."""
        return next((at_ns for said, at_ns in self.rings if said == word and at_ns >= since_ns), None)

    def signal(self, number):
        """Now; in nanoseconds."""
        at_ns = time.monotonic_ns()
        os.kill(self.pid, number)
        return at_ns

    def asked(self):
        with open(os.path.join(self.folder, "count"), "rb") as file:
            return struct.unpack("Q", file.read(8))[0]

    def end(self):
        if self.pid:
            try:
                os.kill(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
            bell.sendto(b"over 0", self.bell.getsockname())


def wait_for_rings(wanted, deadline_s=PATIENCE_S):
    """Waits until each (server, word, since_ns) has rung, or the deadline."""
    with RUNG:
        return RUNG.wait_for(lambda: all(server.rang(word, since_ns) is not None for server, word, since_ns in wanted), deadline_s)


class LoneServer(Server):
    """One that nobody keeps alive: the floors ask it."""

    def __init__(self):
        super().__init__(tempfile.mkdtemp(prefix="bench.", dir="/var/tmp"))
        self.begin()
        wait_for_rings([(self, "listening", 0)])

    def end(self):
        super().end()
        shutil.rmtree(self.folder, ignore_errors=True)


class Candidate:
    name, about = "", ""
    quick = False  # it is told of a death, and does not look for it
    feeds = False  # it feeds a watchdog
    own_start = False  # it starts the server itself
    ending = signal.SIGTERM

    def __init__(self, job, rate=1):
        self.job, self.rate, self.process = job, rate, None
        self.folder = tempfile.mkdtemp(prefix="bench.", dir="/var/tmp")
        os.chmod(self.folder, 0o755)
        self.server = Server(self.folder)
        self.log = open(os.path.join(self.folder, "log"), "w", encoding="utf-8")
        # On a board /dev and /run are in memory: feeding even a FIFO on a disk writes there, namely when it was fed.
        self.memory = tempfile.mkdtemp(prefix="bench.", dir="/dev/shm")
        os.chmod(self.memory, 0o755)
        self.dog = os.path.join(self.memory, "dog")
        self.dog_fd = -1
        if self.feeds:
            os.mkfifo(self.dog)
            # Who opens it to write waits for a reader; what nobody reads stays in it, a byte a second.
            self.dog_fd = os.open(self.dog, os.O_RDWR | os.O_NONBLOCK)

    def path(self, name):
        return os.path.join(self.folder, name)

    def command(self):
        raise NotImplementedError

    def environment(self):
        return dict(os.environ)

    def launch(self):
        """Without waiting for anything."""
        self.process = subprocess.Popen(self.command(), env=self.environment(), stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log, start_new_session=True)

    def start(self):
        if not self.own_start:
            self.server.begin()
        self.launch()
        if not wait_for_rings([(self.server, "listening", 0)]):
            raise RuntimeError(f"{self.name}: its server did not start; see {self.folder}/log")
        return self

    def pids(self):
        """Its processes, without the server's."""
        return [pid for pid in proc.family(self.process.pid) if pid != self.server.pid]

    def staying(self):
        """Those that stay: what lives for a moment (a curl in a script) is counted by who waits for it."""
        return [pid for pid in self.pids() if pid == self.process.pid or proc.name(pid) not in PASSING]

    def end(self):
        if self.process:
            family = proc.family(self.process.pid)
            self.process.send_signal(self.ending)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                pass
            for pid in family:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.wait()
        self.server.end()
        self.log.close()
        if self.dog_fd >= 0:
            os.close(self.dog_fd)
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.memory, ignore_errors=True)


class Feeddog(Candidate):
    name, about = "feeddog", "a pid file or HTTP, and a restart command that puts the server into the background"
    quick = feeds = True

    def service(self):
        restart = {"restart": [*self.server.command, "restart"], "attempts": 0}
        if self.job == "keep":
            return {"checks": [{"process": {"pidfile": self.server.pidfile}}], **restart}
        return {"checks": [{"http": self.server.url, "name": f"check-{n}"} for n in range(self.rate)], **restart}

    def command(self):
        # Whoever writes JSON writes YAML.
        write(self.path("feeddog.yaml"), json.dumps({
            "watchdog": {"device": self.dog, "timeout": "15s", "simulated": True},
            "defaults": {"interval": "1s", "timeout": "1s", "retries": 1, "start_period": "10s"},
            "services": {"web": self.service()},
            "ladder": {"restart_for": "1h", "reboot": "true", "reboot_within": "1m", "settle": "100ms"},
        }))
        return [os.path.join(BUILD, "feeddogd"), "-c", self.path("feeddog.yaml"), "--run-dir", self.memory,
                "--state-dir", self.path("state")]


class FeeddogRun(Feeddog):
    name, about = "feeddog (run)", "the server is feeddog's own child"
    own_start = True

    def service(self):
        return {"run": self.server.command, "checks": [{"http": self.server.url}]}


class Monit(Candidate):
    name, about = "monit", "a cycle of one second, its shortest"

    def checks(self):
        if self.job == "watch" and self.rate > 1:
            return "".join(f"check host check-{n} with address 127.0.0.1\n"
                           f" if failed port {self.server.port} protocol http with timeout 1 seconds then alert\n"
                           for n in range(self.rate))
        ask = f" if failed port {self.server.port} protocol http with timeout 1 seconds then restart\n"
        stop = write(self.path("stop"), f"#!/bin/sh\nkill -9 $(cat {self.server.pidfile})\n", 0o755)
        return (f"check process web with pidfile {self.server.pidfile}\n"
                f" start program = \"{' '.join(self.server.command)} start\" with timeout 1 seconds\n stop program = \"{stop}\"\n"
                + (ask if self.job == "watch" else ""))

    def command(self):
        files = "".join(f"set {kind} {self.path('monit.' + kind)}\n" for kind in ("pidfile", "idfile", "statefile", "log"))
        write(self.path("monitrc"), f"set daemon 1\n{files}{self.checks()}", 0o600)
        return [os.path.join(PEERS, "usr/bin/monit"), "-I", "-c", self.path("monitrc")]


class Watchdog(Candidate):
    """In a namespace of its own and without the rights to reboot or remount: what it believes of its server is not this
    machine's business."""
    name, about = "watchdog", "Debian's, with a curl script, a repair script and a round of one second"
    feeds = True

    def command(self):
        restart = " ".join(self.server.command) + " restart"
        write(self.path("repair"), f"#!/bin/sh\nexec {restart}\n", 0o755)
        write(self.path("test"), f"#!/bin/sh\nfor i in $(seq {self.rate}); do curl -fsS -m 1 -o /dev/null {self.server.url} "
                                 "|| exit 1; done\n", 0o755)
        test = f"pidfile = {self.server.pidfile}\n" if self.job == "keep" else f"test-binary = {self.path('test')}\n"
        write(self.path("watchdog.conf"), f"watchdog-device = {self.dog}\ninterval = 1\nrealtime = yes\npriority = 1\n"
              f"repair-binary = {self.path('repair')}\nrepair-maximum = 0\nretry-timeout = 0\nlog-dir = {self.folder}\n{test}")
        powers = "--bounding-set=-all,+ipc_lock,+sys_nice,+sys_resource,+kill"
        # A shell is process 1 there, which buries what the server leaves behind; the server lives there too.
        run = f"{self.path('repair')}; {PEERS}/usr/sbin/watchdog -F -c {self.path('watchdog.conf')} & wait"
        return ["unshare", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc", "sh", "-c",
                f"mount -t tmpfs none /run && exec setpriv {powers} sh -c '{run}'"]

    own_start = True
    ending = signal.SIGKILL  # unshare(1) takes its child with it, and listens to nothing else

    def pids(self):
        tree = [pid for pid in proc.family(self.process.pid) if proc.name(pid) == "watchdog"]
        return tree[:1]


class UntilLoop(Candidate):
    name, about = "until loop", "until server; do sleep 2; done"
    own_start = True

    def command(self):
        return ["/bin/sh", "-c", f"until {' '.join(self.server.command)}; do sleep 2; done"]


class CurlLoop(Candidate):
    name, about = "curl loop", "a shell loop with curl and sleep 1"

    def command(self):
        restart = " ".join(self.server.command) + " restart"
        return ["/bin/sh", "-c", f"while :; do for i in $(seq {self.rate}); do "
                                 f"curl -fsS -m 1 -o /dev/null {self.server.url} || {restart}; done; sleep 1; done"]


class Supervisord(Candidate):
    name, about = "supervisord", "autorestart=true"
    own_start = True

    def command(self):
        write(self.path("supervisord.conf"), f"[supervisord]\nnodaemon=true\nlogfile={self.path('supervisord.log')}\n"
              f"pidfile={self.path('supervisord.pid')}\n[program:web]\ncommand={' '.join(self.server.command)}\n"
              "autorestart=true\nstartretries=1000000\n")
        return ["/usr/bin/python3", os.path.join(PEERS, "usr/bin/supervisord"), "-c", self.path("supervisord.conf")]

    def environment(self):
        return dict(os.environ, PYTHONPATH=os.path.join(PEERS, "usr/lib/python3/dist-packages"))


class Runit(Candidate):
    name, about = "runit", "runsvdir with one service"
    quick = own_start = True

    def command(self):
        os.makedirs(self.path("services/web"))
        write(self.path("services/web/run"), f"#!/bin/sh\nexec {' '.join(self.server.command)}\n", 0o755)
        return [os.path.join(PEERS, "usr/bin/runsvdir"), self.path("services")]

    def environment(self):
        return dict(os.environ, PATH=os.path.join(PEERS, "usr/bin") + ":" + os.environ["PATH"])


KEEPERS = [FeeddogRun, Feeddog, Runit, UntilLoop, Supervisord, Monit, Watchdog]
WATCHERS = [Feeddog, Monit, Watchdog, CurlLoop]
