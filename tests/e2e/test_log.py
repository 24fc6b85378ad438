# SPDX-License-Identifier: MIT
"""The log check: what it counts, and files that come and go."""

import os
import sys

from checker_scene import Checker, folder
from dead_disk import DeadDisk
from feeddog import PATIENCE_S, wait_for
from log_scene import ABSENT, GOOD, Log, first_bad, run_folder, total

TIMEOUT_S = {"*": 90}

def matches(number):
    return ("bad", "pattern", number)


def listening(log, **more):
    """A checker that has found the end of the log."""
    options = {key: more.pop(key) for key in ("run_dir", "generation") if key in more}
    checker = Checker(log.check(**more), **options)
    checker.next(accept=lambda r: r.said[0] == "good")
    return checker


def test_only_what_is_new():
    """what was in the log before is not counted, and a matching line is bad at once, once"""
    log = Log("ERROR of yesterday\n" * 1000 + "an unfinished ERR")
    with listening(log) as checker:
        log.write("and its end\nnothing\nan ERROR\n")
        bad = first_bad(checker)
        assert (bad.said, bad.conclusive) == (matches(1), 1), bad
        assert checker.next().said[0] == "good", "it is over when no more come"
        log.write("ERROR\nERROR\n")
        assert first_bad(checker).said == matches(2)


def test_count_within():
    """so many within so long: fewer are not bad, and what is too old no longer counts"""
    log = Log("")
    with listening(log, count=3, within="600ms") as checker:
        log.write("ERROR\nERROR\n")
        assert all(r.said[0] == "good" for r in checker.listen_for(1.2)), checker.results
        log.write("ERROR\nERROR\n")
        assert all(r.said[0] == "good" for r in checker.listen_for(0.2)), checker.results
        log.write("ERROR\n")
        assert first_bad(checker).said == matches(3)
        log.write("ERROR\n")
        assert first_bad(checker).said == matches(1), "an alarm lasts while more come"
        checker.next(accept=lambda r: r.said[0] == "good")
        log.write("ERROR\nERROR\n")
        assert all(r.said[0] == "good" for r in checker.listen_for(0.2)), "what has raised an alarm is used up"


def test_patterns():
    """extended regular expressions, on one line at a time"""
    log = Log("")
    for pattern in ("^(WARN|ERR)OR? [0-9]{3}$", "ERROR 500", "R [^ ]+$"):
        with listening(log, pattern=pattern) as checker:
            log.write("an ERROR 500 that is none\nERROR\n500\n" if pattern[0] == "^" else "ERROR\n500\n")
            assert all(r.said[0] == "good" for r in checker.listen_for(0.2)), (pattern, checker.results)
            log.write("ERROR 500\n")
            assert first_bad(checker).said == matches(1)


def test_unfinished_lines():
    """a line counts when it is ended, whole and once, in however many pieces it comes"""
    log = Log("")
    with listening(log, pattern="^out of memory$") as checker:
        for piece in ("out ", "of mem", "ory"):
            log.write(piece)
            assert all(r.said[0] == "good" for r in checker.listen_for(0.15)), checker.results
        log.write("\n")
        assert first_bad(checker).said == matches(1)


def test_rubbish():
    """bytes that are no text, NULs and lines without an end neither hide a matching line nor cost more than 8 KiB of memory"""
    log = Log("")
    with listening(log, pattern="^ERROR|x ERROR$") as checker:
        log.write(b"\xff\xfe\x00ERROR is not at the beginning\n" + os.urandom(100000).replace(b"E", b"e") + b"\n")
        log.write(b"\0" * 5000 + b"ERROR after zeros\n\xc3x\0ERROR\n")
        assert total(checker, 2) == 2
        before = memory_kb(checker)
        for _ in range(40):
            log.write(b"y" * 1_000_000)
        log.write(b" ERROR too far out\n")
        assert not [r for r in checker.listen_for(1) if r.said[0] == "bad"]
        assert memory_kb(checker) - before < 2000
        log.write(b"ERROR" + b"z" * 50_000 + b"ERROR\nERROR\n")
        assert total(checker, 2) == 2
        log.write(b"z" * 20_000)
        checker.listen_for(0.3)
        log.write(b"ERROR in what is left of it\n")
        assert not [r for r in checker.listen_for(0.3) if r.said[0] == "bad"]


def memory_kb(checker):
    with open(f"/proc/{checker.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))


def test_a_flood():
    """P4: a server that floods its log does not stall other checks, and every line is counted in the end"""
    log, quiet = Log(""), Log("")
    lines, line = 200_000, "x" * 90 + " ERROR\n"
    with Checker(log.check(timeout="50ms"), quiet.check(timeout="50ms", name="quiet")) as checker:
        checker.next(1)
        log.write(line * lines)
        seen, begun_ms = 0, []
        while seen < lines or len(begun_ms) < 5:
            result = checker.receive()
            seen += result.detail if result.check == 0 and result.said[0] == "bad" else 0
            begun_ms += [result.started_ms] if result.check == 1 else []
            assert result.took_ms < 1000, result
        assert seen == lines
        assert max(after - before for before, after in zip(begun_ms, begun_ms[1:])) < 1000, begun_ms


def test_rotation():
    """a log that is moved away is read to its end, and the new one from its start; each line counts once"""
    log = Log("")
    with listening(log) as checker:
        for i in range(4):
            log.write("ERROR in the old\nERROR without an end" if i % 2 else "ERROR in the old\nERROR\n")
            log.rotate(f"app.log.{i}")
            log.write("ERROR in the new\n")
            assert total(checker, 3) == 3, i


def test_late_lines():
    """what is written into the old log just after the new one was made counts too: servers hear of the change after it"""
    log = Log("")
    with open(log.path, "ab", buffering=0) as server, listening(log, interval="500ms") as checker:
        for i in range(3):
            log.rotate(f"app.log.{i}")
            log.write("ERROR in the new\n")
            assert checker.next().said[0] == "good", "the new one is not looked at yet"
            server.write(b"ERROR in the old\nERROR without an end")
            assert total(checker, 3) == 3, i
            server.close()
            server = open(log.path, "ab", buffering=0)


def test_rotation_in_two_steps():
    """what a server still writes into the log that was moved away counts, until there is a new one; a moment without is normal"""
    log = Log("")
    with listening(log, interval="500ms") as checker:
        with open(log.path, "ab", buffering=0) as server:
            log.rotate()
            assert checker.next().said[0] == "good", "it may be made anew"
            assert checker.next().said == ABSENT
            server.write(b"ERROR\n")
            assert first_bad(checker).said == matches(1)
            log.write("ERROR\n")
            server.write(b"ERROR\n")
            assert total(checker, 2) == 2
            server.write(b"ERROR\n")
            assert all(r.said[0] == "good" for r in checker.listen_for(1.2)), "the old one is done with"


def test_emptied():
    """a log that is emptied in place is read from its start, also where it grew beyond its old size at once"""
    log = Log("a line of the past\n" * 100)
    with listening(log) as checker:
        log.write("ERROR\n")
        assert total(checker, 1) == 1
        os.truncate(log.path, 0)
        log.write("ERROR and more\n")
        assert total(checker, 1) == 1
        os.truncate(log.path, 0)
        log.write("ERROR once more\n" + "after it was emptied\n" * 1000)
        assert total(checker, 1) == 1


def test_emptied_under_a_writer():
    """a writer that was not told that its log was emptied leaves a hole, which hides nothing"""
    log = Log("")
    with open(log.path, "wb", buffering=0) as server, listening(log) as checker:
        server.write(b"a line\n" * 5_000_000)
        server.write(b"ERROR\n")
        assert total(checker, 1) == 1
        os.truncate(log.path, 0)
        server.write(b"ERROR\n")
        assert first_bad(checker).said == matches(1)
    os.truncate(log.path, 16 << 30)
    with open(log.path, "r+b", buffering=0) as server:
        server.seek(0, os.SEEK_END)
        server.write(b"fine\n" * 100)
        with listening(log) as checker:
            os.truncate(log.path, 0)
            server.write(b"ERROR\n")
            assert first_bad(checker).said == matches(1), "a hole of gigabytes is not read"


def test_absent_at_start():
    """P4: a log that is not there is blind with its reason; when it appears it is read from its start"""
    log = Log()
    with Checker(log.check()) as checker:
        assert all(checker.next().said == ABSENT for _ in range(3))
        log.write("ERROR\nfine\n")
        assert first_bad(checker).said == matches(1)
        assert checker.next().said[0] == "good"


def test_removed():
    """P4: a log that is removed is blind soon, and good when it is back"""
    log = Log("ERROR\n")
    with listening(log) as checker:
        os.unlink(log.path)
        checker.next(accept=lambda r: r.said == ABSENT)
        log.write("fine\n")
        checker.next(accept=lambda r: r.said[0] == "good")
        log.write("ERROR\n")
        assert total(checker, 1) == 1


def test_what_is_no_log():
    """P4: what cannot be read, or is no file, is blind with its reason"""
    log, fifo, closed = Log(""), Log(), Log("")
    os.mkfifo(fifo.path)
    os.chmod(closed.path, 0)
    directory = {"log": {"file": folder("log"), "pattern": "x"}}
    below = {"log": {"file": log.path + "/below", "pattern": "x"}}
    checks = [log.check(), fifo.check(), closed.check(), directory, below]
    with Checker(*({**check, "name": f"c{i}"} for i, check in enumerate(checks))) as checker:
        said = [checker.next(i).said for i in range(len(checks))]
    cannot = [("blind", "blind", error) for error in (22, 13, 22, 20)]
    assert said == [GOOD, *cannot], said


def test_unreadable_after_rotation():
    """P4: a new log that may not be read is blind, not good; readable, it is read from its start"""
    log = Log("")
    with listening(log) as checker:
        log.rotate()
        os.close(os.open(log.path, os.O_CREAT | os.O_WRONLY, 0))
        checker.next(accept=lambda r: r.said == ("blind", "blind", 13))
        log.write("ERROR\n")
        os.chmod(log.path, 0o644)
        assert total(checker, 1) == 1


def test_next_checker_goes_on():
    """a checker that is started again goes on where the dead one stopped: no line is lost, none counted twice"""
    log, where = Log("ERROR of yesterday\n"), run_folder()
    for generation in range(1, 4):
        with listening(log, run_dir=where, generation=generation) as checker:
            log.write("ERROR\nERR")
            assert total(checker, 1) == 1
            checker.process.kill()
            checker.process.wait(PATIENCE_S)
        log.write("OR\nERROR\n")
        with Checker(log.check(), run_dir=where, generation=generation + 1) as checker:
            assert total(checker, 2) == 2
        log.write("while nobody looked\n")


def test_next_checker_and_another_file():
    """a log that was rotated or emptied while no checker ran is read from its start"""
    log, where = Log(""), run_folder()
    listening(log, run_dir=where, generation=1).leave()
    log.rotate()
    log.write("ERROR\n")
    with Checker(log.check(), run_dir=where, generation=2) as checker:
        assert total(checker, 1) == 1
    os.truncate(log.path, 0)
    log.write("another ERROR\nERROR, and so on\n")
    with Checker(log.check(), run_dir=where, generation=3) as checker:
        assert total(checker, 2) == 2


def test_first_checker_begins_at_the_end():
    """the first checker of a feeddogd does not count what was written before it, whatever was kept of the last feeddogd's"""
    log, where = Log(""), run_folder()
    listening(log, run_dir=where, generation=1).leave()
    log.write("ERROR\n")
    with Checker(log.check(), run_dir=where, generation=1) as checker:
        assert all(r.said[0] == "good" for r in checker.listen_for(0.3)), checker.results


def test_names_with_a_date():
    """P4: of a pattern of names the log that was created last is followed, and the next one when it appears, each line once"""
    log = Log()
    where = os.path.dirname(log.path)
    for pattern, names in (("app-*.log", ("app-b.log", "app-a.log")), ("web-%Y-%m-%d.log", ("web-2031-02-01.log", "web-2030-01-01.log"))):
        old, new = (os.path.join(where, name) for name in names)
        check = log.check()
        check["log"]["file"] = os.path.join(where, pattern)
        with Checker(check) as checker:
            assert checker.next().said == ABSENT
            append(old, "ERROR\n")
            assert total(checker, 1) == 1, "it is read from its start, for it was not there"
            append(new, "ERROR\n")
            append(new + ".gz", "ERROR\n")
            assert total(checker, 1) == 1
            append(new, "ERROR\n")
            assert total(checker, 1) == 1
            append(old, "ERROR in one that is done with\n")
            assert all(r.said[0] == "good" for r in checker.listen_for(0.4)), checker.results


def append(path, text):
    with open(path, "a", encoding="ascii") as file:
        file.write(text)


def test_a_large_log_that_appears():
    """P4: of a log that appears late, as on a disk that is mounted late, no more than the last MiB counts"""
    log = Log()
    with Checker(log.check()) as checker:
        assert checker.next().said == ABSENT
        with open(log.path + ".new", "w", encoding="ascii") as file:
            file.write("ERROR of the past\n" + "a line of the past\n" * 100_000 + "ERROR\n")
        os.rename(log.path + ".new", log.path)
        assert total(checker, 1) == 1


def test_the_count_survives_a_checker():
    """P4: lines that one checker has counted count for the next one too"""
    log, where = Log(""), run_folder()
    with listening(log, count=3, within="1m", run_dir=where, generation=1) as checker:
        log.write("ERROR\nERROR\n")
        assert all(r.said[0] == "good" for r in checker.listen_for(0.3)), checker.results
        checker.process.kill()
        checker.process.wait(PATIENCE_S)
    with Checker(log.check(count=3, within="1m"), run_dir=where, generation=2) as checker:
        assert all(r.said[0] == "good" for r in checker.listen_for(0.3)), checker.results
        log.write("ERROR\n")
        assert first_bad(checker).said == matches(3)


def test_one_run_reads_for_a_bounded_time():
    """P18: one run reads for half of its timeout at most; what is left is said, in MiB, and read by the next ones"""
    log = Log("")
    with listening(log, interval="300ms", timeout="20ms") as checker:
        with open(log.path, "ab") as file:
            file.write((b"x" * 99 + b"\n") * 500_000)
        behind = [checker.next(accept=lambda r: r.detail > 0).detail]
        while behind[-1] > 0:
            result = checker.next()
            assert result.said[:2] == ("good", "ok") and result.took_ms < 300, result
            behind.append(result.detail)
        # It may have grown during the first runs.
        behind = behind[behind.index(max(behind)):]
        assert len(behind) > 2 and behind == sorted(behind, reverse=True), behind
        log.write("ERROR\n")
        assert total(checker, 1) == 1


def test_a_file_system_that_hangs():
    """P12: a log whose file system does not answer is blind, costs one thread, and the log beside it goes on"""
    dead, log = DeadDisk(), Log("")
    hung = {"log": {"file": dead.path + "/app.log", "pattern": "x"}, "interval": "200ms", "timeout": "100ms", "name": "hung"}
    with Checker(hung, log.check()) as checker:
        for _ in range(3):
            assert checker.next(0).said == ("blind", "blind", 110)
        checker.next(1, accept=lambda r: r.said[0] == "good")
        log.write("ERROR\n")
        checker.next(1, accept=lambda r: r.said == matches(1))
        assert len(os.listdir(f"/proc/{checker.process.pid}/task")) <= 3
        dead.go()
        checker.next(0, accept=lambda r: r.said == ABSENT)


def test_rubbish_in_run():
    """what is kept in RUN is not believed blindly"""
    log, where = Log("ERROR\n"), run_folder()
    for kept in (b"", b"x", b"\xff" * 96, b"\xff" * 1000, b"\0" * 96):
        with open(os.path.join(where, "checker", "s0:log"), "wb") as file:
            file.write(kept)
        os.chmod(os.path.join(where, "checker", "s0:log"), 0o644)
        with Checker(log.check(), run_dir=where, generation=2) as checker:
            assert checker.next().said[0] in ("good", "bad")
            log.write("ERROR\n")
            assert first_bad(checker).detail >= 1
    with open(os.path.join(where, "checker", "s0:log"), "rb") as file:
        kept = bytearray(file.read())
    kept[16:24], kept[28:32] = (50_000).to_bytes(8, sys.byteorder), (40_000).to_bytes(4, sys.byteorder)
    with open(os.path.join(where, "checker", "s0:log"), "wb") as file:
        file.write(kept)
    log.write("x" * 60_000 + "\n")
    with Checker(log.check(), run_dir=where, generation=2) as checker:
        assert all(r.said[0] == "good" for r in checker.listen_for(0.3)), "more of a tail than there is room for"


def test_nothing_is_written_in_steady_state():
    """P9: a log that does not grow, or without matches, costs no writing but of its place, and that only when it changed"""
    log, where = Log(""), run_folder()
    with listening(log, run_dir=where, generation=1) as checker:
        kept = os.path.join(where, "checker", "s0:log")
        before = os.stat(kept)
        checker.listen_for(0.5)
        after = os.stat(kept)
        assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
        log.write("fine\n")
        wait_for(lambda: os.stat(kept).st_ino != before.st_ino, "the new place")
        assert os.listdir(os.path.join(where, "checker")) == ["s0:log"]
