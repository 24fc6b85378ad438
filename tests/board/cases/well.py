# SPDX-License-Identifier: MIT
"""A board that is well has its server repaired and its helpers replaced, without a reset."""

from board import DOG_S, Board
from scene import (
    BOOT,
    DETECTION_S,
    HEARING_S,
    Scene,
    config,
    helper,
    no_reset,
    now,
    service,
    settled,
)

# Every restart here is to be the last one, however busy the host is.
START_PERIOD_S, RESTART_FOR_S = 10, 30
scene = Scene({"feeddog.yaml": config(start_period=START_PERIOD_S, restart_for=RESTART_FOR_S), "boot": BOOT}, ready=settled)

QUIET_S = 15


def repaired(board: Board, harm: str, within: float) -> None:
    """After the harm the server is restarted within that time, is well again, and the board was never reset."""
    before = service(board, "web")["restarts"]
    with no_reset(board):
        begun = now()
        board.ok(harm)
        restart = board.wait_said("restart", begun, within + HEARING_S, service="web")
        board.wait_said("service-up", restart.at, RESTART_FOR_S, service="web")
        board.wait_state("well", 5)
        answer = board.run("wget -qO- http://127.0.0.1:8080/health")
    assert answer.out == "ok\n", f"the server answers {answer.out!r}"
    assert service(board, "web")["restarts"] > before, "no restart was counted"


@scene.case()
def server_killed(board: Board) -> None:
    """P2: a server that is killed is restarted at once."""
    # The process check sees the end itself: this does not wait for a probe, let alone for `retries` of them.
    repaired(board, "killall -9 nginx", 1)


@scene.case()
def server_hung(board: Board) -> None:
    """P2: a server that hangs is restarted."""
    repaired(board, "killall -STOP nginx", DETECTION_S)


@scene.case()
def server_answers_500(board: Board) -> None:
    """P2: a server that answers 500 is restarted."""
    harm = "echo 'return 500;' >/run/web/health.conf && nginx -c /etc/board/nginx.conf -s reload"
    repaired(board, harm, DETECTION_S)


def replaced(board: Board, name: str, harm: str, within: float) -> None:
    """After the harm another helper runs in the place of the one we knew, and nobody else was hurt."""
    old = helper(board, name)
    restarts = service(board, "web")["restarts"]
    with no_reset(board):
        begun = now()
        board.ok(harm)

        def probe() -> bool:
            new = helper(board, name)
            return new["pid"] not in (0, old["pid"]) and new["restarts"] > old["restarts"]

        board.wait(f"another {name}", probe, within + HEARING_S)
        assert board.said("helper-died", begun, helper=name), f"the log does not tell of the {name}'s end"
        settled(board)
        assert board.run(f"test -d /proc/{old['pid']}").code != 0, f"the old {name} is still there"
    assert service(board, "web")["restarts"] == restarts, "a service was restarted for it"


@scene.case()
def checker_killed(board: Board) -> None:
    """P4: a checker that is killed is replaced, and no service is restarted for it."""
    replaced(board, "checker", f"kill -9 {helper(board, 'checker')['pid']}", 3)


@scene.case()
def checker_stopped(board: Board) -> None:
    """P4: a checker that is stopped is replaced, and no service is restarted for it."""
    replaced(board, "checker", f"kill -STOP {helper(board, 'checker')['pid']}", DETECTION_S)


# AArch64's branch to itself, written over the instruction at which the checker goes on after the call that it waits in; then
# waits until it has burned a fifth of a second.
SPIN = """
ticks() {{ cut -d ' ' -f 14 /proc/{pid}/stat; }}
at=running
while [ "$at" = running ]; do at=$(cut -d ' ' -f 9 /proc/{pid}/syscall); done
before=$(ticks)
printf '\\000\\000\\000\\024' | dd of=/proc/{pid}/mem bs=1 seek=$((at)) conv=notrunc 2>/dev/null
while [ $(ticks) -lt $((before + 20)) ]; do usleep 50000; done
"""


@scene.case()
def checker_spinning(board: Board) -> None:
    """P4: a checker that does nothing but burn the processor is replaced, and no service is restarted for it."""
    replaced(board, "checker", SPIN.format(pid=helper(board, "checker")["pid"]), DETECTION_S)


@scene.case()
def actor_killed(board: Board) -> None:
    """P5: an actor that is killed is replaced, and the new one restarts the server when that is due."""
    replaced(board, "actor", f"kill -9 {helper(board, 'actor')['pid']}", 3)
    repaired(board, "killall -9 nginx", 1)


@scene.case()
def led_killed(board: Board) -> None:
    """P8: an LED program that is killed is replaced and shows the pulse again."""
    replaced(board, "led", f"kill -9 {helper(board, 'led')['pid']}", 3)
    board.wait_led("well", now(), 30)


@scene.case()
def maintenance(board: Board) -> None:
    """P7, P8: in maintenance a dead server is left alone; after it, it is repaired."""
    restarts = service(board, "web")["restarts"]
    with no_reset(board):
        board.ok("feeddog hold 10m --reason 'changing the card'")
        board.wait_state("maintenance", 5)
        begun = now()
        board.ok("/etc/board/webctl stop")
        board.wait_led("maintenance", begun, 30)
        board.wait("the server known to be down", lambda: service(board, "web")["health"] == "down", DETECTION_S)
        board.idle(DOG_S + HEARING_S)
        assert service(board, "web")["restarts"] == restarts, "restarted in maintenance"
        resumed = now()
        board.ok("feeddog resume")
        board.wait_said("restart", resumed, DETECTION_S + HEARING_S, service="web")
        settled(board)


@scene.case()
def checker_has_no_power(board: Board) -> None:
    """P11: the checker is an ordinary user without capabilities and without the dog."""
    pid = helper(board, "checker")["pid"]
    lines = board.agent.read(f"/proc/{pid}/status").splitlines()
    fields = {key: value.split() for key, _, value in (line.partition(":") for line in lines)}
    feeddog = board.ok("id -u feeddog").strip()
    assert fields["Uid"] == [feeddog] * 4, f"runs as {fields['Uid']}"
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(fields[name][0], 16) == 0, f"{name} is {fields[name][0]}"
    assert fields["NoNewPrivs"] == ["1"], "may gain privileges"
    assert "watchdog" not in board.ok(f"ls -l /proc/{pid}/fd"), "holds the dog"
    # feeddog-checker logs why this kernel cannot confine it.
    for line in board.lines("event=confinement"):
        assert "Function not implemented" in line, line
    # The same user, logged in, cannot have what the checker has not.
    opened = board.run("su feeddog -c 'exec 3>/dev/watchdog0'")
    assert opened.code != 0 and "ermission denied" in opened.err, f"opened the dog: {opened}"
    assert board.run("su feeddog -c 'feeddog hold 1m'").code != 0, "could order a hold"


@scene.case()
def doctor_is_content(board: Board) -> None:
    """P10: the doctor knows the board, and finds nothing wrong with the dog, its timeout and the LED of a board that is guarded."""
    told = board.ok_json("feeddog doctor --json -c /data/feeddog.yaml")
    findings = {finding["topic"]: finding for finding in told["findings"]}
    for topic in ("configuration", "feeddogd", "dog", "holder", "timeout", "nowayout", "led", "user"):
        assert findings[topic]["grade"] == "ok", findings[topic]
    assert findings["board"]["says"] == "this board is virtual", findings["board"]
    assert "feeddogd" in findings["holder"]["says"] and "feeddog's" in findings["led"]["says"], findings


@scene.case()
def writes_nothing(board: Board) -> None:
    """P9: in steady state nothing is written to the disk."""
    def sectors_written() -> int:
        return int(board.agent.read("/sys/block/vda/stat").split()[6])

    board.ok("sync")
    # The journal's own commits, due 5 s after the last write, are of what was written before.
    board.idle(6)
    before = sectors_written()
    board.idle(QUIET_S)
    written = sectors_written() - before
    assert written == 0, f"{written} sectors were written in {QUIET_S} s"


@scene.case()
def feeder_is_small(board: Board) -> None:
    """P15: the feeder has locked at most 1.5 MB of memory and is scheduled before everything else."""
    pid = board.ok("pidof feeddogd").strip()
    locked = next(line for line in board.agent.read(f"/proc/{pid}/status").splitlines() if line.startswith("VmLck"))
    assert 0 < int(locked.split()[1]) <= 1536, locked
    # Fields 40 and 41 of stat, behind the name: real-time priority and policy.
    after_name = board.agent.read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    assert int(after_name[40 - 3]) > 0 and int(after_name[41 - 3]) in (1, 2), "is not scheduled in real time"
