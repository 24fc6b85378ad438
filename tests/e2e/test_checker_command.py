# SPDX-License-Identifier: MIT
"""feeddog-checker and commands: their exit codes, and that none is left behind."""

import errno
import os
import pty
import signal

from checker_scene import Checker, folder, said
from feeddog import PATIENCE_S, is_alive, wait_for
from served_scene import SLACK_MS, TIMEOUT


def command(line, **more):
    return {"command": line, "interval": "20s", "timeout": "20s", **more}


def test_exit_codes():
    """P4: a command that exits with 0 is good, with anything else or by a signal bad"""
    assert said(command("exit 0"), command("exit 1"), command("exit 3"), command("exit 125"), command("exit 255"), command("kill -9 $$"),
                command(["/bin/true"]), command(["/bin/false"])) == \
        [("good", "ok", 0), ("bad", "exit-code", 1), ("bad", "exit-code", 3), ("bad", "exit-code", 125), ("bad", "exit-code", 255),
         ("bad", "signal", 9), ("good", "ok", 0), ("bad", "exit-code", 1)]


def test_plugin_exit_codes():
    """P4: with plugin: true the codes of monitoring plugins count: 1 warns, 3 is blind, anything else but 0 is bad"""
    assert said(*(command(f"exit {code}", plugin=True) for code in (0, 1, 2, 3, 4))) == \
        [("good", "ok", 0), ("warning", "warning", 1), ("bad", "exit-code", 2), ("blind", "blind", errno.ENODATA), ("bad", "exit-code", 4)]


def test_command_that_cannot_be_run():
    """P4: a command that is absent or not executable says nothing about the server, run directly or by a shell"""
    assert said(command(["/no/such/program"]), command(["/etc/passwd"]), command("/no/such/program"), command("/etc/passwd"),
                command("no-such-program -x"), command(["/no/such/program"], plugin=True)) == \
        [("blind", "blind", errno.ENOENT), ("blind", "blind", errno.EACCES)] * 2 + [("blind", "blind", errno.ENOENT)] * 2


def test_no_terminal():
    """P18: a command leads a session of its own and has no terminal, also where feeddogd has one"""
    path = os.path.join(writable_folder(), "session")
    line = f"(cut -d' ' -f1,5,6,7 /proc/$$/stat; (: </dev/tty) 2>/dev/null && echo terminal) >{path}; exit 0"
    master, slave = pty.openpty()
    with Checker(command(line), before=["setsid", "--ctty", "--wait"], stdin=slave) as checker:
        assert checker.next().said == ("good", "ok", 0)
    os.close(master)
    os.close(slave)
    with open(path, encoding="ascii") as file:
        pid, group, session, terminal = file.read().split()
    assert pid == group == session and terminal == "0"


def pids_in(path, count):
    def read():
        try:
            with open(path, encoding="ascii") as file:
                pids = [int(line) for line in file.read().split("\n")[:-1]]
        except FileNotFoundError:
            return None
        return pids if len(pids) >= count else None
    return wait_for(read, f"{count} pids in {path}")


def writable_folder():
    where = folder("command")
    os.chmod(where, 0o777)
    return where


def test_hanging_command():
    """P5: a command that hangs is reported at its timeout, and its whole process group is killed, also where it ignores TERM"""
    path = os.path.join(writable_folder(), "pids")
    line = f"trap '' TERM; (trap '' TERM; echo $$ >>{path}; sleep 1000; sleep 1000) & echo $! >>{path}; wait; sleep 1000"
    with Checker(command(line, interval="10s", timeout="300ms")) as checker:
        result = checker.next()
        assert result.said == TIMEOUT and 300 <= result.took_ms <= 300 + SLACK_MS, result
        pids = pids_in(path, 2)
        wait_for(lambda: not any(is_alive(pid) for pid in pids), "the end of all that the command started")
        wait_for(lambda: not children_of(checker.process.pid), "no zombie")


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return None


def children_of(pid):
    """Without the guard."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [child for child in file.read().split() if name_of(child) not in (None, "feeddog-guard")]


def test_polite_command_is_asked_first():
    """P5: a command that is too slow gets TERM before KILL"""
    path = os.path.join(writable_folder(), "told")
    with Checker(command(f"trap 'echo told >{path}; exit 0' TERM; sleep 1000 & wait", interval="10s", timeout="200ms")) as checker:
        assert checker.next().said == TIMEOUT
        wait_for(lambda: os.path.exists(path), "the trap's word")


def test_nothing_is_left_behind():
    """P5: what a command leaves in the background ends with it"""
    path = os.path.join(writable_folder(), "pids")
    with Checker(command(f"sleep 1000 & echo $! >>{path}")) as checker:
        assert checker.next().said == ("good", "ok", 0)
        pids = pids_in(path, 1)
        wait_for(lambda: not is_alive(pids[0]), "its end")


def test_commands_end_with_the_checker():
    """P5: when the feeder goes, or the checker is told to end, no command runs on"""
    for end in (Checker.leave, lambda checker: checker.process.terminate() or checker.process.wait(PATIENCE_S)):
        path = os.path.join(writable_folder(), "pids")
        with Checker(command(f"echo $$ >>{path}; sleep 1000; sleep 1000", interval="20s", timeout="20s")) as checker:
            pids = pids_in(path, 1)
            assert end(checker) == 0
            wait_for(lambda: not is_alive(pids[0]), "the command's end")


def test_commands_end_with_a_lost_checker():
    """P5: when the checker is killed or stopped for good, its commands end, and so does what they have started"""
    for lost in (signal.SIGKILL, signal.SIGSTOP):
        path = os.path.join(writable_folder(), "pids")
        line = f"trap '' TERM; (trap '' TERM; sleep 1000; sleep 1000) & echo $! >>{path}; echo $$ >>{path}; wait; sleep 1000"
        with Checker(command(line, interval="20s", timeout="2s")) as checker:
            pids = pids_in(path, 2)
            checker.process.send_signal(lost)
            wait_for(lambda: not any(is_alive(pid) for pid in pids), "the end of all that the command started")
            checker.process.kill()
            checker.process.wait(PATIENCE_S)


def test_slow_commands_do_not_pile_up():
    """P5: a command whose interval is its timeout is killed before it is started again"""
    path = os.path.join(writable_folder(), "pids")
    with Checker(command(f"trap '' TERM; echo $$ >>{path}; sleep 1000; sleep 1000", interval="100ms", timeout="100ms")) as checker:
        results = checker.listen_for(3)
        assert all(result.said == TIMEOUT for result in results), results
        assert len(results) >= 5
        assert len(children_of(checker.process.pid)) <= 1


def test_what_a_command_is_given():
    """P11: a command gets nothing to read, no descriptor of ours, and no way to more rights"""
    path = os.path.join(writable_folder(), "seen")
    line = f"(ls -l /proc/self/fd; grep -E 'NoNewPrivs|CapEff|^Uid|SigBlk' /proc/self/status) >{path}; cat >>{path}; exit 0"
    assert said(command(line)) == [("good", "ok", 0)]
    with open(path, encoding="utf-8") as file:
        seen = file.read()
    assert "0 -> /dev/null" in seen and "2 -> pipe:" in seen and "socket:" not in seen and "memfd" not in seen, seen
    assert "NoNewPrivs:\t1" in seen and "CapEff:\t0000000000000000" in seen and "SigBlk:\t0000000000000000" in seen, seen
    assert "Uid:\t0" not in seen, seen
