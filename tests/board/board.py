# SPDX-License-Identifier: MIT
"""One virtual board: an arm64 machine with a real watchdog (i6300esb) and a real GPIO line (PL061), in QEMU.

The board is looked at as a person in the closet would look at it: its LED from outside, its serial line, whether it
resets; and through the guest agent as somebody who is logged in.
"""

import ctypes
import json
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from typing import Callable, Optional, TypeVar

import image
from led import LED_SAMPLE_S, Sample, Shown, drawn, recognise
from wire import Agent, Event, LineLost, Monitor, NoAnswer, Output, Serial

# The PL061's data register seen through the mask of one line (address bits 9:2 are the mask).
GPIO_BASE = 0x09030000
LED_LINE = 5
DOG_S = 10
# A watchdog of 10 s bites 10.1 to 10.4 s after the last feed here; the rest is for a busy host.
BITE_S = DOG_S + 1.5
BOOT_S = 120

T = TypeVar("T")
Files = dict[str, str]


class NotSeen(AssertionError):
    """What a case waited for did not come in time."""


def die_with_parent() -> None:
    """In the child: QEMU must not outlive the test run, however that ends."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def logfmt(line: str) -> dict[str, str]:
    """The fields of a line of the log."""
    pairs = re.findall(r'([a-z_-]+)=("(?:[^"\\]|\\.)*"|\S*)', line)
    return {key: value.strip('"') for key, value in pairs}


class Board:
    boot_s = BOOT_S

    def __init__(self, name: str, files: Files):
        """A new board with a disk that holds `files` (mounted as /data in the guest)."""
        self.folder = image.FOLDER / "boards" / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.make_disk(files)
        self.process: Optional[subprocess.Popen] = None
        self.samples: list[Sample] = []
        self.boot_id = ""
        self.switched_on = 0.0
        # Where a case leaves what the one that follows it wants to know.
        self.notes: dict[str, Event] = {}

    # What it is made of

    def make_disk(self, files: Files) -> None:
        image.make_disk(self.folder / "disk.img", files)

    def machine(self) -> list[str]:
        """QEMU for this board; what follows on its command line are the lines into it."""
        return [
            "qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-m", "256", "-smp", "1",
            "-drive", f"file={self.folder / 'disk.img'},format=raw,if=none,id=disk",
            "-kernel", str(image.KERNEL), "-initrd", str(image.INITRAMFS),
            "-append", "console=ttyAMA0 quiet loglevel=4 panic=0",
        ]  # fmt: skip

    # Power

    def power_on(self) -> None:
        """Switches the board on and waits until it is up."""
        self.switch_on()
        self.wait_boot()

    def switch_on(self) -> None:
        lines = {name: socket.socketpair() for name in ("monitor", "serial", "agent")}
        chardevs: list[str] = []
        for name, (_, theirs) in lines.items():
            chardevs += ["-chardev", f"socket,id={name},fd={theirs.fileno()}"]
        command = [
            *self.machine(),
            "-nodefaults", "-display", "none", *chardevs,
            "-mon", "chardev=monitor,mode=control", "-serial", "chardev:serial",
            "-device", "virtio-serial-pci", "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
            "-device", "virtio-blk-pci,drive=disk",
            "-device", "i6300esb", "-action", "watchdog=reset",
        ]  # fmt: skip
        log = open(self.folder / "qemu.log", "ab")
        self.switched_on = time.monotonic()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[theirs.fileno() for _, theirs in lines.values()],
            preexec_fn=die_with_parent,
        )
        for _, theirs in lines.values():
            theirs.close()
        self.monitor = Monitor(lines["monitor"][0])
        self.serial = Serial(lines["serial"][0], str(self.folder / "serial.log"))
        self.agent = Agent(lines["agent"][0])
        self.watch_led()

    def power_cut(self) -> None:
        """Pulls the plug: nothing in the guest gets to know."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def wait_boot(self, timeout: Optional[float] = None) -> None:
        """Waits until a boot other than the one we knew is up."""
        timeout = timeout or self.boot_s
        deadline = time.monotonic() + timeout
        # Grows, so that a slow guest is not for ever asked the next question before it has answered the last.
        patience = 0.5
        while time.monotonic() < deadline:
            try:
                patience = min(1.2 * patience, 5)
                self.agent.sync(patience)
                boot_id = self.agent.read("/proc/sys/kernel/random/boot_id").strip()
                if boot_id != self.boot_id and "up" in self.agent.read("/run/board"):
                    self.boot_id = boot_id
                    return
            except LineLost:
                if self.process is None or self.process.poll() is not None:
                    raise
            except RuntimeError:
                time.sleep(0.05)  # not up yet: the file is not there
        raise NotSeen(f"the board was not up within {timeout} s; see {self.folder}/serial.log")

    # Inside

    def run(self, command: str, timeout: float = 30) -> Output:
        return self.agent.run(command, timeout)

    def ok(self, command: str, timeout: float = 30) -> str:
        """Runs a command that has to succeed; what it wrote."""
        done = self.agent.run(command, timeout)
        assert done.code == 0, f"{command}: exit {done.code}: {done.out}{done.err}"
        return done.out

    def ok_json(self, command: str) -> dict:
        """What a command wrote, as JSON. Its exit code is left alone: `feeddog status` tells how the board is by it."""
        done = self.agent.run(command)
        try:
            return json.loads(done.out)
        except ValueError:
            raise AssertionError(f"{command}: exit {done.code}, no JSON: {done.out}{done.err}") from None

    def status(self) -> dict:
        """RUN/status.json as it is now; empty while there is none."""
        try:
            return json.loads(self.agent.read("/run/feeddog/status.json"))
        except (RuntimeError, ValueError):
            return {}

    def uptime(self) -> float:
        """The guest's own clock, in seconds."""
        return float(self.agent.read("/proc/uptime").split()[0])

    # Waiting

    def wait(self, what: str, probe: Callable[[], T], timeout: float, pause: float = 0.1) -> T:
        """Waits until `probe` answers with something true, and returns that."""
        deadline = time.monotonic() + timeout
        while True:
            answer = self.ask(probe)
            if answer:
                return answer
            if time.monotonic() > deadline:
                raise NotSeen(f"not within {timeout:.0f} s: {what}; {self.describe()}")
            time.sleep(pause)

    def ask(self, probe: Callable[[], T]) -> Optional[T]:
        """What the probe answers; None where the guest is too busy to answer in time."""
        try:
            return probe()
        except NoAnswer:
            return None

    def wait_state(self, state: str, timeout: float) -> dict:
        def probe() -> Optional[dict]:
            status = self.status()
            return status if status.get("state") == state else None

        return self.wait(f"state {state}", probe, timeout)

    def wait_event(self, name: str, since: float, timeout: float) -> Event:
        """A monitor event (WATCHDOG, RESET) that came after `since`."""
        events = self.monitor.events
        return self.wait(
            f"event {name}", lambda: next((e for e in events if e.name == name and e.at > since), None), timeout, 0.02
        )

    def wait_said(self, event: str, since: float, timeout: float, **fields: str) -> Event:
        """A line of feeddog's log that tells of the event, with these fields, arrived after `since`."""

        def probe() -> Optional[Event]:
            return next(iter(self.said(event, since, **fields)), None)

        about = " ".join(f"{key}={value}" for key, value in fields.items())
        return self.wait(f"event={event} {about} in the log", probe, timeout, 0.02)

    def said(self, event: str, since: float, **fields: str) -> list[Event]:
        wanted = {"event": event, **fields}.items()
        lines = [Event(at, text) for at, text in list(self.serial.lines) if at > since]
        return [line for line in lines if wanted <= logfmt(line.name).items()]

    def lines(self, text: str) -> list[str]:
        """All lines on the serial line that hold the text."""
        return [line for _, line in list(self.serial.lines) if text in line]

    def wait_line(self, text: str, since: float, timeout: float) -> Event:
        """Any line on the serial line that holds the text."""

        def probe() -> Optional[Event]:
            return next((Event(at, line) for at, line in list(self.serial.lines) if at > since and text in line), None)

        return self.wait(f"«{text}» on the serial line", probe, timeout, 0.02)

    def idle(self, seconds: float) -> None:
        """Lets time pass where the case is that nothing happens in it."""
        time.sleep(seconds)

    def watchdog_events(self, since: float) -> list[Event]:
        return [e for e in self.monitor.events if e.name in ("WATCHDOG", "RESET") and e.at > since]

    def describe(self) -> str:
        """What a person would want to know who reads that something did not come."""
        try:
            status = self.status()
            services = " ".join(f"{name}={seen['health']}" for name, seen in status.get("services", {}).items())
            seen = f"state {status.get('state')}, {services}" if status else "no status"
        except LineLost:
            seen = "the guest does not answer"
        last = " | ".join(text for _, text in self.serial.lines[-3:])
        return f"{seen}; last on the serial line: {last}"

    # The LED, from outside

    def watch_led(self) -> None:
        threading.Thread(target=self._sample_led, args=(self.monitor,), daemon=True).start()

    def _sample_led(self, monitor: Monitor) -> None:
        address = GPIO_BASE + 4 * (1 << LED_LINE)
        try:
            while True:
                self.samples.append(Sample(time.monotonic(), monitor.word(address) != 0))
                time.sleep(LED_SAMPLE_S)
        except LineLost:
            pass

    def seen(self, since: float, until: Optional[float] = None) -> list[Sample]:
        last = time.monotonic() if until is None else until
        return [s for s in list(self.samples) if since <= s.at <= last]

    def wait_led(self, pattern: str, since: float, timeout: float, number: int = 0) -> float:
        """Waits until the LED has shown a whole turn of the pattern, all of it after `since`; says when that was."""

        def probe() -> Optional[float]:
            shown = recognise(self.seen(since))
            return time.monotonic() if shown == Shown(pattern, number) else None

        try:
            return self.wait(f"LED shows {pattern}", probe, timeout)
        except NotSeen as error:
            raise NotSeen(f"{error}; the LED showed {drawn(self.seen(since))}") from None
