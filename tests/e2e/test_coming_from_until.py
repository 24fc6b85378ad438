# SPDX-License-Identifier: MIT
"""Coming from `until server; do ...; sleep 2; done`: a Ruby server that crashes at random."""

import os
import socket
import time

from coming_from import Board, configuration, copy, needs_program, put, write
from feeddog import PATIENCE_S, folder, free_port, is_alive, wait_for

# Other tests run the same code of the programs.
NOT_SANITIZED = ["*"]


class Doorbot:
    """The server, as its callers see it."""

    def __init__(self):
        needs_program("ruby")
        self.dir, self.port = folder("doorbot"), free_port()
        copy("doorbot.rb", self.dir, name="server.rb")

    def say(self, what):
        """What it answers; None where it does not listen."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as connection:
                connection.sendall(what.encode() + b"\n")
                return connection.makefile().readline().strip()
        except OSError:
            return None

    def is_up(self):
        return self.say("hello") == "hello"

    def break_it(self):
        write(os.path.join(self.dir, "broken"), "")


def doorbot_board(**more):
    doorbot = Doorbot()
    text = put(configuration("until-loop.yaml"), {"/srv/doorbot": doorbot.dir, '"4567"': f'"{doorbot.port}"'})
    board = Board(text, **more).start()
    board.wait_well()
    wait_for(doorbot.is_up, "the server")
    return board, doorbot


def pid_of(board):
    with open(os.path.join(board.run_dir, "run/doorbot.pid"), encoding="ascii") as file:
        return int(file.readline())


def test_crashes_at_random():
    """P5: each crash is told by its exit code or signal, in the log and in the status, and the next server is there in milliseconds."""
    board, doorbot = doorbot_board()
    for count in range(1, 7):
        # An outage that is over does not put off the restart of the next one.
        wait_for(lambda: board.status().get("services", {}).get("doorbot", {}).get("health") == "up", "up")
        mark = board.mark()
        died_of = doorbot.say("crash")
        exited = board.wait_event("exited", mark)
        assert f"{exited['cause']} {exited['detail']}" == died_of, (died_of, exited)
        restarted = board.wait_event("restart-done", mark, service="doorbot")
        wait_for(doorbot.is_up, "the next server")
        board.wait_well(mark)
        assert count > 1 or restarted["at"] - exited["at"] < 1, (exited, restarted)
        said = died_of.replace("exit-code", "last end: exit code").replace("signal", "last end: killed by signal")
        wait_for(lambda words=said: words in board.feeddog("status").stdout, f"{said} in the status")
    assert board.reboots_ordered() == 0
    assert board.find("output", service="doorbot", text="doorbot: listening")


def test_crash_loop_is_slowed_down():
    """P6: a server that dies as soon as it is started is tried again after 1 s, 2 s and so on, not thousands of times."""
    # Whether a server that lives for a tenth of a second is ever seen alive is chance; where it is not, its start period
    # comes before the next try.
    board, doorbot = doorbot_board(ladder={"settle": "20s"}, defaults={"start_period": "1s"})
    doorbot.break_it()
    mark = board.mark()
    doorbot.say("crash")
    wait_for(lambda: len(board.said("restart", mark)) >= 3, "three restarts")
    at = [said["at"] for said in board.said("restart", mark)][:3]
    assert 0.9 <= at[1] - at[0] and 1.9 <= at[2] - at[1], at
    assert board.find("output", mark, service="doorbot", text="doorbot: broken")
    os.unlink(os.path.join(doorbot.dir, "broken"))
    board.wait_well(mark)
    wait_for(doorbot.is_up, "the server")


def test_dead_before_anybody_looked():
    """P5: a program that dies faster than anybody can see is respawned by the same measure, whatever the start period."""
    text = put(configuration("until-loop.yaml"), {"[/usr/bin/ruby, /srv/doorbot/server.rb, \"4567\"]": "[/bin/false]"})
    board = Board(text, ladder={"settle": "20s"}).start()
    wait_for(lambda: len(board.said("restart")) >= 3, "three restarts", deadline_s=15)
    assert board.find("exited", service="doorbot", cause="exit-code", detail="1")


def test_graceful_exit_is_the_end():
    """A server that ends gracefully is left so with `respawn: on-failure`, and the board is well without it."""
    board, doorbot = doorbot_board()
    mark, old = board.mark(), pid_of(board)
    assert doorbot.say("goodbye") == "exit-code 0"
    exited = board.wait_event("exited", mark)
    assert (exited["cause"], exited["detail"]) == ("exit-code", "0"), exited
    assert not is_alive(old)
    wait_for(lambda: "ended: exit code 0" in board.feeddog("status").stdout, "its end in the status")
    looked = time.monotonic()
    wait_for(lambda: time.monotonic() > looked + 1.5, "three more looks at it")
    assert not board.said("restart", mark) and not board.said("service-down", mark)
    assert board.state() == "well" and not doorbot.is_up()


def test_always():
    """With `respawn: always` also a graceful exit is followed by another server."""
    doorbot = Doorbot()
    text = put(configuration("until-loop.yaml"), {"/srv/doorbot": doorbot.dir, '"4567"': f'"{doorbot.port}"', "on-failure ": "always "})
    board = Board(text).start()
    board.wait_well()
    wait_for(doorbot.is_up, "the server")
    mark = board.mark()
    assert doorbot.say("goodbye") == "exit-code 0"
    board.wait_event("restart-done", mark)
    wait_for(doorbot.is_up, "the next server")
    board.wait_well(mark)


def test_stopped_with_the_daemon():
    """A clean stop of feeddog asks the server to end, and leaves nothing behind."""
    board, doorbot = doorbot_board()
    pid = pid_of(board)
    mark = board.mark()
    assert board.stop() == 0
    assert not is_alive(pid) and doorbot.say("hello") is None
    exited = wait_for(lambda: board.find("exited", mark), "how it ended")
    assert (exited["cause"], exited["detail"], exited["ordered"]) == ("exit-code", "0", "1"), exited
