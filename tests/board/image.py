# SPDX-License-Identifier: MIT
"""What the virtual board boots: Debian's arm64 kernel, and an initramfs made of Debian's packages, the files of guest/
and feeddog's own programs.

Only what the programs below need goes in, with the shared libraries they name: the board boots in seconds because its
initramfs is small.
"""

import os
import pathlib
import re
import stat
import subprocess

import packages

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
FOLDER = TOP / "build/board"
TREE = FOLDER / "tree"
FEEDDOG = TOP / "build/arm64"
KERNEL = FOLDER / "vmlinuz"
INITRAMFS = FOLDER / "initramfs"

KERNEL_PACKAGE = ("linux-image-arm64", r"linux-image-\d.*-arm64")
PACKAGES = ["busybox-static", "nginx-light", "qemu-guest-agent", "libcurl4", "libgpiod2", "libfyaml0"]
MODULES = ["virtio_pci", "virtio_console", "virtio_blk", "crc32c_generic", "ext4", "i6300esb"]
# There for the cases to load.
MORE_MODULES = ["softdog", "overlay"]
PROGRAMS = {"bin/busybox": "bin/busybox", "usr/sbin/nginx": "usr/sbin/nginx", "usr/sbin/qemu-ga": "usr/sbin/qemu-ga"}
FEEDDOG_PROGRAMS = ["feeddogd", "feeddog-checker", "feeddog-actor", "feeddog-led", "feeddog"]
LIBRARY_FOLDERS = ["lib/aarch64-linux-gnu", "usr/lib/aarch64-linux-gnu"]
LOADER = "lib/ld-linux-aarch64.so.1"


def fetch() -> None:
    """Fetches and unpacks Debian's packages, where that is not done yet."""
    mark = FOLDER / "unpacked"
    wanted = " ".join([KERNEL_PACKAGE[0], *PACKAGES]) + "\n"
    if mark.exists() and mark.read_text() == wanted:
        return
    print("board: fetching Debian's arm64 packages", flush=True)
    mark.unlink(missing_ok=True)
    archive = packages.Archive(FOLDER / "apt", "arm64")
    archive.prepare()
    kernel = archive.dependency(*KERNEL_PACKAGE)
    # The kernel without its dependencies: those would make an initramfs of their own.
    archive.unpack(TREE, PACKAGES, [kernel])
    KERNEL.unlink(missing_ok=True)
    KERNEL.symlink_to(next((TREE / "boot").glob("vmlinuz-*")))
    mark.write_text(wanted)


def module_files(tree: pathlib.Path, names: list[str]) -> list[pathlib.Path]:
    """These kernel modules with all they depend on, in the order in which they can be loaded."""
    root = next(path for lib in ("lib", "usr/lib") for path in tree.glob(f"{lib}/modules/*"))
    places = {path.name.split(".")[0].replace("-", "_"): path for path in root.rglob("*.ko*")}
    ordered: list[pathlib.Path] = []
    # What one release has as a module another has in the kernel itself.
    built_in = {pathlib.Path(line).stem.replace("-", "_") for line in (root / "modules.builtin").read_text().splitlines()}

    def load(name: str) -> None:
        if name not in places and name in built_in:
            return
        path = places[name]
        if path in ordered:
            return
        match = re.search(rb"\0depends=([^\0]*)\0", module_bytes(path))
        for needed in match[1].decode().split(",") if match else []:
            if needed:
                load(needed.replace("-", "_"))
        ordered.append(path)

    for name in names:
        load(name)
    return ordered


def module_bytes(path: pathlib.Path) -> bytes:
    """Debian 13 compresses its modules, and busybox cannot load those."""
    if path.suffix == ".xz":
        return subprocess.run(["xz", "-dc", str(path)], check=True, capture_output=True).stdout
    return path.read_bytes()


def needed_libraries(program: pathlib.Path) -> list[str]:
    shown = subprocess.run(["readelf", "-d", str(program)], check=True, text=True, capture_output=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.+)\]", shown)


def library_closure(programs: list[pathlib.Path]) -> dict[str, pathlib.Path]:
    """Where each shared library is that the programs need, directly or through another."""
    found: dict[str, pathlib.Path] = {}
    waiting = list(programs)
    while waiting:
        for name in needed_libraries(waiting.pop()):
            if name in found or name == os.path.basename(LOADER):
                continue
            places = [TREE / folder / name for folder in LIBRARY_FOLDERS]
            place = next((p for p in places if p.exists()), None)
            if place is None:
                raise RuntimeError(f"{name} is in none of the packages {' '.join(PACKAGES)}")
            found[name] = place
            waiting.append(place)
    return found


class Cpio:
    """Writes the kernel's archive format ("newc"): it can hold what is root's without anybody being root."""

    TRAILER = "TRAILER!!!"

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.names: set[str] = set()

    def _entry(self, name: str, mode: int, data: bytes = b"", device: tuple[int, int] = (0, 0)) -> None:
        raw = name.encode() + b"\0"
        fields = [len(self.names) + 1, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(raw), 0]
        header = b"070701" + b"".join(b"%08X" % field for field in fields)
        self.chunks.append(header + raw + b"\0" * (-(len(header) + len(raw)) % 4) + data + b"\0" * (-len(data) % 4))
        self.names.add(name)

    def folder(self, name: str, mode: int = 0o755) -> None:
        if name in self.names or name in ("", "."):
            return
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFDIR | mode)

    def file(self, name: str, data: bytes, mode: int) -> None:
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFREG | mode, data)

    def link(self, name: str, target: str) -> None:
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def console(self, name: str) -> None:
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFCHR | 0o600, device=(5, 1))

    def bytes(self) -> bytes:
        self._entry(self.TRAILER, 0)
        return b"".join(self.chunks)


def build(programs: pathlib.Path = FEEDDOG) -> None:
    """Makes the initramfs anew: a second or so, and never stale."""
    fetch()
    cpio = Cpio()
    for folder in ("dev", "proc", "sys", "run", "data", "root"):
        cpio.folder(folder)
    cpio.folder("tmp", 0o1777)
    cpio.console("dev/console")
    cpio.link("init", "bin/busybox")
    cpio.link("bin/sh", "busybox")

    installed = {target: TREE / source for target, source in PROGRAMS.items()}
    installed |= {f"usr/sbin/{name}": programs / name for name in FEEDDOG_PROGRAMS}
    for target, source in installed.items():
        cpio.file(target, source.read_bytes(), 0o755)
    for path in sorted((TOP / "board").glob("*.yaml")):
        cpio.file(f"usr/local/share/feeddog/boards/{path.name}", path.read_bytes(), 0o644)
    cpio.file(LOADER, (TREE / LOADER).read_bytes(), 0o755)
    for name, source in sorted(library_closure(list(installed.values())).items()):
        cpio.file(f"lib/aarch64-linux-gnu/{name}", source.read_bytes(), 0o755)

    for number, path in enumerate(module_files(TREE, MODULES)):
        cpio.file(f"lib/modules/{number:02}-{path.name.removesuffix('.xz')}", module_bytes(path), 0o644)
    for name in MORE_MODULES:
        cpio.file(f"lib/modules/more/{name}.ko", module_bytes(module_files(TREE, [name])[-1]), 0o644)
    for path in sorted((HERE / "guest").rglob("*")):
        if path.is_file():
            cpio.file(str(path.relative_to(HERE / "guest")), path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
    INITRAMFS.write_bytes(cpio.bytes())


def make_disk(path: pathlib.Path, files: dict[str, str]) -> None:
    """A small ext4 disk that holds `files`: what the board keeps over resets and power cuts."""
    content = path.with_suffix(".d")
    subprocess.run(["rm", "-rf", str(content), str(path)], check=True)
    content.mkdir(parents=True)
    for name, text in files.items():
        (content / name).write_text(text)
        (content / name).chmod(0o755 if text.startswith("#!") else 0o644)
    environment = os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
    subprocess.run(
        ["mke2fs", "-q", "-t", "ext4", "-E", "root_owner=0:0", "-d", str(content), str(path), "16M"],
        check=True,
        capture_output=True,
        env=environment,
    )
