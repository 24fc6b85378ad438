#!/usr/bin/python3 -IS
# SPDX-License-Identifier: MIT
"""A small web server that can be broken in the ways that servers break.

    victim.py start|restart|serve DIR PORT

`start` returns when it listens in the background, with its pid in DIR/pid; `restart` kills the old one first. Files in DIR
tell it what to do: `hang` accept and never answer, `500` answer so, `crash` die; a fresh start forgets these three, as a
restart does with most troubles. With `refuse` it cannot start at all, and where its folder is gone it does not stay either.
Plain sockets and no imports to speak of, so that it starts within a few milliseconds.
"""

import os
import select
import signal
import socket
import sys
import time

PASSING = ("hang", "500", "crash")


def is_told(folder, what):
    return os.path.exists(os.path.join(folder, what))


def answer(status):
    body = b"ok\n" if status == "200 OK" else b"out of order\n"
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def listen(port):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener


def serve_one(folder, connection):
    """True where the connection is done with."""
    try:
        if not connection.recv(4096):
            return True
        if is_told(folder, "hang"):
            return False
        connection.sendall(answer("500 Internal Server Error" if is_told(folder, "500") else "200 OK"))
    except OSError:
        pass
    return True


def serve(folder, listener):
    connections = {}
    while os.path.isdir(folder) and not is_told(folder, "crash"):
        for ready in select.select([listener, *connections.values()], [], [], 0.05)[0]:
            if ready is listener:
                connection, _ = listener.accept()
                connections[connection.fileno()] = connection
            elif serve_one(folder, ready):
                del connections[ready.fileno()]
                ready.close()
    os._exit(3)


def write_pid(folder):
    path = os.path.join(folder, "pid")
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n")
    os.rename(path + ".new", path)


def prepare(folder, port):
    if is_told(folder, "refuse"):
        print("victim: refuses to start", file=sys.stderr, flush=True)
        os._exit(1)
    for name in PASSING:
        if is_told(folder, name):
            os.unlink(os.path.join(folder, name))
    listener = listen(port)
    write_pid(folder)
    return listener


def start(folder, port):
    """The child tells by closing the pipe that it listens, or by dying that it does not."""
    ready, told = os.pipe()
    if os.fork() == 0:
        os.setsid()
        os.close(ready)
        try:
            listener = prepare(folder, port)
        except OSError as error:
            print(f"victim: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        null = os.open("/dev/null", os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.write(told, b"!")
        os.close(told)
        serve(folder, listener)
    os.close(told)
    sys.exit(0 if os.read(ready, 1) else 1)


def kill_old(folder):
    try:
        with open(os.path.join(folder, "pid"), encoding="ascii") as file:
            pid = int(file.read())
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            if b"victim.py" not in file.read():
                return
        os.kill(pid, signal.SIGKILL)
        while os.path.exists(f"/proc/{pid}") and not is_zombie(pid):
            time.sleep(0.002)
    except (OSError, ValueError):
        pass


def is_zombie(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rsplit(")", 1)[1].split()[0] == "Z"


def main():
    verb, folder, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if verb == "serve":
        serve(folder, prepare(folder, port))
    if verb == "restart":
        kill_old(folder)
    start(folder, port)


if __name__ == "__main__":
    main()
