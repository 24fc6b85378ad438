# SPDX-License-Identifier: MIT
"""scripts/provision-card on a card that lies in a PC's reader, the first boot of that card, and everything taken off again.

The card stands in for one with Raspberry Pi OS: a FAT partition with a config.txt, and a Debian for amd64 without feeddog and
without a library that it needs. It boots as a PC does; no Raspberry Pi OS was booted.
"""

import shutil

import images
import packages
from images import PC
from imaged import Pc, guarded
from scene import Scene, last_boot, no_reset, now

CARD = images.FOLDER / "card.img"
BOOT = images.FOLDER / "card-boot"
SCRIPT = images.image.TOP / "scripts/provision-card"
LIBRARY = "libfyaml0"
DEBS = images.FOLDER / "card-debs"
CONFIG_TXT = "# For more options and information see the manual\ndtparam=audio=on\n\n[cm4]\notg_mode=1\n\n[all]\n"
LEFT = ["etc/feeddog", "var/lib/feeddog", "usr/libexec/feeddog", "usr/share/feeddog", "usr/share/feeddog-first-boot",
        "etc/systemd/system/feeddog-first-boot.service", "etc/systemd/system/multi-user.target.wants/feeddog-first-boot.service",
        "etc/systemd/system/multi-user.target.wants/feeddog.service"]  # fmt: skip


def prepare() -> None:
    PC.prepare()
    shutil.rmtree(DEBS, ignore_errors=True)
    DEBS.mkdir()
    archive = packages.Archive(images.FOLDER / "apt", PC.architecture, "bookworm")
    archive.prepare()
    shutil.copy(archive.download(LIBRARY), DEBS)
    shutil.copy(PC.package, DEBS)
    make_card()


def make_card() -> None:
    images.run("cp", "--sparse=always", PC.path, CARD)
    with images.root_of(CARD) as root:
        images.as_root("chroot", root, "dpkg", "--purge", "feeddog", LIBRARY)
        # In the reader it must not be taken for the PC's own disk.
        images.as_root("sed", "-i", "s/feeddog-root/rootfs/; s/FEEDDOGBOOT/BOOTFS/", root / "etc/fstab")
        images.as_root("e2label", images.run("findmnt", "-no", "SOURCE", root).strip(), "rootfs")
    boot = f"{CARD}@@{images.partitions(CARD)[0]['start']}"
    line = images.run("mtype", "-i", boot, "::syslinux.cfg").replace("feeddog-root", "rootfs")
    images.run("mlabel", "-i", boot, "::BOOTFS")
    images.run("mcopy", "-o", "-i", boot, "-", "::syslinux.cfg", input=line)
    images.run("mcopy", "-i", boot, "-", "::config.txt", input=CONFIG_TXT)
    images.boot_files(CARD, BOOT)


class PcWithReader(Pc):
    def machine(self) -> list[str]:
        return [*super().machine(), "-drive", f"file={CARD},format=raw,if=none,id=card,cache=writeback",
                "-device", "virtio-blk-pci,drive=card,addr=0x1e"]  # fmt: skip


class CardBoard(Pc):
    """The board that the card is put into: it writes to the card itself."""

    def make_disk(self, files: dict) -> None:
        self.files = files

    def drive(self) -> list[str]:
        return ["-drive", f"file={CARD},format=raw,if=none,id=disk,cache=writeback"]


scene = Scene({}, make=lambda name, files: PcWithReader(name, files, PC), prepare=prepare)


def content(name: str) -> dict[str, str]:
    """All that is on the card: each file by its path, with its mode, owner and checksum."""
    found = {}
    boot = images.boot_files(CARD, images.FOLDER / name)
    for path in boot.rglob("*"):
        found[f"boot: {path.relative_to(boot)}"] = images.run("md5sum", path).split()[0] if path.is_file() else ""
    with images.root_of(CARD, "ro,noload") as root:
        script = "find . -printf '%p %m %u %g %y %l\\n'; find . -type f -print0 | xargs -0 md5sum"
        lines = images.as_root("sh", "-c", f"cd {root} && {script}").splitlines()
    found |= {line: "" for line in lines}
    return found


def provision(board: PcWithReader, *arguments: str) -> str:
    done = board.run(f"/var/tmp/scripts/provision-card {' '.join(arguments)} /dev/vdb 2>&1", 120)
    assert done.code == 0, done
    return done.out


@scene.case()
def put_on_and_taken_off(pc: PcWithReader) -> str:
    """P10: feeddog is put onto the card in a PC's reader; the same again changes nothing, and --remove leaves it as it was."""
    pc.push("/var/tmp/scripts/provision-card", SCRIPT)
    pc.push("/var/tmp/feeddog.yaml", (images.FOLDER / f"{PC.board}.yaml").read_text())
    for deb in DEBS.iterdir():
        pc.push(f"/var/tmp/{deb.name}", deb)
    give = [word for deb in sorted(DEBS.iterdir()) for word in ("--deb", f"/var/tmp/{deb.name}")] + ["--config", "/var/tmp/feeddog.yaml"]
    before = content("before")
    said = provision(pc, *give)
    assert "switch it on" in said and f"the card has no {LIBRARY}" not in said, said
    assert "Nothing was to be done" in provision(pc, *give), "it changed again what it had changed"
    assert content("after") != before, "nothing is on the card"
    assert "as it was before" in provision(pc, "--remove")
    after = content("after")
    changed = {key for key in before | after if before.get(key) != after.get(key)}
    assert not changed, changed
    assert "switch it on" in provision(pc, *give)
    pc.ok("sync")
    return f"{len(before)} files looked at"


@scene.case(follows=True)
def first_boot(pc: PcWithReader) -> str:
    """P10, P14: the board installs feeddog at its first boot, without a network, and guards; purge and --remove leave nothing."""
    pc.power_cut()
    board = CardBoard(f"{pc.folder.name}-in-the-board", {}, PC)
    try:
        begun = now()
        board.power_on()
        up = now()
        well = guarded(board)
        assert last_boot(board)["cause"] == "first", last_boot(board)
        board.wait_led("well", well, 60)
        assert board.status()["dog"]["identity"].startswith("i6300"), board.status()["dog"]
        assert not board.ok("ls -d /usr/share/feeddog-first-boot /etc/systemd/system/feeddog-first-boot.service 2>/dev/null; true")
        with no_reset(board):
            board.ok("kill -9 $(cat /run/nginx.pid)")
            board.wait("the restart", lambda: board.status()["services"]["web"]["restarts"] > 0, 60, 0.5)
            guarded(board)
            board.ok("DEBIAN_FRONTEND=noninteractive apt-get -y purge feeddog 2>&1", 300)
            board.ok("systemctl poweroff --no-block; sync")
            board.wait_event("SHUTDOWN", begun, 120)
    finally:
        board.power_cut()
    boot = images.boot_files(CARD, images.FOLDER / "boot-after")
    with images.root_of(CARD) as root:
        left = [name for name in LEFT if (root / name).is_symlink() or (root / name).exists()]
        assert not left, left
        images.as_root(SCRIPT, "--remove", "--boot", boot, "--root", root)
    differ = [path.name for path in BOOT.iterdir() if path.read_bytes() != (boot / path.name).read_bytes()]
    assert not differ, differ
    said = images.fsck_root(CARD)
    assert not said, said
    return f"up after {up - begun:.0f} s, installed and guarded {well - up:.0f} s later"
