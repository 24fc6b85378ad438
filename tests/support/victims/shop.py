# SPDX-License-Identifier: MIT
"""A Flask application with the faults that small web applications die of: an endless request, a thread that spins, memory that
is never given back. With a database it asks that at its start and for each page, and does not start without it.
"""

import os
import socket
import threading

import flask

MB = 1000 * 1000
DATABASE = int(os.environ.get("DATABASE_PORT", "0"))
HERE = os.path.dirname(os.path.realpath(__file__))

app = flask.Flask(__name__)
hoard = []
asked = [0]


def ask_database(words):
    """One command of redis, and the line that it answers."""
    with socket.create_connection(("127.0.0.1", DATABASE), timeout=1) as connection:
        connection.sendall(words.encode() + b"\r\n")
        return connection.recv(4096).decode().strip()


def spin():
    while True:
        pass


if DATABASE:
    with open(os.path.join(HERE, "starts"), "a", encoding="ascii") as starts:
        starts.write("start\n")
    ask_database("PING")


@app.get("/health")
def health():
    asked[0] += 1
    if os.path.exists(os.path.join(HERE, "flaky")) and asked[0] % 2:
        return "every other time\n", 500
    if DATABASE:
        ask_database("PING")
    return "ok\n"


@app.get("/")
def page():
    return f"visit {ask_database('INCR visits').lstrip(':')}\n" if DATABASE else "hello\n"


@app.get("/endless")
def endless():
    spin()


@app.get("/spin")
def spin_beside():
    threading.Thread(target=spin, daemon=True).start()
    return "spinning\n"


@app.get("/hoard")
def hoard_some():
    hoard.append(b"x" * (200 * MB))
    return "hoarding\n"
