# SPDX-License-Identifier: MIT
"""The scenes in which calls fail: for each program what it does, and what is promised of it then."""

import collections
import json
import os
import signal
import subprocess
import tempfile

import plan
from feeddog import Skip, folder, program

DEADLINE_S = 60
# sysexits, and what `status` and `probe` say besides
EXIT_CODES = {"feeddog": {0, 1, 2, 3, 64, 69, 71, 78}}

Outcome = collections.namedtuple("Outcome", "ended struck broken said")


def end_of(code):
    return "hung" if code is None else f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit {code}"


def wait_end(process, deadline_s=DEADLINE_S):
    """Its exit code, or None: it did not end, and was killed."""
    try:
        return process.wait(deadline_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


class Scene:
    """One program in one situation. attempt(fault) plays it; prepare() once without any."""

    name = ""
    program = ""
    MOST = 100  # faults without --long
    MUST_STRIKE = frozenset()  # (call, lasts): a fault that has to be made, or the scene shows nothing

    def __init__(self):
        self.counts = collections.Counter()

    def prepare(self):
        outcome = self.attempt(plan.none(self.program))
        assert not outcome.broken, f"without a fault: {outcome}"

    def chosen(self, whole):
        return list(self.faults(True)) if whole else plan.sample(self.faults(False), self.MOST)

    def faults(self, whole):
        return plan.faults(self.program, self.counts, whole=whole)

    def attempt(self, fault):
        log = plan.log_path()
        try:
            ended, broken, said = self.play(fault, fault.env(log))
        except Skip:
            raise
        except Exception as error:
            ended, broken, said = "test failed", f"{type(error).__name__}: {error}", ""
        counts, struck = plan.read_log(log)
        if fault.call == plan.NO_CALL:
            self.counts = counts
        elif not struck and (fault.call, fault.lasts) in self.MUST_STRIKE:
            broken = broken or f"{fault.call} was not called"
        return Outcome(ended, struck, broken, said)

    def play(self, fault, env):
        """(how it ended, what was broken or None, what it said)"""
        raise NotImplementedError


CONFIG = {
    "watchdog": {"device": "/nowhere", "timeout": "5s", "simulated": True},
    "services": {"db": {"checks": [{"tcp": "127.0.0.1:1"}], "restart": "true"},
                 "web": {"needs": ["db"], "checks": [{"http": "http://127.0.0.1:1/", "body": "ok"}], "restart": ["true"]}},
}
HISTORY = """{"at_s":0.004,"boot":"1","wall":1732190000,"event":"boot","last_cause":"reboot","last_service":"web"}
{"at_s":12.5,"boot":"1","event":"service-down","service":"web","check":"http","cause":"status","detail":500,"up_s":12.1}
"""
AUTOHEAL = "web:\n  pname: nginx\n  dep:\n  - {name: db, host: 127.0.0.1, port: 5432}\n  script: |\n    service nginx restart\n"


class CommandLine(Scene):
    """P10: a command says what it was asked for, whole, or one sentence on standard error, and a code that is not 0."""

    program = "feeddog"

    def __init__(self, *arguments, steady=True):
        super().__init__()
        self.name = f"feeddog {arguments[0]}"
        self.arguments, self.steady, self.whole = arguments, steady, None

    def play(self, fault, env):
        out = tempfile.TemporaryFile()
        process = subprocess.Popen([program("feeddog"), *self.arguments], env={**os.environ, **env}, stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=subprocess.PIPE)
        try:
            said = process.communicate(timeout=DEADLINE_S)[1].decode(errors="replace")
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return end_of(None), "it hangs", ""
        code = process.returncode
        out.seek(0)
        shown = (code, out.read())
        out.close()
        if fault.call == plan.NO_CALL:
            self.whole = shown
        broken = None
        if code not in EXIT_CODES["feeddog"]:
            broken = f"exit code {code}"
        elif code == 0 and self.whole[0] == 0 and self.steady and shown != self.whole:
            broken = f"it says all is well, and {shown[1][-200:]!r}"
        elif code == 0 and self.whole[0] != 0:
            broken = f"0, where it is {self.whole[0]} without a fault"
        elif code >= 64 and ": " not in said:
            broken = "it does not say why"
        return end_of(code), broken, said


def write(name, text):
    path = os.path.join(folder("cli"), name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def command_lines():
    config = write("feeddog.yaml", json.dumps(CONFIG))
    state = os.path.dirname(write("history.jsonl", HISTORY))
    autoheal = write("conf.yaml", AUTOHEAL)
    dirs = ("--run-dir", folder("run"), "--state-dir", state)
    yield CommandLine("check", config)
    yield CommandLine("compile", config)
    yield CommandLine("explain", "-c", config)
    yield CommandLine("simulate", "-c", config, "--fault", "web@10s")
    yield CommandLine("import", "autoheal", autoheal)
    yield CommandLine("history", *dirs)
    yield CommandLine("status", *dirs, steady=False)
    yield CommandLine("hold", "5m", *dirs)
    yield CommandLine("resume", *dirs)
    yield CommandLine("doctor", "-c", config, *dirs, steady=False)
    yield CommandLine("drill", "--result", "-c", config, *dirs)
    yield CommandLine("probe", "-c", config, *dirs, steady=False)
