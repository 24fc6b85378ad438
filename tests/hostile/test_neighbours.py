# SPDX-License-Identifier: MIT
"""Other users, watched files, servers, a name server, a dead disk and a service's own output, each at its worst, all at once."""

import os
import random
import time

from feeddog import Victim, wait_for
from neighbourhood import NOISY, Neighbourhood
from trial import HostileBoard, judge, stop

TIMEOUT_S = {"*": 120}
SECONDS = 20
UNREAD_S = 15


def test_all_neighbours_at_once():
    """P12, P18: services that are well are left alone, the board is fed in its rhythm and not rebooted, whatever all others do"""
    here = Neighbourhood(seed=1).begin()
    begun, mark, lines, size = time.monotonic(), here.board.mark(), here.board.lines, here.board.bytes
    for attack in here.attacks:
        attack.begin()
    while time.monotonic() < begun + SECONDS:
        time.sleep(1)
        status = here.board.status()
        assert {name: status["services"][name]["health"] for name in ("web", "noisy")} == {"web": "up", "noisy": "up"}, status
    wrong = judge(here.board, begun, mark, lines, size)
    for attack in here.attacks:
        attack.stop()
    stop(here.board)
    assert not wrong, wrong


def test_noise_while_nobody_reads():
    """P18: while nobody reads the log, a service and a lost helper that flood it leave room for feeddog's own lines"""
    victim = Victim().begin()
    board = HostileBoard(victim)
    board.config["services"]["noisy"] = {"run": ["/usr/bin/python3", "-B", NOISY], "checks": [{"heartbeat": {"within": "5s"}}]}
    board.stop_reading()
    board.start()
    board.wait_healthy()
    board.begin_attack("led", "print", seconds=UNREAD_S)
    time.sleep(UNREAD_S)
    victim.kill()
    wait_for(lambda: board.status()["services"]["web"]["restarts"] > 0, "the restart")
    board.wait_healthy()
    board.read_on()
    board.wait_event("armed")
    for event in ("check-failed", "service-down", "restart", "restart-done", "service-up"):
        board.wait_event(event, service="web")
    assert not board.find("dropped", what="log"), board.find("dropped", what="log")
    # The restarted server is meant to outlive feeddog.
    board.before.add(victim.pid())
    stop(board)


def test_neighbours_and_a_lost_checker():
    """P12, P18: the same while checker and LED program are taken over, one attack after the other"""
    here, chance = Neighbourhood(seed=2).begin(), random.Random(2)
    begun, mark, lines, size = time.monotonic(), here.board.mark(), here.board.lines, here.board.bytes
    for attack in here.attacks:
        attack.begin()
    for helper, kind in (("checker", "records"), ("led", "print"), ("checker", "descriptors"), ("led", "folders"), ("checker", "folders")):
        here.board.take_over(helper, kind, seed=chance.random(), seconds=2)
    here.wait_unhurt()
    wrong = judge(here.board, begun, mark, lines, size)
    for attack in here.attacks:
        attack.stop()
    stop(here.board)
    assert not wrong, wrong
    assert not os.path.exists(here.board.reboot_file)
