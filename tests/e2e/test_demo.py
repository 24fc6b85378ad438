# SPDX-License-Identifier: MIT
"""The demonstration is what a newcomer sees first: it must work, and leave nothing behind."""

import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from fcntl import ioctl

from feeddog import BUILD, HERE, wait_for

# It is about scripts/demo/; other tests run the same code of the programs.
NOT_SANITIZED = ["*"]
TIMEOUT_S = {"*": 120}
TOP = os.path.join(HERE, "../..")
DEMO = [sys.executable, os.path.join(TOP, "scripts/demo/demo.py"), "--build", BUILD]


def typed(line):
    """What a person types there, and for Popen that it is the build under test which is shown."""
    build = f"SETUP=no FLAVOUR={os.environ.get('FEEDDOG_FLAVOUR', 'rel')} BUILD={os.path.relpath(BUILD, TOP)}"
    return {"args": ["sh", "-c", f"exec {line}"], "cwd": TOP, "env": dict(os.environ, MAKEFLAGS=f"-- {build}")}


def leftovers():
    """Processes whose command line or folder is the demonstration's."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if os.environ["TMPDIR"].encode() in file.read():
                    found.append(pid)
        except OSError:
            pass
    return found


def test_demo_line_by_line():
    """The demonstration shows restart, recovery, reboot, letting go, the bite and its cause, and checks each of them."""
    done = subprocess.run(**typed("make demo"), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=110, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    assert done.stdout.count("\n  ok ") == 7 and "FAIL" not in done.stdout
    assert not leftovers() and not [name for name in os.listdir(os.environ["TMPDIR"]) if "demo" in name]


class Terminal:
    """The demonstration on a terminal of 80 by 24."""

    def __init__(self, typed=None):
        what = typed or {"args": DEMO, "env": os.environ}
        what["env"] = dict(what["env"], TERM="xterm")
        self.screen = b""
        self.master, slave = pty.openpty()
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        os.set_blocking(self.master, False)
        self.process = subprocess.Popen(**what, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                        preexec_fn=lambda: ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)

    def shows(self, text):
        try:
            while True:
                self.screen += os.read(self.master, 65536)
        except OSError:
            pass
        return text.encode() in self.screen

    def wait(self, text):
        wait_for(lambda: self.shows(text), f"'{text}' on the screen")
        self.screen = b""

    def ended(self):
        code = wait_for(lambda: None if self.process.poll() is None else [self.process.returncode], "the end")
        assert self.shows("\033[?1049l"), "the terminal is as it was"
        return code[0]


def test_demo_is_interrupted():
    """An interrupt ends the demonstration at once, gives the terminal back, and leaves no process behind."""
    terminal = Terminal()
    terminal.wait("the server crashes")
    terminal.wait("recovering")
    os.write(terminal.master, b"\x03")
    code = terminal.ended()
    assert code == 130, f"{code}: {terminal.screen.decode(errors='replace')}"
    wait_for(lambda: not leftovers(), "the end of all that it started")


def test_demo_loses_its_terminal():
    """The demonstration whose window is closed leaves no process behind."""
    terminal = Terminal()
    terminal.wait("recovering")
    terminal.process.send_signal(signal.SIGHUP)
    os.close(terminal.master)
    terminal.process.wait(20)
    wait_for(lambda: not leftovers(), "the end of all that it started")


def test_demo_by_keys():
    """With KEYS=1 a person breaks the server, and sees it come back."""
    terminal = Terminal(typed("make demo KEYS=1"))
    terminal.wait("answers 200")
    os.write(terminal.master, b"c")
    terminal.wait("recovering")
    terminal.wait("answers 200")
    os.write(terminal.master, b"m")
    terminal.wait("in maintenance")
    os.write(terminal.master, b"q")
    assert terminal.ended() == 0
    wait_for(lambda: not leftovers(), "the end of all that it started")
