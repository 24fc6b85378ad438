# SPDX-License-Identifier: MIT
"""scripts/provision-card: what it puts onto a card, that it is idempotent, and that it takes all of it back."""

import hashlib
import os
import re
import shutil
import subprocess

from feeddog import HERE, PATIENCE_S, Skip, folder

# It is about shell scripts.
NOT_SANITIZED = ["*"]

SCRIPT = os.path.join(HERE, "../../scripts/provision-card")
CONFIG_TXT = "# For more options see the manual\ndtparam=audio=on\n[cm4]\notg_mode=1"
CONFIG = "services: {web: {checks: [{tcp: '127.0.0.1:80'}], restart: 'true'}}\n"
STATUS = "\n".join(["Package: libc6", "Status: install ok installed", "Architecture: arm64", "", "Package: curl",
                    "Status: deinstall ok config-files", "Architecture: arm64", ""])
SECTOR, BOOT_AT, ROOT_AT, SECTORS = 512, 2048, 67584, 133120


def deb(name, architecture="arm64", depends="libc6, libcurl4 | libcurl4t64"):
    """A package with nothing in it but its control file."""
    tree = folder("deb")
    os.makedirs(os.path.join(tree, "DEBIAN"))
    with open(os.path.join(tree, "DEBIAN/control"), "w", encoding="ascii") as file:
        file.write(f"Package: {name}\nVersion: 1\nArchitecture: {architecture}\nDepends: {depends}\n"
                   "Maintainer: nobody <nobody@example.com>\nDescription: nothing\n")
    path = os.path.join(folder("debs"), f"{name}_1_{architecture}.deb")
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", tree, path], check=True, capture_output=True)
    return path


def card(cloud_init=False):
    """The two file systems of a card, as folders."""
    boot, root = folder("boot"), folder("root")
    os.makedirs(os.path.join(root, "var/lib/dpkg"))
    os.makedirs(os.path.join(root, "etc/systemd/system/multi-user.target.wants"))
    for name, text in {f"{root}/var/lib/dpkg/status": STATUS, f"{boot}/config.txt": CONFIG_TXT}.items():
        with open(name, "w", encoding="ascii") as file:
            file.write(text)
    if cloud_init:
        with open(os.path.join(boot, "user-data"), "w", encoding="ascii") as file:
            file.write("#cloud-config\n")
    return boot, root


def provision(*arguments, code=0):
    done = subprocess.run(["/usr/bin/python3", SCRIPT, *arguments], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == code, done
    return done.stdout + done.stderr


def tree(*tops):
    """All that is on the card: paths, modes, contents."""
    found = {}
    for top in tops:
        for place, _, files in os.walk(top):
            for name in files:
                path = os.path.join(place, name)
                data = os.readlink(path).encode() if os.path.islink(path) else open(path, "rb").read()
                found[path] = (os.lstat(path).st_mode, hashlib.sha256(data).hexdigest())
    return found


def config_file():
    path = os.path.join(folder("config"), "feeddog.yaml")
    with open(path, "w", encoding="ascii") as file:
        file.write(CONFIG)
    return path


def test_put_on_twice_and_taken_off():
    """A second run changes nothing, and --remove leaves the card byte for byte as it was."""
    boot, root = card()
    where = ["--boot", boot, "--root", root]
    before = tree(boot, root)
    # Once, for the time at which it was built is in it.
    package = deb("feeddog")
    first = provision("--deb", package, "--config", config_file(), *where)
    assert "wrote" in first and "switch it on" in first, first
    after = tree(boot, root)
    new = {os.path.relpath(path, root) for path in set(after) - set(before)}
    assert new == {"usr/share/feeddog-first-boot/feeddog_1_arm64.deb", "usr/share/feeddog-first-boot/feeddog.yaml",
                   "usr/share/feeddog-first-boot/install", "etc/systemd/system/feeddog-first-boot.service",
                   "etc/systemd/system/multi-user.target.wants/feeddog-first-boot.service"}, new
    with open(f"{boot}/config.txt", encoding="ascii") as file:
        text = file.read()
    assert text.startswith(CONFIG_TXT) and "\n[all]\ndtparam=watchdog=on\n" in text, text
    again = provision("--deb", package, "--config", config_file(), *where)
    assert set(re.findall(r"^  (\S+)", again, flags=re.M)) <= {"same", "note"}, again
    assert tree(boot, root).keys() == after.keys()
    assert "as it was" in provision("--remove", *where)
    assert tree(boot, root) == before
    assert "Nothing was to be done" in provision("--remove", *where)


def test_cloud_init():
    """A card of which only the first partition can be had is set up through cloud-init, beside the owner's user-data."""
    boot, _ = card(cloud_init=True)
    before = tree(boot)
    provision("--deb", deb("feeddog"), "--boot", boot)
    new = {os.path.relpath(path, boot) for path in set(tree(boot)) - set(before)}
    assert new == {"feeddog/feeddog_1_arm64.deb", "feeddog/install", "vendor-data"}, new
    with open(f"{boot}/vendor-data", encoding="ascii") as file:
        assert file.read().startswith("#!/bin/sh\n"), "a script, which cloud-init runs"
    subprocess.run(["sh", "-n", f"{boot}/vendor-data"], check=True)
    subprocess.run(["sh", "-n", f"{boot}/feeddog/install"], check=True)
    provision("--remove", "--boot", boot)
    assert tree(boot) == before


def test_refusals():
    """P10: what cannot work on the card is refused in a sentence, and nothing is written."""
    boot, root = card()
    before = tree(boot, root)
    where = ["--boot", boot, "--root", root]
    assert "is for armhf, and the card is arm64" in provision("--deb", deb("feeddog", "armhf"), *where, code=1)
    assert "none of the packages is feeddog" in provision("--deb", deb("other"), *where, code=1)
    assert "not a Debian package" in provision("--deb", config_file(), *where, code=1)
    assert "no cloud-init" in provision("--deb", deb("feeddog"), "--boot", boot, code=1)
    assert "holds no Debian" in provision("--deb", deb("feeddog"), "--boot", boot, "--root", folder("empty"), code=1)
    shutil.rmtree(f"{boot}/feeddog", ignore_errors=True)
    assert tree(boot, root) == before


def test_missing_package_is_said():
    """What the packages need and the card has not got is said: the board will want a network, unless it is given too."""
    boot, root = card()
    said = provision("--deb", deb("feeddog"), "--boot", boot, "--root", root)
    assert "the card has no libcurl4, which feeddog needs" in said, said
    said = provision("--deb", deb("feeddog"), "--deb", deb("libcurl4t64", depends="libc6"), "--boot", boot, "--root", root)
    assert "the card has no" not in said, said


def run(*command, **more):
    environment = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")
    return subprocess.run(command, check=True, capture_output=True, env=environment, **more).stdout


def card_image():
    """A card as a file: a table, and two partitions."""
    boot, root = card()
    image = os.path.join(folder("image"), "card.img")
    with open(image, "wb") as file:
        file.truncate(SECTORS * SECTOR)
    run("sfdisk", image, input=f"label: dos\n{BOOT_AT},{ROOT_AT - BOOT_AT},c\n{ROOT_AT},,83\n".encode())
    # Not every kernel that runs the tests knows FAT; to the script it is one file system or another.
    run("mke2fs", "-q", "-t", "ext2", "-d", boot, "-E", f"offset={BOOT_AT * SECTOR}", image, f"{(ROOT_AT - BOOT_AT) // 2}k")
    run("mke2fs", "-q", "-t", "ext4", "-d", root, "-E", f"offset={ROOT_AT * SECTOR}", image,
        f"{(SECTORS - ROOT_AT) // 2}k")
    return image


def test_image_file():
    """An image file is mounted, changed and given back: both partitions, found by its own table."""
    if os.geteuid() != 0:
        raise Skip("only root may mount")
    image = card_image()
    assert "wrote" in provision("--deb", deb("feeddog"), image)
    assert "same" in provision("--deb", deb("feeddog"), image)
    rootfs = os.path.join(folder("part"), "root.img")
    with open(image, "rb") as whole, open(rootfs, "wb") as part:
        whole.seek(ROOT_AT * SECTOR)
        shutil.copyfileobj(whole, part)
    listed = run("debugfs", "-R", "ls -p /usr/share/feeddog-first-boot", rootfs, text=True)
    assert "/install/" in listed and "/feeddog_1_arm64.deb/" in listed, listed
    run("e2fsck", "-fn", rootfs)
    assert "as it was" in provision("--remove", image)


STAND_IN = """#!/bin/sh
echo "$(basename "$0") $*" >>"$CALLS"
case "$*" in *--no-download*) exit "${OFFLINE:-0}" ;; esac
"""


def test_first_boot():
    """The first boot installs what lies there, keeps the owner's configuration, starts feeddog, and leaves nothing behind."""
    if os.geteuid() != 0:
        raise Skip("only root may mount")
    for offline in ("0", "100"):
        boot, root = card()
        provision("--deb", deb("feeddog"), "--config", config_file(), "--boot", boot, "--root", root)
        tools, calls = folder("tools"), os.path.join(folder("calls"), "calls")
        for name in ("apt-get", "systemctl"):
            with open(os.path.join(tools, name), "w", encoding="ascii") as file:
                file.write(STAND_IN)
            os.chmod(os.path.join(tools, name), 0o755)
        # The board's root file system is laid over ours, and is the only one that can be written.
        over = folder("over")
        script = (f"mount -t tmpfs none {over} && mkdir {over}/etc {over}/work && cp -a {root}/etc/systemd {over}/etc/ && "
                  f"mount -t overlay -o lowerdir=/etc,upperdir={over}/etc,workdir={over}/work none /etc && "
                  f"sh {root}/usr/share/feeddog-first-boot/install && cat /etc/feeddog/feeddog.yaml && "
                  "ls /etc/systemd/system /etc/systemd/system/multi-user.target.wants")
        done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, timeout=PATIENCE_S, check=False,
                              env=dict(os.environ, PATH=f"{tools}:{os.environ['PATH']}", CALLS=calls, OFFLINE=offline))
        assert done.returncode == 0 and done.stdout.startswith(CONFIG), done
        assert "feeddog-first-boot" not in done.stdout, done.stdout
        with open(calls, encoding="ascii") as file:
            said = file.read()
        assert ("apt-get -q update" in said) == (offline != "0"), said
        assert said.endswith("systemctl enable feeddog\nsystemctl start --no-block feeddog\n"), said
        assert not os.path.exists(f"{root}/usr/share/feeddog-first-boot")
