# SPDX-License-Identifier: MIT
"""For the tests of the LED: an LED of the kernel's LED class that is played by files, which only programs started in its
namespace see under /sys/class/leds, and a feeddog-led whose feeder is the test."""

import errno
import fcntl
import os
import socket
import struct
import subprocess
import threading
import time

from feeddog import Skip, compiled, folder, program, wait_for

STARTING, WELL, DOUBT, RECOVERING, REBOOTING, LETGO, HOLD, MAINTENANCE, FAULT, OFF = range(10)
SLOT_S = 0.125
# One cycle of the patterns that the tests look at, a digit a slot.
CYCLES = {"well": "1" + "0" * 15, "rebooting": "10", "starting": "11110000", "fault": "101010001010100000"}
# Run in a mount namespace of its own, before the program: $1 is the folder that stands for /sys/class/leds.
SCRIPT = 'mount -t tmpfs none /sys/class && mkdir /sys/class/leds && mount --bind "$1" /sys/class/leds && shift && exec "$@"'


class Led:
    """The LED `test`, and whoever looks at it."""

    def __init__(self):
        self.root = folder("leds")
        if subprocess.run(self.wrap("true"), check=False, capture_output=True, timeout=20).returncode != 0:
            raise Skip("needs root, to mount a played /sys/class/leds")
        self.changes = []  # (time, lit)
        self.looking = False

    def wrap(self, *argv):
        """The command that runs argv where it sees the LED."""
        return ["unshare", "-m", "sh", "-c", SCRIPT, "sh", self.root, *argv]

    def plug_in(self, trigger="none [mmc0] timer"):
        os.mkdir(os.path.join(self.root, "test"))
        for name, text in (("max_brightness", "255\n"), ("trigger", trigger + "\n"), ("brightness", "0\n")):
            self.write(name, text)
        return self

    def write(self, name, text):
        with open(os.path.join(self.root, "test", name), "w", encoding="ascii") as file:
            file.write(text)

    def line(self, name):
        with open(os.path.join(self.root, "test", name), encoding="ascii") as file:
            return file.readline().strip()

    def is_lit(self):
        return self.line("brightness") not in ("0", "")

    def look(self):
        """From now on notes every change."""
        self.changes, self.looking = [(time.monotonic(), self.is_lit())], True
        threading.Thread(target=self._look, daemon=True).start()
        return self

    def _look(self):
        while self.looking:
            lit = self.is_lit()
            if lit != self.changes[-1][1]:
                self.changes.append((time.monotonic(), lit))
            time.sleep(0.004)

    def slots(self, since, until):
        """What was seen from its first lighting at or after `since`, as a digit a slot, and when that was."""
        begin = next((at for at, lit in self.changes if lit and at >= since), None)
        if begin is None:
            return "", None
        digits, at = "", begin + SLOT_S / 2
        while at < until:
            digits += "1" if [lit for when, lit in self.changes if when <= at][-1] else "0"
            at += SLOT_S
        return digits, begin

    def shows(self, pattern, since, until):
        """Whether all that was seen in that time is this pattern, from any of its lightings on."""
        seen, _ = self.slots(since, until)
        cycle = CYCLES[pattern]
        endless = cycle * (len(seen) // len(cycle) + 2)
        starts = [i for i in range(len(cycle)) if cycle[i] == "1" and cycle[i - 1] == "0"]
        return len(seen) >= len(cycle) and any(endless[i:].startswith(seen) for i in starts)

    def lateness(self, since, until, step_s):
        """Of an even pattern that begins at `since`: by how much its changes come after their times, as a rule. Single wake-ups
        may be late on a busy machine; half of them are not, and those tell whether the phase moved."""
        flips = [at for at, _ in self.changes[1:] if since <= at < until]
        assert len(flips) > (until - since) / step_s * 0.88 - 1, f"{len(flips)} changes in {until - since:.1f} s"
        late = sorted(at - since - i * step_s for i, at in enumerate(flips))
        return late[len(late) // 2]

    def wait_shown(self, pattern, deadline_s=20):
        """Waits until the last cycle and a half is this pattern; it is then being shown."""
        length = len(CYCLES[pattern]) * SLOT_S * 1.5 + 2 * SLOT_S
        wait_for(lambda: self.shows(pattern, time.monotonic() - length, time.monotonic()), f"{pattern} on the LED", deadline_s)


class Shower:
    """A feeddog-led, and its feeder's end of the channel."""

    def __init__(self, led, run_dir, config=None, option=None):
        self.generation, self.sequence, self.log = 7, 0, []
        config = memory_of(config or {"led": {"class": "test"}})
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.channel = ours
        ours.setblocking(False)
        theirs.setblocking(False)
        read, write = os.pipe()
        # Out of the way of the numbers that they are to have.
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 64) for fd in (write, config, theirs.fileno())]
        argv = led.wrap(program("feeddog-led"), "--generation", "7", "--run-dir", run_dir, "--state-dir", run_dir)
        actions = [(os.POSIX_SPAWN_DUP2, fd, to) for fd, to in zip(high, (2, 3, 4))]
        self.pid = os.posix_spawnp(argv[0], argv + ([option] if option else []), os.environ, file_actions=actions)
        for fd in (write, config, *high):
            os.close(fd)
        theirs.close()
        self.code = None
        threading.Thread(target=self._read, args=(read,), daemon=True).start()

    def _read(self, fd):
        with os.fdopen(fd, encoding="utf-8", errors="replace") as stream:
            for line in stream:
                print(line.rstrip(), flush=True)
                self.log.append(line)

    def tell(self, pattern, number=0, at=None, **wrong):
        self.sequence += 1
        news = {"generation": self.generation, "sequence": self.sequence, "at": int((at or time.monotonic()) * 1000),
                "number": number, "pattern": pattern, "reserved": b"\0" * 5, **wrong}
        record = struct.pack("=IIqHB5s", *news.values())
        self.channel.send(record)

    def keep_telling(self, pattern, for_s, number=0):
        end = time.monotonic() + for_s
        while time.monotonic() < end:
            self.tell(pattern, number)
            time.sleep(0.25)

    def ended(self):
        """Its exit code, or minus the signal, once it has ended."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code

    def wait_end(self, deadline_s=20):
        wait_for(lambda: self.ended() is not None, "the end of feeddog-led", deadline_s)
        return self.code

    def is_full(self):
        try:
            self.tell(WELL)
            return False
        except OSError as error:
            assert error.errno == errno.EAGAIN, error
            return True


def memory_of(config):
    """A memfd with a flat configuration."""
    base = {"services": {"web": {"checks": [{"tcp": "127.0.0.1:9"}], "restart": "true"}},
            "watchdog": {"device": "/dev/null", "simulated": True, "timeout": "5s"}}
    fd = os.memfd_create("config")
    os.write(fd, compiled({**base, **config}))
    return fd
