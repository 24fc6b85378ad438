# SPDX-License-Identifier: MIT
"""A disk image for a PC: its own boot loader starts it, it guards its server, and it outlives power cuts at any time."""

import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess

import debs
import image
from board import BITE_S, DOG_S, Board, Files
from machine import ACCEL, Machine
from scene import HEARING_S, Scene, last_boot, no_reset, now

FOLDER = image.TOP / "build/image"
IMAGE = FOLDER / "generic-x86.img"
GUEST = image.HERE / "debian/guest"
CUTS = int(os.environ.get("FEEDDOG_POWER_CUTS", "20"))
SEED = os.environ.get("FEEDDOG_SEED", "1")
BOOT_S = 300
CONFIG = f"""\
board: generic-x86
watchdog: {{timeout: {DOG_S}s}}
defaults: {{interval: 2s, timeout: 2s, retries: 2, start_period: 60s}}
services:
  web:
    checks:
      - http: http://127.0.0.1:80/health
      - process: {{pidfile: /run/nginx.pid}}
    restart: systemctl restart nginx
    restart_timeout: 30s
    attempts: 0
ladder: {{restart_for: 60s, reboot_within: 60s, settle: 3s}}
"""
# The driver of the emulated watchdog is not one that a PC loads by itself.
MODULES = {"etc/modules-load.d/board.conf": "i6300esb\n"}
WANTS = {"sysinit.target.wants/board-agent.service": "../board-agent.service",
         "multi-user.target.wants/board-up.service": "../board-up.service"}


def prepare() -> None:
    """The package, and an image with it; not again where nothing has changed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    package = debs.built("bookworm")
    script = image.TOP / "scripts/build-image"
    mark = hashlib.sha256(package.read_bytes() + script.read_bytes() + CONFIG.encode()).hexdigest()
    if IMAGE.exists() and (FOLDER / "mark").exists() and (FOLDER / "mark").read_text() == mark:
        return
    (FOLDER / "feeddog.yaml").write_text(CONFIG)
    files = FOLDER / "files"
    shutil.rmtree(files, ignore_errors=True)
    shutil.copytree(GUEST, files)
    for name, text in MODULES.items():
        (files / name).parent.mkdir(parents=True, exist_ok=True)
        (files / name).write_text(text)
    for name, target in WANTS.items():
        link = files / "etc/systemd/system" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
    subprocess.run([str(script), "--deb", str(package), "--config", str(FOLDER / "feeddog.yaml"), "--files", str(files),
                    "--include", "nginx-light", "--include", "qemu-guest-agent", "generic-x86", str(IMAGE)], check=True)
    (FOLDER / "mark").write_text(mark)


class ImageBoard(Machine):
    """A PC that starts from its disk, as its own BIOS finds it there."""

    boot_s = BOOT_S

    def __init__(self, name: str, files: Files):
        Board.__init__(self, name, files)

    def make_disk(self, files: Files) -> None:
        self.files = files
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(IMAGE), str(self.layer)], check=True)

    def machine(self) -> list[str]:
        return [
            "qemu-system-x86_64", "-M", "pc", "-accel", ACCEL, "-cpu", "qemu64", "-m", "512", "-smp", "1",
            "-drive", f"file={self.layer},format=qcow2,if=none,id=disk,cache=writeback",
        ]  # fmt: skip

    def is_whole(self) -> str:
        """What fsck says of the root file system, of a disk whose board is off."""
        raw = pathlib.Path(self.folder / "disk.raw")
        subprocess.run(["qemu-img", "convert", "-O", "raw", str(self.layer), str(raw)], check=True)
        table = json.loads(subprocess.run(["/sbin/sfdisk", "--json", str(raw)], check=True, capture_output=True).stdout)
        start = table["partitiontable"]["partitions"][1]["start"] * 512
        # What the journal holds is put in place by every mount; what is wrong after that is damage.
        subprocess.run(["/sbin/e2fsck", "-y", "-E", "journal_only", f"{raw}?offset={start}"], check=True, capture_output=True)
        done = subprocess.run(["/sbin/e2fsck", "-fn", f"{raw}?offset={start}"], capture_output=True, text=True)
        raw.unlink()
        return "" if done.returncode == 0 else done.stdout + done.stderr


scene = Scene({}, make=ImageBoard, prepare=prepare)


def guarded(board: ImageBoard) -> None:
    def probe() -> bool:
        status = board.status()
        return status.get("state") == "well" and status.get("feeding", False) and status.get("since_s", 0) > 3

    board.wait("well", probe, BOOT_S, 0.5)


@scene.case()
def boots_and_guards(board: ImageBoard) -> str:
    """P14: the image boots by itself, feeddog takes the dog from process 1, and its server is well."""
    begun = now()
    guarded(board)
    dog = board.status()["dog"]
    assert "i6300" in dog["identity"] and dog["timeout_s"] == DOG_S, dog
    assert last_boot(board)["cause"] == "first", last_boot(board)
    return f"well {now() - begun:.0f} s after the boot was over"


@scene.case(follows=True)
def server_killed(board: ImageBoard) -> None:
    """P2: its server is killed, and is restarted."""
    with no_reset(board):
        killed = now()
        board.ok("killall -9 nginx || kill -9 $(cat /run/nginx.pid)")
        board.wait("the restart", lambda: board.status()["services"]["web"]["restarts"] > 0, 60)
        guarded(board)
    assert now() > killed


@scene.case(follows=True)
def feeder_killed(board: ImageBoard) -> str:
    """P1, P2, P14: its feeder is stopped, the hardware resets the board, and it comes up by itself."""
    begun = now()
    board.ok("kill -STOP $(pidof feeddogd)")
    bite = board.wait_event("WATCHDOG", begun, BITE_S + HEARING_S + 2)
    board.wait_event("RESET", begun, BITE_S + 30)
    board.wait_boot()
    guarded(board)
    assert last_boot(board)["cause"] == "unexplained", last_boot(board)
    return f"bitten after {bite.at - begun:.1f} s"


@scene.case(follows=True)
def power_cuts(board: ImageBoard) -> str:
    """P9: power cuts at random times, in the boot and after it: the board comes up, and file system and ledger are whole."""
    chance = random.Random(SEED)
    board.ok("systemctl is-system-running --wait >/dev/null; true")
    longest = 40.0
    for _ in range(CUTS):
        board.power_cut()
        board.switch_on()
        board.idle(chance.uniform(0, longest))
    board.power_cut()
    said = board.is_whole()
    assert not said, said
    board.power_on()
    guarded(board)
    history = board.ok("feeddog history --json")
    assert json.loads(history), "there is no history"
    assert "corrupt" not in board.journal(), board.journal()
    return f"{CUTS} power cuts, seed {SEED}; whole, and well again"
