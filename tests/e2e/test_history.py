# SPDX-License-Identifier: MIT
"""`feeddog history`: what happened, boot by boot, after real incidents."""

import json
import os
import re
import time

from feeddog import folder, kill, run, wait_for, well_board


def test_incident_and_next_boot_are_told():
    """P14: history tells an incident with its cause and how long it lasted, and why the boot after it began."""
    board, victim = well_board()
    victim_pid, since = victim.pid(), board.mark()
    victim.kill()
    board.wait_well(since)
    # The history is written when things are quiet again.
    wait_for(lambda: "service-up" in board.feeddog("history").stdout, "the end of the incident in the history")
    board.reset()
    board.start(boot_id="22222222-2222-4222-8222-222222222222")
    board.wait_well()
    wait_for(lambda: "Boot 22222222" in board.feeddog("history").stdout, "the second boot in the history")
    told = board.feeddog("history")
    assert told.returncode == 0, told
    first, second = told.stdout.split("\n\n")
    assert "after: first boot" in first and f"process ended (pid {victim_pid})" in first, told.stdout
    assert "service-up" in first and "was down for" in first, told.stdout
    assert second.startswith("Boot 22222222") and "unexplained" in second, told.stdout
    entries = json.loads(board.feeddog("history", "--json").stdout)
    assert [entry["event"] for entry in entries].count("boot") == 2, entries
    assert board.stop() == 0


def test_times_of_a_played_boot_count_from_it():
    """P14: the machine's clock runs on over boots that are played, and each is told from its own beginning all the same."""
    board, victim = well_board()
    wait_for(lambda: "boot, after" in board.feeddog("history").stdout, "the first boot in the history")
    board.reset()
    board.start(boot_id="22222222-2222-4222-8222-222222222222")
    began = time.monotonic()
    board.wait_well()
    wait_for(lambda: board.feeddog("history").stdout.count("boot, after") == 2, "the second boot in the history")
    # Also where the actor is not the one that began it.
    kill(board.helper_pid("actor"))
    victim.kill()
    board.wait_event("service-up")
    wait_for(lambda: "service-up" in board.feeddog("history").stdout, "the incident in the history")
    took = time.monotonic() - began
    times = [float(at) for at in re.findall(r"\+([\d.]+)s  service-", board.feeddog("history").stdout)]
    assert len(times) == 2 and max(times) <= took + 0.1, (times, took)
    boots = [line for line in json.loads(board.feeddog("history", "--json").stdout) if line["event"] == "boot"]
    assert len(boots) == 2 and all(line["began_s"] == line["at_s"] for line in boots), boots
    assert board.stop() == 0


def test_spoiled_lines_are_passed_over():
    """P9: a line that a power cut spoiled is passed over and counted; the others are told."""
    state = folder("state")
    with open(os.path.join(state, "history.jsonl"), "w", encoding="ascii") as file:
        file.write('{"boot":"b","at_s":1.5,"wall":0,"event":"boot","last_cause":"planned"}\n{"boot":"b","at_s":\n'
                   '{"boot":"b","at_s":2.25,"wall":0,"event":"letgo","service":"web","unsettled":1}\n')
    told = run("feeddog", "history", "--state-dir", state)
    assert told.returncode == 0 and "planned" in told.stdout and "+2.2s  letgo" in told.stdout, told
    assert "1 spoiled line" in told.stderr, told
    assert len(json.loads(run("feeddog", "history", "--json", "--state-dir", state).stdout)) == 2


def test_nothing_yet():
    """A board on which nothing has happened says so; --json is an empty list."""
    state = folder("state")
    assert "Nothing has happened yet" in run("feeddog", "history", "--state-dir", state).stdout
    assert json.loads(run("feeddog", "history", "--json", "--state-dir", state).stdout) == []


def test_clock_that_is_set_later():
    """P14: a boot that began in 1970 is shown by the clock that was set later; one whose clock never was has no date."""
    state = folder("state")
    lines = [{"boot": "a" * 36, "at_s": 10, "wall": 40, "event": "boot", "last_cause": "first"},
             {"boot": "b" * 36, "at_s": 10, "wall": 40, "event": "boot", "last_cause": "unexplained"},
             {"boot": "b" * 36, "at_s": 70, "wall": 1800000060, "event": "settled"}]
    with open(os.path.join(state, "history.jsonl"), "w", encoding="ascii") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    told = run("feeddog", "history", "--state-dir", state, env={**os.environ, "TZ": "UTC"}).stdout
    assert "1970" not in told and "date not known" in told, told
    assert "2027-01-15 08:00:00  boot" in told, told
