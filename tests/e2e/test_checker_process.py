# SPDX-License-Identifier: MIT
"""feeddog-checker and real processes: their death is heard at once, and no other is taken for them."""

import errno
import os
import shutil
import statistics
import subprocess
import threading
import time

from checker_scene import Checker, folder, now_ms, said
from feeddog import Skip, wait_for

ALONE = ["test_death_is_heard_at_once"]
NOT_SANITIZED = ["test_death_is_heard_at_once"]


class Sleeper:
    """A process to watch, with a pid file."""

    def __init__(self, argv=("sleep", "1000")):
        self.pidfile = os.path.join(folder("process"), "pid")
        self.argv = argv
        self.begin()

    def begin(self):
        self.process = subprocess.Popen(self.argv)
        self.pid = self.process.pid
        self.write(self.pid)
        return self

    def write(self, text):
        with open(self.pidfile + ".new", "w", encoding="ascii") as file:
            file.write(f"{text}\n")
        os.rename(self.pidfile + ".new", self.pidfile)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def check(self, **more):
        return {"process": {"pidfile": self.pidfile}, **more}


ALIVE = ("good", "ok", 0)


def first_of_each(checker, count, accept=lambda result: True):
    """The first result of each check that is as wanted."""
    found = {}

    def next_one():
        result = checker.receive()
        if accept(result):
            found.setdefault(result.check, result)
        return len(found) == count
    wait_for(next_one, "a result of each check")
    return found


def test_crash():
    """a watched process that dies is reported at once, and conclusively; then once per interval, and no longer conclusively"""
    sleeper = Sleeper()
    with Checker(sleeper.check(interval="500ms", timeout="100ms")) as checker:
        assert checker.next().said == ALIVE
        sleeper.kill()
        crash = checker.next(accept=lambda r: r.said != ALIVE)
        assert (crash.said, crash.conclusive) == (("bad", "exited", sleeper.pid), 1)
        later = checker.listen_for(2.2)
    assert [(r.said, r.conclusive) for r in later] == [(("bad", "exited", sleeper.pid), 0)] * len(later)
    assert 3 <= len(later) <= 6, later


def test_orderly_stop():
    """a process that took its pid file away first stopped in order: it is not conclusive, and counts once per interval"""
    sleeper = Sleeper()
    with Checker(sleeper.check(interval="300ms", timeout="100ms")) as checker:
        assert checker.next().said == ALIVE
        os.unlink(sleeper.pidfile)
        sleeper.kill()
        results = checker.listen_for(2)
    assert {(r.said, r.conclusive) for r in results} <= {(ALIVE, 0), (("bad", "no-pidfile", 2), 0)}, results
    assert 5 <= len(results) <= 8, results


def test_orderly_restart():
    """a server that replaced itself, pid file first, was never bad"""
    sleeper = Sleeper()
    with Checker(sleeper.check(interval="100ms", timeout="100ms")) as checker:
        checker.next()
        for _ in range(5):
            old = sleeper.process
            sleeper.begin()
            old.kill()
            old.wait()
            assert all(r.said == ALIVE for r in checker.listen_for(0.25))
        sleeper.kill()
        assert checker.next(accept=lambda r: r.said != ALIVE).conclusive == 1, "the new one is watched"


def test_zombie():
    """a process that ended is dead, though its parent has not looked"""
    sleeper = Sleeper()
    with Checker(sleeper.check()) as checker:
        checker.next()
        sleeper.process.kill()
        assert checker.next(accept=lambda r: r.said != ALIVE).said == ("bad", "exited", sleeper.pid)
    assert said(sleeper.check()) == [("bad", "no-process", sleeper.pid)]


def test_recovery_is_seen_early():
    """a server that starts, or was restarted, is seen long before the next interval"""
    sleeper = Sleeper()
    os.unlink(sleeper.pidfile)
    with Checker(sleeper.check(interval="30s", timeout="1s")) as checker:
        assert checker.next().said == ("bad", "no-pidfile", 2)
        for _ in range(2):
            begun = now_ms()
            sleeper.begin()
            assert checker.next().said == ALIVE
            assert now_ms() - begun < 5000
            sleeper.kill()
            checker.next(accept=lambda r: r.conclusive)


def test_pidfiles():
    """a pid file that is missing, empty, nonsense, not a file, or names nobody is said as what it is"""
    where = folder("pids")

    def written(name, text):
        path = os.path.join(where, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path
    me = os.getpid()
    os.mkfifo(os.path.join(where, "fifo"))
    kernel_thread = next((int(pid) for pid in os.listdir("/proc") if pid.isdigit() and pid != "2" and is_kernel_thread(pid)), None)
    cases = [(os.path.join(where, "none"), ("bad", "no-pidfile", 2)), (os.path.join(where, "none/there"), ("bad", "no-pidfile", 2)),
             (where, ("bad", "bad-pidfile", 0)), (os.path.join(where, "fifo"), ("bad", "bad-pidfile", 0)),
             ("/dev/zero", ("bad", "bad-pidfile", 0)), (written("ok", f" {me}\n"), ALIVE), (written("two", f"{me}\n/var/x\n"), ALIVE),
             (written("bare", f"{me}"), ALIVE), (written("gone", "4194303\n"), ("bad", "no-process", 4194303))]
    cases += [(written(f"bad{i}", text), ("bad", "bad-pidfile", 0)) for i, text in
              enumerate(("", "\n", "0", "-1", "abc", f"{me}x", "99999999999999999999", "4194305", "1.5", "0x1"))]
    thread = threading.Thread(target=time.sleep, args=(30,), daemon=True)
    thread.start()
    cases.append((written("thread", str(thread.native_id)), ("bad", "no-process", thread.native_id)))
    if kernel_thread:
        cases.append((written("kernel", str(kernel_thread)), ("bad", "no-process", kernel_thread)))
    for (path, wanted), got in zip(cases, said(*({"process": {"pidfile": path}} for path, _ in cases))):
        assert got == wanted, (path, got, wanted)


def is_kernel_thread(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return int(file.read().rsplit(")", 1)[1].split()[6]) & 0x200000
    except OSError:
        return False


def test_hidden_pidfile():
    """P4: a pid file that we may not read leaves the check blind"""
    where = folder("hidden")
    path = os.path.join(where, "pid")
    with open(path, "w", encoding="ascii") as file:
        file.write(str(os.getpid()))
    os.chmod(path, 0)
    with Checker({"process": {"pidfile": path}}) as checker:
        if os.stat(f"/proc/{checker.process.pid}").st_uid == 0 and os.geteuid() != 0:
            raise Skip("this user can read everything")
        assert checker.next().said == ("blind", "blind", errno.EACCES)


def test_reused_pid():
    """a number that is used again is not taken for the process that had it"""
    last = "/proc/sys/kernel/ns_last_pid"
    if not os.access(last, os.W_OK):
        raise Skip("needs the right to choose the next pid")
    sleeper = Sleeper()
    with Checker(sleeper.check(interval="100ms", timeout="100ms")) as checker:
        assert checker.next().said == ALIVE
        sleeper.kill()
        checker.next(accept=lambda r: r.conclusive)

        def taken():
            with open(last, "w", encoding="ascii") as file:
                file.write(str(sleeper.pid - 1))
            other = subprocess.Popen(["sleep", "60"])
            if other.pid == sleeper.pid:
                return other
            other.kill()
            other.wait()
            return None
        other = wait_for(taken, "another process with the same number")
        results = checker.listen_for(1)
        assert all(r.said == ("bad", "exited", sleeper.pid) for r in results), results
        sleeper.write(other.pid)
        assert checker.next(accept=lambda r: r.said[0] == "good", deadline_s=10).said == ALIVE


def named_program(name):
    """A copy of sleep that goes by this name."""
    path = os.path.join(folder("named"), name)
    shutil.copy(shutil.which("sleep"), path)
    return path


def test_process_by_name():
    """a process is found by its name, also by a long one and by its first argument"""
    first, long = named_program("fd-one"), named_program("fd-a-name-longer-than-comm")
    processes = [subprocess.Popen([first, "60"]), subprocess.Popen([long, "60"]),
                 subprocess.Popen(["/srv/fd-argv", "60"], executable=first)]
    checks = [{"process": {"name": name}} for name in ("fd-one", "fd-a-name-longer-than-comm", "fd-argv", "fd-none", "d-one", "fd-on")]
    assert said(*checks) == [ALIVE] * 3 + [("bad", "no-process", 0)] * 3
    with Checker(*checks) as checker:
        checker.next(2)
        processes[2].kill()
        crash = checker.next(2, lambda r: r.said != ALIVE)
        assert (crash.said, crash.conclusive) == (("bad", "exited", processes[2].pid), 1)


def test_pidfile_with_a_name():
    """P4: a pid file that outlived its process is found out by the name beside it, also where its number is another's"""
    sleeper = Sleeper()
    with Checker(sleeper.check(interval="100ms", timeout="100ms"),
                 {"process": {"pidfile": sleeper.pidfile, "name": "sleep"}, "interval": "100ms", "timeout": "100ms"},
                 {"process": {"pidfile": sleeper.pidfile, "name": "fd-server"}, "interval": "100ms", "timeout": "100ms"}) as checker:
        assert checker.next(0).said == ALIVE and checker.next(1).said == ALIVE
        assert checker.next(2).said == ("bad", "no-process", sleeper.pid)
        server = subprocess.Popen([named_program("fd-server"), "60"])
        sleeper.write(server.pid)
        assert checker.next(2, lambda r: r.said == ALIVE) and checker.next(1, lambda r: r.said != ALIVE)
        server.kill()
        crash = checker.next(2, lambda r: r.said != ALIVE)
        assert (crash.said, crash.conclusive) == (("bad", "exited", server.pid), 1)


def test_process_without_descriptors():
    """P4: a checker that has no descriptors left watches processes by their start time, and loses neither a life nor a death"""
    sleepers = [Sleeper() for _ in range(40)]
    checks = [sleeper.check(interval="200ms", timeout="100ms") for sleeper in sleepers]
    begin = ["sh", "-c", "ulimit -n 24; exec \"$@\"", "sh"]
    with Checker(*checks, before=begin) as checker:
        results = checker.listen_for(2)
        assert {r.check for r in results} == set(range(40)) and all(r.said[0] != "bad" for r in results)
        assert sum(r.said == ALIVE for r in results) > len(results) / 2
        for sleeper in sleepers:
            sleeper.kill()
        deaths = first_of_each(checker, len(sleepers), lambda r: r.said[0] == "bad")
    assert all(deaths[check].said == ("bad", "exited", sleeper.pid) for check, sleeper in enumerate(sleepers))


def test_many_deaths_at_once():
    """P4: of hundreds of processes that die in the same moment none is missed, and one look at /proc serves all their checks"""
    count = 200
    program = named_program("fd-many")
    processes = [subprocess.Popen([f"/srv/fd-many-{i}", "60"], executable=program) for i in range(count)]
    checks = [{"process": {"name": f"fd-many-{i}"}, "interval": "5s", "timeout": "2s"} for i in range(count)]
    with Checker(*checks) as checker:
        assert all(result.said == ALIVE for result in first_of_each(checker, count).values())
        before = checker.cpu_s()
        for process in processes:
            process.kill()
        deaths = first_of_each(checker, count, lambda r: r.said != ALIVE)
        used = checker.cpu_s() - before
    assert all((deaths[check].said, deaths[check].conclusive) == (("bad", "exited", process.pid), 1)
               for check, process in enumerate(processes)), deaths
    # A look for each would take seconds.
    assert used < 1, used


def test_last_of_a_name():
    """of several processes of a name the end of the last is conclusive, and not that of another"""
    path = named_program("fd-several")
    processes = [subprocess.Popen([path, "60"]) for _ in range(3)]
    with Checker({"process": {"name": "fd-several"}, "interval": "100ms", "timeout": "100ms"}) as checker:
        checker.next()
        for process in processes[:2]:
            process.kill()
            process.wait()
            results = checker.listen_for(0.3)
            assert all(r.said == ALIVE for r in results), results
        processes[2].kill()
        crash = checker.next(accept=lambda r: r.said != ALIVE)
        assert (crash.said, crash.conclusive) == (("bad", "exited", processes[2].pid), 1)


def test_hidden_processes():
    """P4: where /proc hides others' processes, a name cannot be looked for, which is blind"""
    hiding = ["unshare", "-m", "sh", "-c", "mount -t proc -o hidepid=2 proc /proc && exec \"$@\"", "sh"]
    if os.geteuid() != 0 or subprocess.run([*hiding, "true"], capture_output=True, check=False).returncode != 0:
        raise Skip("needs root and a mount namespace")
    path, sleeper = named_program("fd-hidden"), Sleeper()
    process = subprocess.Popen([path, "60"])
    with Checker({"process": {"name": "fd-hidden"}}, sleeper.check(), before=hiding) as checker:
        assert checker.next(0).said == ("blind", "blind", errno.EACCES)
        assert checker.next(1).said == ALIVE, "a pid file needs no /proc"
    process.kill()


def test_death_is_heard_at_once():
    """P5: from kill -9 to the result in the feeder's hands pass less than 20 ms (median over 50)"""
    sleeper = Sleeper()
    latencies = []
    with Checker(sleeper.check(interval="10s", timeout="1s")) as checker:
        checker.next(accept=lambda r: r.said == ALIVE)
        for _ in range(50):
            begun = time.monotonic_ns()
            sleeper.process.kill()
            result = checker.next(accept=lambda r: r.conclusive)
            latencies.append((time.monotonic_ns() - begun) / 1e6)
            assert result.said == ("bad", "exited", sleeper.pid)
            sleeper.process.wait()
            sleeper.begin()
            checker.next(accept=lambda r: r.said == ALIVE)
    print(f"kill to result: median {statistics.median(latencies):.2f} ms, worst {max(latencies):.2f} ms")
    assert statistics.median(latencies) < 20
