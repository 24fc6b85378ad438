# SPDX-License-Identifier: MIT
"""Programs that feeddog runs itself (`run:`), as the actor supervises them."""

import errno
import os
import signal
import socket
import subprocess
import sys
import time

from actor_scene import Actor, content, read_ledger, script
from hook import Hook
from feeddog import NOBODY, PATIENCE_S, SHORT, Feeddog, Skip, folder, is_alive, kill, wait_for

SERVER = "trap 'echo asked >>$D/asked; exit 7' TERM; echo up; echo $$ >>$D/pids; while :; do sleep 0.01; done"


def served(text=SERVER, **more):
    """A service that runs a script, and the folder that it writes to."""
    path, command = script(text)
    return path, {"run": command, **more}


def pids(path):
    return [int(line) for line in content(path, "pids").split()]


def pid_file(actor, name="web"):
    with open(os.path.join(actor.run_dir, "run", name + ".pid"), encoding="ascii") as file:
        return file.read()


def has_pid_file(actor, name="web"):
    return os.path.exists(os.path.join(actor.run_dir, "run", name + ".pid"))


def start_ticks(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return int(file.read().rsplit(")", 1)[1].split()[19])


def started(actor, path, count=1):
    """The pid of the count-th program that was started. It may be quicker than the actor, which then writes down that it runs."""
    actor.wait_event("restart-done")
    pid = wait_for(lambda: len(pids(path)) >= count and pids(path)[count - 1], f"program {count}")
    wait_for(lambda: is_alive(pid) is False or has_pid_file(actor) and pid_file(actor).startswith(f"{pid}\n"), "its pid file")
    return pid


def test_run_is_started_and_named():
    """P5: a start order spawns the program in a group of its own, with /dev/null to read from, and RUN/run names it."""
    path, service = served("ps -o pgid= $$ >$D/group; readlink /proc/self/fd/0 >$D/input; " + SERVER)
    with Actor({"web": service}) as actor:
        actor.send("start", "web")
        pid = started(actor, path)
        assert pid_file(actor) == f"{pid}\n{start_ticks(pid)}\n"
        assert content(path, "group").strip() == str(pid) and content(path, "input") == "/dev/null\n"
        actor.wait_event("output", text="up", service="web")
        # It runs already: nothing is started beside it.
        actor.send("start", "web")
        actor.wait_event("restart-done", 2)
        assert pids(path) == [pid]
        actor.send("disarmed", value=1)


def test_crash_is_told_at_once():
    """P5: how a program ended is in the log at once, and a restart order starts another within milliseconds."""
    path, service = served()
    with Actor({"web": service}) as actor:
        actor.send("start", "web")
        for count, (number, cause) in enumerate([(signal.SIGKILL, "signal"), (signal.SIGTERM, "exit-code")], 1):
            pid = started(actor, path, count)
            begun = time.monotonic()
            os.kill(pid, number)
            said = actor.wait_event("exited", count)
            assert (said["cause"], said["detail"]) == (cause, "9" if cause == "signal" else "7"), said
            assert said["at"] - begun < 5 and said["ordered"] == "0"
            assert pid_file(actor).startswith(f"{pid}\n")
            begun = time.monotonic()
            actor.send("restart", "web", state="recovering")
            took = actor.wait_event("restart-done", count + 1)["at"] - begun
            assert took < 5, took
        line = actor.wait_history("exited", cause="exit-code")
        assert (line["detail"], line["service"], line["ordered"]) == (7, "web", 0)
        actor.send("disarmed", value=1)


def test_exit_code_of_what_cannot_be_run():
    """P5: a program that is not there ends with 127, and its error is in the log."""
    with Actor({"web": {"run": ["/no/such/program"]}}) as actor:
        actor.send("start", "web")
        assert actor.wait_event("exited")["detail"] == "127"
        assert "/no/such/program" in actor.find("output")[0]["text"]


def test_restart_stops_the_old_one_first():
    """P5: a restart asks the running one to end, and starts the next only when its whole group is gone."""
    path, service = served("sleep 1000 & trap 'echo asked >>$D/asked; exit 0' TERM; echo $$ >>$D/pids; while :; do sleep 0.01; done")
    with Actor({"web": service}) as actor:
        actor.send("start", "web")
        first = started(actor, path)
        actor.send("restart", "web")
        second = started(actor, path, 2)
        assert not is_alive(first) and second != first and content(path, "asked") == "asked\n"
        assert actor.find("exited")[0]["ordered"] == "1"
        actor.send("disarmed", value=1)


def test_deaf_program_is_killed():
    """P5: what does not listen to TERM is killed with its group after restart_timeout, and then replaced."""
    path, service = served("trap '' TERM; (trap '' TERM; echo $BASHPID >$D/child; exec sleep 1000) & echo $$ >>$D/pids; "
                           "while :; do sleep 0.05; done", restart_timeout="400ms")
    with Actor({"web": service}) as actor:
        actor.send("start", "web")
        first = started(actor, path)
        child = int(content(path, "child"))
        begun = time.monotonic()
        actor.send("restart", "web")
        done = actor.wait_event("restart-done", 2)
        assert 0.4 <= done["at"] - begun < 10
        assert int(done["took_ms"]) >= 400
        assert not is_alive(first) and not is_alive(child)
        assert actor.find("exited")[0]["detail"] == "9"
        actor.send("disarmed", value=1)


def test_what_a_crash_leaves_behind_is_killed():
    """P5: children of a crashed program do not keep its port: its group ends with it."""
    path, service = served("(exec sleep 1000) & echo $! >$D/child; echo $$ >>$D/pids; while :; do sleep 0.01; done")
    with Actor({"web": service}) as actor:
        actor.send("start", "web")
        pid = started(actor, path)
        child = int(content(path, "child"))
        os.kill(pid, signal.SIGKILL)
        actor.wait_event("exited")
        wait_for(lambda: not is_alive(child), "the end of its child")


def test_respawn_on_failure():
    """P5: with `respawn: on-failure` an exit code of 0 is the end, and a restart for its sake is refused, with the reason."""
    path, service = served("echo $$ >>$D/pids; sleep 0.2; exit 0", respawn="on-failure")
    with Actor({"web": service}) as actor:
        actor.send("start", "web")
        actor.wait_event("exited", cause="exit-code", detail="0")
        wait_for(lambda: pid_file(actor) == "done 0\n", "done")
        actor.send("restart", "web", check=True, cause="exited")
        assert "respawned on failure only" in actor.wait_event("restart-failed")["reason"]
        assert len(pids(path)) == 1
        actor.respawn(signal.SIGKILL)
        actor.send("restart", "web", check=True, cause="exited")
        actor.wait_event("restart-failed", 2)
        # For another reason it is started again.
        actor.send("start", "web")
        actor.wait_event("exited", 2)
        assert len(pids(path)) == 2


def test_respawn_on_failure_of_a_failure():
    """P5: with `respawn: on-failure` any other end is followed by the restart that the core orders."""
    path, service = served("echo $$ >>$D/pids; exit 3", respawn="on-failure")
    with Actor({"web": service}) as actor:
        actor.send("start", "web")
        actor.wait_event("exited", cause="exit-code", detail="3")
        actor.send("restart", "web", check=True, cause="exited")
        actor.wait_event("exited", 2)
        assert len(pids(path)) == 2 and not actor.find("restart-failed")


def test_output_is_bounded():
    """P5: a program that floods its output hinders neither the actor nor itself."""
    with Actor({"web": {"run": "exec yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}) as actor:
        actor.send("start", "web")
        actor.wait_event("output")
        begun = time.monotonic()
        time.sleep(1)
        actor.send("start", "web")
        actor.wait_event("restart-done", 2)
        spent = time.monotonic() - begun
        assert len(actor.find("output")) < 20 + 20 * 2 * spent + 10
        actor.send("disarmed", value=1)
        assert actor.leave() == 0


def test_program_outlives_the_actor():
    """P3: an actor that is killed takes no program with it: the next one knows it, hears it, sees its end, restarts it."""
    path, service = served("echo $$ >>$D/pids; while :; do echo tick || exit; echo x >>$D/ticks; sleep 0.02; done")
    with Actor({"web": service}) as actor:
        actor.send("start", "web")
        first = started(actor, path)
        actor.die_and_follow(path)
        actor.send("start", "web")
        actor.wait_event("restart-done")
        assert pids(path) == [first] and is_alive(first)
        begun = time.monotonic()
        os.kill(first, signal.SIGKILL)
        said = actor.wait_event("exited", cause="unknown")
        assert said["at"] - begun < 5
        actor.send("restart", "web")
        second = started(actor, path, 2)
        # And one that it has taken over, it can stop.
        actor.respawn(signal.SIGKILL)
        actor.send("restart", "web")
        wait_for(lambda: not is_alive(second), "the end of the second")
        third = started(actor, path, 3)
        assert third != second
        actor.send("disarmed", value=1)
        wait_for(lambda: not is_alive(third), "the end of the third")


def test_end_without_an_actor_is_told():
    """P5: a program that ended while there was no actor is told of once, as an end whose way is not known."""
    path, service = served()
    with Actor({"web": service}) as actor:
        actor.send("start", "web")
        pid = started(actor, path)
        actor.process.kill()
        actor.process.wait()
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not is_alive(pid), "its end")
        actor.events = []
        actor.start()
        actor.wait_event("exited", cause="unknown")
        actor.respawn(signal.SIGKILL)
        actor.send("restart", "web")
        started(actor, path, 2)
        assert len(actor.find("exited")) == 1
        actor.send("disarmed", value=1)


def test_half_done_restart_is_finished():
    """P5: a restart whose actor died between stop and start is finished by the next."""
    path, service = served("trap '' TERM; echo $$ >>$D/pids; while :; do sleep 0.02; done", restart_timeout="1s")
    with Actor({"web": service}) as actor:
        actor.send("start", "web")
        first = started(actor, path)
        actor.send("restart", "web")
        wait_for(lambda: pid_file(actor).startswith("stopping "), "the stop")
        actor.respawn(signal.SIGKILL)
        wait_for(lambda: len(pids(path)) == 2, "the second")
        assert not is_alive(first)
        actor.send("disarmed", value=1)


def test_feeder_that_went_without_a_word():
    """P3: where the feeder is gone without a word, programs live on, and the next actor takes them over."""
    path, service = served()
    actor = Actor({"web": service})
    actor.send("start", "web")
    pid = started(actor, path)
    assert actor.leave() == 0
    time.sleep(0.2)
    assert is_alive(pid)
    with Actor({"web": service}, run_dir=actor.run_dir, state_dir=actor.state_dir) as after:
        after.send("start", "web")
        after.wait_event("restart-done")
        assert pids(path) == [pid]
        after.send("disarmed", value=1)
    assert not is_alive(pid)


def test_stop_is_in_order():
    """P13: a stop in order ends dependants before what they need, and the actor stays until all are gone."""
    path = folder("order")
    os.chmod(path, 0o777)

    def member(name, needs):
        text = f"trap 'sleep 0.3; echo {name} >>{path}/ends; exit 0' TERM; echo $$ >>{path}/pids; while :; do sleep 0.02; done"
        return {"run": ["/bin/bash", "-c", text], "needs": needs}
    services = {"database": member("database", []), "web": member("web", ["middle"]),
                "middle": {"needs": ["database"]}, "other": member("other", [])}
    actor = Actor(services)
    for name in ("database", "web", "other"):
        actor.send("start", name)
    wait_for(lambda: len(pids(path)) == 3, "three programs")
    begun = time.monotonic()
    actor.send("disarmed", value=1)
    assert actor.leave() == 0
    ends = content(path, "ends").split()
    assert ends.index("web") < ends.index("database") and len(ends) == 3, ends
    # What does not depend on one another is stopped together.
    assert time.monotonic() - begun < 10
    assert not any(is_alive(pid) for pid in pids(path))
    assert not any(has_pid_file(actor, name) for name in services)
    assert [line["ordered"] for line in actor.find("exited")] == ["1"] * 3


def test_stop_refuses_orders():
    """P5: what is being stopped is not started again."""
    path, service = served("trap 'sleep 0.5; exit 0' TERM; echo $$ >>$D/pids; while :; do sleep 0.02; done")
    with Actor({"web": service}) as actor:
        actor.send("start", "web")
        started(actor, path)
        actor.send("disarmed", value=1)
        actor.send("restart", "web")
        assert actor.wait_event("restart-failed")["reason"] == "feeddogd is being stopped"
    assert len(pids(path)) == 1


def test_heartbeat_environment():
    """P5: a program with a heartbeat check is told where to pat and how often, in systemd's words; another is not."""
    heard = "env >$D/env; echo $$ >>$D/pids; sleep 1000"
    path, service = served(heard, checks=[{"heartbeat": {"within": "1500ms"}}])
    quiet_path, quiet = served(heard)
    with Actor({"web": service, "quiet": quiet}) as actor:
        actor.send("start", "web")
        actor.send("start", "quiet")
        env = dict(line.split("=", 1) for line in content(path, "env").splitlines() if "=" in line)
        assert env["NOTIFY_SOCKET"] == os.path.join(actor.run_dir, "heartbeat", "web") and env["WATCHDOG_USEC"] == "1500000"
        assert env["PATH"] == os.environ["PATH"]
        names = [line.split("=")[0] for line in content(quiet_path, "env").splitlines()]
        assert "NOTIFY_SOCKET" not in names and "WATCHDOG_USEC" not in names
        actor.send("disarmed", value=1)


def listen_for_pats(run_dir, name="web"):
    """The checker's end of a service's heartbeat."""
    os.mkdir(os.path.join(run_dir, "heartbeat"))
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(os.path.join(run_dir, "heartbeat", name))
    listener.settimeout(PATIENCE_S)
    return listener


def test_old_pats_prove_nothing():
    """P1: where a service is started anew the checker is told so before the first pat of the new one can come."""
    pat = "python3 -c 'import os, socket; " \
          "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b\"WATCHDOG=1\", os.environ[\"NOTIFY_SOCKET\"])'; "
    path, service = served(pat + SERVER, checks=[{"heartbeat": {"within": "30s"}}])
    run_dir = folder("run")
    with listen_for_pats(run_dir) as listener, Actor({"web": service}, run_dir=run_dir) as actor:
        actor.send("start", "web")
        for _ in range(2):
            assert listener.recv(100) == b"STOPPING=1" and listener.recv(100) == b"WATCHDOG=1"
            started(actor, path)
            actor.send("restart", "web")
        actor.send("disarmed", value=1)


def test_old_pats_prove_nothing_after_a_command():
    """P1: so it is where a command restarts the service."""
    run_dir = folder("run")
    service = {"restart": "true", "checks": [{"heartbeat": {"within": "30s"}}]}
    with listen_for_pats(run_dir) as listener, Actor({"web": service}, run_dir=run_dir) as actor:
        actor.send("restart", "web")
        assert listener.recv(100) == b"STOPPING=1"


def test_runs_as_its_user():
    """P11: a program runs as its service's user."""
    if os.geteuid() != 0:
        raise Skip("only root can become somebody else")
    path, service = served("id -u >$D/user; echo $HOME >$D/home; echo by name >/dev/stderr; sleep 1000", user="nobody")
    with Actor({"web": service}) as actor:
        actor.send("start", "web")
        assert content(path, "user") == f"{NOBODY}\n"
        actor.wait_event("output", text="by name")
        actor.send("disarmed", value=1)


def test_number_that_was_used_again():
    """P3: a pid file whose number now belongs to somebody else is not believed: nobody else is adopted, or stopped."""
    path, service = served()
    run_dir = folder("run")
    os.mkdir(os.path.join(run_dir, "run"))
    with open(os.path.join(run_dir, "run", "web.pid"), "w", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n{start_ticks(os.getpid()) - 1}\n")
    with Actor({"web": service}, run_dir=run_dir) as actor:
        actor.wait_event("exited", cause="unknown")
        actor.send("restart", "web")
        started(actor, path)
        actor.send("disarmed", value=1)


# --- the whole daemon ---


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
    wait_for(lambda: board.status()["services"]["web"]["last_exit"], "the last exit in the status")
    web = board.status()["services"]["web"]
    assert (web["last_exit"]["cause"], web["last_exit"]["detail"], web["last_exit"]["ordered"]) == ("signal", 11, False), web
    assert web["pid"] == pids(path)[1]
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

        def told():
            return [event["at"] for event in list(board.events) if event["event"] in ("start", "restart")][:5]
        # The program may be quicker than the word of it.
        starts = wait_for(lambda: len(told()) == 5 and told(), "the word of five")
        gaps = [b - a for a, b in zip(starts, starts[1:])]
        assert gaps[0] < 5 and gaps[1] > 0.9 and gaps[2] > 1.8 and gaps[3] > 3.6, gaps
        assert not board.find("service-up") and not board.find("check-passed"), "it was never up"
        assert [event["state"] for event in board.events if event["event"] == "state"] == ["recovering"]
        assert sum(event["event"] == "service-down" for event in board.events) == 1
        board.stop()
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
    assert board.status()["services"]["web"]["pid"] == next(pid for pid in pids(path) if is_alive(pid))
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
    assert len(pids(path)) == 1 and board.find("restart", mark) is None and board.state() == "well"
    board.stop()
