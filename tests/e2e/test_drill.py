# SPDX-License-Identifier: MIT
"""`feeddog drill`: something is made to fail, and what follows is held against what was expected."""

import json
import os
import signal
import subprocess

from feeddog import Feeddog, Victim, folder, program, wait_for, web_config

BOOT = "22222222-2222-4222-8222-222222222222"
DOG_S = 2


def drilled(timeout=f"{DOG_S}s"):
    victim = Victim().begin()
    board = Feeddog(web_config(victim))
    board.config["watchdog"]["timeout"] = timeout
    board.start()
    board.wait_well()
    board.wait_state("well")
    return board


def begin(board, kind):
    """The drill, going on; and the record that it began with."""
    environment = dict(os.environ, FEEDDOG_BOOT_ID="11111111-1111-4111-8111-111111111111")
    command = [program("feeddog"), "drill", kind, "--yes", "-c", board.config_path, "--run-dir", board.run_dir,
               "--state-dir", board.state_dir]
    drill = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    wait_for(lambda: record(board).get("lived_ms", 0) > 0, "the record of the drill")
    return drill


def record(board):
    try:
        with open(os.path.join(board.state_dir, "drill.json"), encoding="ascii") as file:
            # It is there a moment before what stands in it.
            return json.loads(file.read() or "{}")
    except FileNotFoundError:
        return {}


def result(board, boot_id=BOOT):
    os.environ["FEEDDOG_BOOT_ID"] = boot_id
    return board.feeddog("drill", "--result")


def reset_after(board, drill, lived_ms):
    """What the hardware does after that time: all is gone at once, and a new boot begins."""
    wait_for(lambda: record(board)["lived_ms"] >= lived_ms, "the time of the bite")
    drill.kill()
    drill.wait()
    board.process.send_signal(signal.SIGCONT)
    board.reset()
    board.start(boot_id=BOOT)
    board.wait_well()
    # The next boot knows why, and the reset is not one that nobody can explain.
    assert board.last_boot()["cause"] == "drill"
    wait_for(lambda: "fire drill" in board.feeddog("history").stdout, "the reset in the history")


def test_a_feeder_that_stops():
    """P1, P14: after a drill that stops the feeder a reset in the hardware's time, which nobody explains, is as expected."""
    board = drilled()
    drill = begin(board, "stop")
    fed = board.dog.times()[-1]
    reset_after(board, drill, DOG_S * 1000)
    done = result(board)
    assert done.returncode == 0 and "drill stop passed" in done.stdout, done
    # Nothing was fed between the harm and the reset.
    assert not [at for at in board.dog.times(fed + 0.5) if at < fed + DOG_S - 0.5]
    assert record(board)["verdict"] == "passed" and record(board)["kind"] == "stop", record(board)
    # It says the same when it is asked again.
    assert result(board).stdout == done.stdout


def test_no_reset():
    """P10: where no reset comes the drill has failed, which is said; and the feeder goes on."""
    board = drilled(timeout="200ms")
    drill = begin(board, "stop")
    out, _ = drill.communicate(timeout=30)
    assert drill.returncode == 1 and "FAILED: the board was not reset" in out, out
    at = board.dog.times()[-1]
    wait_for(lambda: board.dog.times()[-1] > at, "the next feed")
    done = result(board, "11111111-1111-4111-8111-111111111111")
    assert done.returncode == 1 and "was not reset" in done.stdout, done


def test_another_way_to_the_reset():
    """P14: a boot that ended otherwise than the drill expects, or much later than the hardware bites, is not as expected."""
    board = drilled(timeout="200ms")
    drill = begin(board, "stop")
    reset_after(board, drill, 6000)
    done = result(board)
    assert done.returncode == 1 and "the reset came after 6" in done.stdout, done
    board = drilled()
    drill = begin(board, "stop")
    drill.kill()
    board.process.send_signal(signal.SIGCONT)
    assert board.stop() == 0
    board.start(boot_id=BOOT)
    board.wait_well()
    assert board.last_boot()["cause"] == "planned"
    done = result(board)
    assert done.returncode == 1 and "planned" in done.stdout, done


def test_a_check_that_hangs():
    """P4: a checker that hangs is replaced, and the drill sees it and the board that is well again."""
    board = drilled()
    pid = board.helper_pid("checker")
    drill = begin(board, "hang")
    out, _ = drill.communicate(timeout=30)
    assert drill.returncode == 0 and "passed: what was lost was replaced" in out, out
    assert board.helper_pid("checker") != pid
    assert result(board).returncode == 0


SUPERVISOR = """\
#!/bin/sh
trap 'kill "$child"; wait "$child"; exit' TERM
while :; do
	"$@" &
	child=$!
	wait "$child"
done
"""


def test_a_feeder_that_is_killed_under_a_supervisor():
    """P2: a drill that kills the feeder expects a reset, and under a supervisor another feeder. The drill knew systemd alone: under
    OpenRC's supervise-daemon it waited for a reset, which rightly did not come, and failed."""
    victim = Victim().begin()
    board = Feeddog(web_config(victim))
    board.config["watchdog"]["timeout"] = f"{DOG_S}s"
    runsv = os.path.join(folder("supervisor"), "runsv")
    with open(runsv, "w", encoding="ascii") as file:
        file.write(SUPERVISOR)
    os.chmod(runsv, 0o755)
    board.start(before=[runsv])
    board.wait_well()
    board.wait_state("well")
    drill = begin(board, "kill")
    out, _ = drill.communicate(timeout=40)
    assert drill.returncode == 0 and "passed: what was lost was replaced" in out, out
    board.stop()


def test_it_does_nothing_by_itself():
    """Without --yes a drill only says what it would do; on a board that is not well, or not guarded, it does not begin."""
    board = drilled()
    for kind, expected in (("stop", "resets the board"), ("kill", "resets the board"), ("hang", "is replaced")):
        done = board.feeddog("drill", kind)
        assert done.returncode == 0 and expected in done.stdout and "nothing was done" in done.stdout, done
    assert record(board) == {} and board.process.poll() is None
    assert board.feeddog("drill", "flood").returncode == 64
    assert board.feeddog("drill").returncode == 64
    done = board.feeddog("drill", "--result")
    assert done.returncode == 1 and "there was no drill" in done.stderr, done
    assert board.stop() == 0
    done = board.feeddog("drill", "stop", "--yes")
    assert done.returncode == 64 and "is well" in done.stderr and record(board) == {}, done


def test_a_record_that_is_garbled():
    """P9: a record that is not whole is not believed."""
    board = drilled()
    with open(os.path.join(board.state_dir, "drill.json"), "w", encoding="ascii") as file:
        file.write('{"kind": "stop"')
    done = board.feeddog("drill", "--result")
    assert done.returncode == 1 and "passed" not in done.stdout, done
