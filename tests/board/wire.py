# SPDX-License-Identifier: MIT
"""The three lines into a running QEMU: its monitor (QMP), the guest agent, and the serial line.

Each is one end of a socket pair, so nothing is left behind in the file system, and paths may be as long as they like.
All time stamps are of the host's monotonic clock.
"""

import base64
import json
import queue
import random
import re
import socket
import threading
import time
from dataclasses import dataclass
from typing import Union


# systemd's journal shows what matters in colour.
COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
# The agent takes one request in one piece.
WRITE_SIZE = 1 << 20


class LineLost(Exception):
    """The other end is gone or does not answer: the guest was reset, or QEMU has ended."""


class NoAnswer(LineLost):
    """It may only be slow: the next question throws the late answer away."""


@dataclass
class Event:
    at: float
    name: str


class Monitor:
    """QEMU's monitor: commands, and the events that come in between."""

    def __init__(self, line: socket.socket):
        self.line = line
        self.events: list[Event] = []
        self._replies: queue.Queue = queue.Queue()
        self._lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()
        self._replies.get(timeout=30)  # the greeting
        self.command("qmp_capabilities")

    def _read(self) -> None:
        try:
            for text in self.line.makefile("rb"):
                message = json.loads(text)
                if "event" in message:
                    self.events.append(Event(time.monotonic(), message["event"]))
                else:
                    self._replies.put(message)
        except OSError:
            pass
        self._replies.put(None)

    def command(self, name: str, **arguments) -> object:
        with self._lock:
            try:
                self.line.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
                reply = self._replies.get(timeout=30)
            except (OSError, queue.Empty) as error:
                raise LineLost(f"monitor: {name}") from error
        if reply is None:
            self._replies.put(None)
            raise LineLost("monitor: QEMU has ended")
        if "error" in reply:
            raise RuntimeError(f"monitor: {name}: {reply['error']['desc']}")
        return reply["return"]

    def word(self, address: int) -> int:
        """One word of the machine's physical memory, or of a device's registers."""
        shown = self.command("human-monitor-command", **{"command-line": f"xp /1xw {address:#x}"})
        return int(str(shown).split(":")[1], 16)


class Serial:
    """The serial line, kept line by line with the time at which each came."""

    def __init__(self, line: socket.socket, path: str):
        self.line = line
        self.lines: list[tuple[float, str]] = []
        self._copy = open(path, "a", buffering=1, errors="replace")
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        begun = time.monotonic()
        try:
            for raw in self.line.makefile("rb"):
                now = time.monotonic()
                text = COLOUR.sub("", raw.decode(errors="replace").rstrip("\r\n"))
                self.lines.append((now, text))
                self._copy.write(f"{now - begun:9.3f} {text}\n")
        except OSError:
            pass


@dataclass
class Output:
    code: int
    out: str
    err: str


class Agent:
    """The guest agent: a hand inside the guest."""

    SENTINEL = b"\xff"

    def __init__(self, line: socket.socket):
        self.line = line
        self._rest = b""
        self._in_step = True  # no answer is outstanding that nobody waits for any more

    def _receive(self, deadline: float) -> bytes:
        in_step, self._in_step = self._in_step, False
        while b"\n" not in self._rest:
            left = deadline - time.monotonic()
            if left <= 0:
                raise NoAnswer("guest agent: no answer")
            self.line.settimeout(left)
            try:
                got = self.line.recv(65536)
            except TimeoutError as error:
                raise NoAnswer("guest agent: no answer") from error
            except OSError as error:
                raise LineLost("guest agent: QEMU has ended") from error
            if not got:
                raise LineLost("guest agent: QEMU has ended")
            self._rest += got
        text, _, self._rest = self._rest.partition(b"\n")
        self._in_step = in_step
        return text

    def _ask(self, name: str, timeout: float = 15, **arguments) -> object:
        if not self._in_step:
            self.sync(timeout)
        try:
            self.line.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        except OSError as error:
            raise LineLost("guest agent: QEMU has ended") from error
        reply = json.loads(self._receive(time.monotonic() + timeout))
        if "error" in reply:
            raise RuntimeError(f"guest agent: {name}: {reply['error']['desc']}")
        return reply["return"]

    def sync(self, timeout: float = 0.5) -> None:
        """After a boot, or after an answer that did not come: throws away what is old. Raises LineLost."""
        number = random.randrange(1 << 31)
        ask = json.dumps({"execute": "guest-sync-delimited", "arguments": {"id": number}}).encode() + b"\n"
        deadline = time.monotonic() + timeout
        try:
            self.line.settimeout(timeout)
            self.line.sendall(self.SENTINEL + ask)
        except OSError as error:
            raise LineLost("guest agent: QEMU has ended") from error
        while True:
            text = self._receive(deadline)
            if not text.startswith(self.SENTINEL) and self.SENTINEL not in text:
                continue
            try:
                if json.loads(text.rpartition(self.SENTINEL)[2]).get("return") == number:
                    self._in_step = True
                    return
            except ValueError:
                continue

    def start(self, command: str) -> int:
        """Starts a shell command in the guest and does not wait for it: it may take the agent with it."""
        arguments = {"path": "/bin/sh", "arg": ["-c", command], "capture-output": True}
        return self._ask("guest-exec", **arguments)["pid"]

    def run(self, command: str, timeout: float = 30) -> Output:
        """Runs a shell command in the guest and waits for its end."""
        pid = self.start(command)
        deadline = time.monotonic() + timeout
        pause = 0.02
        while True:
            try:
                state = self._ask("guest-exec-status", pid=pid)
            except NoAnswer:
                state = {"exited": False}
            if state["exited"]:
                break
            if time.monotonic() > deadline:
                raise NoAnswer(f"still running in the guest after {timeout} s: {command}")
            time.sleep(pause)
            pause = min(1.2 * pause, 0.3)  # looking costs the guest time, too
        text = {key: base64.b64decode(state.get(key, "")).decode(errors="replace") for key in ("out-data", "err-data")}
        return Output(state.get("exitcode", 128 + state.get("signal", 0)), text["out-data"], text["err-data"])

    def read(self, path: str) -> str:
        """A file's content, without a process in the guest."""
        handle = self._ask("guest-file-open", path=path, mode="r")
        try:
            parts = []
            while True:
                part = self._ask("guest-file-read", handle=handle, count=65536)
                parts.append(base64.b64decode(part["buf-b64"]))
                if part["eof"] or not part["count"]:
                    return b"".join(parts).decode(errors="replace")
        finally:
            self._ask("guest-file-close", handle=handle)

    def write(self, path: str, content: Union[str, bytes]) -> None:
        handle = self._ask("guest-file-open", path=path, mode="w")
        try:
            data = content.encode() if isinstance(content, str) else content
            while data:
                written = self._ask("guest-file-write", handle=handle, **{"buf-b64": base64.b64encode(data[:WRITE_SIZE]).decode()})
                data = data[written["count"]:]
        finally:
            self._ask("guest-file-close", handle=handle)
