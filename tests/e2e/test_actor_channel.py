# SPDX-License-Identifier: MIT
"""The actor and its channel: what it believes of it, and how it ends."""

import os
import signal
import time

from actor_scene import Actor, content, EVENT, KINDS, NO_INDEX, now_ms, script, web
from feeddog import is_alive, wait_for


def test_records_with_wrong_fields():
    """P5: a record with any field wrong is dropped and counted, and what follows is taken."""
    good = dict(generation=1, sequence=1, at_ms=now_ms() - 1000, span=0, value=0, detail=0, service=0, check=NO_INDEX,
                kind=KINDS.index("restart"), state=1, cause=0, helper=3)
    wrong = [dict(generation=2), dict(generation=0), dict(sequence=0), dict(at_ms=now_ms() + 10**7), dict(at_ms=-1),
             dict(service=1), dict(check=1), dict(kind=len(KINDS)), dict(kind=255), dict(state=8), dict(cause=200),
             dict(helper=4)]
    path, command = script("echo x >>$D/runs")
    with Actor(web(command)) as actor:
        actor.news()
        for change in wrong:
            actor.socket.send(EVENT.pack(*{**good, **change}.values()))
        whole = EVENT.pack(*good.values())
        for record in (whole[:-1], whole + b"\0", whole[:-1] + b"\1", b"x", b"y" * 5000):
            actor.socket.send(record)
        actor.send("settled")
        actor.wait_history("settled")
        wait_for(lambda: sum(int(line["records"]) for line in actor.find("dropped")) == len(wrong) + 5, "all are counted")
        # The same order twice is one.
        actor.sequence += 1
        twice = EVENT.pack(*{**good, "sequence": actor.sequence}.values())
        actor.socket.send(twice)
        actor.socket.send(twice)
        actor.wait_event("restart-done")
        actor.send("hold", value=1, state="hold")
        actor.wait_history("hold")
        assert content(path, "runs") == "x\n"


def test_order_without_a_service():
    """An order that names no service is refused, and hurts nothing."""
    with Actor() as actor:
        actor.send("restart")
        assert actor.wait_event("restart-failed")["reason"] == "it names no service"


def test_end_of_file_ends_it():
    """P14: when the feeder is gone the actor writes what it has and ends; a command that runs is left alone."""
    path, command = script("echo $$ >$D/pid; for i in {1..400}; do echo tick; sleep 0.02; done")
    actor = Actor(web(command))
    actor.send("restart", "web")
    pid = int(content(path, "pid"))
    actor.send("disarmed", value=1)
    begun = time.monotonic()
    assert actor.leave() == 0
    assert time.monotonic() - begun < 5
    assert actor.ledger()[2] == "stopped"
    assert [line["event"] for line in actor.history()] == ["restart", "disarmed"]
    time.sleep(0.2)
    assert is_alive(pid)
    os.kill(pid, signal.SIGKILL)


def test_term_waits_for_the_last_word():
    """P14: SIGTERM to the whole unit does not take the actor away before the feeder said that it stops."""
    with Actor() as actor:
        actor.news()
        actor.process.terminate()
        time.sleep(0.2)
        actor.send("disarmed", value=1)
        assert actor.leave() == 0
        assert actor.ledger()[2] == "stopped"
    lonely = Actor()
    lonely.news()
    lonely.process.terminate()
    assert lonely.process.wait(20) == 0
    lonely.leave()


def test_queued_orders_wait_for_the_next_actor():
    """P5: an order that was sent while there was no actor is carried out by the next."""
    path, command = script("echo x >>$D/runs")
    with Actor(web(command)) as actor:
        actor.process.kill()
        actor.process.wait()
        actor.send("restart", "web")
        actor.start()
        actor.wait_event("restart-done")
        assert content(path, "runs") == "x\n"
