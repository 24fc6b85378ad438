# SPDX-License-Identifier: MIT
"""What people come from: the table in README, and the configurations that it names."""

import os
import re

from coming_from import CONFIGURATIONS
from feeddog import run

# Other tests run the same code of the programs.
NOT_SANITIZED = ["*"]

HERE = os.path.dirname(os.path.realpath(__file__))
WEEK = ["--fault", "network@1h-169h", "--for", "8d"]


def configurations():
    return sorted(name for name in os.listdir(CONFIGURATIONS) if not name.endswith(".conf.yaml"))


def test_each_is_understood():
    """P10: every configuration passes the check as it stands, and nothing has to be said of it."""
    assert len(configurations()) == 6
    for name in configurations():
        result = run("feeddog", "check", "-c", os.path.join(CONFIGURATIONS, name))
        assert (result.returncode, result.stdout) == (0, "OK\n") and not re.search(r": warning: (?!tcp: the kernel)", result.stderr), (name, result)


def test_each_is_in_the_table():
    """README names them, each once, and no other; and each has a test that runs it."""
    with open(os.path.join(HERE, "../../README.md"), encoding="utf-8") as file:
        text = file.read()
    table = text[text.index("## Coming from"):].split("\n## ")[0]
    named = re.findall(r"\(tests/e2e/coming_from/([\w.-]+)\)", table)
    assert sorted(name for name in named if not name.endswith(".conf.yaml")) == configurations(), named
    tests = ""
    for name in os.listdir(HERE):
        if name.startswith("test_coming_from_"):
            with open(os.path.join(HERE, name), encoding="utf-8") as file:
                tests += file.read()
    assert not [name for name in named if f'"{name}"' not in tests]


def test_a_week_without_the_network():
    """P12: a board that was told of its network by Debian's watchdog is not rebooted for want of it, and says little in a week."""
    result = run("feeddog", "simulate", "-c", os.path.join(CONFIGURATIONS, "debian-watchdog.yaml"), *WEEK)
    assert result.returncode == 0, result
    lines = result.stdout.splitlines()
    assert "event=reboot" not in result.stdout and "event=letgo" not in result.stdout and len(lines) < 20, lines
    assert [line for line in lines if "event=warning" in line and "network" in line], lines
