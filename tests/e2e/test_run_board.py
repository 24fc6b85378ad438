# SPDX-License-Identifier: MIT
"""What `run:` starts is supervised: by the whole daemon."""

import errno
import os
import signal
import subprocess
import sys
import time

from actor_scene import Actor, read_ledger
from feeddog import PATIENCE_S, SHORT, Feeddog, Skip, folder, is_alive, kill, wait_for
from hook import Hook
from run_scene import SERVER, has_pid_file, pids, served, started

DEFAULTS = {"interval": "100ms", "timeout": "100ms", "retries": 2, "start_period": "1s"}


def running_board(text=SERVER, defaults=DEFAULTS, alerts=(), **more):
    """A board whose only service is a script that feeddog runs itself."""
    path, service = served(text, **more)
    board = Feeddog({"defaults": defaults, "services": {"web": service}, "alerts": list(alerts), "ladder": dict(SHORT, restart_for="60s")})
    return board.start(), path


def test_daemon_respawns_at_once():
    """P5: what the board's own program dies of is in the log and the status, and the next one runs within milliseconds."""
    board, path = running_board()
    board.wait_well()
    pid = pids(path)[0]
    begun = time.monotonic()
    os.kill(pid, signal.SIGSEGV)
    wait_for(lambda: len(pids(path)) == 2, "the second")
    took = time.monotonic() - begun
    said = board.wait_event("exited", service="web", cause="signal", detail="11")
    done = board.wait_event("restart-done", board.events.index(said))
    # The machine may be busy; on an idle one it is a few milliseconds.
    assert took < 2 and done["at"] - said["at"] < 1, (took, said, done)
    wait_for(lambda: board.status()["services"]["web"]["pid"] == pids(path)[1], "its pid in status.json")
    web = board.status()["services"]["web"]
    assert (web["last_exit"]["cause"], web["last_exit"]["detail"], web["last_exit"]["ordered"]) == ("signal", 11, False), web
    board.wait_event("state", board.events.index(done), state="well")
    assert board.stop() == 0
    wait_for(lambda: not is_alive(web["pid"]), "its end")
    assert not has_pid_file(board)


def test_daemon_with_a_full_run():
    """P3: where RUN is full, a program that was started anew is not ended for the one before it.

    The file that names it could not be replaced, so that the new one was taken for the dead one, and ended, again and again, until
    the board was rebooted.
    """
    path, service = served()
    board = Feeddog({"defaults": DEFAULTS, "services": {"web": service}, "ladder": dict(SHORT, restart_for="60s")})
    small = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=512k none "$0" && exec "$@"', board.run_dir]
    if subprocess.run([*small, "true"], check=False, capture_output=True, timeout=PATIENCE_S).returncode != 0:
        raise Skip("needs root, to mount a small RUN")
    board.start(before=small)
    board.wait_event("state", state="well")
    mark = board.mark()
    with open(f"/proc/{board.process.pid}/root{board.run_dir}/fill", "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC, error
    os.kill(pids(path)[0], signal.SIGKILL)
    wait_for(lambda: len(pids(path)) == 2, "the second")
    board.wait_event("state", mark, state="well")
    # Longer than the start period, after which it was ended.
    time.sleep(2)
    assert len(pids(path)) == 2 and is_alive(pids(path)[1]), pids(path)
    assert board.stop() == 0


def test_daemon_backs_off():
    """P1, P5: a program that crashes at each start is started ever more seldom, is told to be down once, and never to be up. The
    checker called it good each time, so that no start period put off the next: it was up, an alert said so, and it was fed for."""
    hook = Hook()
    for text, defaults in (("exit 1", DEFAULTS), ("sleep 0.3; exit 1", {**DEFAULTS, "interval": "1s", "start_period": "30s"})):
        board, path = running_board(f"echo $$ >>$D/pids; {text}", defaults, [{"url": hook.url, "on": ["down", "recovered"]}])
        wait_for(lambda: len(pids(path)) == 5, "five tries")
        assert not board.find("service-up") and not board.find("check-passed"), "it was never up"
        assert [event["state"] for event in board.events if event["event"] == "state"] == ["recovering"]
        assert sum(event["event"] == "service-down" for event in board.events) == 1
        board.stop()
        # When it was decided; word of it may come late.
        starts = [said["at_s"] for said in board.history() if said["event"] in ("start", "restart")][:5]
        gaps = [round(b - a, 3) for a, b in zip(starts, starts[1:])]
        assert gaps[0] < 5 and gaps[1] >= 1 and gaps[2] >= 2 and gaps[3] >= 4, gaps
    assert len(hook.wait(2)) == 2 and all(" is down: " in said for said in hook.wait(2)), hook.wait(2)


def test_daemon_takes_its_programs_over():
    """P3: programs outlive a feeddogd that is killed; the next one takes them over without starting them anew."""
    board, path = running_board()
    board.wait_well()
    board.reset()
    pid = pids(path)[0]
    assert is_alive(pid)
    board.start()
    board.wait_well()
    time.sleep(0.5)
    assert pids(path) == [pid] and board.status()["services"]["web"]["pid"] == pid
    board.stop()
    wait_for(lambda: not is_alive(pid), "its end")


def actors_of(board):
    """The actors that work in this RUN."""
    def words(pid):
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
                return file.read().split("\0")
        except OSError:
            return []
    return [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and is_alive(int(pid)) and board.run_dir in words(pid)
            and words(pid)[0].endswith("feeddog-actor")]


def left_behind():
    """A board whose feeddogd was killed, and whose actor is stopped before an order to start its program anew."""
    board, path = running_board()
    board.wait_well()
    actor = board.helper_pid("actor")
    kill(actor, signal.SIGSTOP)
    kill(pids(path)[0])
    board.wait_event("restart")
    board.process.kill()
    board.process.wait()
    return board, path, actor


def is_one_of_each(board, path):
    """One actor, one program, and a ledger that two have not written."""
    before = read_ledger(os.path.join(board.state_dir, "ledger"))
    board.wait_well()
    wait_for(lambda: sum(map(is_alive, pids(path))) == 1, "one program")
    for _ in range(20):
        assert sum(map(is_alive, pids(path))) == 1 and len(actors_of(board)) <= 1, (pids(path), actors_of(board))
        time.sleep(0.05)
    assert actors_of(board) == [board.helper_pid("actor")]
    alive, = filter(is_alive, pids(path))
    wait_for(lambda: board.status()["services"]["web"]["pid"] == alive, "its pid in status.json")
    sequence, unsettled, phase = read_ledger(os.path.join(board.state_dir, "ledger"))
    assert sequence > before[0] and unsettled == 0 and phase == "running", (before, sequence, unsettled, phase)
    board.stop()
    assert not any(map(is_alive, pids(path)))


def test_late_actor_is_waited_for():
    """P5: an actor that still has something to do when the next feeddogd comes does it, and only then there is the next."""
    board, path, actor = left_behind()
    board.start()
    # Time enough for the next one to start a program beside it, were it not waiting.
    until = time.monotonic() + 1
    while len(pids(path)) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    kill(actor, signal.SIGCONT)
    is_one_of_each(board, path)


def test_stuck_actor_is_ended():
    """P5: an actor that does not end when the next feeddogd comes is killed, and what it had begun is gone on with."""
    board, path, actor = left_behind()
    board.start()
    wait_for(lambda: not is_alive(actor), "its end")
    is_one_of_each(board, path)


HOLDER = """
import fcntl, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: None)
file = open(sys.argv[1], "w")
fcntl.lockf(file, fcntl.LOCK_EX)
print("mine", flush=True)
while True:
    time.sleep(1)
"""


def test_lock_is_taken_before_all_else():
    """P5: nothing is read or written before the last actor is gone, who is asked to end, and killed where it does not."""
    path, service = served()
    run_dir = folder("run")
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, os.path.join(run_dir, "actor.lock")], stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"mine\n"
    with Actor({"web": service}, run_dir=run_dir) as actor:
        while holder.poll() is None:
            assert os.listdir(run_dir) == ["actor.lock"] and actor.ledger()[0] == 0
            time.sleep(0.01)
        assert holder.returncode == -signal.SIGKILL
        actor.send("start", "web")
        started(actor, path)
        actor.send("disarmed", value=1)


def test_daemon_leaves_what_ended_well():
    """P5: with `respawn: on-failure` a program that ends with 0 is left alone, and the board is well."""
    board, path = running_board("echo $$ >>$D/pids; sleep 0.5; exit 0", respawn="on-failure")
    board.wait_well()
    mark = board.mark()
    board.wait_event("exited", cause="exit-code", detail="0")
    time.sleep(1)
    assert len(pids(path)) == 1 and board.find("restart", mark) is None
    board.wait_state("well")
    board.stop()
