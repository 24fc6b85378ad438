# SPDX-License-Identifier: MIT
"""What the end-to-end tests are written in: a dog that is a FIFO, a server to break, feeddogd with a short-timed
configuration, and the events of its log. Every wait has a deadline, and none sleeps to hope.
"""

import contextlib
import copy
import json
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import zlib

from processes import children, is_alive, kill

HERE = os.path.dirname(os.path.realpath(__file__))
BUILD = os.environ.get("FEEDDOG_BUILD", os.path.join(HERE, "../../build"))
SANITIZED = os.environ.get("FEEDDOG_FLAVOUR") == "san"
VICTIM = os.path.join(HERE, "victim.py")
# Generous: the machine may be busy with something else. What is promised about time is measured, not waited for.
PATIENCE_S = 30
NOBODY = 65534
# The ports that this test was given, each as a socket whose name nobody else can have.
CLAIMED = []


class Skip(Exception):
    """This machine cannot show it; the reason is the argument."""


def program(name):
    return os.path.join(BUILD, name)


def run(*argv, **more):
    """Runs one of our programs to its end; its output as text."""
    return subprocess.run([program(argv[0]), *argv[1:]], capture_output=True, text=True, timeout=PATIENCE_S, check=False, **more)


def wait_for(condition, what, deadline_s=PATIENCE_S):
    """Waits until condition() gives something true, and returns that."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"within {deadline_s} s there was not: {what}"
        time.sleep(0.005)


def folder(name):
    """A new folder inside the test's own, readable for the checker's user too."""
    path = tempfile.mkdtemp(prefix=name + ".")
    os.chmod(path, 0o755)
    return path


def home_with_netrc():
    """A home directory with a password for everybody in ~/.netrc, where curl and many others look for it."""
    path = folder("home")
    with open(os.path.join(path, ".netrc"), "w", encoding="ascii") as file:
        file.write("machine 127.0.0.1 login dog password secret\ndefault login dog password secret\n")
    return path


def compiled(config):
    """The flat configuration, as feeddogd hands it to its helpers."""
    path = os.path.join(folder("config"), "feeddog.yaml")
    # Whoever writes JSON writes YAML.
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config, file)
    done = subprocess.run([program("feeddog"), "compile", path], capture_output=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def free_port():
    """Not out of those that the kernel gives to whoever asks for any, and given to no other test while this one runs."""
    while True:
        port = random.randrange(10000, 30000)
        claim = socket.socket(socket.AF_UNIX)
        with socket.socket() as probe:
            try:
                claim.bind(f"\0feeddog-test-port-{port}")
                probe.bind(("127.0.0.1", port))
            except OSError:
                claim.close()
                continue
        CLAIMED.append(claim)
        return port


class Dog:
    """The FIFO that stands in for /dev/watchdog, and the one that counts how often it is fed."""

    def __init__(self):
        self.path = os.path.join(folder("dog"), "watchdog")
        os.mkfifo(self.path)
        os.chmod(self.path, 0o666)
        # Open for both, so that it never reads as ended while nobody feeds.
        self.fd = os.open(self.path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        os.set_blocking(self.fd, True)
        self.feeds = []  # (monotonic time, the byte)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            food = os.read(self.fd, 4096)
            now = time.monotonic()
            self.feeds += [(now, food[i:i + 1]) for i in range(len(food))]

    def times(self, since=0.0):
        return [at for at, byte in list(self.feeds) if byte == b"\0" and at >= since]

    def released(self):
        """When the magic close was written last, or None."""
        return next((at for at, byte in reversed(list(self.feeds)) if byte == b"V"), None)

    def longest_gap(self, since, until):
        times = [since] + [at for at in self.times(since) if at <= until] + [until]
        return max(b - a for a, b in zip(times, times[1:]))


class Victim:
    """The server that feeddog keeps alive."""

    def __init__(self):
        self.dir, self.port = folder("victim"), free_port()
        os.chmod(self.dir, 0o777)
        # A copy of its own: the checkout may lie where an ordinary user cannot look.
        script = shutil.copy(VICTIM, folder("program"))
        self.start = [script, "start", self.dir, str(self.port)]
        self.restart = [script, "restart", self.dir, str(self.port)]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.pidfile = os.path.join(self.dir, "pid")

    def begin(self):
        subprocess.run(self.start, check=True, timeout=PATIENCE_S)
        return self

    def pid(self):
        with open(self.pidfile, encoding="ascii") as file:
            return int(file.read())

    def kill(self, number=signal.SIGKILL):
        pid = self.pid()
        kill(pid, number)
        return pid

    def tell(self, what):
        with open(os.path.join(self.dir, what), "w", encoding="ascii"):
            pass

    def forget(self, what):
        os.unlink(os.path.join(self.dir, what))


def parse_logfmt(line):
    """`<5>event=restart service=web detail="a \\"b\\""` as a dict; the priority under "priority"."""
    fields = {}
    match = re.match(r"<(\d)>", line)
    if match:
        fields["priority"] = int(match.group(1))
        line = line[match.end():]
    for key, quoted, plain in re.findall(r'([A-Za-z_][\w-]*)=(?:"((?:[^"\\]|\\.)*)"|(\S*))', line):
        fields[key] = re.sub(r"\\(.)", r"\1", quoted) if quoted else plain
    return fields


def read_history(state_dir):
    """What is written down of all boots."""
    try:
        with open(os.path.join(state_dir, "history.jsonl"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]
    except FileNotFoundError:
        return []


class Feeddog:
    """A board: feeddogd, its dog, its configuration and its folders. Boots are played by start() with another boot id."""

    def __init__(self, config, *, echo=True):
        self.dog, self.echo, self.programs = Dog(), echo, BUILD
        self.run_dir, self.state_dir = folder("run"), folder("state")
        self.reboot_file = os.path.join(folder("reboot"), "ordered")
        self.config_path = os.path.join(folder("config"), "feeddog.yaml")
        self.config = copy.deepcopy(config)
        self.config.setdefault("watchdog", {"device": self.dog.path, "timeout": "2s", "simulated": True})
        self.config["ladder"].setdefault("reboot", f"echo ordered >>{self.reboot_file}")
        self.process, self.events, self.words = None, [], []

    def write_config(self):
        # Whoever writes JSON writes YAML.
        with open(self.config_path, "w", encoding="utf-8") as file:
            json.dump(self.config, file, indent=2)
        os.chmod(self.config_path, 0o644)

    def prove(self):
        """Before the first start: the ledger of a board on which this set of services has been well (P16)."""
        self.write_config()
        flat = subprocess.run([program("feeddog"), "compile", self.config_path], capture_output=True, timeout=PATIENCE_S, check=True)
        fingerprint = flat.stdout[8:16]
        # Version 2 of the slot (core/ledger.c): sequence 1; no maintenance; phase STOPPED, so that the last boot ended in order.
        slot = bytearray(4096)
        slot[0:26] = b"LGDF" + struct.pack("<IQqH", 2, 1, -2**63, 0)
        slot[26] = 5
        slot[28] = 1
        slot[206:214] = fingerprint
        slot[-4:] = struct.pack("<I", zlib.crc32(slot[:-4]))
        with open(os.path.join(self.state_dir, "ledger"), "wb") as file:
            file.write(bytes(4096) + slot)
        return self

    def command(self):
        return [os.path.join(self.programs, "feeddogd"), "-c", self.config_path, "--run-dir", self.run_dir, "--state-dir", self.state_dir]

    def start(self, boot_id="11111111-1111-4111-8111-111111111111", before=()):
        self.write_config()
        self.events = []
        # What another left would be taken for the word of this one, until it has written its own.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(self.run_dir, "status.json"))
        self.process = subprocess.Popen([*before, *self.command()], env=dict(os.environ, FEEDDOG_BOOT_ID=boot_id),
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
        threading.Thread(target=self._read_log, args=(self.process.stderr, self.events), daemon=True).start()
        return self

    def as_nobody(self):
        """For start(before=...): root becomes an ordinary user, to whom the folders are given."""
        if os.geteuid() != 0:
            return []
        for path in (self.run_dir, self.state_dir, os.path.dirname(self.reboot_file)):
            os.chown(path, NOBODY, NOBODY)
        # The checkout may lie where an ordinary user cannot look.
        self.programs = folder("programs")
        for name in ("feeddog", "feeddogd", "feeddog-checker", "feeddog-actor", "feeddog-led"):
            shutil.copy(program(name), self.programs)
        return ["/usr/bin/setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]

    def _read_log(self, stream, events):
        for line in stream:
            if self.echo:
                print(f"{time.monotonic():.3f} {line.rstrip()}", flush=True)
            fields = parse_logfmt(line)
            if "event" not in fields:
                self.words.append(line.rstrip())
                continue
            fields["at"] = time.monotonic()
            events.append(fields)

    # --- what it said ---

    def find(self, event, since=0, **fields):
        fields["event"] = event
        for said in list(self.events)[since:]:
            if all(said.get(key) == value for key, value in fields.items()):
                return said
        return None

    def mark(self):
        """Where the log is now; give it to find() and wait_event() as `since`."""
        return len(self.events)

    def wait_event(self, event, since=0, deadline_s=PATIENCE_S, **fields):
        def said_or_dead():
            said = self.find(event, since, **fields)
            assert said or self.process.poll() is None, \
                f"feeddogd ended with {self.process.poll()} before event={event}: {' '.join(self.words[-5:])}"
            return said
        return wait_for(said_or_dead, f"event={event} {fields or ''}", deadline_s)

    def status(self):
        try:
            with open(os.path.join(self.run_dir, "status.json"), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return {}

    def state(self):
        return self.status().get("state")

    def wait_state(self, *states, deadline_s=PATIENCE_S):
        wait_for(lambda: self.state() in states, f"state {' or '.join(states)} in status.json", deadline_s)
        return self.status()

    def history(self):
        return read_history(self.state_dir)

    def last_boot(self):
        """Why the boot before this one ended."""
        return wait_for(lambda: self.status().get("last_boot"), "last_boot in status.json")

    def helper_pid(self, name):
        """Of the one that runs; the status may be a moment late."""
        return wait_for(lambda: self.status().get("helpers", {}).get(name, {}).get("pid"), f"a {name} in status.json")

    def wait_well(self, since=0):
        return self.wait_event("state", since, state="well")

    def reboots_ordered(self):
        try:
            with open(self.reboot_file, encoding="ascii") as file:
                return len(file.readlines())
        except FileNotFoundError:
            return 0

    def feeddog(self, *arguments):
        return run("feeddog", arguments[0], "-c", self.config_path, "--run-dir", self.run_dir, "--state-dir", self.state_dir,
                   *arguments[1:])

    # --- how it ends ---

    def stop(self):
        """In order; the exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE_S)

    def reset(self):
        """As the hardware does it: everything is gone at once."""
        # Stopped, so that it starts no helper while we look.
        self.process.send_signal(signal.SIGSTOP)
        helpers = children(self.process.pid)
        self.process.kill()
        self.process.wait(PATIENCE_S)
        for pid in helpers:
            kill(pid)
        wait_for(lambda: not any(is_alive(pid) for pid in helpers), "the helpers' end")


SHORT = {"restart_for": "1500ms", "reboot_within": "1s", "settle": "300ms",
         "reboots": {"limit": 3, "settle": "1h", "then": "hold"}}


def web_config(victim, *, checks=None, ladder=None, **service):
    """One service, `web`: the victim, looked at ten times a second by HTTP and by its process."""
    return {
        "defaults": {"interval": "100ms", "timeout": "100ms", "retries": 2, "start_period": "1s"},
        "services": {"web": {
            "checks": checks or [{"http": victim.url}, {"process": {"pidfile": victim.pidfile}}],
            "restart": victim.restart, "restart_timeout": "2s", "attempts": 0, **service}},
        "ladder": {**SHORT, **(ladder or {})},
    }


def well_board(**more):
    """A board with a server that is well."""
    victim = Victim().begin()
    board = Feeddog(web_config(victim, **more)).start()
    board.wait_well()
    return board, victim
