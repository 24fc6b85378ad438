# SPDX-License-Identifier: MIT
"""A checker or an LED program that was taken over, beside the real feeder and actor."""

import time

from feeddog import Victim, wait_for
from trial import WEB, HostileBoard, judge, stop, trial

TIMEOUT_S = {"*": 120}
STOP_S = 10


def test_records():
    """P18: records of every kind of wrongness, as fast as they are taken, cost the feeder nothing but a count"""
    board = trial("checker", "records")
    assert board.find("dropped"), "refused records are reported"


def test_flapping_checks():
    """P18: checks that change a thousand times are folded in the log, which says how many lines are left out"""
    board = trial("checker", "flap", seconds=6)
    folded = [said for said in board.events if int(said.get("suppressed", 0)) > 0 and "since_ms" in said]
    assert folded, "nothing was folded"
    assert {said["event"] for said in folded} <= {"check-failed", "check-passed", "warning", "state"}, folded


def test_flood():
    """P18: good results without end"""
    trial("checker", "flood")


def test_descriptors():
    """P3, P18: descriptors whose close() takes an hour, passed and left behind, hold up neither feeder nor actor nor the end"""
    board = trial("checker", "descriptors")
    refused = board.find("output", text="not passed: [Errno 1] Operation not permitted")
    assert refused or board.find("dropped", what="descriptors"), "neither did the kernel refuse them (Linux 6.16), nor were they reported"


def test_closed_channel():
    """P4, P18: a channel that is shut in any direction costs one checker"""
    for seed in range(3):
        trial("checker", "shut", seed=seed, seconds=2)


def test_silence():
    """P4, P18: a checker that is silent and ignores every signal is replaced"""
    trial("checker", "silence", seconds=30)


def test_prints():
    """P18: a helper's own lines are marked and bounded, so that none is taken for the feeder's"""
    for helper in ("checker", "led"):
        board = trial(helper, "print")
        assert board.find("output", **{"from": helper}), "what it printed is shown"


def test_shared_memory():
    """P18: the memory of the commands' output can be neither cut off nor enlarged, and rubbish in it harms no reader"""
    trial("checker", "output")


def test_reach():
    """P11, P18: a helper can neither signal the feeder and the actor nor write what is theirs"""
    for helper in ("checker", "led"):
        trial(helper, "reach", seconds=2)


def test_folders():
    """P18: rubbish in the checker's folders hangs neither the next checker nor the actor"""
    trial("checker", "folders")


def test_forks():
    """P18: children that outlive a helper and go on attacking end with its process group"""
    for helper in ("checker", "led"):
        trial(helper, "forks", seconds=2)


def test_lies_about_a_service():
    """P6, P18: a checker that lies about a service has it restarted as often as the ladder allows, and each restart is logged"""
    victim = Victim().begin()
    board = HostileBoard(victim)
    board.config["services"]["web"].update(restart=f"echo >>{board.reboot_file}", restart_timeout="5s")
    board.begin()
    begun, mark = time.monotonic(), board.mark()
    board.take_over("checker", "flap", seconds=6, lies=WEB)
    board.wait_healthy()
    restarts = [said for said in board.events[mark:] if said["event"] == "restart"]
    assert 1 <= len(restarts) == board.reboots_ordered(), (len(restarts), board.reboots_ordered())
    assert [wrong for wrong in judge(board, begun, mark) if not wrong.startswith("restart")] == []
    stop(board)
    wait_for(lambda: board.find("disarmed"), "the last line")
    folded = {said["event"] for said in board.events[mark:] if "suppressed" in said}
    assert folded >= {"check-failed", "service-down", "state"} or folded >= {"check-passed", "service-up", "state"}, folded


def test_stop_under_attack():
    """P3, P18: helpers that ignore the end and every signal hold up no stop for long, and are not left behind"""
    for kind in ("silence", "forks", "print"):
        board = HostileBoard(Victim().begin()).begin()
        for helper in ("checker", "led"):
            board.begin_attack(helper, kind, seconds=1000)
        begun = time.monotonic()
        stop(board)
        assert time.monotonic() - begun < STOP_S, f"{kind}: the stop took {time.monotonic() - begun:.1f} s"
