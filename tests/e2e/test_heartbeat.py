# SPDX-License-Identifier: MIT
"""Programs that say that they are alive, fall silent, complain, come back, or never say anything."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import time

from checker_scene import Checker, folder, run
from feeddog import HERE, PATIENCE_S, SHORT, Feeddog, Skip, wait_for

TIMEOUT_S = {"*": 90}
ALONE = ["test_silence_is_heard_at_once"]
SLACK_MS = 1000

LINGERING = os.path.join(HERE, "lingering.py")
GOOD = ("good", "ok", 0)
NOBODY = 65534


def run_folder():
    """RUN as feeddogd makes it for the checker."""
    where = folder("run")
    for name in ("checker", "heartbeat"):
        os.mkdir(os.path.join(where, name))
        if os.geteuid() == 0:
            os.chown(os.path.join(where, name), NOBODY, NOBODY)
    return where


def heartbeat(within="1s", interval="20s", **more):
    return {"heartbeat": {"within": within}, "interval": interval, "timeout": interval, **more}


class Program:
    """What a program does with NOTIFY_SOCKET."""

    def __init__(self, where, service="s0"):
        self.path = os.path.join(where, "heartbeat", service)

    def say(self, words):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.connect(self.path)
            sender.send(words if isinstance(words, bytes) else words.encode())

    def pat(self):
        self.say("WATCHDOG=1")


def begin(check=None, where=None, generation=1):
    """A checker that listens, of which nothing is known yet; and the program."""
    where = where or run_folder()
    checker = Checker(check or heartbeat(), run_dir=where, generation=generation)
    first = checker.next()
    assert first.said[:2] == ("unknown", "silent") and not first.conclusive, first
    return checker, Program(where)


def is_good(result):
    return result.said == GOOD


def is_silent(result):
    return result.said[:2] == ("bad", "silent")


def test_pats():
    """P1: a program that pats is good, from its first pat on; before, nothing is known"""
    checker, program = begin(heartbeat(within="800ms", interval="100ms"))
    with checker:
        assert all(r.said[:2] == ("unknown", "silent") for r in checker.listen_for(0.3)), checker.results
        program.pat()
        checker.next(accept=is_good)
        for _ in range(8):
            assert all(is_good(r) for r in checker.listen_for(0.2)), checker.results
            program.say("STATUS=fine\nWATCHDOG=1\nMAINPID=1\n")


def test_silence_is_heard_at_once():
    """P4: both the first pat and the end of `within` after the last are told when they come, not at the next interval"""
    checker, program = begin(heartbeat(within="700ms", interval="20s"))
    with checker:
        for _ in range(3):
            patted_ms = time.monotonic_ns() // 1_000_000
            program.pat()
            good = checker.next(accept=is_good)
            assert good.started_ms - patted_ms <= SLACK_MS, good
            silent = checker.next(accept=lambda r: not is_good(r))
            assert is_silent(silent) and not silent.conclusive, silent
            assert 700 <= silent.detail <= 700 + SLACK_MS, silent
            assert 699 <= silent.started_ms - patted_ms <= 700 + 2 * SLACK_MS, silent


def test_never_a_pat():
    """P4: a program that never pats is silent when `within` has passed since the checker began to listen"""
    checker, _ = begin(heartbeat(within="500ms", interval="100ms"))
    with checker:
        first_ms = checker.results[0][1].started_ms
        silent = checker.next(accept=is_silent)
        assert silent.started_ms - first_ms >= 450, silent
        assert all(is_silent(r) and r.detail > 500 for r in checker.listen_for(0.5)), "and stays so"


def test_trigger():
    """a program that complains is bad at once and without retries, until it pats again"""
    checker, program = begin(heartbeat(within="10s", interval="100ms"))
    with checker:
        program.pat()
        checker.next(accept=is_good)
        program.say("WATCHDOG=trigger")
        bad = checker.next(accept=lambda r: not is_good(r))
        assert is_silent(bad) and bad.conclusive == 1, bad
        assert all(is_silent(r) for r in checker.listen_for(0.4)), checker.results
        program.say("WATCHDOG=trigger")
        checker.next(accept=lambda r: r.conclusive == 1)
        program.pat()
        checker.next(accept=is_good)
        program.say("WATCHDOG=trigger\nWATCHDOG=1\n")
        checker.next(accept=lambda r: r.conclusive == 1)
        checker.next(accept=is_good)


def test_stopping():
    """P4: a program that says that it stops is no longer taken for alive, and has `within` to come back"""
    checker, program = begin(heartbeat(within="1s", interval="100ms"))
    with checker:
        for _ in range(4):
            program.pat()
            checker.listen_for(0.4)
        program.say("STOPPING=1")
        checker.next(accept=lambda r: r.said[:2] == ("unknown", "silent"))
        silent = checker.next(accept=lambda r: r.said[0] != "unknown")
        assert is_silent(silent) and silent.detail >= 1000, silent


def test_other_words():
    """what is no pat is none, whatever it is"""
    checker, program = begin(heartbeat(within="10s", interval="100ms"))
    with checker:
        for words in ("READY=1", "WATCHDOG=0", "WATCHDOG=10", "XWATCHDOG=1", "WATCHDOG=1 ", "watchdog=1", b"", b"\0", b"\n\n",
                      b"\0WATCHDOG=1", b"\xff" * 4000, "x" * 4090 + "\nWATCHDOG=1", "WATCHDOG_USEC=5"):
            program.say(words)
        assert all(r.said[0] == "unknown" for r in checker.listen_for(0.4)), checker.results
        for _ in range(5000):
            program.say("x" * 1000)
        program.pat()
        checker.next(accept=is_good)


def test_real_programs():
    """sd_notify(3) of the real library is understood, and its barrier does not wait"""
    if not shutil.which("systemd-notify"):
        raise AssertionError("systemd-notify is not installed (scripts/setup test installs it)")
    checker, program = begin(heartbeat(within="20s"))
    with checker:
        begun = time.monotonic()
        done = subprocess.run(["systemd-notify", "WATCHDOG=1"], env=dict(os.environ, NOTIFY_SOCKET=program.path),
                              timeout=PATIENCE_S, check=False)
        assert done.returncode == 0
        checker.next(accept=is_good)
        assert time.monotonic() - begun < 4, "systemd-notify waits 5 s for its barrier"


def test_next_checker():
    """P4: a checker that is started again raises no false alarm, and knows of the pats that the dead one took"""
    where = run_folder()
    check = heartbeat(within="3s", interval="100ms")
    checker, program = begin(check, where)
    with checker:
        program.pat()
        checker.next(accept=is_good)
        checker.process.kill()
        checker.process.wait(PATIENCE_S)
    time.sleep(1.5)  # as long as the pat and the beginning are to be apart
    with Checker(check, run_dir=where, generation=2) as checker:
        assert is_good(checker.next())
        silent = checker.next(accept=lambda r: not is_good(r))
        assert silent.said[:2] == ("unknown", "silent"), "too old a pat is none, but pats may have been missed"
        silent = checker.next(accept=lambda r: r.said[0] != "unknown")
        assert is_silent(silent) and silent.detail >= 3000, silent
        program.pat()
        checker.next(accept=is_good)


def test_first_checker_knows_nothing():
    """the first checker of a feeddogd does not believe what is left of another's"""
    where = run_folder()
    checker, program = begin(where=where)
    with checker:
        program.pat()
        checker.next(accept=is_good)
    begin(where=where)[0].leave()
    kept = os.path.join(where, "checker", "s0:heartbeat")
    for rubbish in (b"", b"x", b"\xff" * 8, b"\x7f" * 8, b"\0" * 8):
        with open(kept, "wb") as file:
            file.write(rubbish)
        os.chmod(kept, 0o644)
        begin(where=where, generation=2)[0].leave()


def test_the_socket():
    """P11: everybody may pat; the socket goes with the checker, and is not taken away from a living one"""
    where = run_folder()
    checker, program = begin(where=where)
    with checker:
        assert stat.S_IMODE(os.stat(program.path).st_mode) == 0o666
        with Checker(heartbeat(interval="100ms"), run_dir=where) as second:
            assert second.next().said == ("unknown", "cannot-probe", 98)
            checker.leave()
            assert second.next(accept=lambda r: r.said[1] == "silent").said[0] == "unknown"
            program.pat()
            second.next(accept=is_good)
    assert not os.path.exists(program.path)


STRANGER = 54321
SPEAK = ["python3", "-c", """
import socket, sys, time
sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
while True:
    try:
        sender.sendto(sys.argv[2].encode(), sys.argv[1])
    except OSError:
        pass
    time.sleep(0.05)
"""]


def speaker(path, words, **more):
    """A process that says the same again and again."""
    return subprocess.Popen([*SPEAK, path, words], **more)


def test_strangers_are_not_heard():
    """P18: what another user says for a service changes nothing, and the log says once whose words they were"""
    if os.geteuid() != 0:
        raise Skip("only root may become somebody else")
    where = run_folder()
    os.chmod(where, 0o755)
    with Checker(heartbeat(within="1s", interval="100ms"), run_dir=where, stderr=subprocess.PIPE) as checker:
        checker.next()
        path = Program(where).path
        strangers = [speaker(path, words, user=STRANGER, group=STRANGER) for words in ("WATCHDOG=1", "WATCHDOG=trigger")]
        try:
            assert all(not is_good(r) and not r.conclusive for r in checker.listen_for(1.5)), checker.results
            Program(where).pat()
            checker.next(accept=is_good)
            assert not any(r.conclusive for r in checker.listen_for(0.3))
        finally:
            for process in strangers:
                process.kill()
        checker.leave()
        refused = [line for line in checker.process.stderr.read().decode().splitlines() if "event=heartbeat-refused" in line]
        assert len(refused) == 1 and f"service=s0 pid={strangers[0].pid} uid={STRANGER}" in refused[0] \
            or f"service=s0 pid={strangers[1].pid} uid={STRANGER}" in refused[0], refused


def test_processes_of_the_service_are_heard():
    """P4: the process that the service's process check watches may speak for it, and what it has started; no other one"""
    if os.geteuid() != 0:
        raise Skip("only root may become somebody else")
    where = run_folder()
    os.chmod(where, 0o755)
    path, pidfile = Program(where).path, os.path.join(folder("service"), "pid")
    os.chmod(os.path.dirname(pidfile), 0o755)
    # A shell whose child speaks, which is what many services are.
    program = subprocess.Popen(["sh", "-c", '"$@"; :', "sh", *SPEAK, path, "WATCHDOG=1"], user=STRANGER, group=STRANGER,
                               start_new_session=True)
    other = speaker(path, "WATCHDOG=trigger", user=STRANGER, group=STRANGER)
    try:
        with open(pidfile, "w", encoding="ascii") as file:
            file.write(f"{program.pid}\n")
        with Checker(heartbeat(within="2s", interval="100ms"), {"process": {"pidfile": pidfile}}, run_dir=where) as checker:
            checker.next(0, is_good)
            assert not any(r.conclusive for r in checker.listen_for(0.5))
    finally:
        other.kill()
        os.killpg(program.pid, signal.SIGKILL)


def test_lingering_sockets_hold_up_nobody():
    """P12, P18: sockets whose close() takes an hour, passed to a heartbeat's socket, delay no check, nor the end"""
    checker, program = begin(heartbeat(within="2s", interval="100ms"))
    with checker:
        attacker = subprocess.Popen([shutil.which("python3"), LINGERING, program.path])
        try:
            for _ in range(20):
                program.pat()
                result = checker.next(accept=is_good)
                assert result.took_ms < SLACK_MS
                time.sleep(0.1)
            begun = time.monotonic()
            assert checker.leave() == 0
            assert time.monotonic() - begun < 2
        finally:
            attacker.kill()


def test_socket_that_is_taken_away():
    """P4, P18: a socket that is removed or replaced makes nobody silent: another one is made, and the program is heard at it"""
    checker, program = begin(heartbeat(within="1s", interval="100ms"))
    aside = program.path + ".aside"
    tricks = [lambda: os.unlink(program.path), lambda: os.rename(program.path, aside),
              lambda: (os.rename(program.path, aside + "2"), os.mkdir(program.path)),
              lambda: (os.unlink(program.path), os.mkfifo(program.path)),
              lambda: (os.unlink(program.path), os.symlink("/dev/null", program.path)),
              lambda: (os.unlink(program.path), os.symlink(program.path, program.path))]
    with checker:
        program.pat()
        checker.next(accept=is_good)
        for trick in tricks:
            trick()
            end = time.monotonic() + 2.5  # longer than `within`
            heard = []
            while time.monotonic() < end:
                try:
                    program.pat()
                except OSError:
                    pass
                heard += checker.listen_for(0.05)
            assert all(result.said[0] != "bad" for result in heard), heard
            assert heard[-1].said[0] == "good", heard[-1]


def test_no_folder():
    """P4: where no socket can be made nothing is known, until one can"""
    where = folder("run")
    with Checker(heartbeat(interval="100ms"), run_dir=where) as checker:
        assert checker.next().said == ("unknown", "cannot-probe", 2)
        os.mkdir(os.path.join(where, "heartbeat"), 0o700)
        if os.geteuid() == 0:
            assert checker.next(accept=lambda r: r.detail != 2).said == ("unknown", "cannot-probe", 13)
            os.chown(os.path.join(where, "heartbeat"), NOBODY, NOBODY)
        checker.next(accept=lambda r: r.said[1] == "silent")
    long = os.path.join(where, "x" * 100)
    with Checker(heartbeat(), run_dir=long) as checker:
        assert checker.next().said == ("unknown", "cannot-probe", 36)


PATTING = """
import os, socket, time
sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
while not os.path.exists({stop!r}):
    try:
        sender.sendto(b"WATCHDOG=1", {path!r})
    except OSError:
        pass
    time.sleep(0.05)
time.sleep(1000)
"""


WITHIN_S = 2


def is_well_by(board, checker):
    """The board is well, and a result of this checker said so."""
    status = board.status()
    check = status["services"]["web"]["checks"][0]
    return status["helpers"]["checker"]["pid"] == checker and status["state"] == "well" and check["health"] == "up" \
        and check["age_ms"] < WITHIN_S * 1000


def test_silence_brings_a_restart():
    """P4: a whole board: a program that hangs is restarted, and one whose checker dies is not"""
    where = folder("patting")
    os.chmod(where, 0o777)
    stop = os.path.join(where, "stop")
    restart = ["/bin/sh", "-c", f"rm -f {stop}; kill -9 $(cat {where}/pid); $0 {where}/program & echo $! >{where}/pid",
               shutil.which("python3")]
    # On a busy machine an interpreter takes seconds to start, and a program that speaks every 50 ms may be late.
    config = {
        "defaults": {"interval": "100ms", "timeout": "100ms", "retries": 2, "start_period": "60s"},
        "services": {"web": {"checks": [{"heartbeat": {"within": f"{WITHIN_S}s"}}], "restart": restart, "restart_timeout": "30s"}},
        "ladder": dict(SHORT, restart_for="5m"),
    }
    board = Feeddog(config)
    with open(os.path.join(where, "program"), "w", encoding="ascii") as file:
        file.write(PATTING.format(stop=stop, path=os.path.join(board.run_dir, "heartbeat", "web")))
    process = subprocess.Popen([shutil.which("python3"), os.path.join(where, "program")])
    with open(os.path.join(where, "pid"), "w", encoding="ascii") as file:
        file.write(f"{process.pid}\n")
    board.start()
    board.wait_well()
    since = board.mark()
    os.kill(board.helper_pid("checker"), 9)
    new = int(board.wait_event("helper-started", since, helper="checker")["pid"])
    wait_for(lambda: is_well_by(board, new), "a good result of the new checker")
    assert not board.find("service-down", since) and not board.find("restart", since)
    with open(stop, "w", encoding="ascii"):
        pass
    board.wait_event("check-failed", since, cause="silent")
    board.wait_event("restart", since, service="web", cause="silent")
    board.wait_event("service-up", since, service="web")
    mark = board.mark()
    done = run("feeddog", "probe", "-c", board.config_path, "--run-dir", board.run_dir)
    assert "Address already in use" in done.stdout, done
    time.sleep(WITHIN_S * 1.25)
    assert not board.find("check-failed", mark, cause="silent"), "a look from beside takes nothing away"
    assert board.stop() == 0
    process.wait(PATIENCE_S)
