# SPDX-License-Identifier: MIT
"""`watchdog: {via: systemd}`: process 1's watch over the service is the dog. The manager is played; its socket is real."""

import os
import socket
import subprocess
import threading
import time

from feeddog import PATIENCE_S, Feeddog, Victim, folder, wait_for, web_config

TIMEOUT_MS = 2000


class Manager:
    """What systemd is to a service: a socket that is told how it is."""

    def __init__(self):
        self.path = os.path.join(folder("manager"), "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o666)
        self.heard = []  # (monotonic time, text)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            text = self.socket.recv(4096).decode()
            self.heard.append((time.monotonic(), text))

    def pats(self, since=0.0):
        return [at for at, text in list(self.heard) if text == "WATCHDOG=1" and at >= since]


def delegated(victim, monkey=None):
    board = Feeddog(web_config(victim))
    board.config["watchdog"] = {"simulated": True, "device": board.dog.path, "via": "systemd", "timeout": f"{TIMEOUT_MS}ms"}
    os.environ.update({"WATCHDOG_USEC": str(TIMEOUT_MS * 1000), **(monkey or {})})
    os.environ.pop("WATCHDOG_PID", None)
    return board


def test_the_manager_is_told_under_the_lease():
    """P1, P3: the manager is told in time while the server is well, and no more when the board is let go of."""
    manager, victim = Manager(), Victim().begin()
    board = delegated(victim, {"NOTIFY_SOCKET": manager.path}).start()
    board.wait_well()
    begun = time.monotonic()
    wait_for(lambda: len(manager.pats(begun)) >= 10, "ten pats")
    times = manager.pats(begun)
    assert max(b - a for a, b in zip(times, times[1:])) <= TIMEOUT_MS / 1000 / 2, times
    victim.tell("refuse")
    victim.kill()
    board.wait_event("letgo")
    at = time.monotonic()
    time.sleep(1)
    assert not manager.pats(at + 0.3), "told that all is well after the board was let go of"
    # The device is nobody's business here.
    assert board.dog.feeds == []


def refusal(board):
    board.write_config()
    done = subprocess.run(board.command(), capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    return done.returncode, done.stderr


def test_without_a_watch_it_does_not_start():
    """P10: where the manager does not watch over the service, or for another time, it does not start."""
    manager, victim = Manager(), Victim()
    board = delegated(victim, {"NOTIFY_SOCKET": manager.path})
    del os.environ["WATCHDOG_USEC"]
    code, said = refusal(board)
    assert code == 69 and "does not watch over this service" in said, said
    board = delegated(victim, {"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "30000000"})
    code, said = refusal(board)
    assert code == 69 and "30000 ms" in said and "WatchdogSec" in said, said
    os.environ.pop("NOTIFY_SOCKET")
    os.environ["WATCHDOG_USEC"] = str(TIMEOUT_MS * 1000)
    code, said = refusal(board)
    assert code == 69 and "does not watch over this service" in said, said


def test_a_watch_over_another_is_not_ours():
    """P10: what was inherited from a service that is watched is not taken for a watch."""
    manager = Manager()
    board = delegated(Victim(), {"NOTIFY_SOCKET": manager.path})
    os.environ["WATCHDOG_PID"] = "1"
    code, said = refusal(board)
    assert code == 69 and "does not watch over this service" in said, said
