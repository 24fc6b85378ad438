# SPDX-License-Identifier: MIT
"""The images that the boards boot: made by scripts/build-image, as anybody would make them, once for each package.

They are kept in build/image/. What is in an image is read from here as a card reader would read it.
"""

import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from typing import Iterator

import debs
import image
from board import DOG_S

FOLDER = image.TOP / "build/image"
GUEST = image.HERE / "debian/guest"
SCRIPT = image.TOP / "scripts/build-image"
SECTOR = 512
START_PERIOD_S = 120
RESTART_FOR_S = 30
REBOOT_WITHIN_S = 20
# The web server is healthy when it says so. A board whose reboots hang is one of the cases.
CONFIG = f"""\
board: {{board}}
watchdog: {{{{timeout: {DOG_S}s}}}}
{{led}}defaults: {{{{interval: 2s, timeout: 2s, retries: 2, start_period: {START_PERIOD_S}s}}}}
services:
  web:
    checks:
      - http: http://127.0.0.1:80/health
      - process: {{{{pidfile: /run/nginx.pid}}}}
    restart: systemctl restart nginx
    restart_timeout: 30s
    attempts: 0
ladder:
  restart_for: {RESTART_FOR_S}s
  reboot: /usr/local/sbin/board-reboot
  reboot_within: {REBOOT_WITHIN_S}s
  settle: 3s
"""
FILES = {
    "usr/local/sbin/board-reboot": "#!/bin/sh\n[ ! -e /var/lib/reboots-hang ] || exec sleep infinity\nexec systemctl reboot\n",
    "etc/systemd/journald.conf.d/board.conf": "[Journal]\nForwardToConsole=yes\nMaxLevelConsole=info\n",
}
INCLUDE = ("nginx-light", "qemu-guest-agent")
# Links of the board's systemd. The guest agent is board-agent's, and a board in a closet has no use for terminals and timers.
LINKS = {
    "sysinit.target.wants/board-agent.service": "../board-agent.service",
    "multi-user.target.wants/board-up.service": "../board-up.service",
    **{name: "/dev/null" for name in ("qemu-guest-agent.service", "getty.target", "serial-getty@ttyS0.service", "timers.target",
                                      "serial-getty@ttyAMA0.service", "e2scrub_reap.service", "systemd-logind.service")},
}


def run(*command, **more) -> str:
    """A tool of the machine's, perhaps one where only root's path leads."""
    environment = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")
    words = [str(word) for word in command]
    done = subprocess.run(words, text=True, capture_output=True, env=environment, **more)
    assert done.returncode == 0, f"{' '.join(words)}: exit {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout


def as_root(*command) -> str:
    return run(*command) if os.geteuid() == 0 else run("sudo", *command)


@dataclass(frozen=True)
class Image:
    """One image: of which board, with which LED (as `led:` says it; the board's own where nothing is said), and more packages."""

    board: str
    architecture: str
    led: str = ""
    more: tuple[str, ...] = ()

    @property
    def path(self) -> pathlib.Path:
        return FOLDER / f"{self.board}.img"

    @property
    def package(self) -> pathlib.Path:
        return debs.built("bookworm", self.architecture)

    def prepare(self) -> None:
        """The package, and an image with it; not again where nothing has changed."""
        package = self.package
        files = self.write_files(FOLDER / f"{self.board}.files")
        config = CONFIG.format(board="auto" if self.board.startswith("raspberry") else self.board, led=self.led)
        (FOLDER / f"{self.board}.yaml").write_text(config)
        parts = [package, SCRIPT, *sorted(path for path in files.rglob("*") if path.is_file() and not path.is_symlink())]
        mark = hashlib.sha256(config.encode() + repr((INCLUDE, self.more)).encode() + b"".join(part.read_bytes() for part in parts)).hexdigest()
        marked = FOLDER / f"{self.board}.mark"
        if self.path.exists() and marked.exists() and marked.read_text() == mark:
            return
        subprocess.run(
            [str(SCRIPT), "--deb", str(package), "--config", str(FOLDER / f"{self.board}.yaml"), "--files", str(files),
             *[word for name in (*INCLUDE, *self.more) for word in ("--include", name)], self.board, str(self.path)],
            check=True,
        )
        marked.write_text(mark)

    def write_files(self, folder: pathlib.Path) -> pathlib.Path:
        """What the boards of the tests have beside feeddog: their web server's site, and a hand in the guest."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(GUEST, folder)
        for name, text in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
            (folder / name).chmod(0o755 if text.startswith("#!") else 0o644)
        for name, target in LINKS.items():
            link = folder / "etc/systemd/system" / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(target)
        return folder


# Python and fdisk are for scripts/provision-card, which a case runs there.
PC = Image("generic-x86", "amd64", "led: {class: 'input0::scrolllock'}\n", ("python3", "fdisk"))
# The LED is the board's own: that of `virt`, since `board: auto` finds that the image does not run on a Pi.
PI = Image("raspberry-pi-4", "arm64")
VIRTUAL = Image("virtual", "arm64")


def partitions(path: pathlib.Path) -> list[dict]:
    """As the image's own table has them: start and size in bytes, type, and whether it is the one to boot."""
    table = json.loads(run("sfdisk", "--json", path))["partitiontable"]["partitions"]
    return [part | {"start": part["start"] * SECTOR, "size": part["size"] * SECTOR} for part in table]


def boot_files(path: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """A copy of all that is on the first partition, which is FAT."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run("mcopy", "-s", "-n", "-i", f"{path}@@{partitions(path)[0]['start']}", "::", folder)
    return folder


@contextlib.contextmanager
def root_of(path: pathlib.Path, options: str = "rw") -> Iterator[pathlib.Path]:
    """The second partition, mounted. With rw that does what every mount does: it puts in place what the journal holds."""
    part = partitions(path)[1]
    place = pathlib.Path(tempfile.mkdtemp(prefix="feeddog-image."))
    try:
        as_root("mount", "-t", "ext4", "-o", f"loop,{options},offset={part['start']},sizelimit={part['size']}", path, place)
        try:
            yield place
        finally:
            as_root("umount", place)
    finally:
        place.rmdir()


def fsck_root(path: pathlib.Path) -> str:
    """What e2fsck says of the second partition, after its journal: nothing where all is well."""
    done = subprocess.run(["/sbin/e2fsck", "-fn", f"{path}?offset={partitions(path)[1]['start']}"], capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr
