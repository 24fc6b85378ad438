# SPDX-License-Identifier: MIT
"""The whole ladder on a FIFO dog: from a fault of the server to its restart, a reboot, letting go, hold, and back."""

import os
import time

from actor_scene import read_ledger
from feeddog import PATIENCE_S, Feeddog, Victim, is_alive, wait_for, web_config, well_board

# How much later than promised the machine may be: it is a noisy one, and slower still under the sanitizers.
SLACK_S = 1.0
# The sum of web_config(): two failing probes, or a silent checker noticed and replaced.
DETECTION_S = 3.4
RESTART_FOR_S, REBOOT_WITHIN_S = 1.5, 1.0


def is_recovered_after(board, mark):
    board.wait_event("restart", mark, service="web")
    board.wait_event("restart-done", mark, service="web")
    board.wait_event("service-up", mark, service="web")
    board.wait_well(mark)
    assert board.reboots_ordered() == 0
    assert not board.find("letgo")


def test_crash_is_restarted():
    """A server that crashes is restarted at once and well again, without a reboot."""
    board, victim = well_board()
    mark, old = board.mark(), victim.kill()
    is_recovered_after(board, mark)
    assert victim.pid() != old and is_alive(victim.pid())


def test_hang_is_restarted():
    """A server that accepts and never answers is restarted and well again."""
    board, victim = well_board()
    mark = board.mark()
    victim.tell("hang")
    is_recovered_after(board, mark)
    assert board.find("service-down", mark)["cause"] == "timeout"


def test_error_500_is_restarted():
    """A server that answers 500 is restarted and well again."""
    board, victim = well_board()
    mark = board.mark()
    victim.tell("500")
    is_recovered_after(board, mark)
    down = board.find("service-down", mark)
    assert (down["cause"], down["detail"]) == ("status", "500"), down


def test_stopped_process_is_restarted():
    """A server that is stopped (SIGSTOP) no longer answers; it is killed, started and well again."""
    board, victim = well_board()
    mark, old = board.mark(), victim.kill(19)
    is_recovered_after(board, mark)
    assert not is_alive(old)


def test_shutdown_restarts_nothing_and_is_bounded():
    """P2, P6: when init says that the system goes down, what ends is not restarted, and one that hangs is let go of."""
    board, victim = well_board()
    mark, told = board.mark(), time.monotonic()
    assert board.feeddog("going-down").returncode == 0
    board.wait_event("going-down", mark)
    victim.kill()
    board.wait_event("service-down", mark)
    last = last_feed_after(board, mark)
    assert REBOOT_WITHIN_S - 0.4 <= last - told <= REBOOT_WITHIN_S + SLACK_S, last - told
    assert not board.find("restart", mark) and board.reboots_ordered() == 0
    assert board.find("letgo", mark)["unsettled"] == "0"
    # Init may say it again, as when a reboot of ours brings the shutdown about; that is no news.
    assert board.feeddog("going-down").returncode == 0
    board.reset()
    board.start("22222222-2222-4222-8222-222222222222")
    assert board.wait_event("boot")["last"] == "letgo"


def test_killed_feeder_goes_on_with_a_shutdown():
    """P2, P14: feeddogd that is killed while the system goes down restarts nothing, and has no more time; the end was a planned one."""
    board, victim = well_board(ladder={"reboot_within": "6s"})
    mark, told = board.mark(), time.monotonic()
    assert board.feeddog("going-down").returncode == 0
    board.wait_event("going-down", mark)
    victim.kill()
    board.wait_event("service-down", mark)
    ledger = os.path.join(board.state_dir, "ledger")
    wait_for(lambda: read_ledger(ledger)[2] == "going-down", "the shutdown in the ledger")
    for _ in range(2):
        board.reset()
        board.start()
        board.wait_event("state", state="rebooting")
    last = last_feed_after(board, 0)
    assert last - told <= 6 + SLACK_S, last - told
    assert not board.find("restart") and board.reboots_ordered() == 0
    # Also when it had let go.
    board.reset()
    fed = time.monotonic()
    board.start()
    board.wait_event("letgo")
    assert not board.dog.times(fed) and not board.find("restart")


def last_feed_after(board, since):
    """Waits until the dog has gone hungry for good, and says when it was fed last."""
    board.wait_event("letgo", since)
    time.sleep(0.5)  # long enough for five more feeds at this timeout
    return board.dog.times()[-1]


def test_broken_for_good_climbs_in_time():
    """P2: a server that is broken for good leads to the reboot order at restart_for, and to letting go at reboot_within."""
    board, victim = well_board()
    victim.tell("refuse")
    mark, killed = board.mark(), time.monotonic()
    victim.kill()
    rebooted = board.wait_event("reboot", mark)["at"]
    assert RESTART_FOR_S - 0.1 <= rebooted - killed <= RESTART_FOR_S + SLACK_S, rebooted - killed
    wait_for(lambda: board.reboots_ordered() == 1, "the reboot command")
    last = last_feed_after(board, mark)
    bound = RESTART_FOR_S + REBOOT_WITHIN_S
    assert bound - 0.4 <= last - killed <= bound + SLACK_S, last - killed
    assert board.reboots_ordered() == 1
    assert board.process.poll() is None, "feeddogd stays, and lets the hardware do it"
    assert board.dog.released() is None, "letting go is not disarming"


def test_no_lease_without_news():
    """P1: with checker and server both gone the dog goes hungry within BOUND, however long nobody says anything."""
    board, victim = well_board(restart=["/bin/sleep", "60"])
    victim.tell("hang")
    killed = time.monotonic()
    last = last_feed_after(board, 0)
    assert last - killed <= DETECTION_S + RESTART_FOR_S + REBOOT_WITHIN_S + SLACK_S, last - killed
    mark = board.mark()
    time.sleep(1)
    assert board.dog.times(last + 0.001) == [] and not board.find("state", mark), "letting go is final"


def test_never_well_is_bounded():
    """P2: a board that was well once and is not after a start is let go of too: start_period stands in place of detection."""
    victim = Victim()
    victim.tell("refuse")
    board = Feeddog(web_config(victim)).prove()
    begun = time.monotonic()
    board.start()
    last = last_feed_after(board, 0)
    assert last - begun <= DETECTION_S + RESTART_FOR_S + REBOOT_WITHIN_S + 2 * SLACK_S, last - begun


def test_killed_feeder_has_no_new_budget():
    """P2: feeddogd that is killed again and again in an outage has restart_for once, not at each start."""
    board, victim = well_board(ladder={"restart_for": "6s"})
    victim.tell("refuse")
    victim.kill()
    board.wait_event("state", state="recovering")
    down = time.monotonic()
    time.sleep(0.5)  # what the ledger learns is written a moment later
    reboot = None
    while not reboot and time.monotonic() - down < PATIENCE_S:
        board.reset()
        board.start()
        board.wait_event("helper-started", helper="checker")
        time.sleep(1)
        reboot = board.find("reboot")
    assert reboot and reboot["at"] - down <= 6 + DETECTION_S + 4 * SLACK_S, reboot


def test_strict_mode():
    """P1, P2: with restart_for and reboot_within 0 s there is no feed after the first down verdict."""
    board, victim = well_board(ladder={"restart_for": "0s", "reboot_within": "0s"})
    mark = board.mark()
    victim.kill()
    down = board.wait_event("service-down", mark)["at"]
    last = last_feed_after(board, mark)
    # The line of the log is read a moment after it was written; the verdict was before both.
    assert last <= down + 0.02, f"fed {last - down:.3f} s after the verdict"
    assert board.reboots_ordered() == 0


def test_slow_restart_is_killed_at_its_deadline():
    """P5: a restart command that hangs is killed with its whole group at restart_timeout, and delays no rung."""
    victim = Victim().begin()
    marker = os.path.join(victim.dir, "child")
    hanging = f"sleep 600 & echo $! >{marker}; wait"
    board = Feeddog(web_config(victim, restart=hanging, restart_timeout="500ms")).start()
    board.wait_well()
    killed = time.monotonic()
    victim.kill()
    board.wait_event("restart-failed")
    with open(marker, encoding="ascii") as file:
        child = int(file.read())
    wait_for(lambda: not is_alive(child), "the end of the command's child")
    assert board.wait_event("reboot")["at"] - killed <= RESTART_FOR_S + SLACK_S


def test_slow_stop_is_one_restart():
    """P5: a server that takes long to stop was found alive after the order; its end is the restart's doing, and no crash."""
    victim = Victim().begin()
    slowly = f"sleep 2; {' '.join(victim.restart)}"
    board = Feeddog(web_config(victim, restart=slowly, restart_timeout="10s", start_period="20s",
                               ladder={"restart_for": "30s"})).start()
    board.wait_well()
    mark = board.mark()
    victim.tell("500")
    is_recovered_after(board, mark)
    said = [event["event"] for event in board.events[mark:] if event.get("service") == "web"]
    assert said.count("restart") == 1 and said.count("service-down") == 1, said


def test_healthy_is_fed_in_time():
    """P3: while the checks pass, no two feeds are further apart than half of the timeout."""
    board, _ = well_board()
    since = time.monotonic()
    time.sleep(4)
    gap = board.dog.longest_gap(since, time.monotonic())
    assert gap <= 1.0, f"{gap:.3f} s between two feeds, of a timeout of 2 s"
    assert board.state() == "well"


def boot_without_health(board, boot_id):
    """A boot in which the server never comes up; ends as the hardware ends it."""
    board.start(boot_id)
    board.wait_event("reboot")
    board.wait_event("letgo")
    wait_for(lambda: board.state() == "letgo", "letgo in status.json")
    board.reset()


def test_never_well_never_rebooted():
    """P16: a server that was never well on this board costs no reboot; the board holds, and says that this is why."""
    victim = Victim()
    victim.tell("refuse")
    board = Feeddog(web_config(victim, ladder={"reboots": {"limit": 2, "settle": "1h", "then": "reboot"}})).start()
    assert board.wait_event("hold")["why"] == "never-well"
    board.wait_state("hold")
    assert "never well" in board.feeddog("status").stdout
    assert board.status()["reboots"] == {"unsettled": 0, "limit": 2, "proven": False}
    mark = board.mark()
    victim.forget("refuse")
    victim.begin()
    board.wait_event("proven", mark)
    wait_for(lambda: board.status()["reboots"]["proven"], "proven in status.json")
    board.reset()
    # Another alert is no other set of services; another port is.
    board.config["alerts"] = [{"command": "true", "on": ["down"]}]
    board.start("20000000-0000-4000-8000-000000000000").wait_well()
    assert not board.find("proven")
    board.stop()
    board.config["services"]["web"]["attempts"] = 7
    board.start("30000000-0000-4000-8000-000000000000").wait_event("proven")


def test_hold_after_the_limit():
    """P6: when the reboots are used up the board is held: fed, not rebooted; and healthy again it is well."""
    victim = Victim()
    victim.tell("refuse")
    board = Feeddog(web_config(victim, ladder={"reboots": {"limit": 2, "settle": "1h", "then": "hold"}})).prove()
    for number in (1, 2):
        boot_without_health(board, f"{number}0000000-0000-4000-8000-000000000000")
    board.start("30000000-0000-4000-8000-000000000000")
    board.wait_event("hold")
    held = time.monotonic()
    board.wait_state("hold")
    time.sleep(2)
    assert board.dog.longest_gap(held, time.monotonic()) <= 1.0, "hold feeds on"
    assert board.reboots_ordered() == 2 and not board.find("reboot")
    assert board.status()["reboots"] == {"unsettled": 2, "limit": 2, "proven": True}
    mark = board.mark()
    victim.forget("refuse")
    victim.begin()
    board.wait_well(mark)


def test_reboots_are_forgotten_when_settled():
    """P6: healthy for reboots.settle, a board has its reboots back."""
    victim = Victim()
    victim.tell("refuse")
    board = Feeddog(web_config(victim, ladder={"reboots": {"limit": 2, "settle": "1s", "then": "hold"}})).prove()
    boot_without_health(board, "10000000-0000-4000-8000-000000000000")
    victim.forget("refuse")
    victim.begin()
    board.start("20000000-0000-4000-8000-000000000000")
    board.wait_well()
    wait_for(lambda: board.status()["reboots"]["unsettled"] == 0, "an empty count")


def test_corrupt_ledger_counts_as_spent():
    """P6: a ledger that cannot be read counts as spent: no reboot is ordered on its word."""
    board, victim = well_board()
    board.wait_state("well")  # the actor shows it, so it has written the ledger
    board.reset()
    with open(os.path.join(board.state_dir, "ledger"), "r+b") as file:
        size = file.seek(0, 2)
        file.seek(0)
        file.write(os.urandom(size))
    victim.tell("refuse")
    victim.kill()
    board.start("20000000-0000-4000-8000-000000000000")
    board.wait_event("hold")
    assert board.reboots_ordered() == 0


def test_causes_of_boots():
    """P14: each boot knows why the last one ended: first, planned, unexplained, reboot, letgo."""
    victim = Victim().begin()
    board = Feeddog(web_config(victim))

    board.start("10000000-0000-4000-8000-000000000000")
    board.wait_well()
    assert board.last_boot()["cause"] == "first"
    assert board.stop() == 0

    board.start("20000000-0000-4000-8000-000000000000")
    board.wait_well()
    assert board.last_boot()["cause"] == "planned"
    board.reset()

    board.start("30000000-0000-4000-8000-000000000000")
    board.wait_well()
    assert board.last_boot()["cause"] == "unexplained"
    victim.tell("refuse")
    victim.kill()
    board.wait_event("reboot")
    wait_for(lambda: board.reboots_ordered() == 1, "the reboot command")
    board.reset()

    board.start("40000000-0000-4000-8000-000000000000")
    assert board.last_boot()["cause"] == "reboot"
    assert board.last_boot()["service"] == "web"
    board.wait_event("letgo")
    wait_for(lambda: board.state() == "letgo", "letgo in status.json")
    board.reset()

    victim.forget("refuse")
    victim.begin()
    board.start("50000000-0000-4000-8000-000000000000")
    assert board.last_boot()["cause"] == "letgo"
    assert board.last_boot()["service"] == "web"
    board.wait_well()


def test_needs_come_first():
    """P13: what needs a service that is down is not restarted, and comes back with it."""
    database, web = Victim().begin(), Victim().begin()
    config = web_config(web, needs=["database"])
    config["services"]["database"] = {"checks": [{"http": database.url}], "restart": database.restart, "attempts": 0}
    board = Feeddog(config).start()
    board.wait_well()
    mark = board.mark()
    database.tell("hang")
    web.tell("refuse")  # a restart of it would fail, and be seen
    web.tell("hang")
    board.wait_event("restart", mark, service="database")
    web.forget("hang")
    web.forget("refuse")
    board.wait_well(mark)
    # Where the web server was down before its database came back, it is restarted then, and not charged for it.
    said = board.events[mark:]
    back = said.index(board.find("service-up", mark, service="database"))
    assert not [event for event in said[:back] if event["event"] == "restart" and event["service"] == "web"]
    assert all(event["attempt"] == "0" for event in said if event["event"] == "restart" and event["service"] == "web")


def test_remote_never_reboots():
    """P12: a check with scope remote may fail for ever, and the board is fed and not rebooted."""
    victim, remote = Victim().begin(), Victim()
    config = web_config(victim)
    config["services"]["web"]["checks"].append({"tcp": f"127.0.0.1:{remote.port}", "name": "uplink", "scope": "remote",
                                                "on_failure": "alert"})
    board = Feeddog(config).start()
    board.wait_event("check-failed", check="uplink")
    since = time.monotonic()
    time.sleep(DETECTION_S + RESTART_FOR_S + REBOOT_WITHIN_S)
    assert board.dog.longest_gap(since, time.monotonic()) <= 1.0
    assert not board.find("reboot") and not board.find("letgo")


def test_attempts_are_bounded():
    """After `attempts` restarts in one outage no more are made, and the ladder climbs by its time."""
    board, victim = well_board(attempts=1, ladder={"restart_for": "3s"})
    victim.tell("refuse")
    victim.kill()
    board.wait_event("reboot", deadline_s=PATIENCE_S)
    assert len([said for said in board.events if said.get("event") == "restart"]) == 1
