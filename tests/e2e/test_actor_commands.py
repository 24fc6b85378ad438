# SPDX-License-Identifier: MIT
"""The actor by itself: orders and their output, with a test in the feeder's place."""

import os
import pwd
import signal
import time

from actor_scene import Actor, BOOT_ID, content, script, web
from feeddog import NOBODY, Skip, folder, is_alive, wait_for


def test_restart_is_carried_out():
    """P5: a restart order runs the command, says what it printed, how it ended and how long it took."""
    _, command = script("echo one; echo 'two \"2\"' >&2; printf three")
    with Actor(web(command)) as actor:
        actor.send("restart", "web", value=1, state="recovering")
        done = actor.wait_event("restart-done", service="web")
        assert int(done["took_ms"]) < 10000, done
        assert [line["text"] for line in actor.find("output", service="web")] == ["one", 'two "2"', "three"]
        ordered = actor.wait_history("restart")
        assert (ordered["service"], ordered["attempt"], ordered["boot"], ordered["state"]) == \
            ("web", 1, BOOT_ID, "recovering")
        assert abs(ordered["wall"] - time.time()) < 60 and abs(ordered["at_s"] - time.monotonic()) < 60
        assert actor.wait_history("restart-done", service="web")["took_s"] < 10


def test_command_has_a_clean_world():
    """P5: a command gets /dev/null to read from, no descriptor of ours, no blocked signal, and a group and session of its own."""
    folder_of, command = script(
        "ls -l /proc/self/fd >$D/fds; grep Sig /proc/self/status >$D/signals; ps -o pgid= $$ >$D/group; echo $$ >>$D/group;"
        "ps -o sid=,tty= $$ >$D/session;"
        "pwd >$D/directory; env >$D/env; echo done >$D/done")
    env = {"NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": "1", "KEPT": "yes"}
    with Actor(web(command), env=env) as actor:
        actor.send("restart", "web")
        content(folder_of, "done")
        fds = [line.split(None, 8)[8] for line in content(folder_of, "fds").splitlines()[1:]]
        numbers = {line.split(" -> ")[0]: line.split(" -> ")[1] for line in fds}
        assert numbers["0"] == "/dev/null", numbers
        assert all(not target.startswith(("/memfd", "socket:")) for target in numbers.values()), numbers
        signals = dict(line.split(":\t") for line in content(folder_of, "signals").splitlines())
        # The C library's own two are out of reach; whoever was started by its posix_spawn, as by make, has them ignored.
        assert int(signals["SigBlk"], 16) == 0 and int(signals["SigIgn"], 16) & ~(3 << 31) == 0, signals
        group, pid = content(folder_of, "group").split()
        assert group == pid and content(folder_of, "session").split() == [pid, "?"]
        assert content(folder_of, "directory") == "/\n"
        names = [line.split("=")[0] for line in content(folder_of, "env").splitlines()]
        assert "KEPT" in names and "NOTIFY_SOCKET" not in names and "WATCHDOG_USEC" not in names


def test_text_is_run_by_the_shell():
    """A command that is a string is run by /bin/sh; one that is a list, directly, each word as it is."""
    path = folder("words")
    services = {
        "shell": {"restart": f"echo \"$0\" >{path}/shell && printf '%s\\n' done >>{path}/shell"},
        "direct": {"restart": ["/usr/bin/printf", "%s|%s|\n", "a  b", "$HOME;*"]},
    }
    with Actor(services) as actor:
        actor.send("restart", "shell")
        actor.send("restart", "direct")
        actor.wait_event("restart-done", service="shell")
        actor.wait_event("restart-done", service="direct")
        assert content(path, "shell").splitlines()[-1] == "done"
        assert actor.find("output", service="direct")[0]["text"] == "a  b|$HOME;*|"


def test_failures_are_told_apart():
    """P5: an exit code, a signal, and a program that is not there are each said for what they are."""
    services = {
        "code": {"restart": "exit 3"},
        "signal": {"restart": "kill -9 $$"},
        "absent": {"restart": ["/no/such/program"]},
        "nothing": {},
    }
    with Actor(services) as actor:
        for name in services:
            actor.send("restart", name)
        said = {name: actor.wait_event("restart-failed", service=name) for name in services}
        assert (said["code"]["cause"], said["code"]["detail"]) == ("exit-code", "3")
        assert (said["signal"]["cause"], said["signal"]["detail"]) == ("signal", "9")
        assert (said["absent"]["cause"], said["absent"]["detail"]) == ("exit-code", "127")
        assert "/no/such/program" in actor.find("output", service="absent")[0]["text"]
        assert said["nothing"]["reason"] == "no command is configured for it"
        line = actor.wait_history("restart-failed", service="code")
        assert (line["cause"], line["detail"]) == ("exit-code", 3)
        assert actor.wait_history("restart-failed", service="nothing")["reason"] == "no command is configured for it"


def test_start_runs_the_start_command():
    """A start order runs `start`, and says so."""
    services = {"web": {"start": "echo started", "restart": "echo restarted"}}
    with Actor(services) as actor:
        actor.send("start", "web")
        assert actor.wait_event("restart-done")["command"] == "start"
        assert [line["text"] for line in actor.find("output")] == ["started"]


def test_deadline_kills_the_whole_group():
    """P5: at its deadline a command is killed with its whole process group, whatever it does about SIGTERM."""
    path, command = script(
        "trap '' TERM; (trap '' TERM; echo $BASHPID >$D/child; sleep 1000; sleep 1000) & echo $$ >$D/parent; wait; sleep 1000")
    with Actor(web(command, restart_timeout="400ms")) as actor:
        begun = time.monotonic()
        actor.send("restart", "web")
        pids = [int(content(path, name)) for name in ("parent", "child")]
        failed = actor.wait_event("restart-failed", service="web", cause="timeout")
        took = failed["at"] - begun
        # 400 ms and a quarter of them as grace; the rest is the machine's.
        assert 0.5 <= took < 5, took
        wait_for(lambda: not any(is_alive(pid) for pid in pids), "the end of the group")
        assert actor.wait_history("restart-failed")["cause"] == "timeout"
        actor.send("restart", "web")
        actor.wait_event("restart-failed", 2, service="web", cause="timeout")


def test_term_comes_first_at_the_deadline():
    """P5: at its deadline a command is asked to end before it is made to, even where it is stopped."""
    path, command = script("trap 'echo asked >$D/asked; exit 0' TERM; kill -STOP $$; while :; do sleep 0.01; done")
    with Actor(web(command, restart_timeout="4s")) as actor:
        actor.send("restart", "web")
        actor.wait_event("restart-failed", cause="timeout")
        assert content(path, "asked") == "asked\n"


def test_daemons_left_behind_live():
    """P5: a start script's daemon lives on in the command's group, and does not keep the command from being done."""
    path, command = script("(while :; do echo alive; sleep 0.05; done) & echo $! >$D/daemon; exit 0")
    with Actor(web(command, restart_timeout="300ms")) as actor:
        actor.send("restart", "web")
        actor.wait_event("restart-done")
        daemon = int(content(path, "daemon"))
        said = len(actor.find("output"))
        wait_for(lambda: len(actor.find("output")) > said, "more output of the daemon")
        time.sleep(0.5)
        assert is_alive(daemon)
        # The next command is not refused for its sake.
        actor.send("restart", "web")
        actor.wait_event("restart-done", 2)
        assert is_alive(daemon)
        os.kill(daemon, signal.SIGKILL)


def test_daemon_outlives_the_actor():
    """P5: a daemon that writes to its standard output survives the actor's death, and the next actor hears it."""
    path, command = script(
        "(while :; do echo tick || exit; echo x >>$D/ticks; sleep 0.02; done) & echo $! >$D/daemon")
    with Actor(web(command)) as actor:
        actor.send("restart", "web")
        actor.wait_event("restart-done")
        daemon = int(content(path, "daemon"))
        actor.die_and_follow(path)
        actor.send("restart", "web")
        actor.wait_event("restart-done")
        assert is_alive(daemon)
        os.kill(daemon, signal.SIGKILL)


def is_open(pid, path):
    """Whether a process has it open, under its name or after that is gone."""
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            if os.readlink(f"/proc/{pid}/fd/{fd}").removesuffix(" (deleted)") == path:
                return True
        except FileNotFoundError:  # closed meanwhile
            pass
    return False


def test_output_ends_with_its_last_writer():
    """When nobody writes any more the pipe is closed and removed, so nothing gathers."""
    path, command = script("sleep 1000 & echo $! >$D/daemon")
    with Actor(web(command)) as actor:
        actor.send("restart", "web")
        actor.wait_event("restart-done")
        pipe = os.path.join(actor.run_dir, "output", "web")
        assert os.path.exists(pipe)
        assert is_open(actor.process.pid, pipe)
        os.kill(int(content(path, "daemon")), signal.SIGKILL)
        wait_for(lambda: not os.path.exists(pipe), "the end of the pipe")
        wait_for(lambda: not is_open(actor.process.pid, pipe), "its descriptor's end")


def test_one_command_at_a_time():
    """P5: an order for a service whose command still runs is refused, with the reason."""
    path, command = script("echo x >>$D/runs; while [ ! -e $D/end ]; do sleep 0.01; done")
    services = {**web(command), "other": {"restart": "true"}}
    with Actor(services) as actor:
        actor.send("restart", "web")
        content(path, "runs")
        actor.send("restart", "web")
        assert actor.wait_event("restart-failed", service="web")["reason"] == "still running"
        actor.send("restart", "other")
        actor.wait_event("restart-done", service="other")
        with open(os.path.join(path, "end"), "w", encoding="ascii"):
            pass
        actor.wait_event("restart-done", service="web")
        assert content(path, "runs") == "x\n"
        actor.send("restart", "web")
        actor.wait_event("restart-done", 2, service="web")


def test_flood_of_output_is_bounded():
    """P5: a command that never stops printing neither blocks nor grows the actor, fills no log, and meets its deadline."""
    services = {**web("exec yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", restart_timeout="2s"), "other": {"restart": "true"}}
    with Actor(services) as actor:
        actor.send("restart", "web")
        actor.wait_event("output", service="web")

        def memory_kb():
            with open(f"/proc/{actor.process.pid}/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * 4
        begun = memory_kb()
        actor.send("restart", "other")
        answered = actor.wait_event("restart-done", service="other")
        failed = actor.wait_event("restart-failed", service="web", cause="timeout")
        assert answered["at"] < failed["at"]
        assert memory_kb() - begun < 512
        lines = actor.find("output", service="web")
        assert len(lines) < 20 + 20 * 2 * 4, len(lines)
        assert sum(int(line.get("suppressed", 0)) for line in lines) > 1000


def test_silence_after_a_flood():
    """P18: the number of lines left out is logged one second after a command falls silent, although it goes on running."""
    with Actor(web("seq 1000; exec sleep 1000", restart_timeout="60s")) as actor:
        actor.send("restart", "web")
        wait_for(lambda: sum(int(line.get("suppressed", 0)) for line in actor.find("output", service="web")) == 1000 - 20, "the number")


def test_long_and_binary_lines():
    """Output is cut at 400 bytes a line, and bytes that are no text are escaped."""
    _, command = script("printf 'b%.0s' {1..5000}; echo; printf 'a\\000\\033[31m\\tz\\r\\n\\n\\n'; echo last")
    with Actor(web(command)) as actor:
        actor.send("restart", "web")
        actor.wait_event("restart-done")
        lines = [line["text"] for line in actor.find("output")]
        assert lines[0] == "b" * 400 + "..." and lines[-1] == "last" and len(lines) == 3, lines
        assert "\x1b" not in lines[1] and lines[1].startswith("a") and lines[1].endswith("z"), lines


def test_command_runs_as_the_services_user():
    """P11: a service's commands run as its user, with that user's home, and may open their own /dev/stdout."""
    if os.geteuid() != 0:
        raise Skip("only root can become somebody else")
    path, command = script("id -u >$D/user; id -g >$D/group; id -G >$D/groups; echo $HOME $USER $LOGNAME >$D/names; "
                           "echo by name >/dev/stdout; cat /proc/self/oom_score_adj >$D/oom")
    nobody = pwd.getpwuid(NOBODY)
    with Actor(web(command, user=nobody.pw_name)) as actor:
        actor.send("restart", "web")
        actor.wait_event("restart-done")
        assert content(path, "user") == f"{NOBODY}\n" and content(path, "group") == f"{nobody.pw_gid}\n"
        assert "0" not in content(path, "groups").split()
        assert content(path, "names") == f"{nobody.pw_dir} {nobody.pw_name} {nobody.pw_name}\n"
        assert actor.find("output", text="by name")
        assert content(path, "oom") == "0\n"


def test_unprivileged_actor_runs_commands_as_itself():
    """Without root the actor works too, and runs every command as itself."""
    if os.geteuid() != 0:
        raise Skip("every other test shows it here")
    path, command = script("id -u >$D/user")
    directories = [folder("run"), folder("state")]
    for directory in directories:
        os.chown(directory, NOBODY, NOBODY)
    before = ["/usr/bin/setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    with Actor(web(command, user="daemon"), run_dir=directories[0], state_dir=directories[1], before=before) as actor:
        assert actor.news()[1:] == (0, 1)
        actor.send("restart", "web")
        actor.wait_event("restart-done")
        assert content(path, "user") == f"{NOBODY}\n"


def test_next_actor_keeps_the_deadline():
    """P5: the deadline of a command holds though the actor is replaced meanwhile, and no second one is started beside it."""
    path, command = script("trap '' TERM; echo $$ >$D/pid; echo x >>$D/runs; while :; do sleep 0.1; done")
    with Actor(web(command, restart_timeout="2s")) as actor:
        begun = time.monotonic()
        actor.send("restart", "web")
        pid = int(content(path, "pid"))
        wait_for(lambda: actor.notes() == ["web"], "the note of the command")
        actor.respawn(signal.SIGKILL)
        actor.send("restart", "web")
        assert actor.wait_event("restart-failed", service="web")["reason"] == "still running"
        failed = actor.wait_event("restart-failed", service="web", cause="timeout")
        assert 2.4 < failed["at"] - begun < 12
        wait_for(lambda: not is_alive(pid), "the end of the command")
        actor.send("restart", "web")
        wait_for(lambda: content(path, "runs") == "x\nx\n", "another run")
        os.kill(int(content(path, "pid")), signal.SIGKILL)


def test_next_actor_sees_the_end():
    """P5: a command that ends after its actor is the next one's to note; what ended before is forgotten."""
    path, command = script("while [ ! -e $D/end ]; do sleep 0.01; done; echo last words")
    end = os.path.join(path, "end")
    with Actor(web(command)) as actor:
        actor.news()
        for ends_before_the_next in (False, True):
            actor.events = []
            actor.send("restart", "web")
            wait_for(lambda: actor.notes() == ["web"], "the note of the command")
            actor.process.kill()
            actor.process.wait()
            if ends_before_the_next:
                os.mknod(end)
                wait_for(lambda: not running(path), "the end of the command")
                actor.start()
            else:
                actor.start()
                # It has looked for what runs before it says how the storage is.
                actor.news()
                os.mknod(end)
                failed = actor.wait_event("restart-failed", service="web")
                assert failed["reason"].startswith("how it ended is not known"), failed
                actor.wait_event("output", text="last words")
            wait_for(lambda: actor.notes() == [], "the end of the note")
            actor.send("restart", "web")
            actor.wait_event("restart-done", service="web")
            os.unlink(end)


def running(words):
    """Whether there is a process with these words in its command line."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
                if words in file.read():
                    return True
        except OSError:
            pass
    return False


def test_feeders_rank_is_not_inherited():
    """P3: real-time priority and protection from the OOM killer are the feeder's alone: not the actor's, not a command's."""
    if os.geteuid() != 0:
        raise Skip("only root may have that rank")
    path, command = script("cat /proc/self/oom_score_adj >$D/oom; chrt -p $$ >$D/class")
    before = ["/bin/bash", "-c", 'echo -900 >/proc/self/oom_score_adj; exec /usr/bin/chrt --rr 1 "$@"', "rank"]
    with Actor(web(command), before=before) as actor:
        assert actor.news()[2] == 1
        with open(f"/proc/{actor.process.pid}/oom_score_adj", encoding="ascii") as file:
            assert file.read() == "0\n"
        assert os.sched_getscheduler(actor.process.pid) == os.SCHED_OTHER
        actor.send("restart", "web")
        assert content(path, "oom") == "0\n" and "SCHED_OTHER" in content(path, "class")
