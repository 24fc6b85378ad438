# SPDX-License-Identifier: MIT
"""What the feeder does, and does not do, while all is well."""

import os
import re
import shutil
import subprocess
import time

from feeddog import SANITIZED, Feeddog, Skip, Victim, wait_for, web_config, well_board

# It counts memory, system calls and bytes written, which the sanitizers add to.
NOT_SANITIZED = ["*"]
ALONE = ["*"]
# Some of five minutes, where those are asked for and the machine is busy.
TIMEOUT_S = {"*": 1300}
# As many rounds of checks, at 100 ms, as five minutes have at the default of 5 s; more where asked for.
STEADY_S = int(os.environ.get("FEEDDOG_STEADY_S", "12"))

# All that the feeder calls while nothing changes: it waits, reads its channels, and writes to the dog and its channels.
STEADY_CALLS = {"write", "sendto", "sendmsg", "recvfrom", "recvmsg", "read", "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll",
                "ppoll", "clock_gettime", "timerfd_settime", "waitid", "wait4", "restart_syscall"}


def steady_board():
    board, _ = well_board()
    board.wait_state("well")
    time.sleep(1.5)  # the last record of becoming well has been sent, and status.json been written
    return board


def while_steady(board, look):
    """What is seen while nothing changes. On a busy machine an answer may come late, which is a change: then once more."""
    for _ in range(8):
        mark = board.mark()
        seen = look()
        if board.mark() == mark:
            return seen
        board.wait_state("well")
        time.sleep(1.5)
    raise AssertionError("the board was not steady")


def trace(pid, seconds):
    """The system calls of one process, one line each."""
    if not shutil.which("strace"):
        raise AssertionError("strace is not installed (scripts/setup test installs it)")
    path = os.path.join(os.environ.get("TMPDIR", "/tmp"), "trace")
    tracer = subprocess.Popen(["strace", "-y", "-o", path, "-p", str(pid)], stderr=subprocess.PIPE, text=True)
    first = tracer.stderr.readline()
    if "attached" not in first:
        raise Skip(f"strace may not attach: {first.strip()}")
    time.sleep(seconds)
    tracer.terminate()
    tracer.wait()
    with open(path, encoding="utf-8", errors="replace") as file:
        return [line.rstrip() for line in file if re.match(r"[a-z]\w*\(", line)]


def test_feeder_in_steady_state():
    """P15: in steady state the feeder allocates nothing, opens nothing, and writes to nothing but the dog and its channels."""
    if SANITIZED:
        raise Skip("the sanitizers allocate for themselves")
    board = steady_board()
    calls = while_steady(board, lambda: trace(board.process.pid, STEADY_S))
    names = {line.split("(")[0] for line in calls}
    print(f"{len(calls)} calls in {STEADY_S} s: {sorted(names)}")
    feeds = [line for line in calls if line.startswith("write(") and board.dog.path in line]
    assert len(feeds) >= STEADY_S, "it was fed meanwhile"
    assert names <= STEADY_CALLS, sorted(names - STEADY_CALLS)
    for line in calls:
        if line.startswith("write("):
            assert board.dog.path in line or "<socket:" in line, line


def state_of_folder(path):
    seen = {}
    for base, folders, files in os.walk(path):
        for name in [base, *(os.path.join(base, name) for name in folders + files)]:
            status = os.stat(name)
            seen[name] = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return seen


def test_no_write_to_disk_in_steady_state():
    """P9: in steady state nothing is written to the state folder, not one byte."""
    board = steady_board()

    def look():
        before = state_of_folder(board.state_dir)
        time.sleep(STEADY_S)
        return before, state_of_folder(board.state_dir)

    before, after = while_steady(board, look)
    assert os.path.join(board.state_dir, "ledger") in before
    assert after == before
    assert board.state() == "well"


def test_locked_memory():
    """P15: the feeder's locked memory is at most 1.5 MB."""
    if SANITIZED:
        raise Skip("the sanitizers need more")
    board = steady_board()
    with open(f"/proc/{board.process.pid}/status", encoding="ascii") as file:
        locked_kb = int(re.search(r"VmLck:\s+(\d+)", file.read()).group(1))
    print(f"{locked_kb} kB locked")
    if locked_kb == 0:
        if os.geteuid() == 0 and can_lock():
            raise AssertionError("nothing is locked, though it is allowed")
        raise Skip("locking memory is not allowed here")
    assert locked_kb <= 1536, f"{locked_kb} kB"


def can_lock():
    with open("/proc/self/status", encoding="ascii") as file:
        return int(re.search(r"CapEff:\s+([0-9a-f]+)", file.read()).group(1), 16) >> 14 & 1


def test_state_that_cannot_be_written():
    """P6, P9: where the ledger cannot be written the board is fed on, which is said, and no reboot is ordered uncounted."""
    victim = Victim().begin()
    board = Feeddog(web_config(victim))
    board.start(before=board.as_nobody())
    board.wait_well()
    ledger = os.path.join(board.state_dir, "ledger")
    wait_for(lambda: os.path.exists(ledger), "the ledger")
    os.chmod(ledger, 0o444)
    os.chmod(board.state_dir, 0o555)
    victim.tell("refuse")
    victim.tell("crash")
    assert board.wait_event("storage")["stable"] == "0"
    board.wait_event("hold")
    held = time.monotonic()
    time.sleep(1)
    assert board.dog.longest_gap(held, time.monotonic()) <= 1.0
    assert board.reboots_ordered() == 0
