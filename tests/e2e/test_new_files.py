# SPDX-License-Identifier: MIT
"""An upgrade puts new files in place while feeddogd runs: helpers are started from the files of the feeddogd that started them."""

import http.server
import os
import shutil
import threading

from feeddog import BUILD, Feeddog, Victim, folder, wait_for, web_config

HELPERS = ("checker", "actor", "led")


def board_of_its_own(**more):
    """A well board whose programs may be replaced."""
    victim = Victim().begin()
    board = Feeddog({**web_config(victim), **more})
    board.programs = folder("programs")
    for name in ("feeddogd", "feeddog", "feeddog-alert", *(f"feeddog-{helper}" for helper in HELPERS)):
        shutil.copy(os.path.join(BUILD, name), board.programs)
    shutil.copytree(os.path.join(BUILD, "boards"), os.path.join(board.programs, "boards"))
    board.start()
    board.wait_well()
    return board, victim


def replace_by_garbage(board, *names):
    """As dpkg does: a new file beside the old one, renamed over it."""
    for name in names:
        path = os.path.join(board.programs, name)
        with open(path + ".dpkg-new", "wb") as file:
            file.write(b"\x7fELFgarbage")
        os.chmod(path + ".dpkg-new", 0o755)
        os.rename(path + ".dpkg-new", path)


def test_helpers_are_started_from_the_old_files():
    """P17: a helper that dies after an upgrade is started from the file that feeddogd was started with, as often as it dies."""
    board, _ = board_of_its_own()
    wait_for(lambda: "helpers" in board.status(), "the first status")
    replace_by_garbage(board, *(f"feeddog-{helper}" for helper in HELPERS))
    for _ in range(2):
        for helper in HELPERS:
            mark = board.mark()
            pid = board.status()["helpers"][helper]["pid"]
            os.kill(pid, 9)
            new = int(board.wait_event("helper-started", mark, helper=helper)["pid"])
            wait_for(lambda new=new, helper=helper: board.status()["helpers"][helper]["pid"] == new, f"another {helper}")
            with open(f"/proc/{new}/comm", encoding="ascii") as file:
                assert file.read().strip() == f"feeddog-{helper}"
            board.wait_state("well")
    assert not board.find("letgo") and not board.find("reboot")
    board.stop()


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes alerts."""
    taken = []

    def do_POST(self):
        self.taken.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_alerts_are_sent_by_the_old_file():
    """P17: feeddog-alert too is that of the feeddogd that runs."""
    server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    board, victim = board_of_its_own(alerts=[{"url": f"http://127.0.0.1:{server.server_port}/", "on": ["restart"]}])
    replace_by_garbage(board, "feeddog-alert")
    victim.kill()
    wait_for(lambda: Receiver.taken, "the alert")
    board.stop()
