# SPDX-License-Identifier: MIT
"""What is measured. Every phase takes all its candidates in one go, in rounds, so that what else the machine does meets all."""

import os
import random
import signal
import subprocess
import tempfile
import time

import candidates
import figures
import proc
from candidates import wait_for_rings

NS_IN_MS = 1e6


class Ear:
    """Hears the dogs of the candidates that feed one."""

    def __init__(self, feeders):
        self.names = [feeder.name for feeder in feeders]
        self.file = tempfile.NamedTemporaryFile("w+", suffix=".ear")
        self.process = subprocess.Popen([os.path.join(candidates.TOOLS, "ear"), *(feeder.dog for feeder in feeders)],
                                        stdout=self.file)

    def feeds(self):
        """Nanoseconds, by candidate."""
        heard = {name: [] for name in self.names}
        with open(self.file.name, encoding="ascii") as file:
            for line in file:
                dog, at_ns, byte = line.split()
                if byte == "0":
                    heard[self.names[int(dog)]].append(int(at_ns))
        return heard

    def end(self):
        self.process.kill()
        self.process.wait()
        self.file.close()


def started(kinds, *arguments):
    """Starts one of each; if one cannot be, ends them all."""
    running = []
    try:
        for kind in kinds:
            running.append(kind(*arguments))
            running[-1].start()
    except BaseException:
        end_all(running)
        raise
    return running


def end_all(running):
    for candidate in running:
        candidate.end()


def is_in_time(candidate, word, since_ns, found):
    at_ns = candidate.server.rang(word, since_ns)
    if at_ns is not None:
        found.setdefault(candidate.name, []).append((at_ns - since_ns) / NS_IN_MS)


# --- kill -9 and hang ---


def kill_round(group, begun, listening):
    killed = [(candidate, candidate.server.signal(signal.SIGKILL)) for candidate in group]
    wait_for_rings([(candidate.server, "listening", at_ns) for candidate, at_ns in killed])
    for candidate, at_ns in killed:
        is_in_time(candidate, "started", at_ns, begun)
        is_in_time(candidate, "listening", at_ns, listening)


def kill(rounds):
    """kill -9 of the server: milliseconds to its restart command, and until the next one listens."""
    running = started(candidates.KEEPERS, "keep")
    begun, listening = {}, {}
    try:
        time.sleep(2)
        for _ in range(rounds):
            time.sleep(1 + random.random())
            # Those that are told of it one after another, those that look every second or two all at once.
            for candidate in random.sample([c for c in running if c.quick], sum(c.quick for c in running)):
                kill_round([candidate], begun, listening)
                time.sleep(0.1)
            kill_round([c for c in running if not c.quick], begun, listening)
    finally:
        end_all(running)
    return {"to_command_ms": begun, "to_listening_ms": listening}


def hang(rounds):
    """The server is stopped: milliseconds until its restart command."""
    running = started(candidates.WATCHERS, "watch")
    found = {}
    try:
        for _ in range(rounds):
            time.sleep(2 + random.random())
            stopped = [(candidate, candidate.server.signal(signal.SIGSTOP)) for candidate in running]
            wait_for_rings([(candidate.server, "listening", at_ns) for candidate, at_ns in stopped])
            for candidate, at_ns in stopped:
                is_in_time(candidate, "started", at_ns, found)
    finally:
        end_all(running)
    return found


# --- at rest ---


class Usage:
    """What the processes of a candidate have used, between two looks."""

    def __init__(self, candidate):
        self.candidate, self.asked = candidate, candidate.server.asked()
        self.used = {pid: self.look(pid) for pid in candidate.staying()}

    @staticmethod
    def look(pid):
        return proc.cpu_ns(pid), proc.wakeups(pid), proc.written_bytes(pid)

    def since(self):
        """For each process: name, processor time, wake-ups, bytes written."""
        rows = []
        for pid, before in self.used.items():
            used = [after - earlier for earlier, after in zip(before, self.look(pid))]
            rows.append({"name": proc.name(pid), **dict(zip(("cpu_ns", "wakeups", "written_bytes"), used))})
        return rows

    def checks(self):
        return self.candidate.server.asked() - self.asked


def memory(running):
    """Of every process, in kB."""
    return {candidate.name: [{"name": proc.name(pid), **proc.memory_kb(pid)} for pid in candidate.staying()]
            for candidate in running}


def floors(port, rate, window_s):
    """Not at the same moment: who asks just after another finds the kernel's own memory warm."""
    running = {}
    for kind in ("raw", "curl"):
        running[kind] = subprocess.Popen([os.path.join(candidates.TOOLS, "floor"), kind, str(port), str(rate), str(window_s)],
                                         stdout=subprocess.PIPE, text=True)
        time.sleep(random.uniform(0.2, 0.4) / rate)
    return running


def floor_cost(process):
    """Microseconds a check."""
    answered, used_ns = map(int, process.communicate()[0].split())
    return used_ns / answered / 1000


def window(running, floor_server, rate, window_s, costs, uses):
    """One window of asking: adds to `costs` microseconds a check, and to `uses` what each process used."""
    before = [Usage(candidate) for candidate in running]
    under = floors(floor_server.port, rate, window_s)
    time.sleep(window_s)
    for usage in before:
        rows, checks = usage.since(), usage.checks()
        name = usage.candidate.name
        uses.setdefault(name, []).append(rows)
        if usage.candidate.job == "watch" and checks > 0:
            costs.setdefault(name, []).append(sum(row["cpu_ns"] for row in rows) / checks / 1000)
            for row in rows:
                if row["name"] == "feeddog-checker":
                    costs.setdefault(f"{name}: {row['name']}", []).append(row["cpu_ns"] / checks / 1000)
    for kind, process in under.items():
        costs.setdefault(f"floor: {kind}", []).append(floor_cost(process))


def files_written(running, seconds):
    """How often each file of a candidate's is written, truncated or renamed, as strace sees it."""
    pids = [str(pid) for candidate in running if candidate.name == "feeddog" for pid in candidate.pids()]
    trace = tempfile.NamedTemporaryFile("r", suffix=".strace")
    tracer = subprocess.Popen(["strace", "-f", "-y", "-qq", "-o", trace.name, "-e",
                               "trace=write,writev,pwrite64,pwritev,ftruncate,fallocate,rename,renameat2,unlink,fsync,fdatasync,"
                               "mkdir,link,sendfile,copy_file_range", *(f"-p{pid}" for pid in pids)], stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    tracer.terminate()
    tracer.wait()
    return trace.read().splitlines()


def where(lines, feeddog):
    """Traced calls by the place that they went to."""
    counts = {"dog": 0, "run": 0, "no file": 0, "disk": 0}
    for line in lines:
        if " resumed>" in line or "(" not in line:
            continue
        if f"<{feeddog.dog}" in line:
            counts["dog"] += 1
        elif feeddog.memory in line:
            counts["run"] += 1
        elif "<anon_inode:" in line or "<socket:" in line or "<pipe:" in line or "UNIX" in line:
            counts["no file"] += 1
        else:
            counts["disk"] += 1
    return counts


# --- feeding ---

LOADS = {
    "idle": None,
    "CPU": ["--cpu", "0", "--cpu-load", "100", "--cpu-method", "fft"],
    "I/O": ["--hdd", "2", "--hdd-bytes", "128M", "--io", "2"],
    "memory": ["--vm", "2", "--vm-bytes", "25%", "--vm-keep"],
    "fork": ["--fork", "4"],
}


def gaps(ear, window_s):
    """The longest time between two feeds under each load, in milliseconds."""
    found = {}
    for load, options in LOADS.items():
        with tempfile.TemporaryDirectory(prefix="bench.", dir="/var/tmp") as place:
            stress = options and subprocess.Popen(["stress-ng", "--quiet", "--temp-path", place, *options], cwd=place,
                                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            time.sleep(1)
            begin = time.monotonic_ns()
            time.sleep(window_s)
            end = time.monotonic_ns()
            if stress:
                assert stress.poll() is None, f"stress-ng did not run: {options}"
                os.killpg(stress.pid, signal.SIGTERM)
                stress.wait()
        for name, times in ear.feeds().items():
            # From the last feed before the window to the first after it, as far as there is one.
            inside = [at for at in times if begin - 2e9 <= at <= end]
            first = max([at for at in inside if at <= begin], default=begin)
            found.setdefault(name, {})[load] = figures.longest_gap(inside, first, end) / NS_IN_MS
    return found


def first_feed(rounds):
    """From the start of the program to the first byte at the dog, in milliseconds."""
    found = {}
    for _ in range(rounds):
        running = [kind("watch") for kind in (candidates.Feeddog, candidates.Watchdog)]
        ear = Ear(running)
        try:
            time.sleep(0.2)
            for candidate in running:
                if not candidate.own_start:
                    candidate.server.begin()
                begun = time.monotonic_ns()
                candidate.launch()
                end = time.monotonic() + candidates.PATIENCE_S
                while not ear.feeds()[candidate.name] and time.monotonic() < end:
                    time.sleep(0.02)
                fed = ear.feeds()[candidate.name]
                if fed:
                    found.setdefault(candidate.name, []).append((fed[0] - begun) / NS_IN_MS)
                wait_for_rings([(candidate.server, "listening", 0)])
        finally:
            end_all(running)
            ear.end()
    return found
