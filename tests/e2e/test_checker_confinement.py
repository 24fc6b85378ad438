# SPDX-License-Identifier: MIT
"""What a checker that was taken over can do, tried from inside: by a command of a check, which has no more rights."""

import ctypes
import errno
import json
import os
import platform
import signal
import subprocess

from checker_scene import Checker, folder
from feeddog import SANITIZED, Skip

NOBODY, OWN_USER = 65534, 54399

TRY = """
import ctypes, errno, json, os, platform, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
out = {}


def result(call, *arguments):
    ctypes.set_errno(0)
    return 0 if call(*arguments) >= 0 else ctypes.get_errno()


def attempt(name, do):
    try:
        do()
        out[name] = 0
    except OSError as error:
        out[name] = error.errno


numbers = {"x86_64": {"ptrace": 101, "keyctl": 250, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "mount": 165, "unshare": 272,
                      "setns": 308, "process_vm_readv": 310, "init_module": 175, "kexec_load": 246, "reboot": 169, "clock_settime": 227,
                      "open_by_handle_at": 304},
           "aarch64": {"ptrace": 117, "keyctl": 219, "bpf": 280, "perf_event_open": 241, "userfaultfd": 282, "mount": 40, "unshare": 97,
                       "setns": 268, "process_vm_readv": 270, "init_module": 105, "kexec_load": 104, "reboot": 142, "clock_settime": 112,
                       "open_by_handle_at": 265}}[platform.machine()]
for name, number in {**numbers, "io_uring_setup": 425, "pidfd_getfd": 438, "fsopen": 430}.items():
    out[name] = result(libc.syscall, number, 0, 0, 0, 0, 0)
attempt("become root", lambda: os.setuid(0))
attempt("signal a process of the same user", lambda: os.kill(int(sys.argv[2]), 0))
attempt("signal init", lambda: os.kill(1, 0))
attempt("signal itself", lambda: os.kill(os.getpid(), 0))
attempt("read the shadow file", lambda: open("/etc/shadow").close())
attempt("write to /etc", lambda: open("/etc/feeddog-test", "w").close())
attempt("write to /sys", lambda: open("/sys/kernel/uevent_helper", "w").close())
attempt("listen on a low port", lambda: socket.socket().bind(("127.0.0.1", 79)))
attempt("a raw socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
attempt("an ordinary socket", lambda: socket.socket().bind(("127.0.0.1", 0)))
with open(sys.argv[1], "w") as file:
    json.dump(out, file)
"""


NEW_MOUNTS, PRIVATE_BELOW, BIND = 0x20000, 0x44000, 0x1000


def user_of_its_own():
    """From now on this test sees a user `feeddog`, as installing makes it."""
    path = os.path.join(folder("passwd"), "passwd")
    with open("/etc/passwd", encoding="utf-8") as known, open(path, "w", encoding="utf-8") as file:
        file.write("".join(line for line in known if not line.startswith("feeddog:")))
        file.write(f"feeddog:x:{OWN_USER}:{NOBODY}::/:/bin/false\n")
    os.chmod(path, 0o644)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEW_MOUNTS) != 0 or libc.mount(None, b"/", None, PRIVATE_BELOW, None) != 0 or \
            libc.mount(path.encode(), b"/etc/passwd", None, BIND, None) != 0:
        raise Skip("no mounts of our own on this machine")


FORK = """
import os, sys, time
count = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(1000)
        count += 1
except OSError as error:
    with open(sys.argv[1], "w") as file:
        file.write(f"{error.errno} {count}")
time.sleep(1000)
"""


def test_endless_forks():
    """P4, P18: a command that forks without end meets a limit; meanwhile the other commands are unknown, not bad, and then good"""
    if os.geteuid() != 0:
        raise Skip("an ordinary user's own programs count, too")
    user_of_its_own()
    where = folder("inside")
    os.chmod(where, 0o777)
    path = os.path.join(where, "seen")
    forks = {"command": ["/usr/bin/python3", "-c", FORK, path], "name": "forks", "interval": "20s", "timeout": "4s"}
    with Checker(forks, {"command": ["/bin/true"], "name": "other"}) as checker:
        short = checker.next(1, lambda result: result.said[0] != "good")
        assert short.said == ("unknown", "cannot-probe", errno.EAGAIN), short
        assert checker.next(0).said == ("bad", "timeout", 0)
        checker.next(1, lambda result: result.said[0] == "good")
        assert all(result.said[0] != "bad" for _, result in checker.results if result.check == 1), checker.results
    with open(path, encoding="ascii") as file:
        error, count = (int(word) for word in file.read().split())
    assert error == errno.EAGAIN and 100 < count <= 256 + 2 * 8, (error, count)


def test_what_a_lost_checker_can_do():
    """P11, P18: no tracing, keys, BPF, mounts, namespaces, modules or reboot, no other user, no file of root, no signal but to its own"""
    if os.geteuid() != 0:
        raise Skip("an ordinary user's checker keeps that user's rights")
    if platform.machine() not in ("x86_64", "aarch64"):
        raise Skip("the numbers of this machine's system calls are not known here")
    where = folder("inside")
    os.chmod(where, 0o777)
    path = os.path.join(where, "seen")
    other = subprocess.Popen(["sleep", "1000"], user=NOBODY, group=NOBODY)
    try:
        command = ["/usr/bin/python3", "-c", TRY, path, str(other.pid)]
        with Checker({"command": command, "interval": "20s", "timeout": "20s"}, stderr=subprocess.PIPE) as checker:
            assert checker.next().said == ("good", "ok", 0)
            checker.leave()
            scoped = b"signals=no" not in checker.process.stderr.read()
    finally:
        other.send_signal(signal.SIGKILL)
    with open(path, encoding="ascii") as file:
        seen = json.load(file)
    may = {"signal itself": 0, "an ordinary socket": 0, "signal a process of the same user": errno.EPERM if scoped else 0,
           "read the shadow file": errno.EACCES, "write to /etc": errno.EACCES, "write to /sys": seen["write to /sys"],
           "listen on a low port": seen["listen on a low port"]}
    if SANITIZED:
        may["ptrace"] = 0  # the sanitizers look for leaks by it
    assert seen == {name: may.get(name, errno.EPERM) for name in seen}, seen
    assert seen["write to /sys"] in (errno.EACCES, errno.ENOENT, errno.EROFS)
