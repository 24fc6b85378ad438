# SPDX-License-Identifier: MIT
"""`feeddog doctor`, on systems that are folders: each finding where all is well, where it is not, and where it is absent."""

import fcntl
import json
import os
import shlex
import shutil
import subprocess

from feeddog import BUILD, folder, program, run

CONFIG = """
watchdog: {device: /dev/watchdog0, timeout: %s%s}
%s
services: {web: {checks: [{tcp: "127.0.0.1:80"}]}}
"""


class System:
    """A Raspberry Pi with nothing wrong, and feeddogd not yet started."""

    def __init__(self, timeout="15s", watchdog="", more="led: {class: ACT}"):
        self.root = folder("root")
        self.write("/etc/feeddog/feeddog.yaml", CONFIG % (timeout, watchdog, more))
        for name, text in {"identity": "Broadcom BCM2835 Watchdog timer", "state": "inactive", "timeout": "15",
                           "timeleft": "0", "nowayout": "0", "options": "0x8180"}.items():
            self.write(f"/sys/class/watchdog/watchdog0/{name}", text)
        self.write("/sys/class/leds/ACT/trigger", "none [mmc0] timer")
        self.write("/sys/class/rtc/rtc0/name", "rpi-rtc")
        self.write("/proc/cmdline", "console=tty1 root=/dev/mmcblk0p2 rootwait")
        self.write("/proc/mounts", "/dev/mmcblk0p2 / ext4 rw,noatime 0 0\ntmpfs /run tmpfs rw 0 0")
        self.write("/proc/1/comm", "systemd")
        self.make("/run/systemd/system")
        self.make("/var/log/journal")
        self.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\nfeeddog:x:101:101::/:/bin/false")
        self.write("/etc/group", "adm:x:4:feeddog\nsystemd-journal:x:102:someone,feeddog")

    def make(self, path):
        os.makedirs(self.root + path, exist_ok=True)
        return self

    def write(self, path, text):
        os.makedirs(os.path.dirname(self.root + path), exist_ok=True)
        with open(self.root + path, "w", encoding="ascii") as file:
            file.write(text + "\n")
        return self

    def remove(self, path):
        os.rename(self.root + path, folder("gone") + "/x")
        return self

    def holder(self, pid, name, device="/dev/watchdog0"):
        self.write(f"/proc/{pid}/comm", name)
        self.make(f"/proc/{pid}/fd")
        os.symlink(device, f"{self.root}/proc/{pid}/fd/5")
        return self

    def watchdog(self, number, **attributes):
        """Another one in sysfs, or other attributes of the first; None: sysfs does not report it."""
        for name, value in attributes.items():
            path = f"/sys/class/watchdog/watchdog{number}/{name}"
            if value is None:
                self.remove(path)
            else:
                self.write(path, value)
        return self

    def guarded(self, time_left="14"):
        """As with feeddogd running: it holds its lock, and the dog."""
        self.write("/run/feeddog/feeddogd.lock", "99")
        self.lock = open(self.root + "/run/feeddog/feeddogd.lock", "rb")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        return self.watchdog(0, timeleft=time_left, state="active").holder(99, "feeddogd")

    def ask(self, *options):
        return run("feeddog", "doctor", "--root", self.root, *options)

    def findings(self):
        done = self.ask("--json")
        told = json.loads(done.stdout)
        assert done.returncode == ["ok", "warning", "error"].index(told["worst"]), done
        return {finding["topic"]: finding for finding in told["findings"]}

    def expect(self, topic, grade, *words):
        """The finding of a topic; a remedy stands beside everything that is not in order, and can be pasted."""
        finding = self.findings()[topic]
        assert finding["grade"] == grade, finding
        for word in words:
            assert word in finding["says"] + " " + finding["remedy"], (word, finding)
        assert bool(finding["remedy"]) == (grade != "ok"), finding
        if not finding["remedy"].startswith("write "):
            shlex.split(finding["remedy"], comments=True)
        return self


def test_a_board_that_is_guarded():
    """P10: on a board where all is in order every finding is ok, and the exit code 0."""
    system = System().guarded()
    done = system.ask()
    assert done.returncode == 0, done.stdout
    assert all(line.startswith("ok ") for line in done.stdout.splitlines()), done.stdout
    for topic in ("configuration", "feeddogd", "dog", "holder", "timeout", "nowayout", "close", "systemd", "shutdown", "others", "boot",
                  "led", "log", "state", "user", "clock", "version"):
        system.expect(topic, "ok")


def test_the_exit_code_is_the_worst():
    """The exit code is 0, 1 or 2: ok, warning, error."""
    assert System().ask().returncode == 1
    assert System().remove("/sys/class/watchdog").ask().returncode == 2


def test_configuration():
    """A configuration with an error, or none, is an error, and what needs none is looked at all the same."""
    system = System(timeout="15x")
    system.expect("configuration", "error", "feeddog.yaml:2:", "feeddog check")
    system.expect("log", "ok")
    System().remove("/etc/feeddog").expect("configuration", "error", "no such file")


def test_no_dog():
    """P10: a device that is not there is an error."""
    System().remove("/sys/class/watchdog").expect("dog", "error", "there is no /dev/watchdog0")
    System().expect("dog", "ok", "Broadcom BCM2835")


def test_a_simulated_dog():
    """P10: a dog that is simulated guards nothing, which is said."""
    system = System(watchdog=", simulated: true, device: /run/dog")
    system.write("/etc/feeddog/feeddog.yaml", "watchdog: {simulated: true, device: /run/dog}\n"
                 "services: {web: {checks: [{tcp: '127.0.0.1:80'}]}}")
    system.expect("dog", "warning", "nothing resets this board")


def test_holder():
    """P10: who holds the dog: feeddogd, process 1 by what `take` allows, another process, or nobody."""
    System().holder(1, "systemd").expect("holder", "ok", "borrows")
    System(watchdog=", take: own").holder(1, "systemd").expect("holder", "error", "99-feeddog.conf")
    System(watchdog=", take: refuse").holder(1, "systemd").expect("holder", "error", "take: borrow")
    System(watchdog=", via: systemd").holder(1, "systemd").expect("holder", "ok", "via: systemd")
    System().holder(1, "procd").expect("holder", "error", "procd")
    System().holder(321, "watchdogd").expect("holder", "error", "321", "watchdogd", "kill 321")
    if os.geteuid() == 0:
        System().expect("holder", "ok", "nobody")
        System(watchdog=", via: systemd").expect("holder", "error", "RuntimeWatchdogSec=15s")


def test_feeddogd():
    """A board without feeddogd is not guarded."""
    System().expect("feeddogd", "warning", "systemctl enable --now feeddog")
    System().guarded().expect("feeddogd", "ok")


def test_timeout():
    """P10: the timeout that is asked for against that of the hardware, and against what is left of it."""
    System(timeout="20s").expect("timeout", "error", "at most", "timeout: 15s")
    System().expect("timeout", "ok", "proves it")
    System().guarded().expect("timeout", "ok", "as asked for")
    # A kernel that took 15 s and counts 4 of them.
    System().guarded(time_left="4").expect("timeout", "error", "only 4 s")
    System(timeout="10s").guarded(time_left="9").expect("timeout", "error", "asked for 10 s, the driver set 15 s")
    other = System(timeout="60s").watchdog(0, identity="sunxi", max_timeout="16", min_timeout="1")
    other.expect("timeout", "error", "16 s at most", "timeout: 16s")
    System(timeout="5s").watchdog(0, min_timeout="10").expect("timeout", "error", "10 s at least", "timeout: 10s")
    # It runs and the driver does not count.
    System().guarded().watchdog(0, state="inactive").expect("timeout", "error", "not active")
    # What the driver does not report is not fine.
    System().guarded().watchdog(0, timeleft=None, timeout=None).expect("timeout", "unknown", "does not report")
    System().watchdog(0, identity="Some Watchdog").expect("timeout", "unknown", "does not report what it can count")
    # A window watchdog (K3 RTI): fixed, and with less left after a feed.
    window = {"identity": "K3 RTI Watchdog", "options": "0x8000", "timeout": "60", "max_timeout": "0", "nowayout": "1"}
    System(timeout="60s").guarded("37").watchdog(0, **window).expect("timeout", "ok", "60 s")
    System().watchdog(0, **window).expect("timeout", "error", "fixed timeout of 60 s", "timeout: 60s")


def test_other_watchdogs():
    """P10: the kernel's own timer is called what it is, and the hardware beside it is proposed; a holder of another watchdog is
    not told to end."""
    software = System().watchdog(0, identity="Software Watchdog")
    software.expect("dog", "warning", "hung kernel", "modprobe")
    software.watchdog(1, identity="W83627HF Watchdog").expect("dog", "warning", "/dev/watchdog1", "device: W83627HF Watchdog")
    other = System().watchdog(1, identity="iTCO_wdt").holder(321, "other-feeder", "/dev/watchdog1")
    if os.geteuid() == 0:
        other.expect("holder", "ok", "nobody holds /dev/watchdog0")
    by_identity = System(watchdog=", device: iTCO_wdt").watchdog(1, identity="iTCO_wdt", nowayout="1")
    by_identity.write("/etc/feeddog/feeddog.yaml", "watchdog: {device: iTCO_wdt, timeout: 15s}\n"
                      "services: {web: {checks: [{tcp: '127.0.0.1:80'}]}}")
    by_identity.expect("dog", "ok", "/dev/watchdog1 is iTCO_wdt").expect("nowayout", "warning", "cannot be disarmed")
    # Another name in /dev.
    link = System().watchdog(1, identity="DA9063 Watchdog", nowayout="1", options="0x8080")
    link.make("/dev").write("/etc/feeddog/feeddog.yaml", "watchdog: {device: /dev/watchdog-pmic, timeout: 15s}\n"
                            "services: {web: {checks: [{tcp: '127.0.0.1:80'}]}}")
    os.symlink("watchdog1", link.root + "/dev/watchdog-pmic")
    link.expect("dog", "ok", "DA9063").expect("nowayout", "warning", "cannot be disarmed")


def test_active_and_unheld():
    """P10: a watchdog that is active though no process is seen to hold it is not called free, nor is one that does not report."""
    if os.geteuid() == 0:
        System().watchdog(0, state="active").expect("holder", "unknown", "boot loader")
        System().watchdog(0, state=None).expect("holder", "unknown", "does not report")
        System().remove("/proc/1").expect("holder", "unknown", "no processes")


def test_magic_close():
    """P10: whether a kill of feeddogd leaves the watchdog armed."""
    System().watchdog(0, options="0x8080").expect("close", "warning", "no magic close", "nowayout=1")
    System().watchdog(0, options="0x8080", nowayout="1").expect("close", "ok", "stays armed")
    System().watchdog(0, options=None).expect("close", "unknown", "not known")


def test_unknown_device():
    """P10: a node that sysfs does not know is not called a watchdog that is in order."""
    board = System().remove("/sys/class/watchdog").write("/dev/watchdog0", "")
    board.expect("dog", "unknown", "not known").expect("nowayout", "unknown").expect("close", "unknown")


def test_watchdog_without_a_configuration():
    """P10: without a configuration the watchdog is looked at as by default."""
    board = System().remove("/etc/feeddog").watchdog(0, nowayout="1")
    board.expect("dog", "ok", "Broadcom").expect("nowayout", "warning")
    assert "holder" in board.findings() and "timeout" not in board.findings()


def test_nowayout():
    """A dog that cannot be disarmed is warned of."""
    System().write("/sys/class/watchdog/watchdog0/nowayout", "1").expect("nowayout", "warning", "ends in a reset")
    System().watchdog(0, nowayout=None).expect("nowayout", "unknown", "not known")


def test_drop_ins():
    """P10: of the vendor's and one's own drop-ins the one that sorts last decides, and that is the one that is named."""
    vendor = "/usr/lib/systemd/system.conf.d/40-rpi-enable-watchdog.conf"
    vendors = "[Manager]\nRuntimeWatchdogSec=1m\nRebootWatchdogSec=2m"
    off = "[Manager]\nRuntimeWatchdogSec = off"
    System().expect("systemd", "ok", "no file")
    System().write(vendor, vendors).expect("systemd", "ok", vendor, "=1m").expect("shutdown", "ok", "2m")
    own = System(watchdog=", take: own").write(vendor, vendors)
    own.expect("systemd", "error", vendor, "99-feeddog.conf")
    # One that sorts before it is of no use.
    own.write("/etc/systemd/system.conf.d/10-mine.conf", off)
    own.expect("systemd", "error", vendor, "it sorts behind /etc/systemd/system.conf.d/10-mine.conf")
    own.write("/etc/systemd/system.conf.d/99-feeddog.conf", off).expect("systemd", "ok", "99-feeddog.conf", "=off")
    # One of the same name in /etc stands in its place.
    same = System(watchdog=", take: own").write(vendor, vendors)
    same.write("/etc/systemd/system.conf.d/40-rpi-enable-watchdog.conf", "# nothing").expect("systemd", "ok", "no file")
    delegated = System(watchdog=", via: systemd")
    delegated.expect("systemd", "error", "RuntimeWatchdogSec=15s")
    delegated.write("/etc/systemd/system.conf", "[Manager]\n#RuntimeWatchdogSec=off\nRuntimeWatchdogSec=15")
    delegated.expect("systemd", "ok", "/etc/systemd/system.conf decides", "=15")
    System().write("/etc/systemd/system.conf", "[Manager]\nRebootWatchdogSec=0").expect("shutdown", "warning", "for ever")
    assert "systemd" not in System().remove("/run/systemd/system").findings()


def test_other_daemons():
    """P10: another watchdog daemon that is started at boot is an error."""
    system = System().write("/etc/systemd/system/multi-user.target.wants/watchdog.service", "")
    system.expect("others", "error", "systemctl disable --now watchdog")
    System().write("/etc/runlevels/default/watchdogd", "").expect("others", "error", "rm /etc/runlevels/default/watchdogd")
    system = System().remove("/run/systemd/system").write("/etc/rc2.d/S23watchdog", "")
    system.expect("others", "error", "rm /etc/rc2.d/S23watchdog")


def test_upgrades():
    """P3: a shutdown that unattended-upgrades holds up is not to be reset in the middle of a package."""
    unit = "/etc/systemd/system/multi-user.target.wants/unattended-upgrades.service"
    assert "upgrades" not in System().findings()
    System().write(unit, "").expect("upgrades", "warning", "after 1m", "reboot_within: 10m")
    long = "services: {web: {checks: [{tcp: '127.0.0.1:80'}], restart: 'true'}}\nladder: {reboot_within: 10m}\n"
    assert "upgrades" not in System().write(unit, "").write("/etc/feeddog/feeddog.yaml", long).findings()


def test_commands():
    """A command that the hardened unit does not let work is warned of, in each place, unless the drop-in is there."""
    def with_commands(service, ladder=""):
        return System().write("/etc/feeddog/feeddog.yaml", f"services: {{web: {{checks: [{{tcp: '127.0.0.1:80'}}], {service}}}}}\n"
                              f"{ladder}")

    for service, word in (("restart: sudo systemctl restart nginx", "sudo"), ("restart: cd /srv && nice -n -5 ./web", "nice"),
                          ("restart: [/sbin/ip, link, set, eth0, up]", "ip"), ("start: 'mount /srv; /srv/web'", "mount"),
                          ("run: [/usr/bin/taskset, '1', /srv/web]", "taskset")):
        with_commands(service).expect("commands", "warning", "web", f"`{word}`", "unconfined.conf", "systemctl daemon-reload")
    with_commands("restart: 'true'", "ladder: {reboot: reboot -f}").expect("commands", "warning", "the ladder", "reboot -f")
    for service in ("restart: systemctl restart ip", "restart: [/srv/zip, sudo]", "restart: /srv/sudo.sh; /srv/nicely"):
        with_commands(service, "ladder: {reboot: reboot}").expect("commands", "ok")
    confined = with_commands("restart: sudo systemctl restart nginx")
    confined.write("/etc/systemd/system/feeddog.service.d/unconfined.conf", "").expect("commands", "ok", "unconfined.conf")
    assert "commands" not in confined.remove("/run/systemd/system").findings()


def test_boot():
    """The firmware's dog, the initramfs that disarms it, and how long the kernel feeds it."""
    armed = System().write("/boot/firmware/config.txt", "[all]\nkernel_watchdog_timeout=60")
    armed.expect("boot", "warning", "watchdog_disarm=0")
    armed.write("/proc/cmdline", "quiet watchdog_disarm=0").expect("boot", "warning", "open_timeout=180")
    armed.write("/proc/cmdline", "quiet watchdog_disarm=0 watchdog.open_timeout=90").expect("boot", "ok", "within 90 s")
    System().write("/boot/firmware/config.txt", "# kernel_watchdog_timeout=60").expect("boot", "ok", "does not arm")
    # Of another boot loader nothing is known.
    System().expect("boot", "ok", "if the boot loader arms")
    System().write("/proc/cmdline", "quiet watchdog.open_timeout=30").expect("boot", "warning", "within 30 s", "open_timeout=180")
    System().write("/proc/cmdline", "quiet watchdog.open_timeout=180").expect("boot", "ok", "if the boot loader arms", "180 s")
    System().remove("/proc/cmdline").expect("boot", "unknown")


def test_board():
    """The board is found by the device tree of the system that is looked at."""
    System().expect("board", "ok", "nothing is assumed")
    system = System().make("/proc/device-tree")
    with open(system.root + "/proc/device-tree/compatible", "wb") as file:
        file.write(b"raspberrypi,4-model-b\0brcm,bcm2711\0")
    system.expect("board", "ok", "raspberry-pi-4")


def test_led():
    """P8: an LED that is not there is warned of, in both ways to name it."""
    System(more="led: {class: PWR}").expect("led", "warning", "no LED PWR", "ls /sys/class/leds")
    System().expect("led", "ok", "mmc0")
    System(more="led: {gpio: GPIO17}").expect("led", "warning", "GPIO17", "gpioinfo")
    System(more="led: {gpio: {chip: pinctrl-bcm2711, line: 17}}").expect("led", "warning", "line 17", "pinctrl-bcm2711")
    System(more="").expect("led", "ok", "no LED is configured")


def test_journal():
    """A journal that is lost at a reset is warned of, and which file makes it so."""
    System().remove("/var/log/journal").expect("log", "warning", "Storage=persistent")
    pi = "/usr/lib/systemd/journald.conf.d/40-rpi-volatile-storage.conf"
    System().write(pi, "[Journal]\nStorage=volatile").expect("log", "warning", pi)
    System().remove("/var/log/journal").write("/etc/systemd/journald.conf", "Storage=persistent").expect("log", "ok")
    System().remove("/run/systemd/system").expect("log", "ok", "not systemd")


def test_state():
    """P6, P9: where the state goes: a disk, a read-only one, or one that forgets at a reset."""
    System().write("/proc/mounts", "/dev/mmcblk0p2 / ext4 ro,noatime 0 0").expect("state", "error", "read-only", "--state-dir")
    System().write("/proc/mounts", "tmpfs / tmpfs rw 0 0").expect("state", "error", "in memory", "--state-dir")
    hidden = "overlayroot / overlay rw,lowerdir=/media/root-ro,upperdir=/media/root-rw/overlay 0 0"
    overlaid = System().write("/proc/mounts", hidden).write("/proc/cmdline", "overlayroot=tmpfs root=/dev/mmcblk0p2")
    overlaid.expect("state", "error", "an overlay in memory", "--state-dir")
    seen = System().write("/proc/mounts", hidden + "\ntmpfs /media/root-rw tmpfs rw 0 0").make("/media/root-rw/overlay")
    seen.expect("state", "error", "an overlay in memory", "--state-dir")
    mounts = "overlayroot / overlay rw 0 0\n/dev/sda1 /var/lib ext4 rw 0 0\n/dev/sdb1 /var/lib/feed tmpfs rw 0 0"
    System().write("/proc/mounts", mounts).expect("state", "ok", "ext4")
    System().remove("/proc/mounts").expect("state", "warning", "cannot be told")


def test_user():
    """P11: the user of the checks, and its groups."""
    System().write("/etc/passwd", "root:x:0:0::/root:/bin/sh").expect("user", "error", "useradd")
    System().write("/etc/group", "adm:x:4:feeddogs\nsystemd-journal:x:9:feeddog").expect("user", "warning", "usermod")
    # What this system has not needs no member.
    System().write("/etc/group", "root:x:0:").expect("user", "ok")


def test_permissions():
    """P11: a configuration that others may write is an error: its commands are run as root."""
    system = System()
    system.expect("permissions", "ok")
    os.chmod(system.root + "/etc/feeddog/feeddog.yaml", 0o666)
    system.expect("permissions", "error", "chmod go-w")
    if os.geteuid() == 0:
        system = System()
        os.chown(system.root + "/etc/feeddog/feeddog.yaml", 65534, 65534)
        system.expect("permissions", "error", "chown root:root")
    assert "permissions" not in System().remove("/etc/feeddog").findings()


def test_programs():
    """On the machine itself the doctor looks whether the programs lie beside each other, as they must."""
    def told(program_dir):
        done = subprocess.run([os.path.join(program_dir, "feeddog"), "doctor", "--json"], capture_output=True, text=True,
                              timeout=30, check=False)
        return next(finding for finding in json.loads(done.stdout)["findings"] if finding["topic"] == "programs")

    assert told(BUILD)["grade"] == "ok"
    lonely = folder("lonely")
    shutil.copy(program("feeddog"), lonely)
    assert told(lonely)["grade"] == "error" and "feeddogd does not lie" in told(lonely)["says"]


def test_clock():
    """A board without a clock is warned of, unless something keeps the time for it."""
    System().remove("/sys/class/rtc").expect("clock", "warning", "systemd-timesyncd")
    System().remove("/sys/class/rtc").write("/var/lib/systemd/timesync/clock", "").expect("clock", "ok")
    System().remove("/sys/class/rtc").write("/etc/fake-hwclock.data", "").expect("clock", "ok")
