# SPDX-License-Identifier: MIT
"""What becomes of the board when one of feeddog's own programs fails."""

import contextlib
import os
import shutil
import signal
import time

from feeddog import BUILD, Feeddog, Victim, folder, Skip, is_alive, program, wait_for, web_config, well_board

PATIENT = {"restart_for": "10s", "reboot_within": "10s"}


def is_replaced_after(board, name, number):
    """Sends a signal to a helper; it is replaced, and the board is well again, without restart or reboot."""
    board.wait_state("well")
    old = board.helper_pid(name)
    mark, since = board.mark(), time.monotonic()
    os.kill(old, number)
    board.wait_event("helper-started", mark, helper=name)
    wait_for(lambda: board.status()["helpers"][name]["pid"] not in (0, old), f"another {name} in status.json")
    wait_for(lambda: not is_alive(old), f"the end of the old {name}")
    board.wait_state("well")
    time.sleep(0.5)
    assert board.state() == "well"
    assert board.dog.longest_gap(since, time.monotonic()) <= 1.0, "fed throughout"
    for event in ("restart", "reboot", "letgo"):
        assert not board.find(event, mark), event


def test_killed_checker():
    """P4: a checker that is killed is replaced; no service is restarted for it."""
    board, _ = well_board(ladder=PATIENT)
    is_replaced_after(board, "checker", signal.SIGKILL)


def test_stopped_checker():
    """P4: a checker that is stopped says nothing, which is noticed; it is replaced, and no service is restarted for it."""
    board, _ = well_board(ladder=PATIENT)
    is_replaced_after(board, "checker", signal.SIGSTOP)


def copy_programs(board):
    """So that one of them can be replaced by something else."""
    board.programs = folder("programs")
    for name in os.listdir(BUILD):
        if name.startswith("feeddog"):
            shutil.copy(program(name), board.programs)


def slow_checker(board, first_s, then_s):
    """A checker that takes so long to be loaded: the first, and each one after it."""
    copy_programs(board)
    checker, begun = os.path.join(board.programs, "feeddog-checker"), os.path.join(board.programs, "begun")
    os.rename(checker, checker + ".real")
    with open(checker, "w", encoding="ascii") as file:
        file.write(f'#!/bin/sh\nif [ -e {begun} ]; then sleep {then_s}; else touch {begun}; sleep {first_s}; fi\nexec {checker}.real "$@"\n')
    os.chmod(checker, 0o755)


def test_checker_that_is_slow_to_begin():
    """P4: a checker can be late only once it runs: in a slow boot it is neither killed nor reported."""
    victim = Victim().begin()
    board = Feeddog(web_config(victim, ladder=PATIENT))
    board.config["defaults"].update({"interval": "1s", "timeout": "500ms", "start_period": "10s"})
    slow_checker(board, first_s=4, then_s=0)
    board.start()
    board.wait_event("state", state="well")
    for event in ("helper-died", "check-failed"):
        assert not board.find(event), board.find(event)


def test_checker_that_is_ever_slower_to_begin():
    """P4: one that is killed before it was heard has given the next one more time, so that it is heard however slow the board is."""
    victim = Victim().begin()
    board = Feeddog(web_config(victim, ladder=dict(PATIENT, restart_for="60s")))
    slow_checker(board, first_s=9, then_s=9)
    board.start()
    board.wait_event("state", state="well", deadline_s=40)
    died = [event for event in board.events if event["event"] == "helper-died"]
    assert died and all(event["cause"] == "late" for event in died), died
    assert not board.find("restart") and not board.find("reboot"), board.events


def test_checker_that_shuts_its_channel():
    """P4, P11: a checker that was taken over and shuts its channel is replaced, and keeps the feeder from nothing."""
    victim = Victim().begin()
    board = Feeddog(web_config(victim, ladder=PATIENT))
    copy_programs(board)
    checker = os.path.join(board.programs, "feeddog-checker")
    os.rename(checker, checker + ".real")
    with open(checker, "w", encoding="ascii") as file:
        file.write(f'''#!/usr/bin/python3
import os, socket, sys, time
if "1" in sys.argv:
    socket.socket(fileno=4).shutdown(socket.SHUT_RDWR)
    time.sleep(1000)
os.execv("{checker}.real", ["feeddog-checker", *sys.argv[1:]])
''')
    os.chmod(checker, 0o755)
    board.start()
    board.wait_well()
    used = sum(os.times()[2:4])
    board.stop()
    used = sum(os.times()[2:4]) - used
    assert used < 2, f"{used} s of processor time"


def test_killed_actor():
    """P5: an actor that is killed is replaced, and the board is fed throughout."""
    board, victim = well_board(ladder=PATIENT)
    is_replaced_after(board, "actor", signal.SIGKILL)
    mark = board.mark()
    victim.kill()
    board.wait_event("restart-done", mark)
    board.wait_well(mark)


def test_stopped_actor_stops_no_rung():
    """P5: with an actor that is stopped the ladder climbs by time alone, down to letting go."""
    board, victim = well_board()
    board.wait_state("well")
    actor = board.helper_pid("actor")
    os.kill(actor, signal.SIGSTOP)
    victim.tell("refuse")
    victim.kill()
    board.wait_event("letgo")
    os.kill(actor, signal.SIGCONT)


def test_hung_actor_is_replaced():
    """P4, P5: an actor that says nothing for ten seconds is killed and replaced; what was ordered meanwhile is carried out."""
    board, victim = well_board(ladder={"restart_for": "1m", "reboot_within": "10s"})
    board.wait_state("well")
    actor, mark, since = board.helper_pid("actor"), board.mark(), time.monotonic()
    os.kill(actor, signal.SIGSTOP)
    victim.kill()
    died = board.wait_event("helper-died", mark, helper="actor")
    assert died["cause"] == "late", died
    board.wait_event("restart-done", mark)
    board.wait_well(mark)
    assert board.dog.longest_gap(since, time.monotonic()) <= 1.0, "fed throughout"
    assert not board.find("hold", mark)


def test_no_order_is_lost():
    """P5: two hundred services that fail in one step while the actor is away are each restarted, by the one attempt they have."""
    victim = Victim().begin()
    tcp = [{"tcp": f"127.0.0.1:{victim.port}"}]
    done = folder("done")
    board = Feeddog({"defaults": {"interval": "1s", "timeout": "1s", "retries": 1, "start_period": "5s"},
                     "services": {f"s{number}": {"checks": tcp, "restart": f"echo >{done}/{number}", "attempts": 1}
                                  for number in range(200)},
                     "ladder": {"restart_for": "1m", "reboot_within": "1m", "at_once": 1024}}, echo=False).start()
    board.wait_well()
    actor = board.wait_state("well")["helpers"]["actor"]["pid"]
    os.kill(actor, signal.SIGSTOP)
    victim.tell("refuse")
    victim.kill()
    board.wait_event("restart")
    time.sleep(2)  # all others are ordered within one interval
    os.kill(actor, signal.SIGCONT)
    wait_for(lambda: len(os.listdir(done)) == 200, "all restarts")


def test_hung_actor_resets_no_board_for_ever():
    """P6: an actor that hangs in every boot cannot count the resets that follow; the next boot does, up to the limit."""
    victim = Victim()
    board = Feeddog(web_config(victim, ladder={"reboots": {"limit": 2, "settle": "1h", "then": "hold"}}))
    for boot in range(3):
        victim.begin()
        board.start(f"{boot}0000000-0000-4000-8000-000000000000")
        board.wait_well()
        os.kill(board.wait_state("well")["helpers"]["actor"]["pid"], signal.SIGSTOP)
        victim.kill()
        board.wait_event("letgo" if boot < 2 else "hold")
        assert board.reboots_ordered() == 0
        board.reset()


def test_actor_that_never_speaks():
    """P6: where the ledger never learns of a boot, as with a disk that hangs from its start, that boot reboots nothing."""
    victim = Victim()
    victim.tell("refuse")
    board = Feeddog(web_config(victim))
    copy_programs(board)
    actor = os.path.join(board.programs, "feeddog-actor")
    os.unlink(actor)
    with open(actor, "w", encoding="ascii") as file:
        file.write("#!/bin/sh\nexec sleep 1000\n")
    os.chmod(actor, 0o755)
    board.start()
    board.wait_event("hold")
    assert not board.find("reboot") and not board.find("letgo")


def test_killed_feeder_leaves_no_helper():
    """P1: when the feeder is killed nobody feeds in its place, and checker and actor end by themselves."""
    board, _ = well_board()
    helpers = [board.wait_state("well")["helpers"][name]["pid"] for name in ("checker", "actor")]
    killed = time.monotonic()
    board.process.kill()
    board.process.wait()
    wait_for(lambda: not any(is_alive(pid) for pid in helpers), "the end of checker and actor")
    time.sleep(0.5)
    assert [at for at in board.dog.times(killed + 0.05)] == []
    assert board.dog.released() is None


ORPHAN = """setsid sh -c 'sleep 98765 & sleep 0.2' >/dev/null 2>&1 &"""


def sleepers():
    """The processes that an orphan has left behind."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as file:
            if file.read() == b"sleep\0" + b"98765\0":
                found.append(int(pid))
    return found


def test_orphans_of_others_are_left_alone():
    """P18: as process 1 of a container feeddogd is given orphans, and ends none of what these have started"""
    if os.geteuid() != 0:
        raise Skip("only root may make a process 1")
    victim = Victim().begin()
    board = Feeddog(web_config(victim, checks=[{"http": victim.url}], restart=ORPHAN))
    board.start(before=["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"])
    board.wait_well()
    victim.kill()
    board.wait_event("restart-done")
    time.sleep(1)
    assert sleepers()
    board.process.kill()


def test_checker_has_no_privileges():
    """P11: the checker runs as its own user, without capabilities, cannot gain any, and holds nothing of the dog."""
    if os.geteuid() != 0:
        raise Skip("only root can give up being root")
    board, _ = well_board()
    pid = board.wait_state("well")["helpers"]["checker"]["pid"]
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        lines = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    assert "0" not in lines["Uid"].split() + lines["Gid"].split() + lines["Groups"].split(), lines
    assert int(lines["CapEff"], 16) == 0 and int(lines["CapPrm"], 16) == 0 and int(lines["CapInh"], 16) == 0
    assert lines["NoNewPrivs"] == "1"
    held = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
    assert board.dog.path not in held, held


def test_unprivileged():
    """With simulated: true everything works for an ordinary user."""
    if os.geteuid() != 0:
        raise Skip("every other test shows it here")
    victim = Victim().begin()
    board = Feeddog(web_config(victim))
    # What root started an ordinary user may not kill.
    os.kill(victim.pid(), signal.SIGKILL)
    os.unlink(victim.pidfile)
    board.config["services"]["web"]["start"] = victim.start
    board.start(before=board.as_nobody())
    board.wait_well()
    # An order is refused while the one before is carried out.
    board.wait_event("restart-done", command="start")
    mark = board.mark()
    victim.kill()
    board.wait_event("restart-done", mark)
    board.wait_well(mark)
    assert board.stop() == 0
