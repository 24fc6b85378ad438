# SPDX-License-Identifier: MIT
"""Boards that boot an image: a PC and QEMU's `virt` by the image's own boot loader, and `virt` in place of a Raspberry Pi.

Nobody emulates a Raspberry Pi's watchdog, so there `virt` does what the Pi's firmware does, by the image's own config.txt and
cmdline.txt: it loads the kernel and initramfs that are named there, and passes that command line on.
"""

import re
import time
from typing import Optional

import images
from board import Board, Files
from led import Sample
from machine import ACCEL, Machine

LED_LINE = re.compile(r"@(\d+\.\d+):ps2_set_ledstate \S+ ledstate (\d+)")
SCROLL_LOCK = 1


class ImageBoard(Machine):
    """A disk of its own, a layer over the image, and nothing else: what is on it must do."""

    boot_s = 900

    def __init__(self, name: str, files: Files, made: images.Image, cuts: int = 0):
        """`cuts` is how often its plug is pulled."""
        self.made = made
        self.cuts = cuts
        Board.__init__(self, name, files)

    def make_disk(self, files: Files) -> None:
        self.files = files
        self.write_layer(self.made.path)

    def write_layer(self, path) -> None:
        images.run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", path, self.layer)

    def drive(self) -> list[str]:
        return ["-drive", f"file={self.layer},format=qcow2,if=none,id=disk,cache=writeback"]

    def wiring(self) -> list[str]:
        """Its disk, and a network that gives it an address and leads nowhere."""
        return [*self.drive(), "-nic", "user,restrict=on,model=virtio-net-pci"]

    def raw(self):
        """A copy of the disk as it is, of a board that is off."""
        path = self.folder / "disk.raw"
        images.run("qemu-img", "convert", "-O", "raw", self.layer, path)
        return path


class Pc(ImageBoard):
    """Its LED is that of its keyboard: what the guest last told the keyboard is seen in QEMU's trace."""

    def machine(self) -> list[str]:
        return [
            "qemu-system-x86_64", "-M", "pc", "-accel", ACCEL, "-cpu", "qemu64", "-m", "512", "-smp", "1", *self.wiring(),
            "-trace", "ps2_set_ledstate", "-D", str(self.folder / "led.log"), "-msg", "timestamp=on",
        ]  # fmt: skip

    def seen(self, since: float, until: Optional[float] = None) -> list[Sample]:
        last = time.monotonic() if until is None else until
        to_monotonic = time.monotonic() - time.time()
        samples: list[Sample] = []
        lit = False
        for at, state in LED_LINE.findall((self.folder / "led.log").read_text()):
            changed = float(at) + to_monotonic
            samples += [Sample(changed - 0.001, lit), Sample(changed, bool(int(state) & SCROLL_LOCK))]
            lit = samples[-1].lit
        samples.append(Sample(last, lit))
        return [sample for sample in samples if since <= sample.at <= last]


class Virt(ImageBoard):
    """QEMU's `virt`, with UEFI, which finds the image's own boot loader; its LED is on its GPIO line."""

    watch_led = Board.watch_led

    def machine(self) -> list[str]:
        return ["qemu-system-aarch64", "-M", "virt,acpi=off", "-cpu", "cortex-a72", "-m", "512", "-smp", "1", *self.wiring(), *self.firmware()]

    def firmware(self) -> list[str]:
        return ["-bios", "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"]


class PiOnVirt(Virt):
    """A Raspberry Pi's image in `virt`, which in place of the Pi's firmware loads what config.txt and cmdline.txt name."""

    def make_disk(self, files: Files) -> None:
        super().make_disk(files)
        self.boot = images.boot_files(self.made.path, self.folder / "boot")

    def firmware(self) -> list[str]:
        config = (self.boot / "config.txt").read_text()
        kernel = re.search(r"^kernel=(\S+)", config, flags=re.M)[1]
        initramfs = re.search(r"^initramfs (\S+)", config, flags=re.M)[1]
        line = (self.boot / "cmdline.txt").read_text().strip()
        return ["-kernel", str(self.boot / kernel), "-initrd", str(self.boot / initramfs), "-append", f"{line} console=ttyAMA0"]


def guarded(board: ImageBoard, timeout: float = ImageBoard.boot_s) -> float:
    """Waits until the server is well and the dog is fed; when that was."""

    def probe() -> bool:
        status = board.status()
        return status.get("state") == "well" and status.get("feeding", False)

    board.wait("well, and fed", probe, timeout, 0.5)
    return time.monotonic()
