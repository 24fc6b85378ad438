# SPDX-License-Identifier: MIT
"""What feeddog's Debian package promises under whatever init it runs: replaced without a gap, or not at all, and gone without a
trace."""

import pathlib
from typing import Callable

from machine import Machine
from scene import Feeds, no_reset

# Its name in a log, and in dpkg's copy of what it knew before, is no remains.
REMAINS = ("find / -xdev -name '*feeddog*' ! -path '/proc/*' ! -path '/sys/*' ! -path '/var/log/*' ! -name '*.deb' "
           "! -path '/var/lib/dpkg/*-old' ! -name board-starts-feeddog; find /run -name '*feeddog*'")


def replaced_by(board: Machine, package: pathlib.Path, feeder: Callable[[Machine], str],
                guarded: Callable[[Machine], object]) -> str:
    """Another version takes over: by the kernel's own record of the feeds no gap is longer than half of the hardware's timeout."""
    feeds = Feeds(board)
    old = feeder(board)
    with no_reset(board):
        board.apt_install(package)
        assert feeder(board) not in ("", "0", old), "the old feeder still runs"
        guarded(board)
    part, gap = feeds.latest()
    assert part <= 0.5, f"two feeds were {gap:.2f} s apart, {part:.0%} of the timeout: {feeds.lines()}"
    return f"two feeds were at most {gap:.1f} s apart, {part:.0%} of the timeout that the hardware had then"


def refused(board: Machine, package: pathlib.Path, feeder: Callable[[Machine], str],
            guarded: Callable[[Machine], object]) -> None:
    """Another version that does not accept the configuration: it says so, and the feeder that runs goes on."""
    old = feeder(board)
    board.ok("cp /etc/feeddog/feeddog.yaml /var/tmp/kept && echo 'nonsense: 1' >>/etc/feeddog/feeddog.yaml")
    with no_reset(board):
        said = board.apt_install(package)
        assert "goes on guarding" in said and "nonsense" in said, f"it does not say so: {said}"
        assert feeder(board) == old, "the old feeder is gone"
        guarded(board)
    board.ok("cp /var/tmp/kept /etc/feeddog/feeddog.yaml")


def nothing_left(board: Machine) -> None:
    """After a purge."""
    left = board.ok(REMAINS)
    assert not left, f"left behind: {left}"
    assert "feeddog" not in board.ok("cat /etc/passwd /etc/group /etc/shadow /etc/gshadow"), "its user is left"
    assert board.run("pgrep feeddog").code == 1, "a process is left"
