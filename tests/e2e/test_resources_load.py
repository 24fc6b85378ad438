# SPDX-License-Identifier: MIT
"""The checks that measure what the board has to do: cpu, memory, load, pressure and temperature, each passing, failing, without
its source, and recovering.
"""

import errno
import os
import re
import signal
import subprocess
import threading
import time

from checker_scene import OUTCOMES, Checker, folder, said
from feeddog import PATIENCE_S, SHORT, Feeddog, wait_for
from played_scene import Played, on_stage, outcome, words, write

ALONE = ["test_cpu_of_the_board", "test_cpu_of_a_process_and_its_children"]

MIB = 1024 * 1024
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
    """P4: a board that does not say how busy it is is blind"""
    board = Played("nothing of the kind\n")
    with Checker({"cpu": {"above": "90%"}}, before=board.over("/proc/stat")) as checker:
        assert checker.next().said == ("blind", "blind", errno.EINVAL)


def test_cpu_of_a_process_and_its_children():
    """what the children of a process eat counts as its own, in percent of one core, also of children that come and go"""
    eater = Eater()
    with Checker({"cpu": {"above": "25%", "process": {"pidfile": eater.pidfile}}}) as checker:
        first = checker.next()
        assert first.said[:2] == ("good", "ok") and first.took_ms >= 100, first
        eater.tell("eat")
        assert outcome(checker, "bad", "above") >= 25  # rounded
        eater.tell("rest")
        assert outcome(checker, "good") <= 25
        eater.tell("churn")
        assert outcome(checker, "bad", "above") >= 25  # rounded
        eater.tell("rest")
        outcome(checker, "good")
        # The work of children that have ended is not counted again.
        assert all(result.detail <= 25 for result in checker.listen_for(1))
    eater.end()


def test_cpu_and_memory_of_an_absent_process():
    """P4: a process that is absent is blind, and is found when it is back"""
    eater = Eater()
    process = {"pidfile": eater.pidfile}
    gone = ("blind", "blind")
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
    """P4: where the processes of others are hidden (hidepid), theirs are blind"""
    hidden = on_stage("mount -t proc -o hidepid=2 proc /proc")
    with Checker({"cpu": {"above": "90%", "process": {"name": "systemd"}}}, before=hidden) as checker:
        assert checker.next().said == ("blind", "blind", errno.EACCES)


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
        assert outcome(checker, "blind") == errno.EINVAL
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
        # On a busy machine it is seen while it grows.
        assert 80 <= outcome(checker, "bad", "above") < 180
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
        assert outcome(checker, "blind") == errno.EINVAL
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
    """P4: a kernel that does not measure pressure makes it blind, and the log says once what to do"""
    none = on_stage("mount -t tmpfs none /proc/pressure")
    with Checker({"pressure": {"of": "io", "above": "20%"}}, before=none, stderr=subprocess.PIPE) as checker:
        for _ in range(3):
            assert checker.next().said == ("blind", "blind", errno.ENOENT)
        checker.leave()
        said_why = [line for line in checker.process.stderr.read().decode().splitlines() if "psi=1" in line]
        assert len(said_why) == 1 and "service=s0 check=pressure" in said_why[0], said_why


def sensor(text):
    path = os.path.join(folder("sensor"), "temp1_input")
    write(path, text)
    return path


def test_temperature():
    """a sensor above or below its limits is bad, one that is away or says something else is blind, and it recovers"""
    path = sensor("45600\n")
    with Checker({"temperature": {"sensor": path, "above": 80, "below": -10}}) as checker:
        assert checker.next().said == ("good", "ok", 46)
        write(path, "80001\n")
        assert outcome(checker, "bad", "above") == 80
        write(path, "-12000\n")
        assert outcome(checker, "bad", "below") == -12
        os.unlink(path)
        assert outcome(checker, "blind") == errno.ENOENT
        write(path, "hot\n")
        assert outcome(checker, "blind") == errno.EINVAL
        write(path, "80000\n")
        assert outcome(checker, "good") == 80
    assert said({"temperature": {"sensor": "thermal_zone987", "above": 80}}) == [("blind", "blind", errno.ENOENT)]


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
