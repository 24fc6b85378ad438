# SPDX-License-Identifier: MIT
"""The actor by itself: the ledger and the history, with a test in the feeder's place."""

import os
import signal
import time

from actor_scene import Actor, content, read_ledger, web
from feeddog import folder, wait_for


def test_reboot_is_counted_before_it_is_ordered():
    """P6: the reboot is on stable storage before the reboot command runs."""
    state = folder("state")
    path = folder("reboot")
    ladder = {"reboot": f"cp {state}/ledger {path}/ledger && echo done >{path}/done; sleep 1000", "reboot_within": "800ms"}
    with Actor(ladder=ladder, state_dir=state) as actor:
        actor.send("reboot", "web", check=True, cause="status", detail=500, value=2, state="rebooting")
        content(path, "done")
        assert read_ledger(os.path.join(path, "ledger"))[1:] == (2, "reboot")
        line = actor.wait_history("reboot")
        assert (line["unsettled"], line["service"], line["cause"], line["detail"]) == (2, "web", "status", 500)
        # A second order while the first runs is not a second reboot.
        actor.send("reboot", "web", value=2, state="rebooting")
        assert actor.wait_event("reboot-failed")["reason"] == "still running"
        # A reboot command that does nothing is ended in time too.
        actor.wait_event("reboot-failed", cause="timeout")


def test_no_reboot_that_cannot_be_counted():
    """P6: where the ledger cannot be written the board is not rebooted, and the feeder is told; P9: it is tried again."""
    state = folder("state")
    path = folder("reboot")
    os.mkdir(os.path.join(state, "ledger"))
    with Actor(ladder={"reboot": f"echo x >{path}/ordered"}, state_dir=state) as actor:
        sequence, error, stable = actor.news()
        assert (sequence, stable) == (1, 0) and error != 0
        actor.send("reboot", "web", value=1, state="rebooting")
        assert actor.wait_event("reboot-failed")["reason"] == "it cannot be counted on stable storage"
        wait_for(lambda: actor.any_news()[3] == 1, "word that it was refused")
        assert not os.path.exists(os.path.join(path, "ordered"))
        # Said once, however often it is tried.
        for _ in range(3):
            actor.send("settled", value=1)
        actor.wait_history("settled")
        os.rmdir(os.path.join(state, "ledger"))
        assert actor.news()[1:] == (0, 1)
        actor.wait_event("storage", stable="1")
        assert len(actor.find("storage", stable="0")) == 1
        assert actor.ledger()[1:] == (0, "reboot")
        # The board has been somewhere else since.
        assert actor.any_news()[3] == 0
        assert not os.path.exists(os.path.join(path, "ordered"))


def test_storage_news_at_the_start():
    """P9: the actor proves at its start that the ledger can be written, and says so."""
    with Actor() as actor:
        assert actor.news() == (1, 0, 1)
        assert actor.ledger()[1:] == (0, "running")


def test_storage_news_is_said_again():
    """P6: how the storage is is said every second, so that an actor that hangs is missed."""
    with Actor() as actor:
        assert actor.news() == (1, 0, 1)
        begun = time.monotonic()
        assert [actor.any_news()[0] for _ in range(2)] == [2, 3]
        assert time.monotonic() - begun > 1.5


def test_unwritable_state_degrades_to_memory():
    """P9: a state folder that cannot be had costs the history and the reboots, and nothing else."""
    with Actor(web("true"), state_dir="/dev/null/state") as actor:
        assert actor.news()[2] == 0
        for _ in range(200):
            actor.send("service-down", "web", cause="refused", state="recovering")
        actor.send("restart", "web")
        actor.wait_event("restart-done")
        assert actor.process.poll() is None
        assert actor.leave() == 0


def test_ledger_follows_the_board():
    """P14: the ledger knows how far the boot has come, over the death of the actor too."""
    with Actor() as actor:
        phases = [("state", "recovering", "outage"), ("hold", "hold", "hold"), ("resumed", "starting", "hold"),
                  ("state", "well", "running"), ("disarmed", "well", "stopped")]
        for kind, state, phase in phases:
            actor.send(kind, "web", state=state, value=1 if kind == "hold" else 0)
            wait_for(lambda phase=phase: actor.ledger()[2] == phase, phase)
            actor.respawn(signal.SIGKILL)
            wait_for(lambda phase=phase: actor.ledger()[2] == phase, phase)


def test_torn_ledger_is_survived():
    """P9: a ledger whose newest slot was cut short by a power loss leaves the one before."""
    with Actor() as actor:
        actor.news()
        actor.send("hold", "web", value=2, state="hold")
        wait_for(lambda: actor.ledger()[1:] == (2, "hold"), "hold in the ledger")
        actor.send("settled", value=2, state="well")
        wait_for(lambda: actor.ledger()[1] == 0, "settled in the ledger")
        sequence = actor.ledger()[0]
        actor.process.kill()
        actor.process.wait()
        with open(os.path.join(actor.state_dir, "ledger"), "r+b") as file:
            file.seek(sequence % 2 * 4096 + 100)
            file.write(b"torn")
        assert actor.ledger()[0] == sequence - 1
        actor.start()
        wait_for(lambda: actor.ledger()[0] == sequence, "another write")
        assert actor.ledger()[1:] == (2, "hold")


def test_history_tells_the_boot():
    """P14: the first line of a boot says why the last one ended."""
    state = folder("state")
    with Actor(state_dir=state) as actor:
        actor.send("boot", detail=0, state="starting")
        assert actor.wait_history("boot")["last_cause"] == "first"
        actor.send("reboot", "web", check=True, cause="refused", value=1, state="rebooting")
        actor.wait_history("reboot")
    with Actor(state_dir=state, env={"FEEDDOG_BOOT_ID": "33333333-3333-4333-8333-333333333333"}) as actor:
        actor.send("boot", value=1, state="starting")
        line = actor.wait_history("boot", boot="33333333-3333-4333-8333-333333333333")
        assert (line["last_cause"], line["last_service"], line["last_why"]) == ("reboot", "web", "refused"), line
        assert line["unsettled"] == 1


def test_history_keeps_only_transitions():
    """P9: single checks and the feeder's small talk are not written to disk."""
    with Actor() as actor:
        actor.news()
        for kind in ("check-failed", "check-passed", "helper-started", "dropped"):
            actor.send(kind, "web", check=True)
        actor.send("helper-died", value=77, cause="signal", detail=9, helper="checker")
        died = actor.wait_history("helper-died")
        assert (died["helper"], died["pid"], died["cause"], died["detail"]) == ("checker", 77, "signal", 9)
        assert len(actor.history()) == 1


def test_flapping_does_not_wear_the_flash():
    """P9: what repeats without end is written ever more seldom, and what was left out is counted."""
    with Actor() as actor:
        actor.news()
        begun = written(actor.process.pid)
        for i in range(2000):
            actor.send("service-down" if i % 2 == 0 else "service-up", "web", state="recovering" if i % 2 == 0 else "well")
            actor.send("state", "web", state="recovering" if i % 2 == 0 else "well")
            if i % 20 == 19:
                time.sleep(0.002)
        # What matters is never left out, and waits for nothing.
        actor.send("letgo", "web", value=1, state="letgo")
        line = actor.wait_history("letgo")
        assert line["suppressed"] == 2000 - 60, line
        assert len(actor.history()) == 61
        assert actor.ledger()[2] == "letgo"
        syncs = written(actor.process.pid) - begun
        assert syncs < 40 * 8192, syncs


def written(pid):
    """Bytes that a process has written to files."""
    with open(f"/proc/{pid}/io", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("wchar"))


def test_steady_state_writes_nothing_to_disk():
    """P9: while nothing happens not a byte is written to the state folder."""
    with Actor() as actor:
        actor.news()
        actor.send("boot", state="starting")
        actor.wait_history("boot")

        def stamps():
            return {name: os.stat(os.path.join(actor.state_dir, name)).st_mtime_ns for name in os.listdir(actor.state_dir)}
        before = stamps()
        time.sleep(2.5)
        assert stamps() == before and set(before) == {"ledger", "history.jsonl"}


def test_history_is_whole_after_a_kill():
    """P9: an actor that is killed at any time leaves a history whose every line is whole."""
    with Actor() as actor:
        for i in range(5):
            for _ in range(6):
                actor.send("service-down", "web", state="recovering", cause="refused")
            time.sleep(0.02 + i * 0.002)
            actor.respawn(signal.SIGKILL)
        actor.send("settled")
        actor.wait_history("settled")


def test_reason_of_a_hold():
    """P7: why a person asked for maintenance is kept in the history, sanitised, and taken only once."""
    with Actor() as actor:
        path = os.path.join(actor.run_dir, "hold.reason")
        with open(path, "w", encoding="utf-8") as file:
            file.write("new disk \x1b[31m\"é\"\nsecond line " + "x" * 10000)
        actor.send("maintenance", span_ms=3600_000, state="maintenance")
        line = actor.wait_history("maintenance")
        assert line["reason"] == "new disk  [31m\"é\"" and line["for_s"] == 3600, line
        assert not os.path.exists(path)
        actor.send("maintenance", span_ms=1000, state="maintenance")
        assert "reason" not in actor.wait_history("maintenance", for_s=1)
