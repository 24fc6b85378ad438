# SPDX-License-Identifier: MIT
"""Which calls are made to fail, and how."""

import collections
import errno
import os
import tempfile

# How each call can fail; the first is the usual way. What is not listed can fail for want of memory.
ERRORS = {
    "open": "EMFILE EIO EINTR EROFS", "openat": "EMFILE EIO", "fopen": "EMFILE EIO", "opendir": "EMFILE EIO",
    "read": "EIO EINTR short", "pread": "EIO EINTR short",
    "write": "ENOSPC EIO EINTR EAGAIN EROFS short", "pwrite": "ENOSPC EIO EINTR EROFS short",
    "send": "EAGAIN ENOBUFS EINTR", "sendto": "EAGAIN ENOBUFS EINTR", "recv": "ENOMEM EINTR", "recvmsg": "ENOMEM EINTR",
    "poll": "ENOMEM EINTR", "epoll_wait": "EINTR EIO", "epoll_ctl": "ENOSPC ENOMEM", "epoll_create1": "EMFILE ENOMEM",
    "fsync": "EIO ENOSPC EINTR", "fdatasync": "EIO ENOSPC EINTR", "ftruncate": "EIO EINTR", "rename": "ENOSPC EROFS EIO",
    "mkdir": "ENOSPC EROFS", "unlink": "EROFS EIO", "access": "EIO", "readlink": "EIO", "stat": "EIO", "fstat": "EIO", "lstat": "EIO",
    "statx": "EIO ENOSYS", "renameat": "ENOSPC EROFS EIO", "unlinkat": "EROFS EIO", "eventfd": "EMFILE", "dup3": "EMFILE EINTR",
    "setsockopt": "ENOPROTOOPT", "fchown": "EPERM",
    "flock": "ENOLCK EINTR", "chmod": "EROFS", "fchmod": "EROFS", "chdir": "EIO", "close": "EIO EINTR",
    "memfd_create": "EMFILE ENOSYS", "signalfd": "EMFILE", "pipe2": "EMFILE", "dup2": "EMFILE EINTR", "fcntl": "EMFILE EINVAL",
    "socket": "EMFILE ENOBUFS", "socketpair": "EMFILE", "bind": "EROFS EADDRINUSE", "connect": "ECONNREFUSED EAGAIN",
    "fork": "EAGAIN ENOMEM", "waitpid": "EINTR", "waitid": "EINTR", "kill": "ESRCH", "syscall": "ENOSYS EMFILE",
}


class Fault(collections.namedtuple("Fault", "program call at how lasts on after")):
    """The at-th call of a program fails, once or from then on."""

    def env(self, log):
        how = getattr(errno, self.how, self.how)
        more = {"FEEDDOG_FAULT_AFTER": self.after} if self.after else {}
        return {"FEEDDOG_FAULT": f"{self.program}:{self.call}:{self.at}:{how}:{self.lasts}:{self.on}",
                "FEEDDOG_FAULT_LOG": log, **more}

    def __str__(self):
        return f"{self.call} number {self.at}{' on ' + self.on if self.on else ''}: {self.how} {self.lasts}"


def fault(program, call, at, how, lasts="once", on="", after=""):
    return Fault(program, call, at, how, lasts, on, after)


NO_CALL = "-"


def none(program, after=""):
    return fault(program, NO_CALL, 0, "0", after=after)


def log_path():
    handle, path = tempfile.mkstemp(prefix="calls.")
    os.fchmod(handle, 0o666)
    os.close(handle)
    return path


def read_log(path):
    """(all calls by name, those that failed)."""
    with open(path, encoding="ascii", errors="replace") as file:
        lines = file.read().split()
    os.unlink(path)
    return collections.Counter(line.lstrip("!") for line in lines), sum(line.startswith("!") for line in lines)


def ways(call):
    """How a call can fail: (how, lasts). Nothing is interrupted for ever, or only half done for ever."""
    for how in ERRORS.get(call, "ENOMEM").split():
        yield how, "once"
        if how not in ("EINTR", "short"):
            yield how, "forever"


def faults(program, counts, *, whole, after="", leave_out=()):
    """The faults for a program that makes so many of each call: of all in each way, or a sample of them."""
    for call, count in sorted(counts.items()):
        if call in leave_out:
            continue
        all_ways = list(ways(call))
        if whole:
            yield from (fault(program, call, at, how, lasts, after=after) for at in range(1, count + 1) for how, lasts in all_ways)
            continue
        # Each way for the first; the usual ones also in the middle and at the end.
        yield from (fault(program, call, 1, how, lasts, after=after) for how, lasts in all_ways)
        for at in sorted({(count + 1) // 2, count} - {1}):
            yield fault(program, call, at, all_ways[0][0], "once", after=after)


def sample(all_faults, most):
    """At most so many, from all over."""
    all_faults = list(all_faults)
    step = max(1, len(all_faults) / most)
    return [all_faults[int(i * step)] for i in range(min(most, len(all_faults)))]
