# SPDX-License-Identifier: MIT
"""Metrics for Prometheus: what the file says, that promtool likes it, and how seldom it is written."""

import os
import re
import shutil
import subprocess
import time

from feeddog import HERE, PATIENCE_S, Feeddog, Skip, Victim, folder, wait_for, web_config

RULES = os.path.join(HERE, "../../scripts/monitoring/feeddog.rules.yml")
SAMPLE = re.compile(r'([a-z_]+)(?:\{(.*)\})? ([0-9.]+)')
LABEL = re.compile(r'([a-z]+)="((?:[^"\\]|\\.)*)"')


def promtool(*arguments, **more):
    """Runs promtool, the machine's own or the one that scripts/setup unpacks."""
    tool = shutil.which("promtool") or os.path.join(HERE, "../../build/tools/promtool")
    done = subprocess.run([tool, *arguments], capture_output=True, text=True, timeout=PATIENCE_S, check=False, **more)
    assert done.returncode == 0, done.stdout + done.stderr


def measured(victim=None, **more):
    victim = victim or Victim().begin()
    path = os.path.join(folder("metrics"), "feeddog.prom")
    config = web_config(victim, **more)
    config["metrics"] = path
    return Feeddog(config).start(), victim, path


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def samples(text):
    """{(name, labels): value}, and that every line is what it should be."""
    found, types = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.split()[2:]
            assert name not in types, f"{name} is not in one piece"
            types[name] = kind
            assert (kind == "counter") == name.endswith("_total"), line
        elif not line.startswith("# HELP "):
            name, labels, value = SAMPLE.fullmatch(line).groups()
            assert name == list(types)[-1], line
            key = (name, tuple(sorted(LABEL.findall(labels or ""))))
            assert key not in found, line
            found[key] = float(value)
    return found


def wait_sample(path, name, value, **labels):
    key = (name, tuple(sorted(labels.items())))
    wait_for(lambda: samples(read(path)).get(key) == value, f"{name}{labels} {value}")
    return samples(read(path))


def test_metrics_say_what_is():
    """The metrics say the state, the services, the checks, the feeding and the last boot; at the end, that feeddog is not up."""
    board, victim, path = measured()
    board.wait_well()
    found = wait_sample(path, "feeddog_state", 1, state="well")
    assert sum(value for (name, _), value in found.items() if name == "feeddog_state") == 1
    for name, value, labels in [("up", 1, {}), ("feeding", 1, {}), ("service_up", 1, {"service": "web"}),
                                ("service_restarts_total", 0, {"service": "web"}), ("reboots_unsettled", 0, {}),
                                ("check_up", 1, {"service": "web", "check": "http", "kind": "http"}),
                                ("check_up", 1, {"service": "web", "check": "process", "kind": "process"}),
                                ("last_boot_info", 1, {"cause": "first", "service": "", "check": ""})]:
        assert found["feeddog_" + name, tuple(sorted(labels.items()))] == value, name
    assert found["feeddog_feeds_total", ()] > 0 and found["feeddog_lease_seconds", ()] > 0
    assert {dict(labels)["helper"] for name, labels in found if name == "feeddog_helper_restarts_total"} == \
        {"checker", "actor", "led"}
    mark = board.mark()
    victim.kill()
    wait_sample(path, "feeddog_service_restarts_total", 1, service="web")
    board.wait_event("state", mark, state="well")
    board.stop()
    found = samples(read(path))
    assert found["feeddog_up", ()] == 0 and found["feeddog_feeding", ()] == 0
    assert not any(value for (name, _), value in found.items() if name == "feeddog_state")
    # No half of it lies about.
    assert os.listdir(os.path.dirname(path)) == ["feeddog.prom"]
    assert os.stat(path).st_mode & 0o777 == 0o644
    victim.kill()


def test_promtool_likes_the_metrics():
    """promtool has nothing to say against the names, types and help of the metrics."""
    board, victim, path = measured()
    board.wait_well()
    wait_sample(path, "feeddog_state", 1, state="well")
    promtool("check", "metrics", input=read(path))
    board.stop()
    victim.kill()


def test_promtool_likes_the_rules():
    """promtool takes the example alert rules for a fleet, and every metric that they name is one of ours or node_exporter's."""
    with open(RULES, encoding="utf-8") as file:
        named = set(re.findall(r"\bfeeddog_[a-z_]+", file.read()))
    with open(os.path.join(HERE, "../../firmware-daemon/publish/metrics_file.c"), encoding="utf-8") as file:
        ours = {"feeddog_" + name for name in re.findall(r'head\(metrics, "([a-z_]+)"', file.read())}
    assert named and named <= ours, named - ours
    promtool("check", "rules", RULES)


def test_metrics_do_not_wear_the_flash():
    """P9: while only feeds and durations run on, a file that is not in memory is left alone."""
    board, victim, path = measured()
    board.wait_well()
    wait_sample(path, "feeddog_state", 1, state="well")
    # The last boot's last changes.
    time.sleep(1.5)
    before = os.stat(path)
    kind = subprocess.run(["stat", "-f", "-c", "%T", path], capture_output=True, text=True, check=True).stdout.strip()
    time.sleep(3)
    after = os.stat(path)
    assert kind == "tmpfs" or before.st_mtime_ns == after.st_mtime_ns
    board.stop()
    victim.kill()


def test_folder_of_somebody_else():
    """P18: a folder is written with its owner's privileges; a FIFO that he puts there stops no order."""
    if os.geteuid() != 0:
        raise Skip("only root has somebody else's folders")
    victim = Victim().begin()
    board, _, path = measured(victim)
    board.wait_well()
    wait_for(lambda: os.path.exists(path), "the metrics")
    for parent in (os.path.dirname(os.path.dirname(path)), os.path.dirname(path)):
        os.chmod(parent, 0o755)
    os.chown(os.path.dirname(path), 54321, 54321)
    os.mkfifo(path + ".new")
    mark = board.mark()
    victim.kill()
    board.wait_event("restart-done", mark)
    wait_for(lambda: os.stat(path).st_uid == 54321, "the metrics as their folder's owner")
    assert not os.path.exists(path + ".new")


def test_folder_that_is_not_there():
    """P9: a folder that is not there is said once, and costs nothing else."""
    victim = Victim().begin()
    config = web_config(victim)
    config["metrics"] = "/no/such/folder/feeddog.prom"
    board = Feeddog(config).start()
    said = board.wait_event("storage", file="/no/such/folder/feeddog.prom")
    assert said["stable"] == "0" and "No such file" in said["error"]
    board.wait_well()
    mark = board.mark()
    victim.kill()
    board.wait_event("restart-done", mark)
    board.wait_event("state", mark, state="well")
    assert board.find("storage", board.events.index(said) + 1) is None
    board.stop()
    victim.kill()
