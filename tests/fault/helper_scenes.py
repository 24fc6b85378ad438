# SPDX-License-Identifier: MIT
"""The scenes of feeddogd's helpers, each with what is promised of it when a call fails."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import time

import plan
from actor_scene import Actor, read_ledger
from checker_scene import Checker, Server, free_port, hang
from feeddog import compiled, folder, program, wait_for
from led_scene import WELL, Led, Shower
from programs import CONFIG, DEADLINE_S, Scene, end_of, wait_end


class Check(Scene):
    """P4: a checker whose calls fail never says that something is good which is not; it ends, or goes on."""

    name, program = "feeddog-checker", "feeddog-checker"
    MOST = 150
    PATIENCE_S = 1.5

    def __init__(self):
        super().__init__()
        path = folder("log")
        self.log = os.path.join(path, "app.log")
        with open(self.log, "w", encoding="ascii") as file:
            file.write("started\n")
        bad = [{"tcp": f"127.0.0.1:{free_port()}"}, {"http": f"http://127.0.0.1:{free_port()}/"}, {"command": ["/bin/sh", "-c", "exit 2"]},
               {"process": {"pidfile": "/nowhere/pid"}}, {"file": {"path": "/nowhere/file"}},
               {"disk": {"path": "/", "above": "0%"}}, {"memory": {"above": "0%"}}]
        good = [{"command": ["/bin/true"]}, {"file": {"path": "/proc/self/stat"}}, {"disk": {"path": "/"}},
                {"log": {"file": self.log, "pattern": "Out", "count": 3, "within": "1m"}},
                {"load": {"above": 9999}}]
        self.bad, self.checks = len(bad), [{"timeout": "1s", "interval": "2s", **check} for check in bad + good]

    def play(self, fault, env):
        said = tempfile_of_text()
        with Checker(*self.checks, env={**os.environ, **env}, stderr=said, run_dir=folder("run")) as checker:
            heard, end = set(), time.monotonic() + self.PATIENCE_S
            with contextlib.suppress(AssertionError, TimeoutError, ConnectionError):
                while len(heard) < len(self.checks) and time.monotonic() < end:
                    heard.add(checker.receive(0.3).check)
            checker.socket.close()
            code = wait_end(checker.process)
        said.seek(0)
        text = said.read()
        liars = sorted({result.check for _, result in checker.results if result.check < self.bad and result.said[0] in ("good", "warning")})
        broken = None
        if code is None or code < 0:
            broken = "it did not end in order"
        elif liars:
            broken = f"good, it says, of {[self.checks[i] for i in liars]}"
        elif code != 0 and "event=checker-failed" not in text and fault.call != "fstat":
            # (Where standard error cannot be looked at, the log goes to syslog.)
            broken = "it does not say why"
        return end_of(code) + ("" if heard else ", silent"), broken, text


class Heirs(Scene):
    """P4: children that hold all that was open when they were forked, and come to no exec, do not keep the checker busy. epoll
    went on to tell of a process that had ended, and of a pipe that was closed, for as long as such a child had them too; and,
    on a busy machine, of a connection that had timed out while it was made, which curl closes first and takes back then."""

    name, program = "feeddog-checker, descriptors inherited", "feeddog-checker"
    # Some two, and less where the cores are busy and more is ready at a time; one that spins waits hundreds of times.
    WATCHED_S, WAITS_A_RESULT = 1.5, 6
    MUST_STRIKE = {("fork", "forever")}

    def chosen(self, whole):
        yield plan.fault(self.program, "fork", 1, "linger", "forever")

    def play(self, fault, env):
        watched = subprocess.Popen(["sleep", "60"])
        pidfile = os.path.join(folder("run"), "pid")
        with open(pidfile, "w", encoding="ascii") as file:
            file.write(f"{watched.pid}\n")
        slow = {"command": ["/bin/sleep", "0.03"]}
        checks = [{"process": {"pidfile": pidfile}}, slow, slow, slow, {"http": Server(hang).url}, {"tcp": f"127.0.0.1:{free_port()}"},
                  {"ping": "127.0.0.1"}, {"ping": "localhost"}, {"file": {"path": "/proc/self/stat"}}, {"disk": {"path": "/"}}]
        checks = [{"interval": "50ms", "timeout": "40ms", **check} for check in checks]
        with Checker(*checks, env={**os.environ, **env}, stderr=subprocess.DEVNULL, run_dir=folder("run")) as checker:
            checker.next()
            watched.kill()
            watched.wait()
            crash = checker.next(accept=lambda result: result.said[0] == "bad")
            checker.listen_for(self.WATCHED_S)
            checker.socket.close()
            code = wait_end(checker.process)
        with open(env["FEEDDOG_FAULT_LOG"], encoding="ascii") as file:
            waits = file.read().split().count("epoll_wait")
        broken = None
        if waits > self.WAITS_A_RESULT * len(checker.results):
            broken = f"it waited {waits} times for {len(checker.results)} results"
        elif crash.said != ("bad", "exited", watched.pid):
            broken = f"of a process that was killed it says {crash.said}"
        elif code != 0:
            broken = "it did not end in order"
        return end_of(code), broken, ""


class Act(Scene):
    """P5, P6: an actor whose calls fail ends, or goes on; it never reboots a board without having counted it."""

    name, program = "feeddog-actor", "feeddog-actor"
    MOST = 36

    def play(self, fault, env):
        done = folder("done")
        actor = Actor({"web": {"restart": ["touch", os.path.join(done, "restart")]}},
                      ladder={"reboot": f"touch {done}/reboot"}, env=env)
        with contextlib.suppress(OSError):
            actor.send("armed")
            actor.send("service-down", "web", state="recovering", cause="status")
            actor.send("restart", "web", value=1, state="recovering", cause="status")
            self.wait_done(actor, os.path.join(done, "restart"))
            actor.send("reboot", "web", value=1, state="rebooting", cause="status")
            self.wait_done(actor, os.path.join(done, "reboot"))
        actor.socket.close()
        actor.theirs.close()
        code = wait_end(actor.process)
        rebooted = os.path.exists(os.path.join(done, "reboot"))
        broken = self.judge(actor, code, rebooted, fault)
        return end_of(code) + (", rebooted" if rebooted else ""), broken, "\n".join(map(str, actor.events[-8:]))

    @staticmethod
    def wait_done(actor, path):
        """Until it was done, or the actor has ended, or it seems that nothing comes of it."""
        end = time.monotonic() + 0.7
        while time.monotonic() < end and actor.process.poll() is None and not os.path.exists(path):
            time.sleep(0.01)

    @staticmethod
    def judge(actor, code, rebooted, fault):
        if code is None or code < 0:
            return "it did not end in order"
        if rebooted and read_ledger(os.path.join(actor.state_dir, "ledger"))[1] < 1:
            return "it rebooted and did not count it"
        if code != 0 and fault.call != "fstat":
            wait_for(lambda: actor.events, "why it ended", 5)
        try:
            actor.history()
        except ValueError as error:
            return f"a line of the history is spoiled: {error}"
        return None


class Cut(Act):
    """P6, P9: the power fails in the middle of a write of the actor; the next boot finds the old ledger or the new one."""

    name = "feeddog-actor, power cut"
    BEFORE = 1

    def prepare(self):
        super().prepare()
        self.counts = {call: self.counts[call] for call in ("pwrite", "write")}

    def chosen(self, whole):
        for cut in range(0, 4097, 64) if whole else (0, 1, 25, 27, 2000, 4095):
            for at in range(1, self.counts["pwrite"] + 1):
                yield plan.fault(self.program, "pwrite", at, f"cut{cut}", on="ledger")
        for cut in range(0, 400, 7) if whole else (0, 1, 100, 399):
            for at in range(1, 4):
                yield plan.fault(self.program, "write", at, f"cut{cut}", on="history.jsonl")

    def play(self, fault, env):
        run, state = folder("run"), folder("state")
        with Actor(state_dir=state, run_dir=run) as first:
            first.send("armed")
            first.send("reboot", "web", value=self.BEFORE, state="rebooting", cause="status")
            first.wait_event("reboot-done")
        done = folder("done")
        other_boot = {"FEEDDOG_BOOT_ID": "33333333-3333-4333-8333-333333333333"}
        actor = Actor(state_dir=state, run_dir=run, env={**env, **other_boot}, ladder={"reboot": f"touch {done}/reboot"})
        with contextlib.suppress(OSError):
            actor.send("armed")
            actor.send("service-down", "web", state="recovering", cause="status")
            actor.send("reboot", "web", value=self.BEFORE + 1, state="rebooting", cause="status")
            self.wait_done(actor, os.path.join(done, "reboot"))
        actor.socket.close()
        actor.theirs.close()
        code = wait_end(actor.process)
        rebooted = os.path.exists(os.path.join(done, "reboot"))
        return end_of(code) + (", rebooted" if rebooted else ""), self.judge_cut(rebooted, state), ""

    def judge_cut(self, rebooted, state):
        _, unsettled, _ = read_ledger(os.path.join(state, "ledger"))
        if unsettled not in (self.BEFORE, self.BEFORE + 1) or rebooted and unsettled != self.BEFORE + 1:
            return f"the ledger says {unsettled} reboots"
        with open(os.path.join(state, "history.jsonl"), encoding="utf-8") as file:
            lines = file.read().split("\n")
        for line in lines[:-1]:
            try:
                json.loads(line)
            except ValueError:
                return f"a line is spoiled: {line}"
        return None


class Birth(Scene):
    """P5: a program that was forked by an actor which is killed before it has written down its pid does not run: the next actor
    knew nothing of it, and started a second one beside it."""

    name, program = "feeddog-actor, killed at a birth", "feeddog-actor"

    def chosen(self, whole):
        for cut in (0, 3, 300):
            yield plan.fault(self.program, "write", 1, f"cut{cut}", on="run/web.pid")

    def play(self, fault, env):
        born = os.path.join(folder("born"), "pids")
        web = {"run": ["sh", "-c", f"echo $$ >>{born}; exec sleep 600"]}
        actor = Actor({"web": web}, env=env)
        actor.send("start", "web")
        if fault.call != plan.NO_CALL:
            actor.process.wait(DEADLINE_S)
            actor.env = dict(os.environ)
            actor.start()
            actor.send("start", "web")
        actor.wait_event("restart-done")
        wait_for(lambda: os.path.exists(born), "the program", DEADLINE_S)
        code = actor.leave()
        with open(born, encoding="ascii") as file:
            pids = [int(line) for line in file]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return end_of(code), None if len(pids) == 1 else f"{len(pids)} of it were started", ""


class Shine(Scene):
    """P8: a feeddog-led whose calls fail ends, or goes on; it is never killed and never stays when its feeder is gone."""

    name, program = "feeddog-led", "feeddog-led"
    MOST = 30

    class Played(Led):
        env = {}

        def wrap(self, *argv):
            return super().wrap(*(["env", *(f"{key}={value}" for key, value in self.env.items())] if self.env else []), *argv)

    def play(self, fault, env):
        led = self.Played()
        led.plug_in()
        led.env = env
        shower = Shower(led, folder("run"))
        with contextlib.suppress(OSError):
            shower.keep_telling(WELL, 0.6)
        shower.channel.close()
        time.sleep(0.1)
        try:
            code = shower.wait_end(0.5)
        except AssertionError:
            # Without a feeder it shows fault until the next one comes.
            os.kill(shower.pid, signal.SIGTERM)
            try:
                code = shower.wait_end(15)
            except AssertionError:
                os.kill(shower.pid, signal.SIGKILL)
                shower.wait_end(15)
                code = None
        # On a slow machine it is asked to end before it listens.
        in_order = code is not None and (code >= 0 or code == -signal.SIGTERM)
        return end_of(code), None if in_order else "it did not end in order", "".join(shower.log[-8:])


class Alert(Scene):
    """An alert that is said to be sent has arrived, whole."""

    name, program = "feeddog-alert", "feeddog-alert"
    BODY = b"event=down service=web " * 400

    def play(self, fault, env):
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(DEADLINE_S)
        config = os.memfd_create("config")
        os.write(config, compiled({**CONFIG, "alerts": [{"url": f"http://127.0.0.1:{listener.getsockname()[1]}/", "on": ["down"]}]}))
        body = tempfile_of_text(self.BODY.decode())
        shell = f"exec 3<&{config}; exec \"$@\""
        process = subprocess.Popen(["bash", "-c", shell, "alert", program("feeddog-alert"), "0"], pass_fds=[config], stdin=body,
                                   stderr=subprocess.PIPE, env={**os.environ, **env}, text=True)
        os.close(config)
        got = self.serve(listener, process)
        said = process.stderr.read()
        code = wait_end(process)
        broken = None
        if code not in (0, 64, 71, 75, 78):
            broken = "it did not end in order"
        elif code == 0 and got.partition(b"\r\n\r\n")[2] != self.BODY:
            broken = f"sent, it says, and {len(got.partition(bytes(2))[0])} bytes came"
        elif code != 0 and not said:
            broken = "it does not say why"
        return end_of(code), broken, said

    def serve(self, listener, process):
        listener.settimeout(0.05)
        while True:
            try:
                connection, _ = listener.accept()
                break
            except TimeoutError:
                if process.poll() is not None:
                    return b""
        got = b""
        with connection:
            connection.settimeout(DEADLINE_S)
            while b"\r\n\r\n" not in got or len(got.partition(b"\r\n\r\n")[2]) < self.length(got):
                piece = connection.recv(65536)
                if not piece:
                    break
                got += piece
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        return got

    @staticmethod
    def length(got):
        lines = got.partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
        return next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)


def tempfile_of_text(text=""):
    file = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
    file.write(text)
    file.seek(0)
    return file


def scenes():
    yield Check()
    yield Heirs()
    yield Act()
    yield Cut()
    yield Birth()
    yield Shine()
    yield Alert()
