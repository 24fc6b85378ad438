# SPDX-License-Identifier: MIT
"""A board that runs all of Debian, init included: an x86 machine with a real watchdog (i6300esb), in QEMU.

It is emulated, which takes its time and works anywhere. FEEDDOG_ACCEL=kvm makes it quick where /dev/kvm runs Debian's kernels: that
it is there does not mean that it does.
"""

import os
import pathlib
import subprocess
from typing import Callable, Union

import image
from board import Board, Files
from debs import Packages
from roots import Root

ACCEL = os.environ.get("FEEDDOG_ACCEL", "tcg")


class Machine(Board):
    boot_s = 600

    def __init__(self, name: str, files: Files, root: Root):
        self.root = root
        super().__init__(name, files)

    def make_disk(self, files: Files) -> None:
        """A layer of its own over the root file system; `files` are put there once it is up."""
        self.files = files
        command = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(self.root.image), str(self.layer)]
        subprocess.run(command, check=True)

    @property
    def layer(self) -> pathlib.Path:
        return self.folder / "disk.qcow2"

    def machine(self) -> list[str]:
        return [
            "qemu-system-x86_64", "-M", "pc", "-accel", ACCEL, "-cpu", "qemu64", "-m", "512", "-smp", "1",
            "-drive", f"file={self.layer},format=qcow2,if=none,id=disk,cache=writeback",
            "-kernel", str(self.root.kernel.vmlinuz), "-initrd", str(self.root.kernel.initramfs),
            "-append", "console=ttyS0 quiet loglevel=4 panic=0 mitigations=off systemd.journald.forward_to_console=1 systemd.show_status=0 SYSTEMD_COLORS=0",
        ]  # fmt: skip

    def watch_led(self) -> None:
        """This machine has no GPIO line."""

    def ok(self, command: str, timeout: float = 120) -> str:
        return super().ok(command, timeout)

    def power_on(self) -> None:
        super().power_on()
        for path, text in self.files.items():
            self.push(path, text)
        self.files = {}

    def push(self, path: str, content: Union[str, pathlib.Path], mode: str = "") -> None:
        """Puts a text, or a file of the host, where it belongs in the guest."""
        data = content.read_bytes() if isinstance(content, pathlib.Path) else content.encode()
        self.ok(f"mkdir -p '{os.path.dirname(path)}'")
        self.agent.write(path, data)
        self.ok(f"chmod {mode or ('755' if data.startswith(b'#!') else '644')} '{path}'")

    def install(self, init: str = "systemd") -> None:
        """What `make install` installs, as built on this machine."""
        place = self.folder / "installed"
        subprocess.run(["make", "-s", "-C", str(image.TOP), "install", f"DESTDIR={place}", f"INIT={init}"], check=True,
                       stdout=subprocess.DEVNULL)
        subprocess.run(["tar", "-czf", f"{place}.tar.gz", "-C", str(place), "--owner=0", "--group=0", "usr", "etc"], check=True)
        self.push("/run/feeddog.tar.gz", pathlib.Path(f"{place}.tar.gz"))
        self.ok("tar -xzf /run/feeddog.tar.gz -C / --skip-old-files && systemd-sysusers")
        if init == "systemd":
            self.ok("systemctl daemon-reload")

    def with_packages(self, packages: Packages) -> "Machine":
        self.packages = packages
        return self

    def apt_install(self, package: pathlib.Path) -> str:
        """As a person would, without the network; what it said."""
        self.push("/var/tmp/feeddog.deb", package)
        done = self.run("DEBIAN_FRONTEND=noninteractive apt-get -y --allow-downgrades -o Dpkg::Options::=--force-confold "
                        "install /var/tmp/feeddog.deb 2>&1", 300)
        assert done.code == 0, f"exit {done.code}: {done.out}"
        return done.out

    def journal(self, unit: str = "feeddog") -> str:
        return self.ok(f"journalctl --no-pager -o cat -u {unit}")


def on(root: Root) -> Callable[[str, Files], Machine]:
    """What a scene makes its boards by."""
    return lambda name, files: Machine(name, files, root)
