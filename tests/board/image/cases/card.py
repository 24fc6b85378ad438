# SPDX-License-Identifier: MIT
"""scripts/provision-card on a card that lies in a PC's reader, the first boot of that card, and everything taken off again.

The card is the Raspberry Pi's image without feeddog: Debian for arm64 as its package for that board lays it out, without a library
that feeddog needs. It boots in QEMU's `virt`; no Raspberry Pi OS was booted.
"""

import pathlib
import shutil

import images
import packages
from images import PC, PI
from imaged import Pc, Virt, guarded
from scene import Scene, last_boot, no_reset, now

CARD = images.FOLDER / "card.img"
SCRIPT = images.image.TOP / "scripts/provision-card"
LIBRARY = "libfyaml0"
DEBS = images.FOLDER / "card-debs"
LEFT = ["etc/feeddog", "var/lib/feeddog", "usr/libexec/feeddog", "usr/share/feeddog", "usr/share/feeddog-first-boot",
        "etc/systemd/system/feeddog-first-boot.service", "etc/systemd/system/multi-user.target.wants/feeddog-first-boot.service",
        "etc/systemd/system/multi-user.target.wants/feeddog.service"]  # fmt: skip


def prepare() -> None:
    PC.prepare()
    PI.prepare()
    shutil.rmtree(DEBS, ignore_errors=True)
    DEBS.mkdir()
    archive = packages.Archive(images.FOLDER / "apt", "arm64", "bookworm")
    archive.prepare()
    shutil.copy(archive.download(LIBRARY), DEBS)
    shutil.copy(PI.package, DEBS)
    images.run("cp", "--sparse=always", PI.path, CARD)
    with images.root_of(CARD) as root:
        images.as_root("chroot", root, "dpkg", "--purge", "feeddog", LIBRARY)


class PcWithReader(Pc):
    def machine(self) -> list[str]:
        return [*super().machine(), "-drive", f"file={CARD},format=raw,if=none,id=card,cache=writeback",
                "-device", "virtio-blk-pci,drive=card,addr=0x1e"]  # fmt: skip


class CardBoard(Virt):
    """The board that the card is put into: it writes to the card itself."""

    def write_layer(self, path: pathlib.Path) -> None:
        """There is none."""

    def drive(self) -> list[str]:
        return ["-drive", f"file={CARD},format=raw,if=none,id=disk,cache=writeback"]

    def make_disk(self, files: dict) -> None:
        self.boot = images.boot_files(CARD, self.folder / "boot")


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
    pc.push("/var/tmp/feeddog.yaml", (images.FOLDER / f"{PI.board}.yaml").read_text())
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
    board = CardBoard(f"{pc.folder.name}-in-the-board", {}, PI)
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
    written = images.boot_files(PI.path, images.FOLDER / "boot-before")
    differ = [path.name for path in written.iterdir() if path.read_bytes() != (boot / path.name).read_bytes()]
    assert not differ, differ
    said = images.fsck_root(CARD)
    assert not said, said
    return f"up after {up - begun:.0f} s, installed and guarded {well - up:.0f} s later"
