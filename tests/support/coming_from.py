# SPDX-License-Identifier: MIT
"""Boards with the configurations of tests/e2e/coming_from/, and the real servers that they keep up.

A configuration is read as it stands; its paths, ports and times are replaced by those of the test, each of which must be found,
and it gets a stand-in for the dog and a short ladder. The servers are Debian's own, in private folders and on private ports.
"""

import json
import os
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request

from feeddog import PATIENCE_S, SHORT, Feeddog, folder, free_port, wait_for
from processes import children, is_alive, kill

HERE = os.path.dirname(os.path.realpath(__file__))
VICTIMS = os.path.join(HERE, "victims")
CONFIGURATIONS = os.path.realpath(os.path.join(HERE, "../e2e/coming_from"))
# A busy machine answers late: what is not about time is given plenty of it.
DEFAULTS = {"interval": "500ms", "timeout": "500ms", "retries": 2, "start_period": "20s"}
LADDER = {**SHORT, "restart_for": "30s"}


def configuration(name):
    with open(os.path.join(CONFIGURATIONS, name), encoding="utf-8") as file:
        return file.read()


def put(text, changes):
    """`text` with every key of `changes` replaced by its value; each must be there."""
    for old, new in changes.items():
        assert old in text, f"{old} is not in\n{text}"
        text = text.replace(old, new)
    return text


def needs_program(*names):
    for name in names:
        if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            raise AssertionError(f"{name} is not installed (scripts/setup test installs it)")


def copy(victim, directory, changes=None, name=None):
    """A victim's file into a folder, with its places replaced."""
    path = os.path.join(directory, name or victim)
    with open(os.path.join(VICTIMS, victim), encoding="utf-8") as source, open(path, "w", encoding="utf-8") as file:
        file.write(put(source.read(), changes or {}))
    shutil.copymode(os.path.join(VICTIMS, victim), path)
    return path


def is_dead_daemon(pid):
    """It has ended, in a session of its own; the test's own children are in the test's."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            state, _, _, session = file.read().rsplit(")", 1)[1].split()[:4]
    except OSError:
        return False
    return state == "Z" and int(session) != os.getsid(0)


def bury():
    """Does what process 1 does on a board: daemons that have ended are gone, so that whoever waits for that sees it."""
    while True:
        for pid in filter(is_dead_daemon, children(os.getpid())):
            os.waitpid(pid, 0)
        time.sleep(0.02)


class Board(Feeddog):
    """feeddogd with a configuration from text."""

    def __init__(self, text, *, defaults=None, ladder=None):
        super().__init__({"ladder": {**LADDER, **(ladder or {})}})
        self.text = text
        self.more = {} if "\ndefaults:" in text else {"defaults": {**DEFAULTS, **(defaults or {})}}
        threading.Thread(target=bury, daemon=True).start()

    def write_config(self):
        with open(self.config_path, "w", encoding="utf-8") as file:
            file.write(self.text + "".join(f"{key}: {json.dumps(value)}\n" for key, value in {**self.more, **self.config}.items()))
        os.chmod(self.config_path, 0o644)

    def said(self, event, since=0, **fields):
        """All the events of a kind."""
        fields["event"] = event
        return [said for said in list(self.events)[since:] if all(said.get(key) == value for key, value in fields.items())]


def get(url):
    """Status and body; 0 where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError as error:
        return 0, str(error)


def read_pid(path):
    """The pid in a file, None while there is none."""
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return None


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


class Daemon:
    """A server with a pid file, in private folders and on a private port, and what its files are called in a configuration."""

    def __init__(self, pidfile, port, places):
        self.pidfile, self.port, self.places = pidfile, port, places
        self.url = f"http://127.0.0.1:{port}"

    def get(self, path):
        return get(self.url + path)

    def pid(self):
        return read_pid(self.pidfile)

    def family(self):
        """It and its children."""
        pid = self.pid()
        return [pid, *children(pid)] if pid else []

    def kill(self):
        """All of them at once, as in a power cut."""
        family = self.family()
        for pid in family:
            kill(pid)
        wait_for(lambda: not any(is_alive(pid) for pid in family), "its end")


def apache(backend_port):
    """apache2, whose /app/ is asked of a backend."""
    needs_program("apache2")
    root, log = folder("apache"), folder("log")
    os.mkdir(os.path.join(root, "html"))
    write(os.path.join(root, "html/index.html"), "it works\n")
    port = free_port()
    places = {"/srv/apache": root, "/var/log/apache2": log, "127.0.0.1:80\n": f"127.0.0.1:{port}\n",
              "127.0.0.1:8000": f"127.0.0.1:{backend_port}"}
    server = Daemon(os.path.join(root, "apache2.pid"), port, places)
    server.log = os.path.join(log, "error.log")
    server.config = copy("apache2.conf", root, places)
    return server


def database():
    """redis: Debian's redis-tools hold the program of the server under another name, and no service of the system's."""
    needs_program("redis-check-rdb")
    root, port = folder("redis"), free_port()
    program = os.path.join(root, "redis-server")
    os.symlink(shutil.which("redis-check-rdb"), program)
    pidfile = os.path.join(root, "redis.pid")
    return Daemon(pidfile, port, {"redis-server --": program + " --", "127.0.0.1:6379": f"127.0.0.1:{port}", "/var/lib/redis": root})


def nginx(backend_port):
    """nginx before a backend."""
    needs_program("nginx")
    root, port = folder("nginx"), free_port()
    os.chmod(root, 0o777)
    pidfile = os.path.join(root, "nginx.pid")
    places = {"/run/nginx.pid": pidfile, "/var/log/nginx": root, "/var/lib/nginx": root, "127.0.0.1:80;": f"127.0.0.1:{port};",
              "127.0.0.1:8000": f"127.0.0.1:{backend_port}"}
    server = Daemon(pidfile, port, places)
    server.config = copy("nginx.conf", root, places)
    return server


def shop():
    """A Flask application under gunicorn, with or without a database."""
    needs_program("gunicorn")
    if subprocess.run(["/usr/bin/python3", "-c", "import flask"], check=False, capture_output=True).returncode:
        raise AssertionError("python3-flask is not installed (scripts/setup test installs it)")
    root, run_dir, port = folder("shop"), folder("run-shop"), free_port()
    copy("shop.py", root)
    server = Daemon(os.path.join(run_dir, "gunicorn.pid"), port,
                    {"/run/shop": run_dir, "/srv/shop": root, "127.0.0.1:8000": f"127.0.0.1:{port}",
                     "--graceful-timeout 5": "--graceful-timeout 1"})
    server.dir = root
    return server
