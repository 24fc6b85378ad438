# SPDX-License-Identifier: MIT
"""Debian's own file systems, made by mmdebstrap from this machine's sources, and the kernels that boot them.

Made once and kept below build/; each board writes to a layer of its own above one. The files of guest/ go into all. The
initramfs loads the drivers and goes on to the root file system's own init.
"""

import fcntl
import gzip
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

import image  # noqa: E402
import packages  # noqa: E402

FOLDER = image.TOP / "build/debian"
GUEST = HERE / "guest"
KERNEL_PACKAGE = ("linux-image-amd64", r"linux-image-\d.*-amd64")
MODULES = ["virtio_pci", "virtio_console", "virtio_blk", "crc32c_generic", "ext4", "i6300esb"]
DISK = "1500M"
# What feeddog is linked with comes along: a guest has no network to fetch it by.
COMMON = ["qemu-guest-agent", "nginx-light", "busybox-static", "procps", "kmod", "adduser", "init-system-helpers"]
LIBRARIES = {"bookworm": ["libcurl4", "libgpiod2", "libfyaml0"], "trixie": ["libcurl4t64", "libgpiod3", "libfyaml0"]}

INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
for module in /lib/modules/*.ko; do
	insmod "$module" || echo "board: cannot load $module"
done
mount -t ext4 -o noatime /dev/vda /new || exec sh
ip link set lo up
mount -o move /dev /new/dev
exec switch_root /new /sbin/init
"""


def as_root(*command: str) -> list[str]:
    return list(command) if os.geteuid() == 0 else ["sudo", *command]


def run(*command: str, **more) -> None:
    done = subprocess.run(command, text=True, capture_output=True, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {(done.stdout + done.stderr)[-3000:]}")


def sources(codename: str) -> list[str]:
    """Files with this machine's sources for that release, as mmdebstrap takes them."""
    found = []
    for name, text in packages.sources(codename).items():
        path = FOLDER / f"{codename}-{name}"
        path.write_text(text)
        found.append(str(path))
    return found


class Lock:
    """Two that want the same thing built do not build it twice."""

    def __init__(self, path: pathlib.Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file = open(path, "w")

    def __enter__(self) -> None:
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_) -> None:
        self.file.close()


@dataclass
class Kernel:
    """Debian's kernel of one release, and an initramfs with the few drivers that the board has."""

    codename: str

    @property
    def folder(self) -> pathlib.Path:
        return FOLDER / f"{self.codename}-kernel"

    @property
    def vmlinuz(self) -> pathlib.Path:
        return self.folder / "vmlinuz"

    @property
    def initramfs(self) -> pathlib.Path:
        return self.folder / "initramfs"

    def build(self) -> None:
        mark = hashlib.sha256(repr((KERNEL_PACKAGE, MODULES, INIT)).encode()).hexdigest()
        if (self.folder / "mark").exists() and (self.folder / "mark").read_text() == mark:
            return
        print(f"board: fetching the kernel of Debian {self.codename}", flush=True)
        tree = self.folder / "tree"
        archive = packages.Archive(self.folder / "apt", "amd64", self.codename)
        archive.prepare()
        archive.unpack(tree, ["busybox-static"], [archive.dependency(*KERNEL_PACKAGE)])
        shutil.copy(next((tree / "boot").glob("vmlinuz-*")), self.vmlinuz)
        self.initramfs.write_bytes(gzip.compress(self.pack(tree), 1))
        shutil.rmtree(tree)
        shutil.rmtree(self.folder / "apt")
        (self.folder / "mark").write_text(mark)

    def pack(self, tree: pathlib.Path) -> bytes:
        cpio = image.Cpio()
        for name in ("dev", "proc", "new"):
            cpio.folder(name)
        cpio.console("dev/console")
        busybox = next(path for bin in ("bin", "usr/bin") for path in tree.glob(f"{bin}/busybox"))
        cpio.file("bin/busybox", busybox.read_bytes(), 0o755)
        cpio.file("init", INIT.encode(), 0o755)
        for number, path in enumerate(image.module_files(tree, MODULES)):
            cpio.file(f"lib/modules/{number:02}-{path.name.removesuffix('.xz')}", image.module_bytes(path), 0o644)
        return cpio.bytes()


@dataclass(frozen=True)
class Root:
    """One root file system. `finish` is shell, run when all is in place, with the new root's path as $1."""

    name: str
    codename: str
    packages: tuple[str, ...]
    finish: str
    kernel: Kernel = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kernel", Kernel(self.codename))

    @property
    def image(self) -> pathlib.Path:
        return FOLDER / f"{self.name}.img"

    def build(self) -> None:
        """Makes the image, where that is not done yet, and the kernel."""
        with Lock(FOLDER / f"{self.codename}.lock"):
            self.kernel.build()
        with Lock(FOLDER / f"{self.name}.lock"):
            self.build_image()

    def build_image(self) -> None:
        wanted = [*self.packages, *COMMON, *LIBRARIES[self.codename]]
        guest = [(str(path.relative_to(GUEST)), path.read_bytes()) for path in sorted(GUEST.rglob("*")) if path.is_file()]
        mark = hashlib.sha256(repr((3, wanted, self.finish, DISK, guest)).encode()).hexdigest()
        marked = FOLDER / f"{self.name}.mark"
        if marked.exists() and marked.read_text() == mark and self.image.exists():
            return
        print(f"board: making the root file system {self.name} (a minute or two, once)", flush=True)
        making = FOLDER / f"{self.name}.new"
        hooks = [
            f"cp -a --no-preserve=ownership {GUEST}/. $1/",
            self.finish,
            # Its place is taken by the site of guest/.
            "rm -f $1/etc/nginx/sites-enabled/default",
            "echo board >$1/etc/hostname",
            'rm -rf $1/var/lib/apt/lists $1/var/cache/apt/*.bin; mkdir -p $1/var/lib/apt/lists/partial',
        ]
        # Into a folder first: only at its very end mmdebstrap takes away what kept services from being started.
        tree = FOLDER / f"{self.name}.tree"
        run(*as_root("rm", "-rf", str(tree), str(making)))
        run(*as_root("mmdebstrap", "--quiet", "--architectures=amd64", "--variant=minbase", "--format=directory",
                     f"--include={','.join(wanted)}", *[f"--customize-hook={hook}" for hook in hooks],
                     self.codename, str(tree), *sources(self.codename)), env=os.environ | {"LC_ALL": "C.UTF-8"})
        # That of a machine that is up, not of one that was never booted.
        run(*as_root("sh", "-c", f"echo 0123456789abcdef0123456789abcdef >{tree}/etc/machine-id"))
        run(*as_root("/sbin/mke2fs", "-q", "-t", "ext4", "-E", "root_owner=0:0", "-d", str(tree), str(making), DISK))
        run(*as_root("chown", f"{os.getuid()}:{os.getgid()}", str(making)))
        run(*as_root("rm", "-rf", str(tree)))
        making.rename(self.image)
        marked.write_text(mark)


SYSTEMD = ("systemd-sysv", "udev", "dbus", "libpam-systemd")
ENABLE_AGENT = "\n".join([
    "mkdir -p $1/etc/systemd/system/sysinit.target.wants $1/etc/systemd/system/multi-user.target.wants",
    "ln -sf ../board-agent.service $1/etc/systemd/system/sysinit.target.wants/",
    "ln -sf ../board-up.service $1/etc/systemd/system/multi-user.target.wants/",
    # What a board in a closet has no use for, and an emulated one no time.
    *[f"ln -sf /dev/null $1/etc/systemd/system/{name}" for name in (
        "qemu-guest-agent.service", "getty.target", "serial-getty@ttyS0.service", "systemd-udev-trigger.service", "timers.target",
        "e2scrub_reap.service", "modprobe@.service", "systemd-networkd-wait-online.service", "systemd-binfmt.service")],
])
RELEASES = {"12": "bookworm", "13": "trixie"}
DEBIAN_12 = Root("debian-12", "bookworm", SYSTEMD, ENABLE_AGENT)
DEBIAN_13 = Root("debian-13", "trixie", SYSTEMD, ENABLE_AGENT)

# In place of the terminals: the hand in the guest, and a log that is written down outside.
HANDS = """ga:2345:respawn:/usr/local/sbin/board-agent
sl:2345:respawn:/bin/busybox syslogd -n -O /dev/console
up:2345:once:/bin/sh -c "echo up >/run/board"
"""
SYSVINIT_TAB = """id:2:initdefault:
si::sysinit:/etc/init.d/rcS
l0:0:wait:/etc/init.d/rc 0
l1:1:wait:/etc/init.d/rc 1
l2:2:wait:/etc/init.d/rc 2
l6:6:wait:/etc/init.d/rc 6
""" + HANDS
OPENRC_TAB = """id:2:initdefault:
si::sysinit:/sbin/openrc sysinit
sb::bootwait:/sbin/openrc boot
l0:0:wait:/sbin/openrc shutdown
r0:0:wait:/sbin/halt -d -f -p
l2:2:wait:/sbin/openrc default
l6:6:wait:/sbin/openrc reboot
r6:6:wait:/sbin/reboot -d -f
""" + HANDS
BUSYBOX_TAB = """::sysinit:/usr/local/sbin/board-rcS
::respawn:/usr/local/sbin/board-agent
::respawn:/bin/busybox syslogd -n -O /dev/console
::shutdown:/etc/init.d/feeddog going-down
::shutdown:/bin/busybox killall -TERM nginx
"""


def tab(text: str) -> str:
    return f"printf '%s' '{text}' >$1/etc/inittab"


SYSUSERS = "systemd-standalone-sysusers"
SYSVINIT = Root("debian-13-sysvinit", "trixie", ("sysvinit-core", "sysv-rc", "initscripts", SYSUSERS), tab(SYSVINIT_TAB))
OPENRC = Root("debian-13-openrc", "trixie", ("sysvinit-core", "openrc", "initscripts", SYSUSERS), tab(OPENRC_TAB))
BUSYBOX = Root("debian-13-busybox", "trixie", (SYSUSERS,), tab(BUSYBOX_TAB) + "\nln -sf /bin/busybox $1/sbin/init\n"
               "for name in reboot poweroff halt; do ln -sf /bin/busybox $1/sbin/$name; done")


def as_released(text: str, codename: str) -> str:
    """Of sources only the release itself. What was mended since is not in the same state for all architectures on every mirror,
    and where it is not, libraries of two of them cannot lie side by side."""
    stanzas = []
    for stanza in text.split("\n\n"):
        if re.search(rf"^Suites:.*\b{codename}(\s|$)", stanza, re.MULTILINE):
            stanzas.append(re.sub(r"^Suites:.*", f"Suites: {codename}", stanza, flags=re.MULTILINE))
        stanzas += [line for line in stanza.splitlines() if line.startswith("deb ") and f" {codename} " in line]
    return "\n".join(stanza.rstrip("\n") + "\n" for stanza in stanzas)


def build_room(codename: str) -> pathlib.Path:
    """A folder with the root file system of a release, to build in by chroot; it is root's."""
    room = FOLDER / f"{codename}-build"
    with Lock(FOLDER / f"{codename}-build.lock"):
        named = {f"{codename}-released-{name}": as_released(text, codename) for name, text in packages.sources(codename).items()}
        mark = hashlib.sha256(repr((ROOM, DPKG, named)).encode()).hexdigest()
        ready = room / "etc/ready"
        if not ready.exists() or ready.read_text().strip() != mark:
            print(f"board: making a room to build in, with Debian {codename}", file=sys.stderr, flush=True)
            for name, text in named.items():
                (FOLDER / name).write_text(text)
            run(*as_root("rm", "-rf", str(room)))
            run(*as_root("mmdebstrap", "--quiet", "--variant=minbase", "--skip=cleanup/apt", f"--include={ROOM}",
                         f"--dpkgopt={DPKG}", f"--customize-hook=echo {mark} >$1/etc/ready", codename, str(room),
                         *[str(FOLDER / name) for name, text in named.items() if text]), env=os.environ | {"LC_ALL": "C.UTF-8"})
    return room


# Two architectures' libraries lie side by side there, whose manuals are not always the same to the byte.
DPKG = "path-exclude=/usr/share/man/*"
ROOM = "build-essential,ca-certificates,debhelper,dpkg-dev,git,lintian,pkg-config,sudo"

if __name__ == "__main__":
    # What a script wants to know: `roots.py build-13`.
    print(build_room(RELEASES[sys.argv[1].removeprefix("build-")]))
