# SPDX-License-Identifier: MIT
"""`make install` and `make uninstall`: what is put where, and that it runs from there."""

import os
import subprocess

from feeddog import BUILD, PATIENCE_S, SANITIZED, Skip, Victim, folder, web_config, Feeddog

ROOT = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../..")


def make(target, destination, *more):
    # Whatever is built is installed: a flavour of its own folder is told to make by that folder.
    done = subprocess.run(["make", "-C", ROOT, target, f"DESTDIR={destination}", f"BUILD={os.path.relpath(BUILD, ROOT)}",
                           "SETUP=no", "V=1", *more], capture_output=True, text=True, timeout=4 * PATIENCE_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def files_below(path):
    return sorted(os.path.relpath(os.path.join(where, name), path) for where, _, names in os.walk(path) for name in names)


def test_installed_programs_run_and_leave_nothing():
    """What is installed runs from where it is, through the links; uninstall leaves only the configuration."""
    if SANITIZED:
        raise Skip("the release build is what is installed")
    root = folder("root")
    make("install", root)
    for name in ("usr/local/bin/feeddog", "usr/local/sbin/feeddogd", "usr/local/libexec/feeddog/feeddog-checker",
                 "etc/feeddog/feeddog.yaml", "usr/local/lib/systemd/system/feeddog.service",
                 "usr/local/share/man/man8/feeddogd.8"):
        assert os.path.exists(os.path.join(root, name)), name
    board = Feeddog(web_config(Victim().begin()))
    board.command = lambda: [os.path.join(root, "usr/local/sbin/feeddogd"), "-c", board.config_path, "--run-dir",
                             board.run_dir, "--state-dir", board.state_dir]
    board.start()
    board.wait_well()
    board.wait_state("well")
    status = subprocess.run([os.path.join(root, "usr/local/bin/feeddog"), "status", "--run-dir", board.run_dir],
                            capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert status.returncode in (0, 1) and "web" in status.stdout, status
    assert board.stop() == 0
    make("uninstall", root)
    assert files_below(root) == ["etc/feeddog/feeddog.yaml"], files_below(root)


def test_a_shutdown_does_not_keep_a_feeder_from_starting():
    """P2: the unit that tells of a shutdown is bound to feeddog.service by nothing that its start would wait for, or fail with.

    Seen with systemd 252. As PartOf= it had to be stopped, which asks process 1, before a feeder that was killed was replaced: 3.7 s
    with a stop of 3 s, in which nobody fed. By Wants=, no start of feeddog was possible in a shutdown ("transaction is destructive"),
    so that a feeder that was killed or upgraded in one had no successor, and the dog bit.
    """
    units = {}
    for name in ("feeddog", "feeddog-shutdown"):
        with open(os.path.join(ROOT, f"scripts/systemd/{name}.service.in"), encoding="ascii") as file:
            units[name] = [line.split("=", 1) for line in file.read().splitlines() if "=" in line and not line.startswith("#")]
    binding = {"Wants", "Requires", "Requisite", "BindsTo", "PartOf", "Upholds", "PropagatesStopTo"}
    for name, other in (("feeddog", "feeddog-shutdown"), ("feeddog-shutdown", "feeddog")):
        bound = [value for key, value in units[name] if key in binding]
        assert not any(other + ".service" in value.split() for value in bound), (name, bound)
    assert ["ExecStartPost", "-/bin/systemctl --no-block start feeddog-shutdown.service"] in units["feeddog"]


def test_an_existing_configuration_is_left_alone():
    """Installing again does not touch the configuration that is there."""
    if SANITIZED:
        raise Skip("the release build is what is installed")
    root = folder("root")
    os.makedirs(os.path.join(root, "etc/feeddog"))
    with open(os.path.join(root, "etc/feeddog/feeddog.yaml"), "w", encoding="ascii") as file:
        file.write("mine\n")
    make("install", root)
    with open(os.path.join(root, "etc/feeddog/feeddog.yaml"), encoding="ascii") as file:
        assert file.read() == "mine\n"


def test_every_init_has_its_script():
    """INIT= chooses what starts it; what is chosen is a script that its shell understands, and is uninstalled again."""
    if SANITIZED:
        raise Skip("the release build is what is installed")
    for init in ("sysvinit", "openrc"):
        root = folder(init)
        make("install", root, f"INIT={init}")
        assert not os.path.exists(os.path.join(root, "usr/local/lib/systemd")), "a unit for another init"
        script = os.path.join(root, "etc/init.d/feeddog")
        with open(script, encoding="ascii") as file:
            text = file.read()
        assert "/usr/local/sbin/feeddogd" in text and "@" not in text.replace("$@", ""), text
        assert os.access(script, os.X_OK) and subprocess.run(["sh", "-n", script], check=False).returncode == 0
        make("uninstall", root)
        assert files_below(root) == ["etc/feeddog/feeddog.yaml"], files_below(root)


def test_a_machine_of_32_bits_sees_large_files():
    """P4: where a long has 32 bits, the programs are built to see large files.

    They were not: on armhf a log beyond 2 GiB, and any file of an overlay root that has a long inode number, could not be
    looked at (EOVERFLOW). Its check was unknown for ever, and the ladder rebooted a healthy board for it.
    """
    root = folder("root")
    compiler = os.path.join(root, "cc")
    with open(compiler, "w", encoding="ascii") as file:
        file.write("#!/bin/sh\necho $LONG\n")
    os.chmod(compiler, 0o755)
    for size, wanted in (("4", True), ("8", False)):
        done = subprocess.run(["make", "-C", ROOT, "-n", "SETUP=no", "V=1", f"CC={compiler}", f"BUILD={root}/build",
                               f"{root}/build/obj/firmware-daemon/os/storage/store.o"], env=dict(os.environ, LONG=size),
                              capture_output=True, text=True, timeout=4 * PATIENCE_S, check=False)
        assert done.returncode == 0 and "store.c" in done.stdout, done
        for flag in ("-D_FILE_OFFSET_BITS=64", "-D_TIME_BITS=64"):
            assert (flag in done.stdout) == wanted, done.stdout


def test_make_alone_builds_all():
    """Who types `make` and nothing else gets the programs; for a while it was the setup of the tests that he got."""
    known = subprocess.run(["make", "-C", ROOT, "-pn", "SETUP=no"], env={"PATH": os.environ["PATH"]}, capture_output=True,
                           text=True, timeout=4 * PATIENCE_S, check=False).stdout
    assert ".DEFAULT_GOAL := all\n" in known
