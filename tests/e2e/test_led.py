# SPDX-License-Identifier: MIT
"""feeddog-led as its feeder and whoever looks at the LED see it."""

import os
import signal
import subprocess
import time

from feeddog import PATIENCE_S, Feeddog, Victim, folder, program, run, wait_for, web_config
from led_scene import LETGO, OFF, REBOOTING, SLOT_S, STARTING, WELL, Led, Shower

# They look at times.
ALONE = ["*"]


def test_pattern_does_not_drift():
    """The LED shows the pattern told, slot by slot, and after many cycles still in step."""
    led = Led().plug_in()
    shower = Shower(led, folder("run"))
    led.look()
    # A busy machine may be late at the very edge that is counted from, or at the last.
    for _ in range(3):
        told = time.monotonic()
        shower.keep_telling(REBOOTING, 8)
        first = next(at for at, _ in led.changes[1:] if at >= told)
        assert first - told < 5
        late = abs(led.lateness(first, told + 8, SLOT_S))
        if late < 0.05:
            break
    assert late < 0.05, led.changes
    led.looking = False


def test_new_pattern_begins_at_its_beginning():
    """The phase begins anew when the pattern changes, and only then."""
    led = Led().plug_in()
    shower = Shower(led, folder("run"))
    led.look()
    shower.keep_telling(WELL, 3)
    told = time.monotonic()
    shower.keep_telling(STARTING, 3)
    assert next(lit for at, lit in led.changes if at >= told), "it begins lit"
    assert 0 <= led.lateness(told, told + 2.9, 4 * SLOT_S) < 0.2, led.changes
    led.looking = False


def test_silence_is_fault():
    """P8: told nothing for 2 s the LED shows fault, and moves as told again afterwards."""
    led = Led().plug_in()
    shower = Shower(led, folder("run"))
    led.look()
    shower.keep_telling(WELL, 2.5)
    last = time.monotonic()
    shower.tell(WELL)
    led.wait_shown("fault")
    fault = next(at for at, lit in led.changes if lit and at > last + 1.6 and not led.shows("well", at - 1, at + 1))
    assert fault - last < 2.3, fault - last
    shower.keep_telling(WELL, 4.5)
    led.wait_shown("well")
    assert shower.ended() is None
    led.looking = False


def test_lost_feeder_is_fault():
    """P8: when the feeder dies the LED shows fault at once, and goes on for as long as nobody takes over."""
    led = Led().plug_in()
    shower = Shower(led, folder("run"))
    led.look()
    shower.keep_telling(WELL, 1)
    gone = time.monotonic()
    shower.channel.close()
    wait_for(lambda: led.changes[-1][0] > gone, "any change")
    first, lit = next(change for change in led.changes if change[0] > gone)
    assert first - gone < 1 and lit
    led.wait_shown("fault")
    assert shower.ended() is None
    led.looking = False


def test_leave_taking():
    """A feeder that told `off` before it went leaves a dark LED that is given back."""
    led = Led().plug_in()
    shower = Shower(led, folder("run"))
    shower.tell(REBOOTING)
    wait_for(led.is_lit, "a lit LED")
    assert led.line("trigger") == "none"
    shower.tell(OFF)
    shower.channel.close()
    assert shower.wait_end() == 0
    assert not led.is_lit() and led.line("trigger") == "mmc0"


def test_successor_takes_over():
    """P8: a new feeddog-led ends the one that shows fault, and has the LED for itself."""
    led, run_dir = Led().plug_in(), folder("run")
    old = Shower(led, run_dir)
    old.tell(WELL)
    wait_for(led.is_lit, "a lit LED")
    old.channel.close()
    new = Shower(led, run_dir)
    new.tell(STARTING)
    assert old.wait_end() == 0
    led.look()
    new.keep_telling(STARTING, 3)
    led.wait_shown("starting")
    assert new.ended() is None
    led.looking = False


def test_successor_kills_what_does_not_end():
    """A feeddog-led that is stopped cannot keep the LED from the next."""
    led, run_dir = Led().plug_in(), folder("run")
    old = Shower(led, run_dir)
    old.tell(WELL)
    wait_for(led.is_lit, "a lit LED")
    os.kill(old.pid, signal.SIGSTOP)
    begun = time.monotonic()
    new = Shower(led, run_dir)
    assert old.wait_end() == -signal.SIGKILL
    assert 1.5 < time.monotonic() - begun < 10
    new.tell(OFF)
    wait_for(lambda: not led.is_lit(), "a dark LED")
    assert new.ended() is None


def test_missing_led_is_said_once():
    """P8: an LED that is not there is said once, disturbs nobody, and is taken when it appears."""
    led = Led()
    shower = Shower(led, folder("run"))
    wait_for(lambda: shower.log, "a line of log")
    assert shower.log[0] == '<4>event=led-missing reason="there is no LED test (`ls /sys/class/leds` lists them)"\n'
    for _ in range(2000):
        wait_for(lambda: not shower.is_full(), "room in the channel")
    led.plug_in()
    end = time.monotonic() + PATIENCE_S
    while led.line("trigger") != "none" and time.monotonic() < end:
        shower.tell(LETGO)
        time.sleep(0.1)
    wait_for(led.is_lit, "a lit LED")
    wait_for(lambda: len(shower.log) == 2, "another line of log")
    assert shower.log[1] == "<5>event=led-found\n"


def test_without_led_it_ends_with_its_feeder():
    """Where no LED is configured, or none can be had, nothing is left behind by a feeder that dies."""
    led = Led()
    for config in ({"board": "auto"}, {"led": {"class": "test"}}):
        shower = Shower(led, folder("run"), config)
        shower.tell(WELL)
        shower.channel.close()
        assert shower.wait_end() == 0


def test_wrong_records_tell_nothing():
    """P8: records that are not the feeder's do not keep the LED from showing fault."""
    led = Led().plug_in()
    shower = Shower(led, folder("run"))
    led.look()
    shower.tell(STARTING)
    end = time.monotonic() + 3
    while time.monotonic() < end:
        shower.tell(WELL, generation=6)
        shower.tell(WELL, sequence=1)
        shower.tell(OFF + 1)
        shower.tell(WELL, number=60000)
        shower.tell(WELL, reserved=b"\0\0\1\0\0")
        shower.tell(WELL, at=time.monotonic() + 3600)
        shower.channel.send(b"x" * 23)
        shower.channel.send(b"x" * 25)
        shower.channel.send(b"x" * 4096)
        time.sleep(0.1)
    led.wait_shown("fault")
    assert shower.ended() is None
    led.looking = False


def test_old_records_tell_nothing():
    """P8: what was told longer than 2 s ago does not make the LED look healthy."""
    led = Led().plug_in()
    shower = Shower(led, folder("run"))
    led.look()
    end = time.monotonic() + 6
    while time.monotonic() < end:
        shower.tell(WELL, at=time.monotonic() - 2.5)
        time.sleep(0.7)
    assert not led.shows("well", end - 5, end)
    led.looking = False


def test_signal_gives_the_led_back():
    """Asked to end, it leaves a dark LED with its own trigger."""
    led = Led().plug_in()
    shower = Shower(led, folder("run"))
    shower.tell(LETGO)
    wait_for(led.is_lit, "a lit LED")
    os.kill(shower.pid, signal.SIGTERM)
    assert shower.wait_end() == 0
    assert not led.is_lit() and led.line("trigger") == "mmc0"


def test_started_by_hand():
    """Started by a person it says what to use instead."""
    for argv in ([], ["--help"], ["--run-dir", "/tmp", "x"], ["--run-dir", "/tmp"]):
        ended = run("feeddog-led", *argv)
        assert ended.returncode == 64, ended
        assert "feeddog led PATTERN" in ended.stderr, ended


def test_privileges_are_dropped():
    """P11: once it has the LED it is nobody in particular, without capabilities."""
    led = Led().plug_in()
    shower = Shower(led, folder("run"))
    shower.tell(LETGO)
    wait_for(led.is_lit, "a lit LED")
    with open(f"/proc/{shower.pid}/status", encoding="ascii") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    assert "0" not in status["Uid"].split(), status["Uid"]
    assert "0" not in status["Gid"].split(), status["Gid"]
    for name in ("CapPrm", "CapEff", "CapInh", "CapAmb"):
        assert int(status[name], 16) == 0, (name, status[name])
    assert status["NoNewPrivs"] == "1"
    shower.tell(OFF)
    wait_for(lambda: not led.is_lit(), "it still commands the LED")


# --- with feeddogd ---


def board_with_led(led):
    victim = Victim().begin()
    config = web_config(victim)
    config["led"] = {"class": "test"}
    board = Feeddog(config)
    board.start(before=led.wrap())
    board.wait_well()
    return board


def test_feeder_killed():
    """P8: when feeddogd is killed the LED shows fault within 2 s; the next feeddogd takes it over and it is well."""
    led = Led().plug_in()
    board = board_with_led(led)
    led.look()
    led.wait_shown("well")
    killed = time.monotonic()
    board.process.kill()
    board.process.wait()
    led.wait_shown("fault")
    first = next(at for at, lit in led.changes if at > killed and lit)
    assert first - killed < 2, first - killed
    board.start(before=led.wrap())
    board.wait_well()
    led.wait_shown("well")
    led.looking = False
    assert board.stop() == 0
    wait_for(lambda: led.line("trigger") == "mmc0", "the LED given back")
    assert not led.is_lit()


def test_feeder_stopped():
    """P8: when feeddogd is stopped (SIGSTOP) the LED shows fault within 2 s, and is well when it goes on."""
    led = Led().plug_in()
    board = board_with_led(led)
    led.look()
    led.wait_shown("well")
    os.kill(board.process.pid, signal.SIGSTOP)
    stopped = time.monotonic()
    led.wait_shown("fault")
    first = next(at for at, lit in led.changes if at > stopped + 0.5 and lit and led.slots(at, at + 1.5)[0][:5] == "10101")
    assert first - stopped < 2.2, first - stopped
    led.looking = False


def test_dog_that_takes_nothing():
    """P8: where the device does not take its food the LED shows fault, and the status is not well.

    Both said well as long as the checks were good, also when each feed had failed.
    """
    led = Led().plug_in()
    config = web_config(Victim().begin())
    config["led"] = {"class": "test"}
    config["watchdog"] = {"device": "/dev/full", "timeout": "2s", "simulated": True}
    board = Feeddog(config).start(before=led.wrap())
    board.wait_event("state", state="well")
    led.look()
    led.wait_shown("fault")
    led.looking = False
    status = run("feeddog", "status", "--run-dir", board.run_dir)
    assert status.returncode == 1 and "NOT FEEDING" in status.stdout, status


# --- the wiring test ---


def wiring_test(led, run_dir, *argv, config='{"led": {"class": "test"}, "services": {"a": {"checks": [{"tcp": "[::1]:9"}]}}}'):
    path = os.path.join(folder("config"), "feeddog.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(config)
    return subprocess.run(led.wrap(program("feeddog"), "led", "-c", path, "--run-dir", run_dir, *argv), capture_output=True,
                          text=True, timeout=PATIENCE_S, check=False)


def test_wiring_test_shows_the_pattern():
    """`feeddog led PATTERN` shows it for the time asked for, and leaves the LED as it was."""
    led = Led().plug_in()
    led.look()
    begun = time.monotonic()
    ended = wiring_test(led, folder("run"), "starting", "--for", "4s")
    assert ended.returncode == 0, ended
    assert ended.stdout.startswith("starting: slow blink"), ended.stdout
    first, lit = next(change for change in led.changes if change[0] > begun)
    assert lit and abs(led.lateness(first, first + 3.8, 4 * SLOT_S)) < 0.05, led.changes
    assert not led.is_lit() and led.line("trigger") == "mmc0"
    led.looking = False


def test_wiring_test_says_what_is_missing():
    """`feeddog led` says in a sentence what keeps it from the LED."""
    led = Led()
    ended = wiring_test(led, folder("run"), "well")
    assert ended.returncode == 69, ended
    assert ended.stderr == "feeddog: there is no LED test (`ls /sys/class/leds` lists them)\n", ended.stderr
    ended = wiring_test(led, folder("run"), "wel")
    assert ended.returncode == 64 and "did you mean well?" in ended.stderr and "slow blink" in ended.stderr, ended
    ended = wiring_test(led, folder("run"), "well", "--number", "0")
    assert ended.returncode == 64 and "from 1 to 1024" in ended.stderr, ended
    ended = wiring_test(led, folder("run"), "well", "--for", "3")
    assert ended.returncode == 64 and "a unit is missing (write 3s" in ended.stderr, ended
    ended = wiring_test(led, folder("run"), "well", config='{"services": {"a": {"checks": [{"tcp": "[::1]:9"}]}}}')
    assert ended.returncode == 78 and "names no LED" in ended.stderr, ended


def test_wiring_test_leaves_a_running_board_alone():
    """`feeddog led` does not take the LED from a feeddogd that runs."""
    led = Led().plug_in()
    board = board_with_led(led)
    ended = wiring_test(led, board.run_dir, "fault")
    assert ended.returncode == 69 and "stop it first" in ended.stderr, ended
    assert board.helper_pid("led") > 0 and not board.find("helper-died", helper="led")
