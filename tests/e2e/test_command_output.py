# SPDX-License-Identifier: MIT
"""What the command of a check prints is shown wherever its result is, and harms nobody."""

import json
import os

from checker_scene import folder
from feeddog import SHORT, Feeddog, wait_for
from hook import Hook


def check_of(board, service="web"):
    try:
        with open(os.path.join(board.run_dir, "status.json"), encoding="utf-8") as file:
            return json.load(file)["services"][service]["checks"][0]
    except FileNotFoundError:
        return {}


def test_output_is_shown():
    """P4, P18: the first line, cleaned, in status.json, status, an alert and the history; of each run anew, and over a new checker"""
    where = folder("output")
    os.chmod(where, 0o755)
    path = os.path.join(where, "say")

    def say(text):
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(path + ".new", path)

    say("all is well\n")
    hook = Hook()
    board = Feeddog({
        "defaults": {"interval": "1s", "timeout": "1s", "retries": 1, "start_period": "2s"},
        "services": {"web": {"checks": [{"command": f"cat {path}; ! grep -q DISK {path}", "on_failure": "alert"}]}},
        "ladder": dict(SHORT, restart_for="60s"),
        "alerts": [{"url": hook.url, "on": ["down"]}],
    }).start()
    board.wait_well()
    wait_for(lambda: check_of(board).get("output") == "all is well", "the first line")
    say("\n\x1b[31mDISK CRITICAL\x07 \u202e99 %\n" + "second line\n" * 100000)
    board.wait_event("check-failed", check="command")
    shown = "?[31mDISK CRITICAL? ???99 %"
    wait_for(lambda: check_of(board).get("output") == shown, "the cleaned line")
    assert any(line.strip() == shown for line in board.feeddog("status").stdout.splitlines()), board.feeddog("status").stdout
    wait_for(lambda: any(f"exit code 1 ({shown})" in text for text in hook.wait(1)), "the alert")
    wait_for(lambda: any(line.get("output") == shown for line in board.history()), "the history")
    dead = board.helper_pid("checker")
    os.kill(dead, 9)
    wait_for(lambda: board.helper_pid("checker") != dead, "the new checker")
    say("")
    wait_for(lambda: "output" in check_of(board) and not check_of(board)["output"], "a run without output")
    assert board.stop() == 0
