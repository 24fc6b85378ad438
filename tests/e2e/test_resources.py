# SPDX-License-Identifier: MIT
"""The checks that measure the board: cpu, memory, pressure, load, disk, temperature, file and ping, each passing, failing,
without its source, and recovering. What only root may play (other contents of /proc, small disks, networks) is played in
namespaces of the checker's own.
"""

import ctypes
import errno
import os
import re
import signal
import subprocess
import threading
import time

from checker_scene import CAUSES, OUTCOMES, Checker, folder, said
from feeddog import PATIENCE_S, SANITIZED, SHORT, Feeddog, Skip, wait_for

ALONE = ["test_cpu_of_the_board", "test_cpu_of_a_process_and_its_children"]

MIB = 1024 * 1024
ANYBODY_MAY_PING = 'echo "0 2147483647" >/proc/sys/net/ipv4/ping_group_range'


# --- the stage ---


def on_stage(script, *unshare):
    """For Checker(before=...): namespaces of its own, prepared by a script of the shell."""
    if os.geteuid() != 0:
        raise Skip("only root may play another board")
    options = list(unshare) or ["--mount"]
    return ["unshare", *options, "bash", "-ec", script + '; exec "$@"', "stage"]


def behind(checker, *argv, kind="--mount"):
    """Runs a command in the namespace that the checker is in."""
    return subprocess.run(["nsenter", f"--target={checker.process.pid}", kind, *argv], check=True, capture_output=True,
                          timeout=PATIENCE_S)


class Played:
    """A file that stands in for one of the kernel's; its texts have one length, so that no half of one is ever read."""

    def __init__(self, text, size=256):
        self.path, self.size = os.path.join(folder("played"), "file"), size
        with open(self.path, "wb") as file:
            file.write(text.encode().ljust(size))
        os.chmod(self.path, 0o644)

    def say(self, text):
        fd = os.open(self.path, os.O_WRONLY)
        os.pwrite(fd, text.encode().ljust(self.size), 0)
        os.close(fd)

    def over_resolv(self):
        return f"mount --bind {self.path} $(readlink -f /etc/resolv.conf)"

    def over(self, path):
        return on_stage(f"mount --bind {self.path} {path}")


def outcome(checker, wanted, cause=None, check=0):
    """Waits for such a result; its detail."""
    return checker.next(check, lambda result: OUTCOMES[result.outcome] == wanted
                        and (cause is None or CAUSES[result.cause] == cause)).detail


def words(*results):
    """Only outcome and cause: what was measured is different each time."""
    return [result[:2] for result in results]


EATER = """
import os, signal, subprocess, sys, time
BUSY = ["/usr/bin/python3", "-c", "while True: pass"]
SHORT = ["/usr/bin/python3", "-S", "-E", "-c", "import time\\nend = time.process_time() + 0.05\\nwhile time.process_time() < end: pass"]
child, held = None, None
while True:
    print("ready", flush=True)
    order, _, number = sys.stdin.readline().strip().partition(" ")
    if child:
        child.kill()
        child.wait()
        child = None
    if order == "eat":
        child = subprocess.Popen(BUSY)
    elif order == "churn":
        child = subprocess.Popen(["/usr/bin/python3", "-c",
            "import subprocess\\nwhile True: subprocess.run(%r)" % SHORT])
    elif order == "hold":
        child = subprocess.Popen(["/usr/bin/python3", "-c",
            "import time\\nheld = b'x' * (%s << 20)\\nprint('held', flush=True)\\ntime.sleep(3600)" % number],
            stdout=subprocess.PIPE)
        child.stdout.readline()
"""


class Eater:
    """A process that does nothing itself, and has children that eat what they are told to."""

    def __init__(self):
        self.process = None
        self.pidfile = os.path.join(folder("eater"), "pid")
        self.begin()

    def begin(self):
        self.process = subprocess.Popen(["/usr/bin/python3", "-c", EATER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, start_new_session=True)
        self.process.stdout.readline()
        with open(self.pidfile, "w", encoding="ascii") as file:
            file.write(f"{self.process.pid}\n")

    def tell(self, order):
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ready\n"

    def end(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)


# --- cpu ---


class PlayedCpu(Played):
    """/proc/stat of a board whose cores are busy for so many of a hundred ticks."""

    def __init__(self):
        super().__init__(self.text(0, 0))
        self.percent = 0
        threading.Thread(target=self._run, daemon=True).start()

    @staticmethod
    def text(busy, idle):
        return f"cpu  {busy:012} 0 0 {idle:012} 0 0 0 0 0 0\n"

    def _run(self):
        busy = idle = 0
        while True:
            time.sleep(0.005)
            busy, idle = busy + self.percent, idle + 100 - self.percent
            self.say(self.text(busy, idle))


def test_cpu_of_the_board():
    """a board whose cores are all busy is bad, and good again when they are not"""
    board = PlayedCpu()
    board.percent = 20
    with Checker({"cpu": {"above": "90%"}, "interval": "500ms", "timeout": "400ms"}, before=board.over("/proc/stat")) as checker:
        first = checker.next()
        assert first.said[:2] == ("good", "ok") and 15 <= first.detail <= 25, first
        assert first.took_ms >= 100, "the first look has nothing before it, and is two"
        assert checker.next().took_ms < 100
        board.percent = 100
        assert outcome(checker, "bad", "above") >= 91
        board.percent = 40
        assert outcome(checker, "good") <= 90
        wait_for(lambda: 35 <= checker.next().detail <= 45, "40 percent")


def test_cpu_of_this_board():
    """the real board works a little at least, and at most all the time"""
    with subprocess.Popen(["/usr/bin/python3", "-c", "while True: pass"]) as eater:
        try:
            result = said({"cpu": {"above": "0.5%"}})[0]
        finally:
            eater.kill()
    assert result[:2] == ("bad", "above") and 1 <= result[2] <= 100, result


def test_cpu_without_its_source():
    """P4: a board that does not say how busy it is is unknown"""
    board = Played("nothing of the kind\n")
    with Checker({"cpu": {"above": "90%"}}, before=board.over("/proc/stat")) as checker:
        assert checker.next().said == ("unknown", "cannot-probe", errno.EINVAL)


def test_cpu_of_a_process_and_its_children():
    """what the children of a process eat counts as its own, in percent of one core, also of children that come and go"""
    eater = Eater()
    with Checker({"cpu": {"above": "25%", "process": {"pidfile": eater.pidfile}}}) as checker:
        first = checker.next()
        assert first.said[:2] == ("good", "ok") and first.took_ms >= 100, first
        eater.tell("eat")
        assert outcome(checker, "bad", "above") > 25
        eater.tell("rest")
        assert outcome(checker, "good") <= 25
        eater.tell("churn")
        assert outcome(checker, "bad", "above") > 25
        eater.tell("rest")
        outcome(checker, "good")
        # The work of children that have ended is not counted again.
        assert all(result.detail <= 25 for result in checker.listen_for(1))
    eater.end()


def test_cpu_and_memory_of_an_absent_process():
    """P4: a process that is not there is unknown, and is found when it is back"""
    eater = Eater()
    process = {"pidfile": eater.pidfile}
    gone = ("unknown", "absent")
    with Checker({"cpu": {"above": "90%", "process": process}}, {"memory": {"above": "900MB", "process": process}}) as checker:
        outcome(checker, "good")
        outcome(checker, "good", check=1)
        eater.end()
        assert [outcome(checker, *gone, check=check) for check in (0, 1)] == [errno.ESRCH] * 2
        os.unlink(eater.pidfile)
        for check in (0, 1):
            checker.next(check, lambda result: result.said == (*gone, errno.ENOENT))
        eater.begin()
        outcome(checker, "good")
        outcome(checker, "good", check=1)
    name = {"name": "fd-no-such-name"}
    assert said({"cpu": {"above": "90%", "process": name}}, {"memory": {"above": "90%", "process": name}}) \
        == [(*gone, errno.ESRCH)] * 2
    eater.end()


def test_hidden_processes():
    """P4: where the processes of others are hidden (hidepid), theirs are unknown"""
    hidden = on_stage("mount -t proc -o hidepid=2 proc /proc")
    with Checker({"cpu": {"above": "90%", "process": {"name": "systemd"}}}, before=hidden) as checker:
        assert checker.next().said == ("unknown", "cannot-probe", errno.EACCES)


# --- memory, load and pressure ---


def meminfo(available):
    return f"MemTotal:       1000000 kB\nMemFree:             1 kB\nMemAvailable: {available:9} kB\n"


def test_memory_of_the_board():
    """a board without memory to spare is bad, and good again when it has some"""
    board = Played(meminfo(500000))
    with Checker({"memory": {"above": "90%"}}, before=board.over("/proc/meminfo")) as checker:
        assert checker.next().said == ("good", "ok", 50)
        board.say(meminfo(50000))
        assert outcome(checker, "bad", "above") == 95
        board.say(meminfo(100000))
        assert outcome(checker, "good") == 90
        board.say("nothing of the kind\n")
        assert outcome(checker, "unknown", "cannot-probe") == errno.EINVAL
    assert words(*said({"memory": {"above": "1%"}}, {"memory": {"above": "99.9%"}})) == [("bad", "above"), ("good", "ok")]


def test_memory_of_a_process_and_its_children():
    """what the children of a process hold counts as its own, in bytes or in percent of the board's"""
    eater = Eater()
    process = {"pidfile": eater.pidfile}
    with open("/proc/meminfo", encoding="ascii") as file:
        total = int(re.search(r"MemTotal: +(\d+)", file.read()).group(1)) * 1024
    percent = f"{80 * MIB * 100 / total:.3f}%"
    with Checker({"memory": {"above": "80MiB", "process": process}}, {"memory": {"above": percent, "process": process}}) as checker:
        assert outcome(checker, "good") < 80
        outcome(checker, "good", check=1)
        eater.tell("hold 100")
        assert 100 <= outcome(checker, "bad", "above") < 180
        outcome(checker, "bad", "above", check=1)
        eater.tell("rest")
        assert outcome(checker, "good") < 80
        outcome(checker, "good", check=1)
    eater.end()


def test_memory_leads_to_a_restart():
    """a service that holds too much memory for too long is restarted, and is up when it holds less"""
    eater = Eater()
    board = Feeddog({
        "defaults": {"interval": "200ms", "timeout": "200ms", "retries": 2, "start_period": "1s"},
        "services": {"app": {"checks": [{"memory": {"above": "80MiB", "for": "500ms", "process": {"pidfile": eater.pidfile}}}],
                             "restart": f"pkill -KILL -P $(cat {eater.pidfile})", "attempts": 0}},
        "ladder": {**SHORT, "restart_for": "20s"},
    }).start()
    board.wait_well()
    eater.tell("hold 100")
    said_down = board.wait_event("service-down", service="app")
    assert said_down["cause"] == "above" and 100 <= int(said_down["detail"]) < 180, said_down
    board.wait_event("restart", service="app")
    board.wait_event("service-up", service="app")
    assert board.stop() == 0
    eater.end()


def test_load():
    """a load over its limit is bad, in hundredths, and good again under it"""
    board = Played("0.50 9.00 20.00 1/80 4711\n")
    checks = [{"load": {"above": 8, "average": average}} for average in (1, 5, 15)]
    with Checker(*checks, before=board.over("/proc/loadavg")) as checker:
        assert [checker.next(check).said for check in range(3)] == [("good", "ok", 50), ("bad", "above", 900), ("bad", "above", 2000)]
        board.say("8.01 7.99 8.00 1/80 4711\n")
        assert outcome(checker, "bad", "above") == 801
        assert [outcome(checker, "good", check=check) for check in (1, 2)] == [799, 800]
        board.say("nothing of the kind\n")
        assert outcome(checker, "unknown", "cannot-probe") == errno.EINVAL
    assert words(*said({"load": {"above": 100000}})) == [("good", "ok")]


def test_pressure():
    """tasks that wait for memory, disks or the CPU for too large a share of the time are bad, and good again later"""
    text = "some avg10={:05.2f} avg60=0.00 avg300=0.00 total=0\nfull avg10={:05.2f} avg60=0.00 avg300=0.00 total=0\n"
    board = Played(text.format(0.0, 0.0))
    checks = [{"pressure": {"of": "memory", "above": "20%", "full": full}} for full in (False, True)]
    with Checker(*checks, before=board.over("/proc/pressure/memory")) as checker:
        assert [checker.next(check).said for check in (0, 1)] == [("good", "ok", 0)] * 2
        board.say(text.format(31.4, 20.0))
        assert outcome(checker, "bad", "above") == 31
        board.say(text.format(99.9, 21.0))
        assert outcome(checker, "bad", "above", check=1) == 21
        board.say(text.format(15.0, 1.0))
        assert outcome(checker, "good") == 15
        assert outcome(checker, "good", check=1) == 1


def test_pressure_that_is_not_measured():
    """P4: a kernel that does not measure pressure makes it unknown, and the log says once what to do"""
    none = on_stage("mount -t tmpfs none /proc/pressure")
    with Checker({"pressure": {"of": "io", "above": "20%"}}, before=none, stderr=subprocess.PIPE) as checker:
        for _ in range(3):
            assert checker.next().said == ("unknown", "absent", errno.ENOENT)
        checker.leave()
        said_why = [line for line in checker.process.stderr.read().decode().splitlines() if "psi=1" in line]
        assert len(said_why) == 1 and "service=s0 check=pressure" in said_why[0], said_why


# --- temperature, and for how long ---


def write(path, text):
    """At once, as the kernel does it."""
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(text)
    os.rename(path + ".new", path)


def sensor(text):
    path = os.path.join(folder("sensor"), "temp1_input")
    write(path, text)
    return path


def test_temperature():
    """a sensor above or below its limits is bad, one that is away or says something else is unknown, and it recovers"""
    path = sensor("45600\n")
    with Checker({"temperature": {"sensor": path, "above": 80, "below": -10}}) as checker:
        assert checker.next().said == ("good", "ok", 46)
        write(path, "80001\n")
        assert outcome(checker, "bad", "above") == 80
        write(path, "-12000\n")
        assert outcome(checker, "bad", "below") == -12
        os.unlink(path)
        assert outcome(checker, "unknown", "absent") == errno.ENOENT
        write(path, "hot\n")
        assert outcome(checker, "unknown", "cannot-probe") == errno.EINVAL
        write(path, "80000\n")
        assert outcome(checker, "good") == 80
    assert said({"temperature": {"sensor": "thermal_zone987", "above": 80}}) == [("unknown", "absent", errno.ENOENT)]


def test_for_a_time():
    """P3: a value outside of its limits is bad only when it has been so for the time, without a break"""
    high, low = "9.00 0.00 0.00 1/80 4711\n", "1.00 0.00 0.00 1/80 4711\n"
    board = Played(high)
    check = {"load": {"above": 8, "for": "1s"}, "interval": "100ms", "timeout": "90ms"}
    with Checker(check, before=board.over("/proc/loadavg")) as checker:
        first = checker.next()
        bad = checker.next(0, lambda result: OUTCOMES[result.outcome] == "bad")
        before = [result for _, result in checker.results if result.sequence < bad.sequence]
        assert all(result.said == ("good", "ok", 900) for result in before), before
        # A busy machine may miss a run, never come early.
        assert bad.started_ms - first.started_ms >= 1000, (first, bad)
        board.say(low)
        assert outcome(checker, "good") == 100
        board.say(high)
        again = checker.next(0, lambda result: result.detail == 900)
        assert OUTCOMES[again.outcome] == "good"
        assert checker.next(0, lambda result: OUTCOMES[result.outcome] == "bad").started_ms - again.started_ms >= 1000


# --- disk and file ---


def test_disk():
    """a full disk is bad, in bytes and in files, and good again when there is room"""
    path = folder("disk")
    stage = on_stage(f"mount -t tmpfs -o size=1m,nr_inodes=21,mode=755 none {path}")
    checks = [{"disk": {"path": path, "above": "90%"}}, {"disk": {"path": path, "above": "90%", "inodes": True}}]
    with Checker(*checks, before=stage) as checker:
        assert checker.next().said == ("good", "ok", 0)
        outcome(checker, "good", check=1)
        inside = f"/proc/{checker.process.pid}/root{path}"
        with open(f"{inside}/large", "wb") as file:
            file.write(bytes(960 * 1024))
        assert outcome(checker, "bad", "above") == 94
        os.unlink(f"{inside}/large")
        assert outcome(checker, "good") == 0
        for i in range(19):
            with open(f"{inside}/{i}", "wb"):
                pass
        assert outcome(checker, "bad", "above", check=1) == 95
        outcome(checker, "good")
        for i in range(2):
            os.unlink(f"{inside}/{i}")
        assert outcome(checker, "good", check=1) == 86


def test_disk_that_takes_no_writing():
    """a file system that turned read-only is bad; one that is only shown so to a service is not"""
    path = folder("disk")
    stage = on_stage(f"mount -t tmpfs -o mode=755 none {path}")
    with Checker({"disk": {"path": path, "above": "90%"}}, before=stage) as checker:
        outcome(checker, "good")
        behind(checker, "mount", "-o", "remount,bind,ro", path)
        mark = checker.next().sequence
        assert checker.next(0, lambda result: result.sequence > mark + 2).said == ("good", "ok", 0)
        behind(checker, "mount", "-o", "remount,ro", path)
        assert outcome(checker, "bad", "absent") == errno.EROFS
        behind(checker, "mount", "-o", "remount,rw", path)
        outcome(checker, "good")


def test_disk_without_its_source():
    """P4: a path that is not there, and a file system that does not count, are unknown"""
    path = os.path.join(folder("disk"), "absent")
    counts = {"path": "/proc", "above": "90%"}
    assert said({"disk": {"path": path, "above": "90%"}}, {"disk": counts}, {"disk": {"path": "/", "above": "99.9%"}})[:2] \
        == [("unknown", "absent", errno.ENOENT), ("unknown", "absent", errno.ENODATA)]
    with Checker({"disk": {"path": path, "above": "99.9%"}}) as checker:
        assert checker.next().said == ("unknown", "absent", errno.ENOENT)
        os.mkdir(path)
        outcome(checker, "good")


NEW_MOUNTS, PRIVATE_BELOW = 0x20000, 0x44000


class DeadDisk:
    """A file system whose other side never answers, so that whoever asks it hangs until it is gone. Only for this test: it
    moves to mounts of its own.
    """

    def __init__(self):
        if os.geteuid() != 0:
            raise Skip("only root may mount")
        try:
            self.fd = os.open("/dev/fuse", os.O_RDWR)
        except OSError as error:
            raise Skip("no FUSE on this machine") from error
        os.set_inheritable(self.fd, True)
        self.path = folder("dead")
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(NEW_MOUNTS) != 0 or libc.mount(None, b"/", None, PRIVATE_BELOW, None) != 0:
            raise Skip("no mounts of our own on this machine")
        options = f"fd={self.fd},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
        if libc.mount(b"dead", self.path.encode(), b"fuse", 0, options) != 0:
            raise Skip(f"no FUSE on this machine: {os.strerror(ctypes.get_errno())}")

    def go(self):
        """All who wait are told that it is gone."""
        os.close(self.fd)
        subprocess.run(["umount", "--lazy", self.path], check=True, timeout=PATIENCE_S)


def test_disk_that_hangs():
    """P2: a disk that does not answer is bad, holds up no other check, and costs one thread, not one for each run"""
    dead = DeadDisk()
    checks = [{"disk": {"path": dead.path, "above": "90%"}}, {"file": {"path": dead.path + "/file"}},
              {"temperature": {"sensor": dead.path + "/temp", "above": 80}}, {"memory": {"above": "99.9%"}}]
    with Checker(*checks) as checker:
        for _ in range(4):
            assert checker.next(0).said == ("bad", "timeout", 0)
        assert checker.next(1).said == ("bad", "timeout", 0)
        assert checker.next(2).said == ("unknown", "timeout", 0), "a sensor says nothing of the board"
        assert checker.next(3).said[:2] == ("good", "ok")
        assert len(os.listdir(f"/proc/{checker.process.pid}/task")) <= 4
        dead.go()
        # Its place is an empty folder now.
        checker.next(0, lambda result: CAUSES[result.cause] == "ok")
        checker.next(1, lambda result: result.said == ("bad", "absent", errno.ENOENT))
        wait_for(lambda: len(os.listdir(f"/proc/{checker.process.pid}/task")) == 1 or checker.receive() is None, "their end")


def test_a_checker_ends_though_a_disk_hangs():
    """P4: a checker with a question that hangs ends when its feeder goes"""
    if SANITIZED:
        raise Skip("the sanitizer wants to look at the thread that hangs")
    dead = DeadDisk()
    with Checker({"disk": {"path": dead.path, "above": "90%"}}) as checker:
        checker.next()
        assert checker.leave() == 0
    dead.go()


def test_file():
    """a file that is missing is bad, and good when it is there"""
    path = os.path.join(folder("file"), "alive")
    with Checker({"file": {"path": path, "min_size": "3B", "above": "5B"}}) as checker:
        assert checker.next().said == ("bad", "absent", errno.ENOENT)
        write(path, "1234")
        assert outcome(checker, "good") == 4
        write(path, "12")
        assert outcome(checker, "bad", "below") == 2
        write(path, "123456")
        assert outcome(checker, "bad", "above") == 6
        write(path, "123")
        assert outcome(checker, "good") == 3


def test_file_that_ages():
    """a file that is not written any more is bad, and good again after the next writing"""
    path = os.path.join(folder("file"), "alive")
    write(path, "1")
    with Checker({"file": {"path": path, "max_age": "2s"}}) as checker:
        first = checker.next()
        assert first.said[:2] == ("good", "ok")
        # On a busy machine the look itself may time out first.
        bad = checker.next(0, lambda result: CAUSES[result.cause] == "old")
        assert OUTCOMES[bad.outcome] == "bad" and 2 <= bad.detail <= 4, bad
        os.utime(path)
        outcome(checker, "good")
        checker.next(0, lambda result: CAUSES[result.cause] == "old")
    os.utime(path, (time.time() - 7200, time.time() - 7200))
    assert words(*said({"file": {"path": path, "max_age": "1h"}}, {"file": {"path": path, "max_age": "3h"}})) \
        == [("bad", "old"), ("good", "ok")]


def test_file_that_may_not_be_seen():
    """P4: a file that the checker's user may not look at is unknown"""
    path = folder("closed")
    os.chmod(path, 0)
    if os.geteuid() != 0:
        raise Skip("an ordinary user's checker is that user")
    assert said({"file": {"path": path + "/file"}}) == [("unknown", "cannot-probe", errno.EACCES)]


# --- ping ---


def network(*more):
    """A network of the checker's own, which has nothing but itself, and where everybody may ping."""
    script = "; ".join([ANYBODY_MAY_PING, "ip link set lo up", *more])
    return on_stage(script, "--net", "--mount")


# A neighbour that takes every packet and says nothing.
MUTE = ("ip link add v0 type veth peer name v1", "ip link set v0 up", "ip link set v1 up", "ip addr add 10.9.0.1/24 dev v0",
        "ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:01 dev v0 nud permanent")


def test_ping():
    """a host that answers is good, by IPv4, by IPv6, by name, and through an interface"""
    checks = [{"ping": host} for host in ("127.0.0.1", "::1", "localhost")]
    checks.append({"ping": {"host": "127.0.0.1", "interface": "lo"}})
    with Checker(*checks, before=network()) as checker:
        for check in range(len(checks)):
            for _ in range(3):
                assert checker.next(check).said == ("good", "ok", 0)


def test_ping_that_fails():
    """a host to which there is no way is unreachable, one that is silent has timed out, a name may have no address"""
    checks = [{"ping": host} for host in ("192.0.2.1", "10.9.0.2", "2001:db8::1", "nosuch.invalid")]
    resolv = Played("nameserver 127.0.0.1\n")
    with Checker(*checks, before=network(*MUTE, resolv.over_resolv())) as checker:
        for _ in range(2):
            assert checker.next(0).said == ("bad", "unreachable", errno.ENETUNREACH)
            assert checker.next(1).said == ("bad", "timeout", 0)
            assert checker.next(2).said == ("bad", "unreachable", errno.ENETUNREACH)
            assert checker.next(3).said == ("bad", "unresolved", 0)


def test_ping_recovers():
    """a host that comes back answers again"""
    with Checker({"ping": "127.0.0.1"}, before=network()) as checker:
        outcome(checker, "good")
        behind(checker, "ip", "link", "set", "lo", "down", kind="--net")
        outcome(checker, "bad", "timeout")
        behind(checker, "ip", "link", "set", "lo", "up", kind="--net")
        outcome(checker, "good")


def test_ping_with_a_dead_name_server():
    """P2: a name server that does not answer ends as a timeout, holds up no other check, and costs one thread"""
    resolv = Played("nameserver 10.9.0.2\noptions timeout:20\n")
    stage = network(*MUTE, resolv.over_resolv())
    with Checker({"ping": "host.example"}, {"ping": "127.0.0.1"}, before=stage) as checker:
        for _ in range(4):
            assert checker.next().said == ("bad", "timeout", 0)
        assert checker.next(1).said == ("good", "ok", 0)
        assert len(os.listdir(f"/proc/{checker.process.pid}/task")) == 2


def test_ping_that_is_not_allowed():
    """P4: where the kernel lets nobody ping it is unknown, and the log says once what to do"""
    stage = on_stage('echo "1 0" >/proc/sys/net/ipv4/ping_group_range; ip link set lo up', "--net")
    with Checker({"ping": "127.0.0.1"}, before=stage, stderr=subprocess.PIPE) as checker:
        for _ in range(3):
            assert checker.next().said == ("unknown", "cannot-probe", errno.EACCES)
        checker.leave()
        said_why = [line for line in checker.process.stderr.read().decode().splitlines() if "ping_group_range" in line]
        assert len(said_why) == 1, said_why


def test_interface():
    """an interface that receives is good, a silent one is bad, one that is not there is unknown"""
    checks = [{"ping": {"interface": "v0"}}, {"ping": {"interface": "nosuch0"}},
              {"ping": {"host": "127.0.0.1", "interface": "nosuch0"}}]
    quiet = ("echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6", *MUTE, "ip addr add 10.9.1.1/24 dev v1")
    with Checker(*checks, before=network(*quiet)) as checker:
        assert outcome(checker, "bad", "silent") >= 100
        assert [checker.next(check).said for check in (1, 2)] == [("unknown", "absent", errno.ENODEV)] * 2
        # A word to v0 from the other end of its wire.
        send = ["/usr/bin/python3", "-c", "import socket; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); "
                "s.bind(('v1', 0)); s.send(b'\\xff' * 12 + b'\\x88\\xb5' + bytes(46))"]
        behind(checker, *send, kind="--net")
        outcome(checker, "good")
        assert outcome(checker, "bad", "silent") < 5000
        behind(checker, *send, kind="--net")
        outcome(checker, "good")


def test_loopback_receives_what_it_is_pinged():
    """lo is good while something is sent to it, and bad while nothing is"""
    checks = [{"ping": {"interface": "lo"}}, {"ping": "127.0.0.1"}]
    with Checker(*checks, before=network()) as checker:
        for _ in range(3):
            assert checker.next().said == ("good", "ok", 0)
    with Checker(checks[0], before=network()) as checker:
        outcome(checker, "bad", "silent")
