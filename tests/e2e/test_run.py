# SPDX-License-Identifier: MIT
"""What `run:` starts is supervised: by the actor alone, with a test in the feeder's place."""

import os
import signal
import socket
import time

from actor_scene import Actor, content
from feeddog import NOBODY, PATIENCE_S, Skip, folder, is_alive, wait_for
from run_scene import SERVER, has_pid_file, pid_file, pids, served, started


def start_ticks(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return int(file.read().rsplit(")", 1)[1].split()[19])


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


def test_background_is_reported():
    """P5: the end of a program that goes into the background tells why, and what to do; any other end does not"""
    services = {"daemon": {"run": ["/bin/sh", "-c", "sleep 5 & exit 0"]}, "broken": {"run": ["/bin/sh", "-c", "exit 1"]}}
    with Actor(services) as actor:
        for name in services:
            actor.send("start", name)
        assert "foreground" in actor.wait_event("exited", service="daemon")["reason"]
        assert "reason" not in actor.wait_event("exited", service="broken")
        assert "foreground" in actor.wait_history("exited", service="daemon")["reason"]


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


def test_no_link_is_followed():
    """P18: a link in the checker's folder does not have root say anything to another socket"""
    run_dir = folder("run")
    service = {"restart": "true", "checks": [{"heartbeat": {"within": "30s"}}]}
    with listen_for_pats(run_dir, "elsewhere") as listener, Actor({"web": service}, run_dir=run_dir) as actor:
        os.symlink("elsewhere", os.path.join(run_dir, "heartbeat", "web"))
        actor.send("restart", "web")
        actor.wait_event("restart-done")
        listener.setblocking(False)
        try:
            raise AssertionError(listener.recv(100))
        except BlockingIOError:
            pass


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
