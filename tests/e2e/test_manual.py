# SPDX-License-Identifier: MIT
"""The manuals against the programs: every key with its value, default, range and example, every command and option."""

import os
import re
import subprocess
import tempfile

from feeddog import HERE, run

TOP = os.path.join(HERE, "../..")
MAN = os.path.join(TOP, "firmware-daemon/man")
# Sections of other files than the configuration.
FOREIGN = {"AUTOHEAL", "AUTOHEAL_DEP", "BOARD", "BOARD_WATCHDOG"}
TITLES = {"TOP": "the top", "WATCHDOG": "watchdog", "LED": "led", "GPIO": "led, gpio", "DEFAULTS": "defaults",
          "SERVICE": "A service", "NEED": "A service, needs", "FLAP": "A service, flap", "CHECK": "A check",
          "LADDER": "ladder", "REBOOTS": "ladder, reboots", "ALERT": "An alert"}
KINDS = {"duration": "duration", "number": "number", "percent": "percent", "percent_or_size": "percent or size", "size": "size",
         "decimal": "decimal", "path": "path", "name": "name", "word": "word", "text": "text", "section": "mapping",
         "command": "command", "run": "command", "test": "command", "choice": "word", "led": "mapping", "gpio": "name or mapping",
         "class": "name", "metrics": "path", "services": "mapping", "needs": "list", "checks": "list", "alerts": "list",
         "user": "name", "ping": "host or mapping", "status": "code", "method": "word", "headers": "mapping", "socket": "path",
         "resource": "word", "sensor": "name or path", "host": "host", "interface": "name", "topics": "list", "http": "url",
         "tcp": "host:port", "connect": "host or host:port", "certificate": "mapping", "expression": "pattern"}
# Where what stands in for a key is not in its row.
INHERITED = {("CHECK", "interval"): "that of defaults", ("CHECK", "timeout"): "that of defaults",
             ("CHECK", "retry_interval"): "that of defaults", ("CHECK", "retries"): "that of defaults",
             ("SERVICE", "start_period"): "that of defaults", ("SERVICE", "attempts"): "5; 0 with run", ("SERVICE", "respawn"): "always",
             ("TOP", "led"): "the board's",
             ("CHECK", "on_failure"): "by the kind", ("CHECK", "scope"): "by the address", ("CPU", "for"): "0s", ("MEMORY", "for"): "0s", ("PRESSURE", "for"): "0s",
             ("LOAD", "for"): "0s"}
LIMITS = {"MS": 1, "HOUR": 3600000, "LONGEST": 30 * 86400000, "WHOLE": 100000, "MANY": 10 ** 9, "COLDEST": -273150,
          "HOTTEST": 1000000, "FLAP_LAST": 16}
ROW = re.compile(r'\{SECTION_(\w+), "(\w+)", read_(\w+), (?:AT\([^)]*\)|NOWHERE), ("(?:[^"\\]|\\.)*"), '
                 r'(REQUIRED|OPTIONAL|FALLBACK_EMPTY|FALLBACK\("([^"]*)"\))(?:, RANGE\(([^)]*)\))?')


def source(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def duration(ms):
    for unit, size in (("d", 86400000), ("h", 3600000), ("m", 60000), ("s", 1000)):
        if ms and ms % size == 0:
            return f"{ms // size}{unit}"
    return f"{ms}ms" if ms else "0s"


def limits(kind, text):
    """From and to, as the reader of that kind takes them."""
    if not text:
        return "-"
    low, high = (eval(part.strip(), {}, LIMITS) for part in text.split(","))  # sums of the table's own constants
    if kind == "duration":
        return f"{duration(low)} to {duration(high)}"
    if kind in ("percent", "percent_or_size", "decimal"):
        unit = "%" if kind != "decimal" else ""
        return f"{low / 1000:g}{unit} to {high / 1000:g}{unit}" if high < 10 ** 9 else f"from {low / 1000:g}{unit}"
    return f"{low} to {high}"


def keys():
    """Every row of the schema: section, key, value, default, range, example."""
    for section, name, kind, example, need, fallback, bounds in ROW.findall(source("firmware-daemon/compiler/schema.c").replace(
            "\n                ", " ")):
        if section in FOREIGN:
            continue
        default = {"REQUIRED": "required", "OPTIONAL": "none", "FALLBACK_EMPTY": "its defaults"}.get(need, fallback)
        default = INHERITED.get((section, name), default)
        if kind == "choice" and example == '"true or false"' and need == "OPTIONAL":
            default = "false"
        yield section, name, KINDS.get(kind, kind), default, limits(kind, bounds), example[1:-1].replace('\\"', '"')


def row(key):
    section, name, kind, default, bounds, example = key
    words = [kind, default if default == "required" else f"default {default}", *([bounds] if bounds != "-" else [])]
    text = f"{', '.join(words)}; as {example}"
    return [f".It Ic {name}", text.replace("\\", "\\e").replace('"', "\\(dq").replace("'", "\\(aq")]


def table():
    """What the manual's table of keys has to be."""
    lines, section = [], None
    for key in keys():
        if key[0] != section:
            lines += [".El"] if section else []
            section = key[0]
            lines += [".Ss " + "Keys: " + TITLES.get(section, "check " + section.lower()),
                      ".Bl -tag -width restart_timeout -compact"]
        lines += row(key)
    return lines + [".El"]


def test_every_key_is_in_the_manual():
    """feeddog.yaml(5) has every key of the schema with its value, default, range and example, and none besides."""
    wanted = table()
    assert len(list(keys())) == len(re.findall(r"^        \{SECTION_(?!AUTOHEAL|BOARD)", source("firmware-daemon/compiler/schema.c"),
                                               re.MULTILINE)), "a row of the schema was not understood"
    manual = source("firmware-daemon/man/feeddog.yaml.5").splitlines()
    begin = manual.index(wanted[0])
    assert manual[begin:begin + len(wanted)] == wanted, "\n".join(wanted)


def test_every_key_is_explained():
    """feeddog.yaml(5) also says in words what each key is for."""
    manual = source("firmware-daemon/man/feeddog.yaml.5")
    prose = manual[:manual.index(".Ss Keys: ")]
    missing = [f"{section}.{name}" for section, name, *_ in keys()
               if not re.search(rf"(^\.(It|Ss) |Ic |Li |\{{|\s){name}\b", prose, re.MULTILINE)]
    assert not missing, missing


def checked(text):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "feeddog.yaml"), "w", encoding="utf-8") as file:
            file.write(text)
        return run("feeddog", "check", "-c", "feeddog.yaml", cwd=folder)


def test_shown_configurations_are_accepted():
    """The configurations that README.md and feeddog.yaml(5) show are what `feeddog check` calls OK."""
    manual = source("firmware-daemon/man/feeddog.yaml.5").replace("\\(aq", "'")
    shown = re.findall(r"^```yaml\n(.*?)^```", source("README.md"), re.MULTILINE | re.DOTALL)
    shown += re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", manual, re.MULTILINE | re.DOTALL)
    assert len(shown) == 2, shown
    for text in shown:
        done = checked(text)
        assert (done.returncode, done.stdout) == (0, "OK\n"), (text, done)


def test_shown_mistake_is_reported_so():
    """The mistake in README.md is reported as it is shown there."""
    shown = re.search(r"^```\n(feeddog\.yaml:.*?)^```", source("README.md"), re.MULTILINE | re.DOTALL).group(1)
    done = checked("watchdog:\n  timeuot: 15s\nservices: {web: {checks: [{tcp: 127.0.0.1:80}]}}\n")
    assert done.returncode == 78 and shown in done.stderr, (shown, done.stderr)


def options_of(*command):
    return set(re.findall(r"--([a-z][\w-]*)", run("feeddog", *command, "--help").stdout))


def commands():
    return re.findall(r"^  ([a-z-]+)", run("feeddog", "--help").stdout.split("\n\n")[1], re.MULTILINE)


def test_every_command_and_option_is_in_the_manual():
    """feeddog(1) has every command and every option that --help lists."""
    manual = source("firmware-daemon/man/feeddog.1").replace("\\-", "-")
    for command in commands():
        assert re.search(rf"\.Ic {command}\b|\.It Ic {command}\b", manual), command
        for option in options_of(command):
            assert re.search(rf"Fl -{option}\b|Fl \w , Fl -{option}\b|-{option}\b", manual), (command, option)


def complete(*words):
    """What bash offers for the last of these words."""
    script = f'''
source {TOP}/scripts/completion/feeddog
PATH={os.path.dirname(os.path.realpath(os.environ["FEEDDOG_BUILD"] + "/feeddog"))}:$PATH
COMP_WORDS=({" ".join(f"'{word}'" for word in ("feeddog",) + words)})
COMP_CWORD={len(words)}
_feeddog
printf '%s\\n' "${{COMPREPLY[@]}}"
'''
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert done.stderr == "", done.stderr
    return set(done.stdout.split())


def test_completion_offers_what_there_is():
    """bash completes every command and, behind it, every option that it takes."""
    assert complete("") == set(commands()), complete("") ^ set(commands())
    assert complete("st") == {"status"}
    for command in commands():
        offered = {word[2:] for word in complete(command, "--")}
        assert offered == options_of(command), (command, offered ^ options_of(command))


def test_completion_knows_words():
    """bash completes the services of the configuration, the LED's patterns, the drills, and files."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "f.yaml")
        with open(path, "w", encoding="ascii") as file:
            file.write("services: {web: {checks: [{tcp: '127.0.0.1:80'}]}, door: {checks: [{tcp: '127.0.0.1:81'}]}}\n")
        assert complete("-c", path, "probe", "") == {"web", "door"}
        assert complete("-c", path, "simulate", "--fault", "d") == {"door@"}
        assert path in complete("check", path[:-2])
    assert complete("drill", "") == {"stop", "kill", "hang"}
    assert complete("import", "") == {"autoheal"}
    assert {"well", "fault", "off"} <= complete("led", "")
