# SPDX-License-Identifier: MIT
"""feeddog check and feeddog compile: what they say, where, and with which code."""

import os
import pty
import re
import subprocess
import tempfile

from feeddog import NOBODY, Skip, folder, program, run

HERE = os.path.dirname(os.path.realpath(__file__))
EXAMPLE = os.path.join(HERE, "../../firmware-daemon/compiler/feeddog.yaml")
GOOD = 'services: {web: {checks: [{tcp: "127.0.0.1:80"}]}}\n'
CONFIGURATION = 78


def write(text):
    path = os.path.join(folder("configuration"), "feeddog.yaml")
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    return path


def refused(path, sentence, command="check"):
    """The file is refused by one sentence that begins with its name, on standard error only."""
    result = run("feeddog", command, "-c", path)
    assert result.returncode == CONFIGURATION, result
    assert result.stdout == "", result
    assert result.stderr.startswith(f"{path}{sentence}"), result.stderr
    assert re.search(r"\(.*\)$", result.stderr.splitlines()[0]), result.stderr
    return result.stderr


def test_ok():
    """A good configuration is answered with OK and nothing else."""
    result = run("feeddog", "check", "-c", write(GOOD))
    assert (result.returncode, result.stdout, result.stderr) == (0, "OK\n", ""), result


def test_warning():
    """A warning is said on standard error, and is OK all the same."""
    result = run("feeddog", "check", "-c", write("services: {a: {checks: [{tcp: 'a:1', on_failure: restart}]}}\n"))
    assert (result.returncode, result.stdout) == (0, "OK\n"), result
    assert ":1:50: warning: " in result.stderr, result.stderr


def test_differences_from_the_first_version():
    """P12: `check` notes each check whose default differs from 0.1, unless the configuration says what is meant."""
    silent = ["{disk: {path: /, above: 90%}, on_failure: alert}", "{load: {above: 8}, on_failure: reboot}",
              "{tcp: '192.0.2.1:80', scope: remote}", "{tcp: '127.0.0.1:80'}", "{command: [/bin/true], plugin: false}",
              "{command: {directory: /etc/watchdog.d}}", "{process: {name: a}}"]
    noted = {"{disk: {path: /, above: 90%}}": "only alerts", "{load: {above: 8}}": "only restarts", "{temperature: {above: 80}}": "only alerts",
             "{tcp: '192.0.2.1:80'}": "never reboots", "{command: [/bin/true]}": "exit code"}
    path = write("services: {a: {restart: 'true', checks: [%s]}}\n" % ", ".join([*silent, *noted]))
    result = run("feeddog", "check", "-c", path)
    notes = [line for line in result.stderr.splitlines() if ": note: " in line]
    assert (result.returncode, result.stdout) == (0, "OK\n") and len(notes) == len(noted), result
    assert all(word in note and note.endswith(")") for word, note in zip(noted.values(), notes)), notes
    # Whoever starts feeddogd has been told already.
    compiled = subprocess.run([program("feeddog"), "compile", path], capture_output=True, check=False)
    assert (compiled.returncode, compiled.stderr) == (0, b""), compiled


def test_example():
    """P16: the installed example guards nothing until a service is written; what it shows in comments is correct."""
    with open(EXAMPLE, encoding="utf-8") as file:
        text = file.read()
    shown = []
    for line in text.splitlines():
        # An LED of another kind, a user and a service that may not be here.
        if not re.match(r"# +(class:|user:|needs: \[database)", line):
            line = re.sub(r"^# (alerts|metrics):", r"\1:", line)
            shown.append(re.sub(r"^#( +(- )?[a-z_]+:( |$))", r" \1", line))
    assert sum(a != b for a, b in zip(text.splitlines(), shown)) > 20
    assert "services: there is none to watch" in refused(write(text), ":")
    result = run("feeddog", "check", "-c", write("\n".join(shown) + "\n"))
    assert (result.returncode, result.stdout) == (0, "OK\n"), result
    assert not re.search(r":\d+: (error|warning): ", result.stderr), result


def test_all_errors():
    """P10: all errors are said in one run, each with its line, column, the line itself and a caret."""
    path = write("watchdog:\n  timeuot: 15s\n" + GOOD + "ladder: {settle: 2}\n")
    said = refused(path, ":2:3: error: timeuot: unknown key (did you mean timeout?)\n  timeuot: 15s\n  ^~~~~~~\n")
    assert said.endswith(
        f"{path}:4:18: error: settle: '2' has no unit (write 2s if seconds are meant)\n"
        "ladder: {settle: 2}\n                 ^\n"
    ), said


def test_missing():
    """P10: a missing file is refused with a sentence."""
    refused("/nonexistent/feeddog.yaml", ": error: there is no such file (")
    refused("/nonexistent/feeddog.yaml", ": error: there is no such file (", "compile")


def test_directory():
    """P10: a directory is refused with a sentence."""
    refused(folder("directory"), ": error: this is a directory (")


def test_empty():
    """P10: an empty file is refused with a sentence."""
    refused(write(""), ":1:1: error: the file holds no configuration (")


def test_binary():
    """P10: a binary file is refused with a sentence, and none of its bytes reaches the terminal."""
    with open(program("feeddog"), "rb") as file:
        said = refused(write(file.read(100000)), ":1:1: error: a control character, byte 0x7f, is not text (")
    # What happens to be a letter in UTF-8 may be shown; nothing that a terminal would obey.
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", said), repr(said)


def test_large():
    """P10: a file of 10 MB is refused with a sentence."""
    refused(write(b"a" * 10_000_000), ": error: it is larger than 1 MiB (")


def test_fifo():
    """P10: a FIFO that nobody writes to is refused at once, not waited for."""
    path = os.path.join(folder("fifo"), "feeddog.yaml")
    os.mkfifo(path)
    refused(path, ": error: this is not a regular file (")


def test_device():
    """P10: a device is refused with a sentence."""
    refused("/dev/zero", ": error: this is not a regular file (")


def test_unreadable():
    """P10: a file that this user may not read is refused with a sentence."""
    path = write(GOOD)
    os.chmod(path, 0)
    if os.geteuid() != 0:
        refused(path, ": error: it may not be read by this user (")
        return
    # Opened by its descriptor, so that it does not matter whether another user may reach the build folder.
    with open(program("feeddog"), "rb") as executable:
        fd = executable.fileno()
        result = subprocess.run(
            [f"/proc/self/fd/{fd}", "check", "-c", path],
            capture_output=True, text=True, timeout=30, check=False, user=NOBODY, group=NOBODY, extra_groups=[], pass_fds=[fd],
        )
    assert result.returncode == CONFIGURATION, result
    assert result.stderr.startswith(f"{path}: error: it may not be read by this user ("), result.stderr


def test_alias_bomb():
    """P10: an alias bomb is refused with a sentence, without being expanded."""
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 20))
    refused(write(bomb + GOOD), ":1:1: error: a0: unknown key")


def test_deep_nesting():
    """P10: deep nesting is refused with a sentence."""
    refused(write("board: " + "[" * 100000), ":1:23: error: nested too deeply")
    refused(write("".join(" " * i + "a:\n" for i in range(1000))), ":17:17: error: nested too deeply")


def test_compile():
    """compile writes a block that says its own size to standard output, and nothing to standard error."""
    result = subprocess.run(
        [program("feeddog"), "compile", write(GOOD)], capture_output=True, timeout=30, check=False
    )
    assert (result.returncode, result.stderr) == (0, b""), result
    assert result.stdout[:4] == b"FCDF" and int.from_bytes(result.stdout[16:20], "little") == len(result.stdout)


def test_compile_twice():
    """compile makes the same bytes of the same file."""
    path = write(GOOD)
    first, second = (
        subprocess.run([program("feeddog"), "compile", path], capture_output=True, timeout=30, check=True).stdout
        for _ in range(2)
    )
    assert first == second


def test_compile_refuses():
    """P10: nothing is written of a configuration with an error."""
    refused(write("bord: auto\n" + GOOD), ":1:1: error: bord: unknown key (did you mean board?)", "compile")


def test_compile_terminal():
    """compile does not write to a terminal."""
    main, terminal = pty.openpty()
    result = subprocess.run(
        [program("feeddog"), "compile", write(GOOD)],
        stdout=terminal, stderr=subprocess.PIPE, text=True, timeout=30, check=False,
    )
    os.close(main)
    os.close(terminal)
    assert result.returncode == 64 and "not for a terminal (" in result.stderr, result


def test_full_disk():
    """What cannot be written is an error, also where it is only noticed at the end."""
    if not os.path.exists("/dev/full"):
        raise Skip("there is no /dev/full")
    for command in ("check", "compile"):
        with open("/dev/full", "wb") as full, tempfile.TemporaryFile() as errors:
            result = subprocess.run(
                [program("feeddog"), command, "-c", write(GOOD)], stdout=full, stderr=errors, timeout=30, check=False
            )
        assert result.returncode == 71, result
