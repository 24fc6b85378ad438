# SPDX-License-Identifier: MIT
"""feeddog import: what Autoheal was told, said to feeddog."""

import json
import os
import re
import subprocess

from feeddog import PATIENCE_S, SHORT, Feeddog, Victim, folder, program, run, wait_for

USAGE, CONFIGURATION = 64, 78

# In the manner of Autoheal's README: one web process that is found by its name.
ONE = """\
# the shop, as it is started by hand
shop:                                    # the only process
    pname: gunicorn                      # by its name
    script: |
        cd /srv/shop || exit 1
        # with a log of its own
        exec >>/var/log/shop.log 2>&1

        gunicorn --daemon --bind 127.0.0.1:8000 'shop:app' "$@"
"""

# And a chain: nginx before an app before a database, and something elsewhere.
CHAIN = """\
nginx:                                   # what the world sees
    pname: nginx
    dep:
        # it answers when the app does
        - name: app
          url: http://127.0.0.1:8000/health
        - name: mirror                   # not ours
          url: http://mirror.example/check
    script: sudo systemctl restart nginx
app:
    pname: python3 /srv/app/main.py --title 'the app'
    dependencies:
        - {name: database, port: 5432}
        - {name: cache, host: 10.0.0.7, port: 6379}
    script: "sudo -u app \\"/srv/the app/start.sh\\"\\tnow"
database:
    pid_file: /var/run/postgresql/15-main.pid
    script: pg_ctlcluster 15 main start
# that was all
"""

CHAIN_IMPORTED = """\
services:
  nginx:  # what the world sees
    needs:
      # it answers when the app does
      - app
      - {http: "http://mirror.example/check", redirects: true}  # mirror  # not ours
    checks:
      - process: {name: nginx}
    start: "sudo systemctl restart nginx"
    restart: "sudo systemctl restart nginx"
    attempts: 0
  app:
    needs:
      - database
      - {tcp: "10.0.0.7:6379"}  # cache
    checks:
      - command: "pgrep -A -f -- 'python3 /srv/app/main.py --title '\\\\''the app'\\\\''' >/dev/null"
      - http: "http://127.0.0.1:8000/health"
        redirects: true  # what nginx depends on
        on_failure: restart
    start: "sudo -u app \\"/srv/the app/start.sh\\"\\tnow"
    restart: "sudo -u app \\"/srv/the app/start.sh\\"\\tnow"
    attempts: 0
  database:
    checks:
      - process: {pidfile: /var/run/postgresql/15-main.pid}
      - tcp: "127.0.0.1:5432"  # what app depends on
        on_failure: restart
    start: "pg_ctlcluster 15 main start"
    restart: "pg_ctlcluster 15 main start"
    attempts: 0
# that was all
"""


def write(text, name="conf.yaml"):
    path = os.path.join(folder("autoheal"), name)
    with open(path, "wb") as file:
        file.write(text.encode())
    return path


def imported(text):
    """The configuration, which `feeddog check` has nothing to say of, and the warnings without the file's name."""
    path = write(text)
    result = run("feeddog", "import", "autoheal", path)
    assert result.returncode == 0, result
    check = run("feeddog", "check", write(result.stdout, "feeddog.yaml"))
    assert (check.returncode, check.stdout) == (0, "OK\n") and not re.search(r": warning: (?!tcp: the kernel)", check.stderr), (result.stdout, check)
    return result.stdout, [line.removeprefix(path + ":") for line in result.stderr.splitlines() if line.startswith(path)]


def test_one_process():
    """A process with its name and script becomes a service; comments and the lines of the script are kept."""
    text, warnings = imported(ONE)
    script = re.search(r"script: \|\n(.*)", ONE, re.DOTALL).group(1)
    script = re.sub("^ {8}", "      ", script, flags=re.MULTILINE)
    assert text.endswith(f"""\
services:
  # the shop, as it is started by hand
  shop:  # the only process
    checks:
      - process: {{name: gunicorn}}  # by its name
    start: |
{script}    restart: |
{script}    attempts: 0
"""), text
    assert len(warnings) == 1 and warnings[0].startswith("3:12: warning: pname: gunicorn is taken for the name of"), warnings


def test_chain():
    """What depends on a process of the file needs it, and is waited for where it is elsewhere; the rest is kept as text."""
    text, warnings = imported(CHAIN)
    assert text.endswith(CHAIN_IMPORTED), text
    assert [re.match(r"[\d:]+ warning: \w+", warning).group() for warning in warnings] == \
        ["2:12: warning: pname", "11:12: warning: pname"], warnings


def test_scripts_arrive():
    """A script means the same to the shell, whatever characters and lines it has."""
    scripts = ["true", " true", "echo '  x'  \n", "a\n\n", "\n\na", "a\n  b\n\tc", "x: y # z", "- [a", "100%", "null", '"\\', "'", "\u00e4 \u20ac",
               "\u2028", "a\tb", "a\r\nb", "~", "0x1", "# only a comment\ntrue\n"]
    text, _ = imported("".join(f"p{i}: {{pname: a.b, script: {json.dumps(script)}}}\n" for i, script in enumerate(scripts)))
    flat = subprocess.run([program("feeddog"), "compile", write(text, "feeddog.yaml")], stdout=subprocess.PIPE, timeout=PATIENCE_S,
                          check=True).stdout
    for script in scripts:
        # As an argument of /bin/sh -c, NUL-terminated in the pool.
        assert flat.count(b"\0" + script.encode() + b"\0") >= 2, repr(script)


def test_names():
    """An id that cannot be the name of a service gets one that can, and is still found by those who depend on it."""
    text, warnings = imported("""\
my app: {pid_file: /a, script: x}
my-app: {pid_file: /b, script: x}
"_1": {pid_file: /c, script: x, dep: [{name: my app, port: 1}]}
"***": {pid_file: /d, script: x}
abcdefghijklmnopqrstuvwxyz0123456789: {pid_file: /e, script: x}
1: {pid_file: /f, script: x}
""")
    assert re.findall(r"^  (\S+):$", text, re.MULTILINE) == \
        ["my-app", "my-app-2", "1", "service", "abcdefghijklmnopqrstuvwxyz01234", "1-2"], text
    assert "    needs:\n      - my-app\n" in text, text
    assert len(warnings) == 6 and warnings[0] == "1:1: warning: 'my app' is no name for a service (it is called my-app here)", warnings


def test_addresses():
    """Each address is asked for once; this machine has several names; a process that answers elsewhere is waited for there too."""
    text, warnings = imported("""\
a: {pid_file: /a, script: x}
b:
  pid_file: /b
  script: x
  dep:
    - {name: a, port: 1}
    - {name: a, host: 127.0.0.1, port: 1}
    - {name: a, host: "::1", port: 1}
    - {name: a, host: localhost, port: 1}
    - {name: a, host: localhost, port: 1}
    - {name: a, url: "http://u:p@[::1]:80/"}
    - {name: a, url: "https://127.0.0.2"}
    - {name: a, host: a.example, port: 1}
    - {host: c.example, port: 1}
    - {name: other, host: c.example, port: 1}
c: {pid_file: /c, script: x, dep: [{name: a, port: 1}]}
""")
    asked = re.findall(r'^      - ((?:tcp|http): \S+)', text, re.MULTILINE)
    assert asked == ['tcp: "127.0.0.1:1"', 'tcp: "[::1]:1"', 'tcp: "localhost:1"', 'http: "http://u:p@[::1]:80/"',
                     'http: "https://127.0.0.2"'], text
    assert re.findall(r"^      - (a|\{.*\})", text, re.MULTILINE) == \
        ["a", '{tcp: "a.example:1"}', '{tcp: "c.example:1"}', "a"], text
    assert warnings == ["13:7: warning: a is a process of this file, and asked for on another machine (both are waited for)"], warnings


def test_what_is_not_heeded():
    """What Autoheal itself passes over is passed over with a warning."""
    text, warnings = imported("""\
a:
  pname: a
  pid_file: /a
  script: x
  dep: [{name: b, url: "http://b.example/", host: c.example, port: 1}]
""")
    assert "/a" not in text and "c.example" not in text, text
    assert [warning.split(" ", 2)[2] for warning in warnings][1:] == [
        "pid_file: Autoheal heeds only pname where both are given (so is it done here)",
        "port: Autoheal heeds only the url where both are given (so is it done here)"], warnings


BROKEN = [
    ("", "1:1: error: this is not a conf.yaml of Autoheal ("),
    ("# nothing\n", "1:1: error: this is not a conf.yaml of Autoheal ("),
    ("{}", "1:1: error: this is not a conf.yaml of Autoheal ("),
    ("- nginx\n", "1:1: error: this is not a conf.yaml of Autoheal ("),
    ("nginx\n", "1:1: error: this is not a conf.yaml of Autoheal ("),
    ("nginx: nginx\n", "1:8: error: nginx: a process has keys of its own ("),
    ("nginx:\n", "1:1: error: nginx: a process has keys of its own ("),
    ("a: {pname: a}\n", "1:4: error: script is missing in a process ("),
    ("a: {pname: a, script: ''}\n", "1:23: error: script: the text is empty ("),
    ("a: {pname: a, script: }\n", "1:15: error: script: nothing stands where a text is wanted ("),
    ("a: {script: x}\n", "1:1: error: a: it is not said how to find the process ("),
    ("a: {pname: [a], script: x}\n", "1:12: error: pname: a list stands where a text is wanted ("),
    ("a: {pid_file: a.pid, script: x}\n", "1:15: error: pid_file: 'a.pid' is not an absolute path ("),
    ("a: {pnam: a, script: x}\n", "1:5: error: pnam: unknown key (did you mean pname?)"),
    ("a: {pname: a, script: x, colour: red}\n",
     "1:26: error: colour: unknown key in a process (known are pname, pid_file, dep, dependencies, script)"),
    ("a: {pname: a, script: x, checks: []}\n", "1:26: error: checks: unknown key in a process (known are "),
    ("a: {pname: a, script: x}\na: {pname: a, script: x}\n", "2:1: error: a: given twice ("),
    ("a: {pid_file: /a, script: x, dep: b}\n", "1:35: error: dep: a list is wanted ("),
    ("a: {pid_file: /a, script: x, dep: [b]}\n", "1:36: error: dep: this is no dependency ("),
    ("a: {pid_file: /a, script: x, dep: [{name: b}]}\n", "1:36: error: it is not said how to ask for it ("),
    ("a: {pid_file: /a, script: x, dep: [{name: b, host: c}]}\n", "1:36: error: it is not said how to ask for it ("),
    ("a: {pid_file: /a, script: x, dep: [{port: 0}]}\n", "1:43: error: port: 0 is out of range ("),
    ("a: {pid_file: /a, script: x, dep: [{port: http}]}\n", "1:43: error: port: 'http' is not a whole number ("),
    ("a: {pid_file: /a, script: x, dep: [{url: b.example}]}\n", "1:42: error: url: this is not a URL of a web server ("),
    ("a: {pid_file: /a, script: x, dep: [{host: a b, port: 1}]}\n", "1:43: error: host: this is no name of a host ("),
    ("a: {pid_file: /a, script: x, dep: [{prot: 1}]}\n", "1:37: error: prot: unknown key (did you mean port?)"),
    ("a: {pid_file: /a, script: x, dep: [], dependencies: []}\n", "1:39: error: dependencies: it cannot be given together with dep ("),
    ("a: {pid_file: /a, script: x, dep: [{name: a, port: 1}]}\n", "1:36: error: a circle: a -> a ("),
    ("a: [\n", "1:5: error: a list is not closed ("),
    ("a:\n\tpname: a\n", "2:1: error: "),
    ("a: &x {pname: a, script: x}\n", "1:4: error: anchors are not supported ("),
]


def test_broken():
    """P10: whatever is broken is refused by a sentence with its place, and nothing is printed."""
    for text, sentence in BROKEN:
        path = write(text)
        result = run("feeddog", "import", "autoheal", path)
        assert (result.returncode, result.stdout) == (CONFIGURATION, ""), (text, result)
        errors = [line for line in result.stderr.splitlines() if line.startswith(path) and "warning" not in line]
        assert errors and errors[0].startswith(f"{path}:{sentence}"), (text, result.stderr)
        assert errors[0].endswith(")"), errors


def test_circles():
    """P10: every circle is refused, with who is in it."""
    path = write("""\
front: {pid_file: /f, script: x, dep: [{name: a, port: 1}, {name: alone, port: 1}]}
a: {pid_file: /a, script: x, dep: [{name: alone, port: 1}, {name: b, port: 1}]}
b: {pid_file: /b, script: x, dep: [{name: c, port: 1}]}
c: {pid_file: /c, script: x, dep: [{name: a, port: 1}]}
alone: {pid_file: /d, script: x}
d: {pid_file: /d, script: x, dep: [{name: e, port: 1}]}
e: {pid_file: /e, script: x, dep: [{name: front, port: 1}, {name: d, port: 1}]}
""")
    result = run("feeddog", "import", "autoheal", path)
    assert (result.returncode, result.stdout) == (CONFIGURATION, ""), result
    assert [line for line in result.stderr.splitlines() if line.startswith(path)] == [
        f"{path}:4:36: error: a circle: a -> b -> c -> a (leave one of these dependencies out)",
        f"{path}:6:36: error: a circle: e -> d -> e (leave one of these dependencies out)"], result.stderr


def test_usage():
    """Another format, no file and a missing file are refused by a sentence."""
    for arguments, code, said in ((("monit", "/x"), USAGE, "monit is not a format that is understood ("),
                                  (("autoheal",), USAGE, "import needs to be told more: feeddog import autoheal FILE"),
                                  (("autoheal", "/nonexistent"), CONFIGURATION, "/nonexistent: error: there is no such file ("),
                                  (("autoheal", "/"), CONFIGURATION, "/: error: ")):
        result = run("feeddog", "import", *arguments)
        assert (result.returncode, result.stdout) == (code, ""), result
        assert said in result.stderr, result.stderr


def test_full():
    """What cannot be written is an error."""
    with open("/dev/full", "wb") as full:
        result = subprocess.run([program("feeddog"), "import", "autoheal", write(ONE)], stdout=full, stderr=subprocess.PIPE,
                                text=True, timeout=PATIENCE_S, check=False)
    assert result.returncode == 71, result
    assert "cannot be written to standard output (" in result.stderr, result.stderr


class Imported(Feeddog):
    """A board with an imported configuration, in short times and with a dog of its own."""

    def __init__(self, text):
        super().__init__({"ladder": {**SHORT, "restart_for": "1m"}})
        defaults = {"interval": "1s", "timeout": "1s", "retries": 2, "start_period": "20s"}
        self.text = re.sub(r"defaults: .*", "defaults: " + json.dumps(defaults), text)

    def write_config(self):
        with open(self.config_path, "w", encoding="utf-8") as file:
            file.write(self.text + "".join(f"{key}: {json.dumps(self.config[key])}\n" for key in ("watchdog", "ladder")))
        os.chmod(self.config_path, 0o644)


def test_after_a_power_cut():
    """P13: everything is down at boot and listed in the wrong order; each is started when what it depends on answers."""
    nginx, app, database = Victim(), Victim(), Victim()
    text, _ = imported(f"""\
nginx:
    pid_file: {nginx.pidfile}
    dep: [{{name: app, url: "{app.url}"}}]
    script: {" ".join(nginx.start)}
app:
    pname: python3 .* start {app.dir}
    dep: [{{name: database, port: {database.port}}}]
    script: {" ".join(app.start)}
database:
    pid_file: {database.pidfile}
    script: {" ".join(database.start)}
""")
    board = Imported(text).start()
    board.wait_well()
    started = [event["service"] for event in board.events if event["event"] == "start"]
    assert started == ["database", "app", "nginx"], started
    mark, old = board.mark(), app.kill()
    board.wait_event("service-up", mark, service="app")
    board.wait_well(mark)
    assert wait_for(app.pid, "the app again") != old
    assert board.reboots_ordered() == 0
    assert board.stop() == 0
