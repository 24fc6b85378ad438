# SPDX-License-Identifier: MIT
"""What the actor's tests are written in: the real feeddog-actor with a test on the feeder's end of its channel."""

import os
import re
import select
import socket
import struct
import subprocess
import threading
import time
import zlib

from feeddog import HERE, PATIENCE_S, compiled, folder, parse_logfmt, program, read_history, wait_for

EVENT = struct.Struct("=IIqqqiHHBBBB4x")
NEWS = struct.Struct("=IIqiBB2x")
LEDGER_SLOT_SIZE = 4096
NO_INDEX = 0xFFFF
BOOT_ID = "22222222-2222-4222-8222-222222222222"


def words_of(header, prefix):
    """The words of an enum of core/, in its order."""
    with open(os.path.join(HERE, "../../firmware-daemon/core", header), encoding="utf-8") as file:
        words = re.findall(rf"^\t{prefix}_(\w+)[, ]", file.read(), re.M)
    return [word.lower().replace("_", "-") for word in words]


KINDS, STATES = words_of("event.h", "EVENT"), words_of("state.h", "BOARD")
CAUSES, PHASES = words_of("result.h", "CAUSE"), words_of("ledger.h", "LEDGER")
PHASES = PHASES[PHASES.index("running"):]
HELPERS = ["checker", "actor", "led", "none"]


def now_ms():
    return time.monotonic_ns() // 1_000_000


def compile_services(services, ladder, more):
    """The flat configuration of these services, whose checks do not matter; `more`: other keys."""
    config = {
        "watchdog": {"device": "/nowhere", "timeout": "10s", "simulated": True},
        "services": {name: {"checks": [{"tcp": "127.0.0.1:1"}], **service} for name, service in services.items()},
        # The machine that runs the tests is not rebooted by them.
        "ladder": {"reboot": "true", **ladder},
        **more,
    }
    return compiled(config)


class Actor:
    """A running feeddog-actor: its log, its files, and the channel to it."""

    def __init__(self, services=None, *, ladder=None, run_dir=None, state_dir=None, generation=1, env=None, before=(),
                 more=None):
        self.run_dir, self.state_dir = run_dir or folder("run"), state_dir or folder("state")
        self.generation, self.sequence = generation, 0
        self.names = list(services or {"web": {}})
        self.config = compile_services(services or {"web": {}}, ladder or {}, more or {})
        self.env = {**os.environ, "FEEDDOG_BOOT_ID": BOOT_ID, **(env or {})}
        self.before = list(before)
        self.events, self.known = [], None
        # As with feeddogd, the channel outlives the actor.
        self.socket, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.start()

    def start(self):
        config, snapshot = os.memfd_create("config"), os.memfd_create("snapshot")
        os.write(config, self.config)
        os.ftruncate(snapshot, 1 << 20)
        argv = [program("feeddog-actor"), "--generation", str(self.generation), "--run-dir", self.run_dir,
                "--state-dir", self.state_dir]
        # High numbers first, so that 3, 4 and 5 are free to be taken.
        fds = [config, self.theirs.fileno(), snapshot]
        moves = "; ".join(f"exec {13 + i}<&{fd}" for i, fd in enumerate(fds))
        shell = f"{moves}; exec 3<&13 4<&14 5<&15 13<&- 14<&- 15<&-; exec \"$@\""
        self.process = subprocess.Popen(["bash", "-c", shell, "actor", *self.before, *argv], pass_fds=fds, env=self.env,
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
        for fd in (config, snapshot):
            os.close(fd)
        threading.Thread(target=self._read_log, args=(self.process.stderr,), daemon=True).start()

    def respawn(self, number):
        """Ends it by a signal and starts the next one, as the feeder does."""
        self.process.send_signal(number)
        self.process.wait(PATIENCE_S)
        self.start()

    def die_and_follow(self, path):
        """Is killed; the program that writes to `path`/ticks goes on without an actor, until the next hears it."""
        self.process.kill()
        self.process.wait()
        before = len(content(path, "ticks"))
        wait_for(lambda: len(content(path, "ticks")) >= before + 20, "ticks while there is no actor")
        self.events = []
        self.start()
        self.wait_event("output", text="tick")

    def _read_log(self, stream):
        for line in stream:
            print(f"{time.monotonic():.3f} {line.rstrip()}", flush=True)
            self.events.append({**parse_logfmt(line), "at": time.monotonic()})

    # --- what it is told ---

    def send(self, kind, service=None, *, check=False, value=0, span_ms=0, detail=0, state="well", cause="none",
             helper="none"):
        if self.sequence == 0:
            # An actor that is still starting would find the order too old on a busy machine.
            select.select([self.socket], [], [], PATIENCE_S)
        self.sequence += 1
        index = NO_INDEX if service is None else self.names.index(service)
        self.socket.send(EVENT.pack(
            self.generation, self.sequence, now_ms(), span_ms, value, detail, index, index if check else NO_INDEX,
            KINDS.index(kind), STATES.index(state), CAUSES.index(cause), HELPERS.index(helper)))

    def leave(self):
        """The feeder goes away; the exit code."""
        self.socket.close()
        self.theirs.close()
        return self.process.wait(PATIENCE_S)

    # --- what it says ---

    def find(self, event, **fields):
        fields["event"] = event
        return [said for said in list(self.events) if all(said.get(key) == value for key, value in fields.items())]

    def wait_event(self, event, count=1, **fields):
        def said_or_dead():
            said = self.find(event, **fields)[count - 1:]
            assert said or self.process.poll() is None, f"the actor ended with {self.process.poll()} before event={event}"
            return said
        return wait_for(said_or_dead, f"{count} event={event} {fields}")[0]

    def news(self, deadline_s=PATIENCE_S):
        """The next storage_news that is not the last one again: (sequence, error, stable)."""
        while True:
            sequence, error, stable, _ = self.any_news(deadline_s)
            if sequence == 1 or (error, stable) != self.known:
                self.known = (error, stable)
                return sequence, error, stable

    def any_news(self, deadline_s=PATIENCE_S):
        """The next storage_news: (sequence, error, stable, refused)."""
        self.socket.settimeout(deadline_s)
        generation, sequence, at_ms, *said = NEWS.unpack(self.socket.recv(4096))
        assert generation == self.generation and at_ms <= now_ms()
        return sequence, *said

    def notes(self):
        """What it noted of the commands that run."""
        try:
            return os.listdir(os.path.join(self.run_dir, "jobs"))
        except FileNotFoundError:
            return []

    def history(self):
        return read_history(self.state_dir)

    def wait_history(self, event, **fields):
        fields["event"] = event
        return wait_for(lambda: [line for line in self.history()
                                 if all(line.get(key) == value for key, value in fields.items())],
                        f"{fields} in the history")[0]

    def ledger(self):
        return read_ledger(os.path.join(self.state_dir, "ledger"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.leave()


def read_ledger(path):
    """The newest good slot: (sequence, unsettled, phase); (0, 0, None) where there is none."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        content = b""
    slots = [content[at:at + LEDGER_SLOT_SIZE] for at in range(0, len(content), LEDGER_SLOT_SIZE)]
    good = [struct.unpack("<8xQ8xHB", slot[:27]) for slot in slots
            if zlib.crc32(slot[:-4]) == int.from_bytes(slot[-4:], "little")]
    sequence, unsettled, phase = max(good, default=(0, 0, None))
    return sequence, unsettled, phase if phase is None else PHASES[phase]


def script(text):
    """A command that a test can look into: bash with `text`, and a folder of its own as $D."""
    path = folder("script")
    os.chmod(path, 0o777)
    return path, ["/bin/bash", "-c", text.replace("$D", path)]


def content(directory, name):
    """A file's content once it is whole (its writer ends it with a newline)."""
    def whole():
        try:
            with open(os.path.join(directory, name), encoding="utf-8", errors="replace") as file:
                text = file.read()
            return text if text.endswith("\n") else None
        except FileNotFoundError:
            return None
    return wait_for(whole, f"{name} by the command")


def web(command, **more):
    return {"web": {"restart": command, **more}}
