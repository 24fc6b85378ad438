#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A helper of feeddog's that was taken over: attacker.py PLAN REAL ARGUMENTS...

Stands in the place of the checker or the LED program. Where the file PLAN is there it is taken away and says in JSON what to do:

    kind      one of KINDS, the functions attack_* below
    seed      of the generator of chance
    seconds   for how long
    honest    checks whose good results go out meanwhile, so that their silence does not end the attack
    lies      checks about which it says what it likes
    targets   files to open and processes to signal; each success is printed as a line with BREACH

Without it the real program is run. An attack runs as the helper's own user, without privileges, but without the confinement by
which the real one limits itself.
"""

import json
import mmap
import os
import random
import select
import signal
import socket
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
for folder in ("../e2e", "../support"):
    sys.path.insert(0, os.path.join(HERE, folder))

from checker_scene import CAUSES, OUTCOMES, RESULT  # noqa: E402
from feeddog import NOBODY  # noqa: E402
from lingering import lingering_socket, pass_it  # noqa: E402

FD_CHANNEL, FD_OUTPUT = 4, 7
NUMBERS = (0, 1, -1, 2**31 - 1, -2**31, 65, 133, 134, 4095, -4096, 1_000_000)
TIMES = (0, 1, 10, 86_400_000, -1, -86_400_000, 2**62, -2**62)
FORGED = (b"<5>event=reboot service=web FORGED\n", b"\x1b]0;title\x07\x1b[2J", b"event=armed\n\0\xff\xfe", "\u202e\u2066 x\n".encode(), b"%n%s%n" * 99)


class Helper:
    """What a program in the place of a helper has."""

    def __init__(self, plan, arguments):
        self.plan, self.random = plan, random.Random(plan["seed"])
        self.until = time.monotonic() + plan["seconds"]
        self.generation = int(arguments[arguments.index("--generation") + 1])
        self.run_dir = arguments[arguments.index("--run-dir") + 1]
        self.channel = socket.socket(fileno=FD_CHANNEL)
        self.sequence, self.honest_at = 0, 0

    def goes_on(self):
        """Whether there is time left; says that the honest checks are good."""
        now = time.monotonic()
        if now >= self.honest_at:
            self.honest_at = now + 0.05
            for check in self.plan["honest"]:
                self.say(check, "good", "ok")
        return now < self.until

    def send(self, record):
        """True where it went out; waits for a moment where the channel is full."""
        try:
            self.channel.send(record, socket.MSG_NOSIGNAL | socket.MSG_DONTWAIT)
            return True
        except BlockingIOError:
            select.select([], [self.channel], [], 0.02)
        except OSError:
            time.sleep(0.001)
        return False

    def record(self, **fields):
        now_ms = time.monotonic_ns() // 1_000_000
        known = {"generation": self.generation, "sequence": self.sequence + 1, "started_ms": now_ms, "seen_ms": 0, "took_ms": 1, "detail": 0,
                 "check": 0, "outcome": 0, "cause": 0, "conclusive": 0, **fields}
        return RESULT.pack(*known.values())

    def say(self, check, outcome, cause, **more):
        if self.send(self.record(check=check, outcome=OUTCOMES.index(outcome), cause=CAUSES.index(cause), **more)):
            self.sequence = (self.sequence + 1) % 2**32

    def hostile_record(self):
        """A record with chance in some of its fields: now and then one that is believed."""
        roll, now_ms = self.random.random(), time.monotonic_ns() // 1_000_000
        if roll < 0.1:
            return self.random.randbytes(self.random.choice((1, RESULT.size - 1, RESULT.size, RESULT.size + 1, 5000, 60000)))
        fields = {"check": self.random.choice(self.plan["lies"]), "outcome": self.random.randrange(len(OUTCOMES)),
                  "cause": self.random.randrange(len(CAUSES)), "conclusive": self.random.randrange(3),
                  "detail": self.random.choice(NUMBERS), "took_ms": self.random.choice((0, 1, 2**32 - 1, 2**31 - 1))}
        wrong = {"generation": self.random.choice((0, self.generation + 1, 2**32 - 1)), "sequence": self.random.choice((0, 2**31, 2**32 - 1)),
                 "started_ms": max(-2**63, min(2**63 - 1, now_ms + self.random.choice(TIMES))), "seen_ms": self.random.choice(TIMES),
                 "check": self.random.choice((2**16 - 1, 2**16 - 2, 8192)), "outcome": self.random.randrange(len(OUTCOMES), 256),
                 "cause": self.random.randrange(len(CAUSES), 256), "conclusive": self.random.randrange(3, 256)}
        for name in self.random.sample(list(wrong), self.random.choice((0, 1, 1, 2))):
            # A sequence far ahead, in a record that is believed, would only silence the attacker himself.
            fields[name] = wrong[name]
        return self.record(**fields)


def attack_records(helper):
    """Records of which most are wrong, as fast as they are taken."""
    while helper.goes_on():
        if helper.send(helper.hostile_record()):
            helper.sequence = (helper.sequence + 1) % 2**32


def attack_flap(helper):
    """Good and bad in turns, about checks that are its own, as fast as they are taken."""
    turn = 0
    while helper.goes_on():
        for check in helper.plan["lies"]:
            if turn % 2:
                helper.say(check, "good", "ok")
            else:
                helper.say(check, "bad", helper.random.choice(CAUSES[2:]), conclusive=1, detail=helper.random.choice(NUMBERS))
        turn += 1


def attack_flood(helper):
    """Good results without end."""
    while helper.goes_on():
        for check in helper.plan["lies"] + helper.plan["honest"]:
            helper.say(check, "good", "ok")


def attack_descriptors(helper):
    """Records with sockets whose close() waits for an hour, then the end of this process."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept = []
        for _ in range(4):
            kept.append(lingering_socket(listener.getsockname()))
        for lingering in kept:
            try:
                pass_it(helper.channel, helper.hostile_record(), [lingering] * helper.random.choice((1, 8, 250)))
            except OSError as error:
                os.write(2, f"not passed: {error}\n".encode())
                break
        # The receiver's copy is the last one when we are gone.
        os.kill(os.getpid(), signal.SIGKILL)


def attack_shut(helper):
    """Its end of the channel is shut in one way or the other, or an empty record says so."""
    how = helper.random.choice((socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR, None))
    if how is None:
        helper.send(b"")
    else:
        helper.channel.shutdown(how)
    while helper.goes_on():
        time.sleep(0.01)


def attack_silence(helper):
    """It does nothing, and listens to no signal that it can ignore."""
    for number in range(1, signal.NSIG):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    time.sleep(max(0, helper.until - time.monotonic()))


def attack_print(helper):
    """Lines that look like feeddogd's own, escape sequences, and lines without an end, as fast as they are taken."""
    while helper.goes_on():
        piece = helper.random.choice((*FORGED, helper.random.randbytes(300), b"x" * 65536))
        os.write(2, piece * helper.random.choice((1, 20)))


def attack_output(helper):
    """Rubbish in the memory that it shares with the actor, which it also tries to cut off, to enlarge and to punch."""
    try:
        size = os.fstat(FD_OUTPUT).st_size
        shared = mmap.mmap(FD_OUTPUT, size)
    except OSError:
        return attack_print(helper)
    while helper.goes_on():
        at = helper.random.randrange(size)
        shared[at:at + 64] = helper.random.randbytes(len(shared[at:at + 64]))
        for change in (0, size // 2, size * 2, 1 << 40):
            try:
                os.truncate(FD_OUTPUT, change)
                breach(f"the shared memory has {change} bytes")
            except OSError:
                pass
        shared.madvise(mmap.MADV_REMOVE)
    return None


def breach(what):
    os.write(2, f"BREACH {what}\n".encode())


def attack_reach(helper):
    """Signals to the feeder and the actor, and files that are not its own."""
    while helper.goes_on():
        for pid in helper.plan["targets"]["pids"]:
            for number in range(1, signal.NSIG):
                try:
                    os.kill(pid, number)
                    breach(f"signal {number} to {pid}")
                except OSError:
                    pass
            for name in ("mem", "fd/0", "environ", "oom_score_adj", "root", "cwd"):
                try_open(f"/proc/{pid}/{name}")
        for path in helper.plan["targets"]["files"]:
            try_open(path)
        time.sleep(0.05)


def try_open(path):
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
        breach(f"{path} opened for writing")
    except OSError:
        pass


def attack_folders(helper):
    """What the next checker and the actor would trip over, in the folders of RUN that are the checker's."""
    kinds = (os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path), lambda path: os.symlink(path, path),
             lambda path: os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)), lambda path: os.truncate(path, 1 << 33))
    while helper.goes_on():
        for name in ("heartbeat", "checker"):
            base = os.path.join(helper.run_dir, name)
            for known in [*os.listdir(base), f"x{helper.random.randrange(200)}"]:
                path = os.path.join(base, known)
                try:
                    os.rename(path, os.path.join(base, f"gone{helper.random.randrange(100)}"))
                    helper.random.choice(kinds)(path)
                except OSError:
                    pass
        time.sleep(0.02)


def attack_forks(helper):
    """Children that flood channel and log when it is gone, in its own process group."""
    for _ in range(10):
        if os.fork() == 0:
            helper.until += 3600
            helper.random.choice((attack_records, attack_print))(helper)
            os._exit(0)
    while helper.goes_on():
        time.sleep(0.01)


KINDS = [name.removeprefix("attack_") for name in globals() if name.startswith("attack_")]


def main():
    plan_path, real, *arguments = sys.argv[1:]
    try:
        os.rename(plan_path, plan_path + ".taken")
        with open(plan_path + ".taken", encoding="ascii") as file:
            plan = json.load(file)
    except FileNotFoundError:
        os.execv(real, [os.path.basename(real).removesuffix(".real"), *arguments])
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    globals()["attack_" + plan["kind"]](Helper(plan, arguments))


if __name__ == "__main__":
    main()
