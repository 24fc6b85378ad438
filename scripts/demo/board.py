# SPDX-License-Identifier: MIT
"""The board of the demonstration: a web server, feeddogd, and a dog that bites.

It is the same stage that the end-to-end tests play on, with longer times, so that a person can follow.
"""

import ctypes
import os
import shlex
import shutil
import subprocess
import tempfile
import time

import feeddog
import processes

DOG_TIMEOUT_S = 3
RESTART_FOR_S = 5
REBOOT_WITHIN_S = 4
BOOT_S = 1.5
SLOT_S = 0.125

CONFIG = {
    "defaults": {"interval": "250ms", "timeout": "250ms", "retries": 2, "start_period": "2s"},
    "ladder": {"restart_for": f"{RESTART_FOR_S}s", "reboot_within": f"{REBOOT_WITHIN_S}s", "settle": "500ms",
               "reboots": {"limit": 3, "settle": "30s", "then": "hold"}},
}


class Led:
    """The real table of patterns, from the core's own code."""

    def __init__(self, build):
        self.code = ctypes.CDLL(os.path.join(build, "demo", "led_pattern.so"))
        self.code.led_pattern_name.restype = ctypes.c_char_p
        self.code.led_pattern_looks.restype = ctypes.c_char_p
        self.code.led_pattern_lit.restype = ctypes.c_bool
        self.names = [self.code.led_pattern_name(number).decode() for number in range(10)]

    def lit(self, state, service, after_s):
        slot = int(after_s / SLOT_S)
        return self.code.led_pattern_lit(self.names.index(state), ctypes.c_uint16(service), ctypes.c_uint32(slot))

    def looks(self, state):
        return self.code.led_pattern_looks(self.names.index(state)).decode()


class Board:
    """What is on the stage now. The director changes it, the screen looks at it."""

    def __init__(self, build, restart_takes_s):
        processes.become_subreaper()
        self.home = tempfile.mkdtemp(prefix="feeddog-demo.")
        tempfile.tempdir = self.home
        os.chmod(self.home, 0o755)
        self.led = Led(build)
        self.victim = feeddog.Victim()
        config = dict(CONFIG, services={"web": {
            "checks": [{"http": self.victim.url}, {"process": {"pidfile": self.victim.pidfile}}],
            "restart": f"sleep {restart_takes_s}; exec {shlex.join(self.victim.restart)}", "restart_timeout": "3s", "attempts": 0}})
        self.daemon = feeddog.Feeddog(config, echo=False)
        self.daemon.config["watchdog"] = {"device": self.daemon.dog.path, "timeout": f"{DOG_TIMEOUT_S}s", "simulated": True}
        self.boots, self.powered, self.bites = 0, False, 0
        self.log = []

    # --- power ---

    def boot(self):
        """The board comes up: the system starts the server, and feeddogd."""
        self.boots += 1
        self.log = self.log + self.daemon.events
        self.start_server()
        self.daemon.dog.feeds.clear()
        self.daemon.start(f"{self.boots:08d}-0000-4000-8000-000000000000")
        self.powered = True

    def reset(self):
        """The hardware pulls the reset line: everything on the board is gone at once."""
        self.powered = False
        self.bites += 1
        self.daemon.reset()
        self.kill_server()

    def start_server(self):
        if not feeddog.is_alive(self.server_pid()):
            subprocess.run(self.victim.start, check=False, stderr=subprocess.DEVNULL)

    def kill_server(self):
        if feeddog.is_alive(self.server_pid()):
            self.victim.kill()

    def server_pid(self):
        try:
            return self.victim.pid()
        except (OSError, ValueError):
            return 0

    def break_for_good(self):
        self.victim.tell("refuse")
        self.kill_server()

    def repair(self):
        for what in ("refuse", "hang", "500"):
            if os.path.exists(os.path.join(self.victim.dir, what)):
                self.victim.forget(what)

    def close(self):
        # All of it: also a restart command that was about to start the server.
        processes.end_descendants()
        shutil.rmtree(self.home, ignore_errors=True)

    # --- how it is ---

    def state(self):
        """The state and since when it is; told by the log, which is faster than status.json."""
        if not self.powered:
            return "off", 0.0
        for said in reversed(list(self.daemon.events)):
            if said.get("event") == "state":
                return said["state"], said["at"]
        first = self.daemon.events[0]["at"] if self.daemon.events else time.monotonic()
        return "starting", first

    def server(self):
        """What a visitor would find, in two words."""
        told = {what for what in ("hang", "500", "refuse") if os.path.exists(os.path.join(self.victim.dir, what))}
        if not feeddog.is_alive(self.server_pid()):
            return "cannot start" if "refuse" in told and self.powered else "dead"
        return "hangs" if "hang" in told else "answers 500" if "500" in told else "answers 200"

    def fed_ago_s(self):
        """Seconds since the last feed; None: the dog is not armed."""
        feeds = list(self.daemon.dog.feeds)
        if not feeds or feeds[-1][1] == b"V":
            return None
        return time.monotonic() - feeds[-1][0]

    def is_bitten(self):
        ago = self.fed_ago_s()
        return self.powered and ago is not None and ago >= DOG_TIMEOUT_S
