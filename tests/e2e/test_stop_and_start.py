# SPDX-License-Identifier: MIT
"""How feeddogd begins and ends, and what it refuses."""

import os
import select
import signal
import subprocess
import time

from feeddog import PATIENCE_S, SHORT, Feeddog, Skip, Victim, folder, program, wait_for, web_config, well_board
from run_scene import served

NOBODY = 65534


def test_stop_disarms():
    """SIGTERM is a clean stop: the last byte to the dog is the magic close, and the exit code is 0."""
    board, _ = well_board()
    assert board.stop() == 0
    wait_for(board.dog.released, "the magic close")
    assert board.dog.feeds[-1][1] == b"V"
    said = wait_for(lambda: board.find("disarmed"), "event=disarmed")
    assert said["disarmed"] == "1"


def test_stop_leaves_it_armed_when_told_so():
    """With disarm_on_stop: false a stop leaves the dog armed."""
    victim = Victim().begin()
    board = Feeddog(web_config(victim))
    board.config["watchdog"]["disarm_on_stop"] = False
    board.start()
    board.wait_well()
    assert board.stop() == 0
    time.sleep(0.2)
    assert board.dog.released() is None


def test_stop_while_rebooting_leaves_it_armed():
    """P2: a stop in the middle of a reboot does not disarm the dog: the reboot stays bounded."""
    board, victim = well_board(ladder={"reboot_within": "20s"})
    victim.tell("refuse")
    victim.kill()
    board.wait_event("reboot")
    board.stop()
    time.sleep(0.2)
    assert board.dog.released() is None


def test_stop_is_over_with_the_lease():
    """P1: an actor that hangs holds up a stop no longer than the lease lasts: the dog is disarmed before it could bite."""
    _, service = served()
    board = Feeddog({"defaults": {"interval": "100ms", "timeout": "100ms", "retries": 2, "start_period": "1s"},
                     "services": {"web": {**service, "restart_timeout": "20s"}}, "ladder": dict(SHORT, restart_for="60s")}).start()
    board.wait_well()
    actor = board.helper_pid("actor")
    os.kill(actor, signal.SIGSTOP)
    begun = time.monotonic()
    assert board.stop() == 0
    released = wait_for(board.dog.released, "the magic close")
    assert not board.dog.times(released), "it was fed after the magic close"
    # It would wait 23 s for the actor. The timeout is 2 s, of which the lease has left at least one interval of feeding.
    assert released - board.dog.times()[-1] < 2, released - board.dog.times()[-1]
    assert time.monotonic() - begun < 10
    os.kill(actor, signal.SIGKILL)


def refused(board):
    """Starts it where it must not start; its exit code and what it said."""
    board.write_config()
    done = subprocess.run(board.command(), capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    print(done.stderr)
    assert board.dog.feeds == []
    return done.returncode, done.stderr


def test_bad_configuration():
    """P10: a bad configuration is refused with exit code 78 and the place of each error."""
    board = Feeddog(web_config(Victim()))
    board.config["watchdog"]["timeuot"] = "15s"
    board.config["services"]["web"]["restrat"] = "true"
    code, said = refused(board)
    assert code == 78
    assert f"{board.config_path}:" in said and "timeuot" in said and "restrat" in said
    assert "did you mean timeout?" in said


def test_missing_configuration():
    """P10: a configuration that is not there is refused with exit code 78 and its name."""
    done = subprocess.run([program("feeddogd"), "-c", "/nonexistent/feeddog.yaml"], capture_output=True, text=True,
                          timeout=PATIENCE_S, check=False)
    assert done.returncode == 78, done
    assert "/nonexistent/feeddog.yaml" in done.stderr


def test_missing_dog():
    """P10: a dog that is not there is refused with exit code 69 and its name."""
    board = Feeddog(web_config(Victim()))
    board.config["watchdog"]["device"] = "/nonexistent/watchdog0"
    code, said = refused(board)
    assert code == 69
    assert "/nonexistent/watchdog0" in said


def test_dog_that_comes_late():
    """P10: a device whose driver comes late in the boot is waited for, and who waits can be stopped."""
    # A whole Debian, with the driver as a module that udev loads when it gets to it, stayed unguarded: feeddogd had looked before
    # that, and was gone.
    board = Feeddog(web_config(Victim()))
    device = os.path.join(folder("late"), "watchdog0")
    board.config["watchdog"] = {"device": device, "timeout": "2s"}
    nobody = board.as_nobody()
    for end in (69, -signal.SIGTERM):
        board.words.clear()
        board.start(before=nobody)
        wait_for(lambda: any("waiting up to" in said for said in board.words), "that it waits")
        assert board.process.poll() is None
        if end == 69:
            with open(device, "wb"):
                os.chmod(device, 0o666)
        else:
            board.process.terminate()
        assert board.process.wait(PATIENCE_S) == end
        if end == 69:
            wait_for(lambda: any("is not a watchdog" in said for said in board.words), "what is wrong with what came")
            os.unlink(device)


def test_second_daemon():
    """P10: a second feeddogd on the same board does not start, and says who is in its way."""
    board, _ = well_board()
    done = subprocess.run(board.command(), capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    print(done.stderr)
    assert done.returncode not in (0, None) and str(board.process.pid) in done.stderr, done
    since = time.monotonic()
    time.sleep(1)
    assert board.dog.longest_gap(since, time.monotonic()) <= 1.0


def test_usage():
    """Unknown arguments are exit code 64; --help and --version are 0."""
    def outcome(*arguments):
        return subprocess.run([program("feeddogd"), *arguments], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert outcome("--nonsense").returncode == 64
    assert outcome("--help").returncode == 0 and "usage" in outcome("--help").stdout
    assert outcome("--version").returncode == 0 and outcome("--version").stdout.startswith("feeddogd ")


def test_other_signals_do_not_end_it():
    """P15: nothing but SIGTERM, or an interrupt by a person, ends an armed feeder: not SIGHUP, SIGQUIT and the like.

    SIGSTKFLT and the real-time signals did: their names are in no list, and their default is to end.
    """
    board, _ = well_board()
    own = {signal.SIGTERM, signal.SIGINT, signal.SIGKILL, signal.SIGSTOP}
    faults = {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT, signal.SIGTRAP, signal.SIGSYS}
    since = time.monotonic()
    for number in signal.valid_signals() - own - faults:
        os.kill(board.process.pid, number)
        time.sleep(0.01)
        assert board.process.poll() is None, number
    time.sleep(1)
    assert board.process.poll() is None
    assert board.dog.longest_gap(since, time.monotonic()) <= 1.0


def test_hold_and_resume():
    """P7: in maintenance checks go on and the dog is fed, nothing is restarted or rebooted, and it ends by itself."""
    board, victim = well_board()
    said = board.feeddog("hold", "3s", "--reason", "a test")
    assert said.returncode == 0, said
    begun = board.wait_event("maintenance")["at"]
    victim.kill()
    board.wait_event("check-failed")
    resumed = board.wait_event("resumed")["at"]
    assert 2.5 <= resumed - begun <= 4
    assert board.dog.longest_gap(begun, resumed) <= 1.0
    assert not board.find("reboot")
    assert board.find("restart")["at"] >= resumed - 0.1, "not restarted before its end"
    board.wait_event("service-up")


def test_resume_by_a_person():
    """P7: a person may end maintenance early."""
    board, _ = well_board()
    assert board.feeddog("hold", "1h").returncode == 0
    board.wait_event("maintenance")
    mark = board.mark()
    assert board.feeddog("resume").returncode == 0
    assert board.wait_event("resumed", mark)["by_person"] == "1"
    board.wait_well(mark)


def test_status_exit_codes():
    """`feeddog status` is 0 while well, 1 while not, 3 while feeddogd does not run."""
    board, victim = well_board(ladder={"reboot_within": "30s"})
    wait_for(lambda: board.feeddog("status").returncode == 0, "exit code 0")
    victim.tell("refuse")
    victim.kill()
    wait_for(lambda: board.feeddog("status").returncode == 1, "exit code 1")
    board.reset()
    wait_for(lambda: board.feeddog("status").returncode == 3, "exit code 3")


def test_started_by_one_who_ignores_children():
    """P10: whoever started feeddogd may have ignored SIGCHLD, which a program inherits; it starts, and replaces helpers."""
    ignore = "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    board = Feeddog(web_config(Victim().begin())).start(before=["/usr/bin/python3", "-c", ignore])
    board.wait_well()
    mark = board.mark()
    os.kill(board.helper_pid("checker"), signal.SIGKILL)
    board.wait_event("helper-started", mark, helper="checker")
    assert board.stop() == 0


def test_terminal_that_nobody_reads():
    """P3: a terminal that takes a part of a line and then no more, as one of a lost connection, does not stop the feeder."""
    board = Feeddog(web_config(Victim().begin()))
    for i in range(60):
        board.config["services"][f"absent{i}"] = {"checks": [{"tcp": "127.0.0.1:1"}], "restart": "true", "attempts": 0}
    board.config["ladder"]["restart_for"] = "1h"
    board.write_config()
    master, terminal = os.openpty()
    with subprocess.Popen(board.command(), env=dict(os.environ, FEEDDOG_BOOT_ID="1" * 36), stdin=subprocess.DEVNULL,
                          stderr=terminal) as feeddogd:
        try:
            # The terminal is full when a second look finds no more room; from then on the dog is to be fed all the same.
            with select.epoll() as room:
                room.register(terminal, select.EPOLLOUT)
                wait_for(lambda: not room.poll(0), "a terminal that is full")
            full = time.monotonic()
            time.sleep(3)
            assert board.dog.longest_gap(full, time.monotonic()) <= 1.5, "fed throughout"
        finally:
            feeddogd.send_signal(signal.SIGKILL)
            os.close(master)
            os.close(terminal)


def test_configuration_of_another_user_is_refused():
    """P10, P18: as root feeddogd runs no configuration that belongs to an ordinary user: one sentence, with the remedy, and exit 78."""
    if os.geteuid() != 0:
        raise Skip("needs root, who alone can give a file away")
    board = Feeddog(web_config(Victim().begin()))
    board.write_config()
    os.chown(board.config_path, NOBODY, NOBODY)
    board.start()
    assert board.process.wait(PATIENCE_S) == 78
    wait_for(lambda: board.words, "the reason")
    assert len(board.words) == 1 and board.words[0].startswith(f"feeddogd: {board.config_path} belongs to user {NOBODY},"), board.words
    assert f"(chown root {board.config_path})" in board.words[0], board.words
