# SPDX-License-Identifier: MIT
"""RUN and STATE at the start: full, or in use by another feeddogd; and what is handed to the helpers."""

import fcntl
import os

from feeddog import Feeddog, Victim, wait_for, web_config, well_board
from played_scene import on_stage

F_GET_SEALS, F_SEALS = 1034, 0x0F  # <linux/fcntl.h>
FULL = """mount -t tmpfs -o size={size},mode=755 tmpfs {run}
dd if=/dev/zero of={run}/full bs=512 2>/dev/null || true"""


def test_full_run_folder_guards():
    """P2, P9: feeddogd arms though RUN is full, restarts what fails, and reports what is missing."""
    for inodes in ("", ",nr_inodes=2"):
        victim = Victim().begin()
        board = Feeddog(web_config(victim))
        board.start(before=on_stage(FULL.format(size="64k" + inodes, run=board.run_dir)))
        board.wait_event("armed")
        board.wait_well()
        assert board.find("storage", stable="0"), "nothing was said of the full folder"
        mark = board.mark()
        victim.kill()
        board.wait_event("restart", mark)
        board.wait_event("service-up", mark)
        board.stop()


def test_one_daemon_for_each_state_folder():
    """P6, P10: two daemons with one ledger would each count half: the second is refused, whatever its RUN is."""
    first, victim = well_board()
    second = Feeddog(web_config(victim))
    second.state_dir = first.state_dir
    second.start()
    assert second.process.wait(10) == 69
    wait_for(lambda: any(f"already running with {first.state_dir}" in line for line in second.words), "the reason")
    assert first.process.poll() is None
    # A daemon that was killed leaves no lock behind.
    first.reset()
    second.start("22222222-2222-4222-8222-222222222222")
    second.wait_event("armed")


def test_configuration_is_sealed():
    """P18: what the helpers are given of the configuration cannot be changed by any of them."""
    board, _ = well_board()
    for helper in ("checker", "actor", "led"):
        pid = board.wait_state("well")["helpers"][helper]["pid"]
        fd = os.open(f"/proc/{pid}/fd/3", os.O_RDONLY)
        assert fcntl.fcntl(fd, F_GET_SEALS) & F_SEALS == F_SEALS, helper
        os.close(fd)
