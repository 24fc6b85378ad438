# SPDX-License-Identifier: MIT
"""Every line of README.md and of the manuals that is a command has been run as it is written.

Those that a machine without a board can take are run here: in a layer above this machine's own root file system, with a
watchdog that is a file and an LED that is a folder, as the person who reads them would run them. For the others it is said
which suite runs them, and that has to have the very words.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess

from feeddog import HERE, PATIENCE_S, SANITIZED, Skip, folder, free_port, wait_for
from test_provision_card import card_image, deb

TOP = os.path.realpath(os.path.join(HERE, "../.."))
# It is about scripts and the README.
NOT_SANITIZED = ["*"]
TIMEOUT_S = {"*": 180}
MANUALS = ("feeddog.1", "feeddogd.8", "feeddog.yaml.5")
PROGRAMS = r"(?:make|man|apt|systemctl|install|feeddogd?|scripts/[\w-]+) .*|\.ci/run"
# What is spoken of there, and is somebody else's.
OTHERS = {"service apache2 restart"}

# The words, and the suite that has them.
ELSEWHERE = {
    "make test": ".ci/run",
    "make test-board": ".ci/run",
    "make lint": ".ci/run",
    "make proof": ".ci/run",
    "make test-san": ".ci/run",
    "make demo": "tests/e2e/test_demo.py",
    "make demo KEYS=1": "tests/e2e/test_demo.py",
    "make test-init": ".ci/long",
    "make test-deb": ".ci/long",
    "make test-image": ".ci/long",
    "make bench": ".ci/long",
    "make sim-long": ".ci/long",
    "make deb ARCH=arm64": "scripts/test-deb",
    "scripts/build-image --deb feeddog_*_amd64.deb --config feeddog.yaml generic-x86 OUT": "scripts/test-deb",
    "apt install ./feeddog_*_arm64.deb": "scripts/test-deb",
    "systemctl enable --now feeddog": "tests/board/debian/cases/systemd.py",
    "systemctl stop feeddog": "tests/board/debian/cases/taking.py",
    "install -D -m 644 /usr/local/share/feeddog/systemd/unconfined.conf "
    "/etc/systemd/system/feeddog.service.d/unconfined.conf": "tests/board/debian/cases/confined.py",
    "systemctl daemon-reload && systemctl restart feeddog": "tests/board/debian/cases/confined.py",
}
# Run by whatever tests a change.
BY_ITSELF = {".ci/run"}

# In this order; the exit codes that are in order; a word that has to be said.
BEFORE = [
    ("make help", 0, "make test-board"),
    ("rm build/feeddog-led", 0, ""),
    ("make SETUP=no", 0, "LINK"),
    ("make && make install", 0, "Installed."),
    ("man firmware-daemon/man/feeddog.yaml.5", 0, "configuration of feeddogd"),
    # The installed example has no service yet.
    ("feeddog check", 78, "there is none to watch"),
    ("cp feeddog.yaml /etc/feeddog/feeddog.yaml", 0, ""),
    ("feeddog check", 0, "OK"),
    ("feeddog explain", 0, "BOUND"),
    ("feeddog simulate --fault web@10s", 0, "service-down"),
    ("feeddog import autoheal conf.yaml", 0, "services:"),
    ("scripts/provision-card --deb feeddog_*_arm64.deb --config feeddog.yaml CARD", 0, "wrote"),
]
WHILE_IT_RUNS = [
    ("feeddog check", 0, "OK"),
    ("feeddog probe", 0, "web"),
    ("feeddog status", 0, "well"),
    ("feeddog status --json", 0, '"state":"well"'),
    ("feeddog hold 30m", 0, ""),
    ("feeddog resume", 0, ""),
    ("feeddog hold 30m --reason 'upgrade of nginx'", 0, ""),
    ("feeddog resume", 0, ""),
    ("feeddog history", 0, "upgrade of nginx"),
    ("feeddog doctor", (0, 1, 2), "configuration"),
    # A file resets no board, which it has to say.
    ("feeddog drill stop --yes", 1, "drill"),
    ("feeddog drill --result", 1, "drill"),
]
# The last that is said to a feeddogd: it goes on with the shutdown.
AT_THE_END = [("feeddog going-down", 0, "")]
AFTER = [("make uninstall", 0, "")]
# Go on until they are stopped.
LED, DAEMON = "feeddog led well", "feeddogd --state-dir DIR"

CONFIG = """\
watchdog: {simulated: true, device: /run/dog, timeout: 1s}
led: {class: ACT}
defaults: {interval: 200ms, timeout: 150ms}
services:
  web:
    checks: [{tcp: "127.0.0.1:%d"}]
    restart: "true"
ladder: {settle: 100ms}
"""


def text_of(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def documented():
    """Every command: a line of a block or a piece of code in README.md, and what the manuals show or name whole."""
    readme = text_of("README.md")
    blocks = re.findall(r"^```\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    found = [line for block in blocks for line in block.splitlines()]
    found += re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", readme, flags=re.MULTILINE | re.DOTALL))
    for name in MANUALS:
        manual = text_of(f"firmware-daemon/man/{name}")
        found += [line.replace("\\-", "-") for line in re.findall(r"^\.Dl [#$] (.*)", manual, re.MULTILINE)]
        found += [line for line in re.findall(r"^\.Ic (feeddogd? [a-z]+)(?: [.,;:])?$", manual, re.MULTILINE)]
    found = {line for line in found if re.fullmatch(PROGRAMS, line)} - OTHERS
    # Named as a verb, without what it wants to be told.
    return found - {"feeddog hold"}


class Scene:
    """A layer above this machine's root, and a process that keeps it."""

    def __init__(self):
        self.port = free_port()
        self.root, top = os.path.join(folder("layer"), "root"), shlex.quote(TOP)
        layer = os.path.dirname(self.root)
        script = f"""set -e
            mount -t tmpfs tmpfs {layer} && cd {layer} && mkdir upper work root tree treework
            mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work overlay root
            for name in proc dev; do mount --rbind /$name root/$name; done
            mkdir -p root/etc/feeddog root/var/lib/feeddog
            for name in run sys tmp etc/feeddog var/lib/feeddog; do mount -t tmpfs tmpfs root/$name; done
            mkdir -p root/sys/class/leds/ACT root/{top}
            for name in brightness trigger; do echo none >root/sys/class/leds/ACT/$name; done
            echo 255 >root/sys/class/leds/ACT/max_brightness
            mount -t overlay -o lowerdir={top},upperdir=tree,workdir=treework overlay root/{top}
            echo ready; exec sleep infinity"""
        self.keeper = subprocess.Popen(["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
                                       stdout=subprocess.PIPE, text=True)
        assert self.keeper.stdout.readline() == "ready\n", "the layer was not made"
        self.root = f"/proc/{self.keeper.pid}/root{self.root}"

    def write(self, path, text):
        path = self.root + os.path.join(TOP, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def begin(self, line, **more):
        """As typed at a shell's prompt, in the folder of the sources."""
        environment = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL", "TMPDIR")}
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return subprocess.Popen(["nsenter", f"--mount=/proc/{self.keeper.pid}/ns/mnt", f"--root={self.root}",
                                 f"--wd={self.root}{TOP}", "sh", "-c", line], text=True, stdin=subprocess.DEVNULL,
                                env=environment | {"PATH": path}, start_new_session=True, **more)

    def run(self, line, codes=0, word=""):
        process = self.begin(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said, _ = process.communicate(timeout=4 * PATIENCE_S)
        print(f"$ {line}\n{said}exit {process.returncode}")
        assert process.returncode in (codes if isinstance(codes, tuple) else (codes,)), (line, process.returncode, said)
        assert word in said, (line, word, said)
        return said

    def end(self, process, number):
        process.send_signal(number)
        return process.wait(PATIENCE_S)


def played():
    return {line for line, *_ in BEFORE + WHILE_IT_RUNS + AT_THE_END + AFTER} | {LED, DAEMON}


def test_every_documented_command_is_run_somewhere():
    """No command of README.md and the manuals that is neither run here nor, in the same words, by the suite that is named."""
    unknown = documented() - played() - set(ELSEWHERE) - BY_ITSELF
    assert not unknown, f"run by nobody: {sorted(unknown)}"
    gone = (played() | set(ELSEWHERE)) - documented() - {"rm build/feeddog-led", "cp feeddog.yaml /etc/feeddog/feeddog.yaml"}
    assert not gone, f"documented no more: {sorted(gone)}"
    for line, suite in ELSEWHERE.items():
        assert line in re.sub(r"['\"]\n\s*[rf]?['\"]", "", text_of(suite)), f"{suite} has no `{line}`"


def test_every_documented_command_runs():
    """What README.md and the manuals say to type works as it stands there."""
    if os.geteuid() != 0:
        raise Skip("only root may mount")
    if SANITIZED:
        raise Skip("the release build is what is installed")
    scene = Scene()
    shutil.copy(deb("feeddog"), scene.root + TOP)
    shutil.copy(card_image(), scene.root + os.path.join(TOP, "CARD"))
    shutil.copy(os.path.join(HERE, "../e2e/coming_from/autoheal.conf.yaml"), scene.root + os.path.join(TOP, "conf.yaml"))
    scene.write("feeddog.yaml", CONFIG % scene.port)
    for step in BEFORE:
        scene.run(*step)

    scene.run("touch /run/dog && mkdir DIR")
    led = scene.begin("exec " + LED)
    wait_for(lambda: open(scene.root + "/sys/class/leds/ACT/brightness", encoding="ascii").read().strip() not in ("none", "0"),
             "the LED's light")
    assert scene.end(led, signal.SIGINT) in (0, 130, -signal.SIGINT)

    server = scene.begin(f"exec /usr/bin/python3 -m http.server --bind 127.0.0.1 {scene.port}", stderr=subprocess.DEVNULL)
    for daemon, steps in (("feeddogd", WHILE_IT_RUNS), (DAEMON, AT_THE_END)):
        guard = scene.begin("exec " + daemon)
        wait_for(lambda: scene.begin("feeddog status", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).wait() == 0, "a board that is well")
        for step in steps:
            scene.run(*step)
        code = scene.end(guard, signal.SIGTERM)
        assert code == 0, (daemon, code)
    assert os.path.exists(scene.root + os.path.join(TOP, "DIR/ledger"))
    server.kill()
    for step in AFTER:
        scene.run(*step)
