# SPDX-License-Identifier: MIT
"""Coming from a cloud's log alarm: apache2 and its real error log."""

import os
import shutil
import subprocess
import time

from coming_from import Board, apache, configuration, put
from feeddog import PATIENCE_S, free_port, wait_for

# Other tests run the same code of the programs.
NOT_SANITIZED = ["*"]

COUNT = 5


def control(server, what):
    """apache2 -k WHAT."""
    subprocess.run([*command(server), "-k", what], check=True, timeout=PATIENCE_S)


def command(server):
    return [shutil.which("apache2", path="/usr/sbin:/usr/bin"), "-d", os.path.dirname(server.pidfile), "-f", server.config]


def board_of(server):
    restart = " ".join(command(server)) + " -k restart"
    text = put(configuration("log-alarm.yaml"), {"127.0.0.1:80/": f"127.0.0.1:{server.port}/", "/var/log/apache2/error.log": server.log,
                                                 "service apache2 restart": restart})
    # While it takes a new log, apache2 may answer nobody for a second.
    return Board(text, defaults={"interval": "300ms", "timeout": "300ms", "retries": 20}).start()


def apache_board():
    """apache2 runs, its backend does not."""
    server = apache(free_port())
    control(server, "start")
    wait_for(lambda: server.get("/")[0] == 200, "a page")
    board = board_of(server)
    board.wait_well()
    return board, server


def fail(server, times):
    """So many requests that apache2 cannot pass on, each of which it logs twice."""
    for _ in range(times):
        assert server.get("/app/")[0] == 503


def starts(server):
    """How often apache2 has begun to work, as it logs itself."""
    paths = [os.path.join(os.path.dirname(server.log), name) for name in os.listdir(os.path.dirname(server.log))]
    texts = []
    for path in paths:
        with open(path, encoding="utf-8", errors="replace") as file:
            texts.append(file.read())
    return "".join(texts).count("resuming normal operations")


def is_quiet(board, mark):
    """The check has looked at the log twice more, and found nothing."""
    end = time.monotonic() + 0.8
    wait_for(lambda: time.monotonic() > end, "two more looks")
    return not board.said("service-down", mark) and not board.said("restart", mark)


def is_restarted(board, server, mark, before):
    restarted = board.wait_event("restart", mark, service="apache")
    assert (restarted["check"], restarted["cause"]) == ("log", "pattern"), restarted
    board.wait_event("restart-done", mark, service="apache")
    wait_for(lambda: starts(server) == before + 1, "one more start in apache's own log")
    board.wait_well(mark)
    assert server.get("/")[0] == 200
    assert board.reboots_ordered() == 0


def test_counts_matching_lines():
    """Fewer matching lines than `count` within the window are no alarm, so many are one; and old ones do not count again."""
    board, server = apache_board()
    mark = board.mark()
    fail(server, 2)  # of two lines each
    assert is_quiet(board, mark)
    fail(server, 1)
    is_restarted(board, server, mark, 1)
    down = board.said("service-down", mark)[0]
    assert int(down["detail"]) >= COUNT, down
    mark = board.mark()
    fail(server, 2)
    assert is_quiet(board, mark)
    fail(server, 1)
    is_restarted(board, server, mark, 2)


def test_rotation_by_rename():
    """Lines before and after logrotate has moved the log away count together, and each once."""
    board, server = apache_board()
    mark = board.mark()
    fail(server, 2)
    os.rename(server.log, server.log + ".1")
    control(server, "graceful")  # as in logrotate's postrotate
    wait_for(lambda: os.path.exists(server.log) and starts(server) == 2, "a new log")
    assert is_quiet(board, mark)
    fail(server, 1)
    is_restarted(board, server, mark, 2)


def test_rotation_by_copytruncate():
    """Lines before and after logrotate has emptied the log count together, and each once."""
    board, server = apache_board()
    mark = board.mark()
    fail(server, 2)
    assert is_quiet(board, mark)
    shutil.copy(server.log, server.log + ".1")
    os.truncate(server.log, 0)
    assert is_quiet(board, mark)
    fail(server, 1)
    is_restarted(board, server, mark, 1)


def test_log_that_is_not_there_yet():
    """At a start without a log nothing is known; as soon as there is one, its lines count."""
    server = apache(free_port())
    board = board_of(server)
    wait_for(lambda: [check for check in board.status().get("services", {}).get("apache", {}).get("checks", [])
                      if check["name"] == "log" and (check["health"], check["cause"]) == ("unknown", "blind")], "unknown in the status")
    control(server, "start")
    board.wait_well()
    mark = board.mark()
    fail(server, 3)
    is_restarted(board, server, mark, 1)


def test_after_a_restart_of_feeddog():
    """P13: lines that were there before feeddog was started again are not counted again."""
    board, server = apache_board()
    mark = board.mark()
    fail(server, 3)
    is_restarted(board, server, mark, 1)
    assert board.stop() == 0
    board.start()
    board.wait_well()
    assert is_quiet(board, 0)
    assert starts(server) == 2
