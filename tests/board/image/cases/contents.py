# SPDX-License-Identifier: MIT
"""What can be told of a Raspberry Pi's image without a Raspberry Pi: what its firmware, kernel and feeddog will find."""

import pathlib
import re

import images
from images import PI
from scene import Scene

BOARD_FILE = images.image.TOP / "board/raspberry-pi-4.yaml"


class Reader:
    """A card reader, with the image in it, where the other cases have a board."""

    def __init__(self, name: str, _files: dict):
        self.folder = images.FOLDER / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path = PI.path

    def power_on(self) -> None:
        self.boot = images.boot_files(self.path, self.folder / "boot")

    def power_cut(self) -> None:
        """There is nothing to switch off."""


scene = Scene({}, make=Reader, prepare=PI.prepare)


@scene.case()
def file_systems(card: Reader) -> str:
    """P14: two partitions as on every card of a Raspberry Pi, and fsck finds nothing wrong on either."""
    boot, root = images.partitions(card.path)
    assert boot["type"] == "c" and root["type"] == "83", (boot, root)
    assert boot["start"] + boot["size"] <= root["start"], "the partitions overlap"
    assert root["start"] + root["size"] <= card.path.stat().st_size, "the image is shorter than its table says"
    fat = card.folder / "boot.img"
    images.run("dd", f"if={card.path}", f"of={fat}", "bs=1M", f"skip={boot['start'] >> 20}", f"count={boot['size'] >> 20}")
    images.run("fsck.vfat", "-n", fat)
    fat.unlink()
    said = images.fsck_root(card.path)
    assert not said, said
    return f"{boot['size'] >> 20} and {root['size'] >> 20} MiB"


@scene.case(follows=True)
def boot_files(card: Reader) -> str:
    """P14: the firmware finds itself, a kernel, its initramfs and a command line that leads to the second partition."""
    names = {path.name for path in card.boot.iterdir()}
    assert {"bootcode.bin", "start4.elf", "fixup4.dat", "config.txt", "cmdline.txt"} <= names, names
    config = (card.boot / "config.txt").read_text()
    kernel, initramfs = (re.search(rf"^{what}[= ](\S+)", config, flags=re.M)[1] for what in ("kernel", "initramfs"))
    assert "arm_64bit=1" in config and {kernel, initramfs} <= names, config
    assert (card.boot / kernel).read_bytes()[56:60] == b"ARMd", f"{kernel} is no arm64 kernel"
    line = (card.boot / "cmdline.txt").read_text()
    assert "root=LABEL=feeddog-root" in line and line.count("\n") <= 1, line
    return f"{kernel}: {line.strip()}"


@scene.case(follows=True)
def device_tree(card: Reader) -> str:
    """P8: the device tree that its kernel is given has what board/ says of it: names, watchdog, LED, GPIO lines."""
    tree = card.boot / "bcm2711-rpi-4-b.dtb"
    found = images.run("fdtget", tree, "/", "compatible").split()
    said = BOARD_FILE.read_text()
    assert found[0] in re.findall(r"^  - (\S+)$", said, flags=re.M), f"{found} is not in {BOARD_FILE.name}"
    led = images.run("fdtget", "-t", "s", tree, "/leds/led-act", "label").strip()
    assert f"class: {led}" in said, f"the LED is called {led}"
    watchdog = images.run("fdtget", "-t", "s", tree, "/soc/watchdog@7e100000", "compatible").split()
    assert "brcm,bcm2835-pm-wdt" in watchdog, watchdog
    lines = images.run("fdtget", "-t", "s", tree, "/soc/gpio@7e200000", "gpio-line-names").split()
    assert "GPIO17" in lines, lines
    return f"{found[0]}, LED {led}, {lines[17]}"


@scene.case(follows=True)
def root_file_system(card: Reader) -> str:
    """P10, P11: feeddog is installed, enabled, and by its own arm64 program pleased with its configuration; it finds its watchdog."""
    with images.root_of(card.path, "ro,noload") as root:

        def inside(*command: str) -> str:
            return images.as_root("chroot", root, *command)

        version = inside("dpkg-query", "-W", "-f", "${Version} ${db:Status-Status}", "feeddog").split()
        assert version[1] == "installed" and not inside("dpkg", "--audit"), version
        checked = inside("feeddog", "check")
        assert "OK" in checked, checked
        assert (root / "usr/libexec/feeddog/feeddogd").read_bytes()[18] == 183, "feeddogd is not for arm64"
        assert (root / "etc/systemd/system/multi-user.target.wants/feeddog.service").is_symlink(), "feeddog is not enabled"
        assert (root / "etc/machine-id").read_text() == "", "every board would be the same machine"
        assert not list((root / "etc").glob("ssh/ssh_host_*")), "every board would have the same keys"
        assert not list((root / "var/cache/apt/archives").glob("*.deb")), "packages are left on it"
        driver = re.search(r"driver: (\w+)", BOARD_FILE.read_text())[1]
        modules = [path.name for path in (root / "lib/modules").rglob(f"{driver}.ko*")]
        assert modules, f"there is no {driver}"
        blocked = [path for path in pathlib.Path(root).glob("*/modprobe.d/*.conf") if f"blacklist {driver}" in path.read_text()]
        assert not blocked, blocked
        initramfs = inside("sh", "-c", "lsinitramfs /boot/initrd.img-*")
        assert all(f"/{name}.ko" in initramfs for name in ("ext4", "sdhci-iproc")), "the initramfs would not find the card"
    return f"feeddog {version[0]}: {checked.strip()}; {', '.join(modules)}"
