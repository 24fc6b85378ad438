# SPDX-License-Identifier: MIT
"""Coming from a cron script with curl: a Flask application under gunicorn that dies of CPU, of memory, and of starving."""

import os
import signal
import threading

from coming_from import Board, configuration, copy, put, shop
from feeddog import is_alive, wait_for

# Other tests run the same code of the programs.
NOT_SANITIZED = ["*"]

FIRST, SECOND = "10000000-0000-4000-8000-000000000000", "20000000-0000-4000-8000-000000000000"


def shop_board(changes=None, cpu="above: 80%, for: 2m", **more):
    """`cpu` as in the file: on a busy machine a start alone eats what a test of it may look for."""
    app = shop()
    copy("shopctl", app.dir, app.places)
    changes = {**(changes or {}), **app.places, "above: 80%, for: 1m": cpu, "200MB, for: 30s": "200MB, for: 500ms"}
    board = Board(put(configuration("cron-and-curl.yaml"), changes), **more)
    return board.start(FIRST), app


def well_shop(**more):
    board, app = shop_board(**more)
    board.wait_well()
    return board, app


def ask(app, path):
    """For what may not be answered: the restart may be sooner, and so it is not waited for."""
    threading.Thread(target=app.get, args=(path,), daemon=True).start()


# A busy machine answers late: it is not that for which the server is to be restarted here.
PATIENT = {"status: 200": "status: 200\n        retries: 30"}


def is_mended(board, app, mark, old):
    # It may have been well, or in doubt and well again, before it was restarted.
    board.wait_event("restart-done", mark, service="shop")
    wait_for(lambda: app.pid() not in (None, old), "another server")
    wait_for(lambda: app.get("/health")[0] == 200, "a page")
    board.wait_state("well")
    assert not is_alive(old)
    assert not board.said("reboot") and board.reboots_ordered() == 0


def test_starts_at_boot():
    """P14: at boot nothing runs; the application is started, as by @reboot, and is not restarted."""
    board, app = well_shop()
    assert [said["service"] for said in board.said("start")] == ["shop"]
    assert not board.said("restart")
    assert app.get("/")[1] == "hello\n"
    assert board.stop() == 0


def test_crash():
    """P5: gunicorn that is killed is started again, at once and without a reboot."""
    board, app = well_shop()
    mark, family = board.mark(), app.family()
    app.kill()
    is_mended(board, app, mark, family[0])
    assert board.said("restart", mark)[0]["cause"] == "exited"


def test_eaten_by_cpu():
    """A worker that spins beside its work still answers, and is restarted for the CPU that it eats."""
    # On a busy machine it gets a small share.
    board, app = well_shop(changes=PATIENT, cpu="above: 10%, for: 1s")
    mark, old = board.mark(), app.pid()
    ask(app, "/spin")
    is_mended(board, app, mark, old)
    assert board.said("service-down", mark)[0]["check"] == "cpu"


def test_endless_request():
    """A worker in an endless request answers nobody else, and is restarted."""
    board, app = well_shop()
    mark, old = board.mark(), app.pid()
    ask(app, "/endless")
    is_mended(board, app, mark, old)
    down = board.said("service-down", mark)[0]
    assert (down["check"], down["cause"]) == ("http", "timeout"), down


def test_eaten_by_memory():
    """A worker that gives no memory back still answers, and is restarted for the memory that it eats."""
    board, app = well_shop(changes=PATIENT)
    mark, old = board.mark(), app.pid()
    ask(app, "/hoard")
    is_mended(board, app, mark, old)
    assert board.said("service-down", mark)[0]["check"] == "memory"


def test_too_starved_to_obey():
    """P5, P14: a server too starved to obey its restart: the command is killed at its deadline, the board rebooted, and well."""
    # The same deadline is that of the start, which on a busy machine takes its time.
    board, app = shop_board(changes={"restart_timeout: 30s": "restart_timeout: 6s"}, ladder={"restart_for": "8s", "reboot_within": "20s"})
    board.wait_well()
    mark, family = board.mark(), app.family()
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    failed = board.wait_event("restart-failed", mark)
    assert failed["cause"] == "timeout", failed
    blamed = board.wait_event("reboot", mark)
    assert (blamed["service"], blamed["check"]) == ("shop", "http"), blamed
    wait_for(lambda: board.reboots_ordered() == 1, "the reboot command")
    assert all(is_alive(pid) for pid in family), "stopped, they can do nothing for their own end"
    board.reset()
    app.kill()

    board.start(SECOND)
    board.wait_well()
    assert board.said("start") and not board.said("restart")
    last = board.last_boot()
    assert (last["cause"], last["service"]) == ("reboot", "shop"), last
    assert app.get("/health")[0] == 200 and app.pid() not in family


def test_too_busy_to_end():
    """P5: run by feeddog, a server too busy to end when it is asked to is killed at the deadline, with all of its workers."""
    changes = {"start: gunicorn --daemon --graceful-timeout 5": "run: exec gunicorn --graceful-timeout 60",
               "restart: [/srv/shop/shopctl]": "respawn: always", "restart_timeout: 30s": "restart_timeout: 1s"}
    app = shop()
    del app.places["--graceful-timeout 5"]
    board = Board(put(configuration("cron-and-curl.yaml"), {**changes, **app.places})).start(FIRST)
    board.wait_well()
    mark, family = board.mark(), app.family()
    ask(app, "/endless")
    is_mended(board, app, mark, family[0])
    assert not any(is_alive(pid) for pid in family)
    exited = board.wait_event("exited", mark)
    assert (exited["cause"], exited["detail"], exited["ordered"]) == ("signal", "9", "1"), exited
