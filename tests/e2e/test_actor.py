# SPDX-License-Identifier: MIT
"""The actor by itself: orders, their output, the ledger and the history, with a test in the feeder's place."""

import os
import pwd
import signal
import time

from actor_scene import Actor, BOOT_ID, EVENT, KINDS, NO_INDEX, content, now_ms, read_ledger, script
from feeddog import NOBODY, Skip, folder, is_alive, wait_for


def web(command, **more):
    return {"web": {"restart": command, **more}}


# --- commands ---


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
    """P5: a command gets /dev/null to read from, no descriptor of ours, no blocked signal, and a process group of its own."""
    folder_of, command = script(
        "ls -l /proc/self/fd >$D/fds; grep Sig /proc/self/status >$D/signals; ps -o pgid= $$ >$D/group; echo $$ >>$D/group;"
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
        assert group == pid
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


# --- reboot and ledger ---


def test_reboot_is_counted_before_it_is_ordered():
    """P6: the reboot is on stable storage before the reboot command runs."""
    state = folder("state")
    path = folder("reboot")
    ladder = {"reboot": f"cp {state}/ledger {path}/ledger && echo done >{path}/done; sleep 1000", "reboot_within": "800ms"}
    with Actor(ladder=ladder, state_dir=state) as actor:
        actor.send("reboot", "web", check=True, cause="status", detail=500, value=2, state="rebooting")
        content(path, "done")
        assert read_ledger(os.path.join(path, "ledger"))[1:] == (2, "reboot")
        line = actor.wait_history("reboot")
        assert (line["unsettled"], line["service"], line["cause"], line["detail"]) == (2, "web", "status", 500)
        # A second order while the first runs is not a second reboot.
        actor.send("reboot", "web", value=2, state="rebooting")
        assert actor.wait_event("reboot-failed")["reason"] == "still running"
        # A reboot command that does nothing is ended in time too.
        actor.wait_event("reboot-failed", cause="timeout")


def test_no_reboot_that_cannot_be_counted():
    """P6: where the ledger cannot be written the board is not rebooted, and the feeder is told; P9: it is tried again."""
    state = folder("state")
    path = folder("reboot")
    os.mkdir(os.path.join(state, "ledger"))
    with Actor(ladder={"reboot": f"echo x >{path}/ordered"}, state_dir=state) as actor:
        sequence, error, stable = actor.news()
        assert (sequence, stable) == (1, 0) and error != 0
        actor.send("reboot", "web", value=1, state="rebooting")
        assert actor.wait_event("reboot-failed")["reason"] == "it cannot be counted on stable storage"
        wait_for(lambda: actor.any_news()[3] == 1, "word that it was refused")
        assert not os.path.exists(os.path.join(path, "ordered"))
        # Said once, however often it is tried.
        for _ in range(3):
            actor.send("settled", value=1)
        actor.wait_history("settled")
        os.rmdir(os.path.join(state, "ledger"))
        assert actor.news()[1:] == (0, 1)
        actor.wait_event("storage", stable="1")
        assert len(actor.find("storage", stable="0")) == 1
        assert actor.ledger()[1:] == (0, "reboot")
        # The board has been somewhere else since.
        assert actor.any_news()[3] == 0
        assert not os.path.exists(os.path.join(path, "ordered"))


def test_storage_news_at_the_start():
    """P9: the actor proves at its start that the ledger can be written, and says so."""
    with Actor() as actor:
        assert actor.news() == (1, 0, 1)
        assert actor.ledger()[1:] == (0, "running")


def test_storage_news_is_said_again():
    """P6: how the storage is is said every second, so that an actor that hangs is missed."""
    with Actor() as actor:
        assert actor.news() == (1, 0, 1)
        begun = time.monotonic()
        assert [actor.any_news()[0] for _ in range(2)] == [2, 3]
        assert time.monotonic() - begun > 1.5


def test_unwritable_state_degrades_to_memory():
    """P9: a state folder that cannot be had costs the history and the reboots, and nothing else."""
    with Actor(web("true"), state_dir="/dev/null/state") as actor:
        assert actor.news()[2] == 0
        for _ in range(200):
            actor.send("service-down", "web", cause="refused", state="recovering")
        actor.send("restart", "web")
        actor.wait_event("restart-done")
        assert actor.process.poll() is None
        assert actor.leave() == 0


def test_ledger_follows_the_board():
    """P14: the ledger knows how far the boot has come, over the death of the actor too."""
    with Actor() as actor:
        phases = [("state", "recovering", "outage"), ("hold", "hold", "hold"), ("resumed", "starting", "hold"),
                  ("state", "well", "running"), ("disarmed", "well", "stopped")]
        for kind, state, phase in phases:
            actor.send(kind, "web", state=state, value=1 if kind == "hold" else 0)
            wait_for(lambda phase=phase: actor.ledger()[2] == phase, phase)
            actor.respawn(signal.SIGKILL)
            wait_for(lambda phase=phase: actor.ledger()[2] == phase, phase)


def test_torn_ledger_is_survived():
    """P9: a ledger whose newest slot was cut short by a power loss leaves the one before."""
    with Actor() as actor:
        actor.news()
        actor.send("hold", "web", value=2, state="hold")
        wait_for(lambda: actor.ledger()[1:] == (2, "hold"), "hold in the ledger")
        actor.send("settled", value=2, state="well")
        wait_for(lambda: actor.ledger()[1] == 0, "settled in the ledger")
        sequence = actor.ledger()[0]
        actor.process.kill()
        actor.process.wait()
        with open(os.path.join(actor.state_dir, "ledger"), "r+b") as file:
            file.seek(sequence % 2 * 4096 + 100)
            file.write(b"torn")
        assert actor.ledger()[0] == sequence - 1
        actor.start()
        wait_for(lambda: actor.ledger()[0] == sequence, "another write")
        assert actor.ledger()[1:] == (2, "hold")


# --- history ---


def test_history_tells_the_boot():
    """P14: the first line of a boot says why the last one ended."""
    state = folder("state")
    with Actor(state_dir=state) as actor:
        actor.send("boot", detail=0, state="starting")
        assert actor.wait_history("boot")["last_cause"] == "first"
        actor.send("reboot", "web", check=True, cause="refused", value=1, state="rebooting")
        actor.wait_history("reboot")
    with Actor(state_dir=state, env={"FEEDDOG_BOOT_ID": "33333333-3333-4333-8333-333333333333"}) as actor:
        actor.send("boot", value=1, state="starting")
        line = actor.wait_history("boot", boot="33333333-3333-4333-8333-333333333333")
        assert (line["last_cause"], line["last_service"], line["last_why"]) == ("reboot", "web", "refused"), line
        assert line["unsettled"] == 1


def test_history_keeps_only_transitions():
    """P9: single checks and the feeder's small talk are not written to disk."""
    with Actor() as actor:
        actor.news()
        for kind in ("check-failed", "check-passed", "helper-started", "dropped"):
            actor.send(kind, "web", check=True)
        actor.send("helper-died", value=77, cause="signal", detail=9, helper="checker")
        died = actor.wait_history("helper-died")
        assert (died["helper"], died["pid"], died["cause"], died["detail"]) == ("checker", 77, "signal", 9)
        assert len(actor.history()) == 1


def test_flapping_does_not_wear_the_flash():
    """P9: what repeats without end is written ever more seldom, and what was left out is counted."""
    with Actor() as actor:
        actor.news()
        begun = written(actor.process.pid)
        for i in range(2000):
            actor.send("service-down" if i % 2 == 0 else "service-up", "web", state="recovering" if i % 2 == 0 else "well")
            actor.send("state", "web", state="recovering" if i % 2 == 0 else "well")
            if i % 20 == 19:
                time.sleep(0.002)
        # What matters is never left out, and waits for nothing.
        actor.send("letgo", "web", value=1, state="letgo")
        line = actor.wait_history("letgo")
        assert line["suppressed"] == 2000 - 60, line
        assert len(actor.history()) == 61
        assert actor.ledger()[2] == "letgo"
        syncs = written(actor.process.pid) - begun
        assert syncs < 40 * 8192, syncs


def written(pid):
    """Bytes that a process has written to files."""
    with open(f"/proc/{pid}/io", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("wchar"))


def test_steady_state_writes_nothing_to_disk():
    """P9: while nothing happens not a byte is written to the state folder."""
    with Actor() as actor:
        actor.news()
        actor.send("boot", state="starting")
        actor.wait_history("boot")

        def stamps():
            return {name: os.stat(os.path.join(actor.state_dir, name)).st_mtime_ns for name in os.listdir(actor.state_dir)}
        before = stamps()
        time.sleep(2.5)
        assert stamps() == before and set(before) == {"ledger", "history.jsonl"}


def test_history_is_whole_after_a_kill():
    """P9: an actor that is killed at any time leaves a history whose every line is whole."""
    with Actor() as actor:
        for i in range(5):
            for _ in range(6):
                actor.send("service-down", "web", state="recovering", cause="refused")
            time.sleep(0.02 + i * 0.002)
            actor.respawn(signal.SIGKILL)
        actor.send("settled")
        actor.wait_history("settled")


def test_reason_of_a_hold():
    """P7: why a person asked for maintenance is kept in the history, sanitised, and taken only once."""
    with Actor() as actor:
        path = os.path.join(actor.run_dir, "hold.reason")
        with open(path, "w", encoding="utf-8") as file:
            file.write("new disk \x1b[31m\"é\"\nsecond line " + "x" * 10000)
        actor.send("maintenance", span_ms=3600_000, state="maintenance")
        line = actor.wait_history("maintenance")
        assert line["reason"] == "new disk  [31m\"é\"" and line["for_s"] == 3600, line
        assert not os.path.exists(path)
        actor.send("maintenance", span_ms=1000, state="maintenance")
        assert "reason" not in actor.wait_history("maintenance", for_s=1)


# --- the channel ---


def test_records_with_wrong_fields():
    """P5: a record with any field wrong is dropped and counted, and what follows is taken."""
    good = dict(generation=1, sequence=1, at_ms=now_ms() - 1000, span=0, value=0, detail=0, service=0, check=NO_INDEX,
                kind=KINDS.index("restart"), state=1, cause=0, helper=3)
    wrong = [dict(generation=2), dict(generation=0), dict(sequence=0), dict(at_ms=now_ms() + 10**7), dict(at_ms=-1),
             dict(service=1), dict(check=1), dict(kind=len(KINDS)), dict(kind=255), dict(state=8), dict(cause=200),
             dict(helper=4)]
    path, command = script("echo x >>$D/runs")
    with Actor(web(command)) as actor:
        actor.news()
        for change in wrong:
            actor.socket.send(EVENT.pack(*{**good, **change}.values()))
        whole = EVENT.pack(*good.values())
        for record in (whole[:-1], whole + b"\0", whole[:-1] + b"\1", b"x", b"y" * 5000):
            actor.socket.send(record)
        actor.send("settled")
        actor.wait_history("settled")
        wait_for(lambda: sum(int(line["records"]) for line in actor.find("dropped")) == len(wrong) + 5, "all are counted")
        # The same order twice is one.
        actor.sequence += 1
        twice = EVENT.pack(*{**good, "sequence": actor.sequence}.values())
        actor.socket.send(twice)
        actor.socket.send(twice)
        actor.wait_event("restart-done")
        actor.send("hold", value=1, state="hold")
        actor.wait_history("hold")
        assert content(path, "runs") == "x\n"


def test_order_without_a_service():
    """An order that names no service is refused, and hurts nothing."""
    with Actor() as actor:
        actor.send("restart")
        assert actor.wait_event("restart-failed")["reason"] == "it names no service"


def test_end_of_file_ends_it():
    """P14: when the feeder is gone the actor writes what it has and ends; a command that runs is left alone."""
    path, command = script("echo $$ >$D/pid; for i in {1..400}; do echo tick; sleep 0.02; done")
    actor = Actor(web(command))
    actor.send("restart", "web")
    pid = int(content(path, "pid"))
    actor.send("disarmed", value=1)
    begun = time.monotonic()
    assert actor.leave() == 0
    assert time.monotonic() - begun < 5
    assert actor.ledger()[2] == "stopped"
    assert [line["event"] for line in actor.history()] == ["restart", "disarmed"]
    time.sleep(0.2)
    assert is_alive(pid)
    os.kill(pid, signal.SIGKILL)


def test_term_waits_for_the_last_word():
    """P14: SIGTERM to the whole unit does not take the actor away before the feeder said that it stops."""
    with Actor() as actor:
        actor.news()
        actor.process.terminate()
        time.sleep(0.2)
        actor.send("disarmed", value=1)
        assert actor.leave() == 0
        assert actor.ledger()[2] == "stopped"
    lonely = Actor()
    lonely.news()
    lonely.process.terminate()
    assert lonely.process.wait(20) == 0
    lonely.leave()


def test_queued_orders_wait_for_the_next_actor():
    """P5: an order that was sent while there was no actor is carried out by the next."""
    path, command = script("echo x >>$D/runs")
    with Actor(web(command)) as actor:
        actor.process.kill()
        actor.process.wait()
        actor.send("restart", "web")
        actor.start()
        actor.wait_event("restart-done")
        assert content(path, "runs") == "x\n"
