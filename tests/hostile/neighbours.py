# SPDX-License-Identifier: MIT
"""Who shares the board and the network with feeddog, and means no good: other users, watched files, servers, a name server, a disk.

Each is a source of chance by its seed. A Neighbour's run() goes on in a process of its own, as an ordinary user, until stop().
"""

import gzip
import os
import random
import socket
import struct
import subprocess
import threading
import time

from feeddog import HERE, folder

STRANGER = 54321  # nobody on this board, and not the checker's user
NAME_SERVER_PORT = 53


class Neighbour:
    """A process of its own, for an attack that takes processor time."""

    def __init__(self, seed, user=STRANGER):
        self.random, self.user, self.pid = random.Random(seed), user, 0

    def begin(self):
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.nice(10)
                os.setgroups([])
                os.setgid(self.user)
                os.setuid(self.user)
                while True:
                    try:
                        self.run()
                    except OSError:
                        time.sleep(0.01)
            finally:
                os._exit(1)
        return self

    def run(self):
        raise NotImplementedError

    def stop(self):
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


class Heartbeats(Neighbour):
    """Says all kinds of words for a service of somebody else's."""

    def __init__(self, seed, path):
        super().__init__(seed)
        self.path = path

    def run(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            words = (b"STOPPING=1", b"WATCHDOG=trigger", b"WATCHDOG=1", b"", b"\0" * 4096, self.random.randbytes(100), b"WATCHDOG=1\n" * 5000)
            for _ in range(100):
                sender.sendto(self.random.choice(words), self.path)
            time.sleep(0.002)


class LingeringSockets:
    """Passes sockets whose close() takes an hour to the heartbeat's socket."""

    def __init__(self, path):
        self.path, self.process = path, None

    def begin(self):
        self.process = subprocess.Popen(["/usr/bin/python3", "-B", os.path.join(HERE, "lingering.py"), self.path], user=STRANGER, group=STRANGER,
                                        extra_groups=[], stderr=subprocess.DEVNULL)
        return self

    def stop(self):
        self.process.kill()
        self.process.wait()


class LogWriter(Neighbour):
    """Writes what is hard to match into a watched log, and empties it before it becomes large."""

    POISON = (b"a" * 5000 + b"!\n", b"ab" * 4000, b"\0" * 9000, "x\u202e\x1b[2J\n".encode(), b"\xff\xfe" * 500 + b"\n", b"ERROR" * 3 + b"\n", b"\n" * 500)
    PATTERN = "(a|aa)+$|((a*)*b)*c|x.*y.*z{1,40}|[[:alpha:]]*!{3}"

    def __init__(self, seed):
        super().__init__(seed)
        where = folder("watched")
        os.chown(where, STRANGER, STRANGER)
        self.path = os.path.join(where, "app.log")

    def run(self):
        with open(self.path, "ab", buffering=0) as log:
            for _ in range(50):
                log.write(self.random.choice(self.POISON) + self.random.randbytes(20))
            if log.tell() > 1 << 22:
                log.truncate(0)
        time.sleep(0.01)


class FileJuggler(Neighbour):
    """What is watched in its own folder is a FIFO, a link, a folder, a device, huge, forbidden or gone, ever again another."""

    def __init__(self, seed):
        super().__init__(seed)
        self.where = folder("juggled")
        os.chown(self.where, STRANGER, STRANGER)

    def path(self, name):
        return os.path.join(self.where, name)

    def run(self):
        new = self.path(f"new{self.random.randrange(1 << 40)}")
        how = self.random.randrange(6)
        if how == 0:
            os.mkfifo(new)
        elif how == 1:
            os.symlink(self.random.choice(("/dev/zero", "/proc/self/mem", "/dev/tty", new, "/proc/1/environ")), new)
        elif how == 2:
            with open(new, "wb") as file:
                file.write(self.random.randbytes(30))
                file.truncate(1 << 40)
        elif how == 3:
            with open(new, "w", encoding="ascii") as file:
                file.write(self.random.choice(("1\n", "-1\n", "99999999999999999999\n", "0\n", f"{os.getpid()}\n")))
        elif how == 4:
            with socket.socket(socket.AF_UNIX) as bound:
                bound.bind(new)
        else:
            os.close(os.open(new, os.O_CREAT | os.O_WRONLY, 0))
        os.rename(new, self.path(self.random.choice(("pid", "log", "metrics.prom"))))
        time.sleep(0.005)


class HostileServer:
    """Answers each request in another wrong way; some answers never end."""

    BOMB = gzip.compress(bytes(1 << 22))

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = "http://{}:{}/".format(*self.listener.getsockname())
        self.going = True
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection = self.listener.accept()[0]
            threading.Thread(target=self._serve, args=(connection, self.random.random()), daemon=True).start()

    def _serve(self, connection, seed):
        chance = random.Random(seed)
        connection.settimeout(5)
        answers = (b"HTTP/1.1 100 Continue\r\n\r\n" * 50, b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
                   b"HTTP/1.1 200 OK\r\n" + b"X-Y: z\r\n" * 3000, chance.randbytes(2000), b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                   b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + self.BOMB, b"",
                   b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n")
        try:
            with connection:
                connection.recv(4096)
                connection.sendall(chance.choice(answers))
                if chance.random() < 0.3:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                elif chance.random() < 0.5:
                    time.sleep(chance.random() * 5)
        except OSError:
            pass


class NameServer:
    """Answers nothing, or rubbish with the right number."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # Two tests may have one at the same time.
        self.host = f"127.9.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"
        self.socket.bind((self.host, NAME_SERVER_PORT))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            question, sender = self.socket.recvfrom(4096)
            if self.random.random() < 0.3:
                self.socket.sendto(question[:2] + self.random.randbytes(self.random.randrange(600)), sender)
