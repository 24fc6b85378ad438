# SPDX-License-Identifier: MIT
"""The scenes of feeddogd, before it is armed and after, and of who speaks to it, each with what is promised of it when a call
fails.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time

import plan
from feeddog import SHORT, Feeddog, folder, program, wait_for
from processes import children, is_alive, kill
from programs import DEADLINE_S, EXIT_CODES, Scene, end_of, wait_end

READY_S, GOES_ON_S = 30, 1.0
SERVICE = {"checks": [{"file": {"path": "/proc/self/stat"}, "name": "file"}], "restart": "true"}
BOARD = {"defaults": {"interval": "100ms", "timeout": "100ms", "retries": 2, "start_period": "1s"},
         "services": {"web": SERVICE}, "ladder": {**SHORT, "reboot": "true"}}
# One that does not let go while it is looked at, however slow this machine is.
PATIENT = {**BOARD, "ladder": {**BOARD["ladder"], "restart_for": "5m", "reboot_within": "5m"}}
MANY_CHECKS = [{**SERVICE["checks"][0], "name": str(i)} for i in range(8)]
# What feeddogd may end with before it is armed.
CODES_BEFORE = {69, 71, 78}


def before_it(env):
    return ["env", *(f"{key}={value}" for key, value in env.items())]


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def shut(board):
    """Ends a board whatever it is doing."""
    if board.process and board.process.poll() is None:
        board.reset()


def ask_to_end(board, fault):
    """The exit code after SIGTERM; what cannot read its signals cannot be asked, and is not waited for."""
    board.process.send_signal(signal.SIGTERM)
    return wait_end(board.process, 3 if (fault.call, fault.lasts) == ("read", "forever") else DEADLINE_S)


class Start(Scene):
    """P10: a feeddogd that cannot start says why in one sentence and has a code of its own; or it is armed, and feeds."""

    name, program = "feeddogd start", "feeddogd"
    MOST = 30

    def play(self, fault, env):
        board = Feeddog(BOARD, echo=False)
        board.start(before=before_it(env))
        try:
            return self.judge(board, fault)
        finally:
            shut(board)

    def judge(self, board, fault):
        # What cannot write at all is armed and can neither feed nor say so.
        mute = (fault.call, fault.lasts) == ("write", "forever")
        until = time.monotonic() + 3

        def over():
            return board.process.poll() is not None or board.dog.times() or mute and time.monotonic() > until
        try:
            wait_for(over, "the first feed, or the end", READY_S)
        except AssertionError:
            return "hung", "neither armed nor ended", self.said(board)
        if board.process.poll() is None:
            time.sleep(GOES_ON_S)
        code = board.process.poll()
        if code is None:
            code = ask_to_end(board, fault)
            in_order = code == 0 or code is None and fault.call == "read"
            return "armed, " + end_of(code), None if in_order else "it did not end in order", self.said(board)
        # Who reads its log may be later than its end.
        with contextlib.suppress(AssertionError):
            wait_for(lambda: board.words, "why it ended", 10)
        time.sleep(0.05)
        broken = None
        if code not in CODES_BEFORE or board.dog.times():
            broken = f"ended after {len(board.dog.times())} feeds" if board.dog.times() else "no code of its own"
        elif len(board.words) != 1:
            broken = f"it said {len(board.words)} sentences"
        return end_of(code), broken, self.said(board)

    @staticmethod
    def said(board):
        return "\n".join(board.words + [str(event) for event in board.events[-6:]])


class Armed(Scene):
    """P1, P2, P15: an armed feeddogd goes on, whatever fails: it feeds under its lease and only so long, and ends on SIGTERM."""

    program = "feeddogd"
    MOST = 20
    START_S, SLACK_S, WATCHED_S = 30, 6.0, 2.0
    MUST_STRIKE = LEASE_IS_LOST = {("recvmsg", "forever")}
    # With the priority that it has, one that spins takes the processor from all others.
    BUSY = 0.5
    CANNOT_FEED = {("write", "forever")}
    PATIENT = PATIENT

    def __init__(self, on=""):
        super().__init__()
        self.name, self.on = "feeddogd armed" + (f", its {on}" if on else ""), on

    def prepare(self):
        super().prepare()
        # How often in those seconds is chance: the first few are taken.
        self.counts = {call: min(count, 3) for call, count in self.counts.items()}
        for helper_call in ("fork", "fcntl", "signalfd", "kill", "waitpid"):
            self.counts.setdefault(helper_call, 1)

    def chosen(self, whole):
        lost = [] if self.on or whole else [plan.fault(self.program, "recvmsg", 1, "ENOMEM", "forever", after="AFTER")]
        return super().chosen(whole) + lost

    def faults(self, whole):
        if self.on:
            return [plan.fault(self.program, "write", 2, how, lasts, self.on, "AFTER") for how, lasts in plan.ways("write")]
        return plan.faults(self.program, self.counts, whole=whole, after="AFTER", leave_out={"write"})

    def play(self, fault, env):
        loses = (fault.call, fault.lasts) in self.LEASE_IS_LOST
        board, after = Feeddog(BOARD if loses else self.PATIENT, echo=False), os.path.join(folder("after"), "now")
        board.start(before=before_it({**env, "FEEDDOG_FAULT_AFTER": after}))
        try:
            board.wait_event("state", state="well", deadline_s=self.START_S)
            with open(after, "w", encoding="ascii"):
                begun = time.monotonic()
            # A helper that dies is replaced, which takes more calls.
            board.process.poll() is None and os.kill(board.helper_pid("led"), signal.SIGKILL)
            return self.judge(board, fault, begun)
        finally:
            shut(board)

    def judge(self, board, fault, begun):
        said = lambda: "\n".join(map(str, board.events[-8:]))
        before = cpu_s(board.process.pid)
        time.sleep(self.WATCHED_S)
        busy = (cpu_s(board.process.pid) - before) / self.WATCHED_S
        if busy > self.BUSY:
            return "spins", f"it uses {busy:.0%} of a processor", said()
        ended, broken = "went on", None
        if (fault.call, fault.lasts) in self.LEASE_IS_LOST:
            bound_s = int(board.find("armed")["bound_ms"]) / 1000
            end = begun + bound_s + self.SLACK_S
            wait_for(lambda: time.monotonic() > end or (board.dog.times() and time.monotonic() - board.dog.times()[-1] > 3),
                     "the end of the feeding")
            last = board.dog.times()[-1] if board.dog.times() else begun
            # Without a word of the actor's a reboot cannot be counted: that is hold, which feeds on.
            ended = "hold" if board.find("hold") else "let go"
            if ended == "let go" and last - begun > bound_s + 0.5:
                broken = f"fed {last - begun:.1f} s after the last news"
        elif (fault.call, fault.lasts) in self.CANNOT_FEED:
            ended = "cannot feed"
            wait_for(lambda: board.find("dropped") or board.process.poll() is not None, "the word that it cannot feed")
            failed = int(board.find("dropped")["failed_feeds"])
            broken = None if failed > 0 else "it does not say that it cannot feed"
        else:
            with contextlib.suppress(AssertionError):
                wait_for(lambda: board.dog.times(since=begun + self.WATCHED_S / 2) or board.process.poll() is not None, "a feed", 20)
            broken = None if board.dog.times(since=begun + self.WATCHED_S / 2) else "it feeds no more"
        if board.process.poll() is not None:
            return end_of(board.process.poll()), "it ended", said()
        code = ask_to_end(board, fault)
        if code is not None and code != 0 or code is None and fault.call != "read":
            broken = broken or f"on SIGTERM: {end_of(code)}"
        return ended, broken, said()


class Told(Scene):
    """P7: a command says that what was asked for has come to be only where it has; otherwise why not."""

    program = "feeddog"
    MOST = 16

    def __init__(self, *arguments, state, after=()):
        super().__init__()
        self.name = f"feeddog {arguments[0]}, to a feeddogd that runs"
        self.arguments, self.state, self.after = arguments, state, after

    def play(self, fault, env):
        board = Feeddog(PATIENT, echo=False).start()
        try:
            board.wait_state("well")
            if self.after:
                assert board.feeddog(*self.after).returncode == 0
            done = subprocess.run([program("feeddog"), *self.arguments, "--run-dir", board.run_dir, "--state-dir", board.state_dir],
                                  env={**os.environ, **env}, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
            state = board.state()
        finally:
            shut(board)
        code, broken = done.returncode, None
        if code not in EXIT_CODES["feeddog"]:
            broken = "it did not end in order"
        elif code == 0 and (state not in self.state or not self.is_whole(done.stdout)):
            broken = f"0, it says, where the board is {state}: {done.stdout}"
        elif code != 0 and ": " not in done.stderr + done.stdout:
            broken = "it does not say why"
        return end_of(code), broken, done.stderr

    def is_whole(self, shown):
        if "--json" not in self.arguments:
            return shown.endswith("\n")
        try:
            return json.loads(shown)["state"] in self.state
        except ValueError:
            return False


class Large(Armed):
    """P15: a wait that fails makes the feeder spin no more where a turn takes long, as with thousands of checks, or on a slow board.

    It rested after twelve turns in one millisecond, and where no twelve of them fit into one it never did: it took 89% of a
    processor here, and with its priority nobody else would have had it on a board with one.
    """

    MUST_STRIKE = {("poll", "forever")}
    # A few seconds where the machine has nothing else to do.
    START_S = 120
    PATIENT = {**PATIENT, "defaults": {**BOARD["defaults"], "interval": "1h", "timeout": "30s", "start_period": "60s"},
               "services": {f"web{i}": {**SERVICE, "checks": MANY_CHECKS} for i in range(800)}}

    def __init__(self):
        super().__init__()
        self.name = "feeddogd with thousands of checks"

    def prepare(self):
        self.counts = {"poll": 1}

    def chosen(self, whole):
        return [plan.fault(self.program, "poll", 1, "ENOMEM", "forever", after="AFTER")]


class Tired(Scene):
    """P15, P18: a helper, its guard and the relay of the log rest where their calls fail for ever, and end with their feeder."""

    # On a busy machine one that spins gets little of a processor. But it never sleeps, and one that rests does for each call.
    WATCHED_S, FEW_CALLS, CALLS_A_REST = 1.5, 500, 4
    # Each of these is called by something that waits.
    FAULTS = [("read", "EIO"), ("poll", "ENOMEM"), ("epoll_wait", "ENOMEM"), ("recvmsg", "ENOMEM"), ("recvmsg", "ECONNRESET")]

    def __init__(self, helper):
        super().__init__()
        self.helper, self.program = helper, f"feeddog-{helper}"
        self.name = f"{self.program} and what it starts, at rest"

    def chosen(self, whole):
        return [plan.fault(self.program, call, 1, how, "forever", after="AFTER") for call, how in self.FAULTS]

    def play(self, fault, env):
        after, listener = os.path.join(folder("after"), "now"), socket.create_server(("127.0.0.1", 0))
        # A name and a command have workers, pipes and the guard at work.
        checks = [*SERVICE["checks"], {"command": ["/bin/true"]}, {"tcp": f"localhost:{listener.getsockname()[1]}"}]
        board = Feeddog({**PATIENT, "services": {"web": {**SERVICE, "checks": checks}}}, echo=False)
        board.start(before=before_it({**env, "FEEDDOG_FAULT_AFTER": after}))
        still = []
        try:
            board.wait_well()
            with open(after, "w", encoding="ascii"):
                pass
            # The relay waits until a helper says something; not the one that may be ending.
            with open(f"/proc/{board.helper_pid('checker' if self.helper == 'led' else 'led')}/fd/2", "w", encoding="ascii") as file:
                file.write("a line\n")
            time.sleep(self.WATCHED_S)
            still = [pid for pid in family(board.process.pid) if is_alive(pid)]
            rests = sum(map(rests_of, still))
            with open(env["FEEDDOG_FAULT_LOG"], encoding="ascii") as file:
                failed = file.read().count("!")
            if failed > max(self.FEW_CALLS, self.CALLS_A_REST * rests):
                return "spins", f"{failed} calls failed, and it slept {rests} times", ""
            board.process.kill()
            # The LED shows fault until the next feeder comes.
            mortal = [pid for pid in still if name_of(pid) != "feeddog-led"]
            wait_for(lambda: not any(map(is_alive, mortal)), "the end of all", DEADLINE_S)
            return "rests", None, ""
        finally:
            shut(board)
            for pid in still:
                kill(pid)


def family(pid):
    return [pid] + [later for child in children(pid) for later in family(child)]


def rests_of(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            return int(next(line for line in file if line.startswith("voluntary_ctxt_switches")).split()[1])
    except OSError:
        return 0


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def scenes():
    yield Told("hold", "5m", state={"maintenance"})
    yield Told("resume", state={"well", "doubt"}, after=("hold", "5m"))
    yield Told("status", "--json", state={"well"})
    yield Start()
    yield Armed()
    yield Armed("watchdog")
    yield Large()
    for helper in ("checker", "actor", "led"):
        yield Tired(helper)
