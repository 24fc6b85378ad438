# SPDX-License-Identifier: MIT
"""The command line: status, hold, resume and probe, on a board that runs and on one that does not."""

import fcntl
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import termios
import time

from feeddog import NOBODY, PATIENCE_S, Feeddog, Skip, Victim, folder, free_port, program, run, wait_for, web_config, well_board

COMMANDS = ["check", "probe", "status", "hold", "resume", "led", "compile"]


def on_terminal(*argv, env=None, for_s=None, columns=80, rows=24):
    """What one of our programs writes to a terminal, and its exit code; ended after for_s."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm", **(env or {})}
    process = subprocess.Popen([program(argv[0]), *argv[1:]], stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    if for_s:
        time.sleep(for_s)
        process.terminate()
    text = b""
    while True:
        try:
            more = os.read(ours, 65536)
        except OSError:  # nobody holds the other end any more
            break
        text += more
    os.close(ours)
    return text.decode(), process.wait(PATIENCE_S)


def run_dir_with(status):
    path = folder("run")
    with open(os.path.join(path, "status.json"), "wb") as file:
        file.write(status if isinstance(status, bytes) else json.dumps(status).encode())
    return path


# --- the command line itself ---


def test_usage_names_every_command():
    """--help names every command, and every command takes --help and --version."""
    usage = run("feeddog", "--help")
    assert usage.returncode == 0 and not usage.stderr
    for name in COMMANDS:
        assert re.search(rf"^  {name} ", usage.stdout, re.M), name
        its = run("feeddog", name, "--help")
        assert its.returncode == 0 and its.stdout.startswith(f"usage: feeddog {name}"), its
        for option in ("-c, --config FILE", "--run-dir DIR", "--state-dir DIR", "-h, --help", "-V, --version"):
            assert option in its.stdout, (name, option)
        version = run("feeddog", name, "--version")
        assert version.returncode == 0 and re.fullmatch(r"feeddog \d+\.\d+\S*\n", version.stdout), version
    for line in usage.stdout.splitlines():
        assert len(line) <= 90, line


def test_wrong_words_get_one_sentence():
    """What cannot be understood gets one sentence, a suggestion where there is one, and exit code 64."""
    for argv, sentence in (
            ([], "say what to do (`feeddog --help` lists the commands)"),
            (["statsu"], "unknown command statsu (did you mean status?)"),
            (["status", "--wacth"], "unknown option --wacth (did you mean --watch?)"),
            (["status", "--reason", "x"], "status takes no --reason (`feeddog status --help` lists its options)"),
            (["hold"], "hold needs to be told more: feeddog hold DURATION"),
            (["hold", "soon"], "hold soon: not a duration (write it as 30s, 5m or 2h)"),
            (["hold", "5"], "hold 5: a unit is missing (write 5s, 5m or 5h)"),
            (["hold", "5 m"], "hold 5 m: unknown unit (a whole number and ms, s, m, h or d, as 90m)"),
            (["hold", "0s"], "hold 0s: this is no time at all (write it as 30s, 5m or 2h)"),
            (["hold", "999ms"], "hold 999ms: from 1s to 7d (a board that nobody comes back to must get its dog back)"),
            (["hold", "8d"], "hold 8d: from 1s to 7d (a board that nobody comes back to must get its dog back)"),
            (["hold", "9999999999999999999d"], "hold 9999999999999999999d: longer than 30 days")):
        ended = run("feeddog", *argv)
        assert (ended.returncode, ended.stdout, ended.stderr) == (64, "", f"feeddog: {sentence}\n"), ended


# --- status ---


def test_status_not_running():
    """Without feeddogd, `status` says so and exits with 3."""
    ended = run("feeddog", "status", "--run-dir", "/nowhere/at/all")
    assert ended.returncode == 3 and not ended.stdout, ended
    assert ended.stderr == ("feeddog: feeddogd is not running, and left no status in /nowhere/at/all "
                            "(start it: systemctl start feeddog)\n"), ended.stderr


def test_status_of_a_garbled_file():
    """A status.json that is cut short, hostile or no file at all gets a sentence and exit code 71."""
    whole = b'{"version":1,"state":"well","services":{"web":{"health":"up"}}}'
    garbled = [whole[:i] for i in range(len(whole))]
    garbled += [b"[]", b"null", b"\0" * 100, os.urandom(4096), b"[" * 100000, b'{"version":2,"state":"well"}', b'{"version":1}',
                b'{"version":1,"state":["well"]}', b"x" * (17 << 20)]
    for text in garbled:
        ended = run("feeddog", "status", "--run-dir", run_dir_with(text))
        assert ended.returncode == 71 and not ended.stdout and len(ended.stderr.splitlines()) == 1, (text[:80], ended)
        assert "status.json" in ended.stderr, ended
    for make in (os.mkdir, os.mkfifo):
        path = folder("run")
        make(os.path.join(path, "status.json"))
        ended = run("feeddog", "status", "--run-dir", path)
        assert ended.returncode == 71 and len(ended.stderr.splitlines()) == 1, ended


def test_status_leaves_the_terminal_alone():
    """No text in status.json can command the reader's terminal."""
    evil = "\x1b]0;x\x07\x1b[2J\x9b1m\r\x7f"
    status = {"version": 1, "state": "doubt" + evil, "reason": evil, "dog": {"device": evil, "identity": evil},
              "services": {evil: {"health": evil, "checks": [{"name": evil, "kind": evil, "health": evil, "cause": evil}]}},
              "culprit": {"service": evil, "check": evil}, "last_boot": {"cause": evil, "service": evil, "check": evil}}
    for locale in ("C", "C.UTF-8"):
        ended = run("feeddog", "status", "--run-dir", run_dir_with(status), env={**os.environ, "LC_ALL": locale})
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", ended.stdout), (locale, ended.stdout)


def test_status_of_a_board():
    """`status` says how the board is: exit code 0 while well, 1 while not, and 3 when feeddogd is gone."""
    board, victim = well_board(ladder={"restart_for": "1h"}, restart="true")
    board.wait_state("well")
    ended = board.feeddog("status")
    assert ended.returncode == 0 and ended.stdout.startswith("well for "), ended
    assert re.search(r"^  http +up +http status 200 +\S+ +\d+ms$", ended.stdout, re.M), ended.stdout
    assert "first boot under feeddog" in ended.stdout
    assert all(len(line) <= 80 for line in ended.stdout.splitlines())
    victim.tell("500")
    board.wait_state("recovering")
    ended = board.feeddog("status")
    assert ended.returncode == 1 and ended.stdout.startswith("recovering for "), ended
    assert "because of web (check http)" in ended.stdout and "http status 500" in ended.stdout, ended.stdout
    as_json = board.feeddog("status", "--json")
    assert as_json.returncode == 1 and json.loads(as_json.stdout)["state"] == "recovering"
    board.stop()
    ended = board.feeddog("status")
    assert ended.returncode == 3 and ended.stdout.startswith("NOT RUNNING. The last that is known, "), ended


def test_status_of_a_killed_feeder():
    """A feeddogd that was killed is not running, whatever its last status says."""
    board, _ = well_board()
    board.wait_state("well")
    board.process.kill()
    board.process.wait()
    ended = board.feeddog("status")
    assert ended.returncode == 3 and "NOT RUNNING" in ended.stdout and "feeding" not in ended.stdout, ended


def test_status_of_a_stuck_actor():
    """P4: a status that is no longer written is not taken for how the board is."""
    board, _ = well_board()
    board.wait_state("well")
    os.kill(board.helper_pid("actor"), signal.SIGSTOP)
    wait_for(lambda: "feeddog-actor does not write it" in board.feeddog("status").stdout, "word of the stuck actor")
    assert board.feeddog("status").returncode == 1


def test_status_for_an_ordinary_user():
    """Anybody may look: `status` needs no privileges, and still knows whether feeddogd runs."""
    board, _ = well_board()
    board.wait_state("well")
    if os.geteuid() != 0:
        raise Skip("needs root, to become somebody else")
    # The way to the test's folders has to be open.
    path = board.run_dir
    while path != "/":
        os.chmod(path, os.stat(path).st_mode | 0o055)
        path = os.path.dirname(path)
    nobody = ["/usr/bin/setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", program("feeddog")]
    ended = subprocess.run([*nobody, "status", "--run-dir", board.run_dir], capture_output=True, text=True, check=False,
                           timeout=PATIENCE_S)
    assert ended.returncode == 0 and ended.stdout.startswith("well for "), ended
    ended = subprocess.run([*nobody, "hold", "1m", "--run-dir", board.run_dir], capture_output=True, text=True, check=False,
                           timeout=PATIENCE_S)
    assert ended.returncode == 71 and "use sudo" in ended.stderr, ended
    board.stop()
    ended = subprocess.run([*nobody, "status", "--run-dir", board.run_dir], capture_output=True, text=True, check=False,
                           timeout=PATIENCE_S)
    assert ended.returncode == 3, ended


def test_status_in_colours():
    """Colours are for terminals that have them, and for those who want them."""
    status = {"version": 1, "state": "well", "services": {"web": {"health": "down", "checks": []}}}
    argv = ["feeddog", "status", "--run-dir", run_dir_with(status)]
    assert "\x1b" not in run(*argv).stdout
    text, _ = on_terminal(*argv)
    assert "\x1b[32mwell\x1b[0m" in text and "\x1b[1;31mdown\x1b[0m" in text, text
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}):
        text, _ = on_terminal(*argv, env=env)
        assert "\x1b" not in text and "well" in text, (env, text)


def test_status_watched():
    """--watch shows it again each second: in place on a terminal, one after the other elsewhere."""
    services = {f"s{i}": {"health": "up", "checks": []} for i in range(50)}
    argv = ["feeddog", "status", "--watch", "--run-dir", run_dir_with({"version": 1, "state": "well", "services": services})]
    text, _ = on_terminal(*argv, for_s=2.5)
    paints = text.split("\x1b[H")[1:]
    assert len(paints) in (2, 3, 4), len(paints)
    for paint in paints[:2]:
        assert paint.count("\n") == 23 and paint.endswith("\x1b[J"), "as much as fits into 24 rows"
    process = subprocess.Popen([program(argv[0]), *argv[1:]], stdout=subprocess.PIPE, text=True)
    time.sleep(2.5)
    process.terminate()
    text, _ = process.communicate(timeout=PATIENCE_S)
    assert text.count("well for ") in (2, 3, 4) and "\x1b" not in text, text


def test_status_into_a_closed_pipe():
    """--watch ends when nobody reads any more."""
    process = subprocess.Popen([program("feeddog"), "status", "--watch", "--run-dir", run_dir_with({"version": 1, "state": "well"})],
                               stdout=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    process.wait(PATIENCE_S)


# --- hold and resume ---


def test_hold_and_resume():
    """P7: `hold` suspends the ladder and says until when; checks go on; `resume` ends it, and the ladder goes on."""
    board, victim = well_board()
    board.wait_state("well")
    ended = board.feeddog("hold", "10m", "--reason", "new disk")
    assert ended.returncode == 0, ended
    assert re.match(r"maintenance for 10m, until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d: checks go on, nothing is restarted or rebooted\n"
                    r"`feeddog resume` ends it early\n$", ended.stdout), ended.stdout
    shown = board.feeddog("status")
    assert shown.returncode == 1 and shown.stdout.startswith("maintenance for "), shown
    assert re.search(r"^  reason +new disk$", shown.stdout, re.M), shown.stdout
    assert "(lease 9m 5" in shown.stdout, shown.stdout
    mark = board.mark()
    victim.kill()
    board.wait_event("check-failed", mark)
    time.sleep(2)
    assert not board.find("restart", mark)
    ended = board.feeddog("resume")
    assert ended.returncode == 0 and ended.stdout.startswith("maintenance is over; "), ended
    board.wait_event("restart", mark)
    board.wait_well(mark)
    board.wait_state("well")
    ended = board.feeddog("resume")
    assert ended.returncode == 0 and ended.stdout.startswith("there was nothing to end; "), ended


def test_hold_ends_by_itself():
    """P7: maintenance that nobody ends is over when its time is."""
    board, _ = well_board()
    mark = board.mark()
    assert board.feeddog("hold", "2s").returncode == 0
    board.wait_event("resumed", mark, deadline_s=10)
    board.wait_state("well")


def test_hold_refused():
    """P7: once a reboot was ordered it is too late for maintenance, and `hold` says so."""
    board, victim = well_board(ladder={"restart_for": "100ms", "reboot_within": "1h"})
    victim.tell("refuse")
    victim.kill()
    board.wait_state("rebooting")
    ended = board.feeddog("hold", "10m")
    assert ended.returncode == 1 and ended.stderr == "feeddog: it is too late: the state of the board is rebooting\n", ended


def test_hold_not_running():
    """Without feeddogd there is nobody to tell: exit code 3."""
    dead = folder("run")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as left_over:
        left_over.bind(os.path.join(dead, "control"))
    for run_dir in ("/nowhere/at/all", dead):
        for command in (["hold", "1m"], ["resume"]):
            ended = run("feeddog", *command, "--run-dir", run_dir)
            assert ended.returncode == 3 and ended.stderr.startswith("feeddog: feeddogd is not running"), ended


def test_hold_with_a_stopped_feeder():
    """A feeddogd that is stopped cannot answer, and `hold` does not pretend that it did."""
    board, _ = well_board()
    board.wait_state("well")
    os.kill(board.process.pid, signal.SIGSTOP)
    ended = board.feeddog("hold", "1m")
    assert ended.returncode == 1 and not ended.stdout and len(ended.stderr.splitlines()) == 1, ended
    assert "still well: feeddogd is stopped" in ended.stderr, ended


def test_hold_with_a_stopped_actor():
    """`hold` takes no status for an answer that was written before it asked."""
    board, _ = well_board()
    assert board.feeddog("hold", "1m").returncode == 0
    os.kill(board.helper_pid("actor"), signal.SIGSTOP)
    ended = board.feeddog("hold", "2m")
    assert ended.returncode == 1 and "shows no new status" in ended.stderr, ended


def test_hold_keeps_its_reason_private():
    """The reason is in a file that only its owner may read, until it is in the status."""
    board, _ = well_board()
    assert board.feeddog("hold", "1m", "--reason", "x" * 5000).returncode == 0
    try:
        mode = os.stat(os.path.join(board.run_dir, "hold.reason")).st_mode
        assert mode & 0o777 == 0o600, oct(mode)
    except FileNotFoundError:
        pass
    assert all(len(line) <= 80 for line in board.feeddog("status").stdout.splitlines())


# --- probe ---


def config_file(config):
    path = os.path.join(folder("config"), "feeddog.yaml")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config, file)
    return path


def probe(config, *argv):
    return run("feeddog", "probe", "-c", config_file(config), "--run-dir", "/nowhere/at/all", *argv)


def test_probe():
    """`probe` runs each check once and shows what came back: exit code 0 when all is good, otherwise 1."""
    victim = Victim().begin()
    config = web_config(victim)
    config["services"]["other"] = {"checks": [{"command": "exit 3"}, {"command": "exit 1", "name": "warns", "plugin": True}], "restart": "true"}
    ended = probe(config, "web")
    assert ended.returncode == 0, ended
    lines = [line.split() for line in ended.stdout.splitlines()]
    assert lines[0] == ["SERVICE", "CHECK", "KIND", "OUTCOME", "TOOK", "RESULT"]
    assert [line[:4] for line in lines[1:]] == [["web", "http", "http", "good"], ["web", "process", "process", "good"]], lines
    ended = probe(config)
    assert ended.returncode == 1 and len(ended.stdout.splitlines()) == 5, ended
    assert re.search(r"^other +command +command +bad +\S+ +exit code 3$", ended.stdout, re.M), ended.stdout
    assert re.search(r"^other +warns +command +warning +\S+ +warning: exit code 1$", ended.stdout, re.M), ended.stdout


def test_probe_is_a_table():
    """Whatever is the longest, a name or a heading, each column of `probe` begins below its heading."""
    tcp = {"tcp": f"127.0.0.1:{free_port()}"}
    for service, check, kind in (("a", "b", tcp), ("a-service-with-a-long-name", "b", tcp), ("a", "a-check-with-a-long-name", tcp),
                                 ("a", "b", {"command": "true"})):
        checks = [{**tcp, "name": check}, {**kind, "name": "c"}]
        heading, *lines = probe({"services": {service: {"checks": checks}, "z": {"checks": checks}}}).stdout.splitlines()
        assert len(lines) == 4
        for word in ("CHECK", "KIND", "OUTCOME", "RESULT"):
            at = heading.index(word)
            assert all(line[at - 1] == " " != line[at] for line in lines), (word, heading, *lines)


def test_probe_of_an_unknown_service():
    """An unknown service gets the names of those that there are, and exit code 64."""
    ended = probe(web_config(Victim()), "wev")
    assert ended.returncode == 64, ended
    assert ended.stderr == "feeddog: there is no service wev (did you mean web?); the services are: web\n", ended.stderr


def test_probe_of_a_wrong_configuration():
    """A configuration with errors is not probed: exit code 78."""
    ended = probe({"services": {"web": {"checks": [{"http": 3}]}}})
    assert ended.returncode == 78 and "error" in ended.stderr, ended


def test_probe_is_bounded():
    """A server that never answers costs `probe` its timeout and no more."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        begun = time.monotonic()
        ended = probe({"defaults": {"interval": "2s", "timeout": "1s"},
                       "services": {"web": {"checks": [{"http": f"http://127.0.0.1:{server.getsockname()[1]}/"}]}}})
        took = time.monotonic() - begun
    assert ended.returncode == 1 and "no answer in time" in ended.stdout, ended
    assert 0.9 < took < 8, took


def test_probe_beside_a_running_board():
    """`probe` does not disturb a feeddogd that runs."""
    victim = Victim().begin()
    patient = [{"http": victim.url, "timeout": "5s"}, {"process": {"pidfile": victim.pidfile}, "timeout": "5s"}]
    board = Feeddog(web_config(victim, checks=[{"interval": "5s", **check} for check in patient])).start()
    board.wait_state("well")
    mark = board.mark()
    for _ in range(3):
        assert board.feeddog("probe").returncode == 0
    assert board.state() == "well" and not board.events[mark:], board.events[mark:]
