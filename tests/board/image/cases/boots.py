# SPDX-License-Identifier: MIT
"""Images of whole boards, booted: they guard their server, show it on the LED, and outlive power cuts at any time.

The PC's and the virtual board's start by their own boot loaders. The Raspberry Pi's runs in QEMU's `virt`: see imaged.py.
"""

import base64
import json
import os
import random
import statistics
import struct
import zlib
from dataclasses import replace

import images
from board import BITE_S
from imaged import ImageBoard, Pc, PiOnVirt, Virt, guarded
from scene import HEARING_S, Scene, last_boot, no_reset, now

CUTS = int(os.environ.get("FEEDDOG_POWER_CUTS", "20"))
SEED = os.environ.get("FEEDDOG_SEED", "1")
SLOT_SIZE = 4096
# An emulated board may be this late, beside another one.
LATE_S = 60


def on(kind: type, made: images.Image, cuts: int) -> Scene:
    return replace(scene, make=lambda name, files: kind(name, files, made, cuts), prepare=made.prepare)


scene = Scene({})


def settled(board: ImageBoard) -> None:
    board.wait("settled", lambda: board.status().get("state") == "well" and board.status()["since_s"] > 3, LATE_S, 0.5)


@scene.case()
def boots_and_guards(board: ImageBoard) -> str:
    """P8, P14: the image boots by itself, feeddog takes the dog from process 1, its server is well, and the LED says so."""
    begun = now()
    well = guarded(board)
    dog = board.status()["dog"]
    assert "i6300" in dog["identity"] and dog["timeout_s"] == images.DOG_S, dog
    assert last_boot(board)["cause"] == "first", last_boot(board)
    shown = board.wait_led("well", well, LATE_S)
    assert board.ok("systemctl show -P SystemState").strip() in ("running", "starting"), board.ok("systemctl --failed --no-pager")
    return f"well {well - begun:.0f} s after the boot was over; the LED showed it {shown - well:.0f} s later"


@scene.case(follows=True)
def server_killed(board: ImageBoard) -> str:
    """P2: its server is killed, and is there again, without a reset."""
    with no_reset(board):
        killed = now()
        board.ok("kill -9 $(cat /run/nginx.pid)")
        board.wait("the restart", lambda: board.status()["services"]["web"]["restarts"] > 0, LATE_S, 0.5)
        well = guarded(board)
        board.wait_led("well", well, LATE_S)
    return f"well again after {well - killed:.1f} s"


@scene.case(follows=True)
def server_beyond_repair(board: ImageBoard) -> str:
    """P1, P2, P5, P8, P14: a server that cannot be restarted, and a reboot that hangs: the dog resets the board."""
    settled(board)
    board.ok("touch /var/lib/reboots-hang && sync")
    begun = now()
    board.ok("webctl break; kill -9 $(cat /run/nginx.pid)")
    board.wait_led("recovering", begun, images.RESTART_FOR_S + LATE_S, 1)
    board.wait_led("rebooting", begun, images.RESTART_FOR_S + images.REBOOT_WITHIN_S + LATE_S)
    bite = board.wait_event("WATCHDOG", begun, images.RESTART_FOR_S + images.REBOOT_WITHIN_S + BITE_S + LATE_S)
    board.wait_event("RESET", begun, images.RESTART_FOR_S + images.REBOOT_WITHIN_S + BITE_S + LATE_S)
    board.wait_boot()
    board.ok("rm /var/lib/reboots-hang; webctl repair; systemctl start nginx")
    guarded(board)
    told = last_boot(board)
    assert told["cause"] == "letgo" and told["service"] == "web", told
    return f"bitten {bite.at - begun:.1f} s after the server broke"


@scene.case(follows=True)
def feeder_stopped(board: ImageBoard) -> str:
    """P1, P2, P8, P14: its feeder is stopped, the LED says so, the hardware resets the board, and it comes up by itself."""
    begun = now()
    board.ok("kill -STOP $(systemctl show -P MainPID feeddog)")
    board.wait_led("fault", begun, BITE_S + HEARING_S)
    bite = board.wait_event("WATCHDOG", begun, BITE_S + HEARING_S + 2)
    board.wait_event("RESET", begun, BITE_S + LATE_S)
    board.wait_boot()
    guarded(board)
    assert last_boot(board)["cause"] == "unexplained", last_boot(board)
    return f"bitten after {bite.at - begun:.1f} s"


@scene.case()
def power_cuts(board: ImageBoard) -> str:
    """P9, P14: power cuts at random times, at work and in the boot that follows: it comes back by itself, with all it wrote down."""
    chance = random.Random(f"{SEED} {board.made.board}")
    guarded(board)
    took: list[float] = []
    cuts = sequence = 0
    while cuts < board.cuts:
        known = board.agent.read("/var/lib/feeddog/history.jsonl")
        # So that there is something to write down at that moment.
        board.agent.start("kill -9 $(cat /run/nginx.pid)")
        board.idle(chance.uniform(0, 8))
        board.power_cut()
        sequence = after_cut(board, known, sequence)
        board.switch_on()
        board.idle(chance.uniform(0, max(took, default=60.0)))
        board.power_cut()
        sequence = after_cut(board, known, sequence)
        cuts += 2
        begun = now()
        board.switch_on()
        board.wait_boot()
        took.append(guarded(board) - begun)
        print(f"     {cuts} cuts, and guarded again after {took[-1]:.0f} s", flush=True)
        told = last_boot(board)
        assert told["cause"] == "unexplained", f"after {cuts} cuts the ledger was lost: {told}"
    board.wait_led("well", now(), LATE_S)
    return (
        f"{cuts} power cuts, every other in the boot after the one before (seed {SEED}); guarded again each time it was let boot, after "
        f"{min(took):.0f} s at least, {statistics.median(took):.0f} in the middle, {max(took):.0f} at most; after each cut fsck found nothing, "
        f"the boot files were as written, the ledger had a whole slot (the last is number {sequence}), the history had all its lines"
    )


def after_cut(board: ImageBoard, known: str, sequence: int) -> int:
    """What a card reader finds on the board's disk; the number of the ledger's newest slot, which `sequence` was before."""
    raw = board.raw()
    written = {path.name: path.read_bytes() for path in images.boot_files(board.made.path, board.folder / "written").rglob("*") if path.is_file()}
    found = {path.name: path.read_bytes() for path in images.boot_files(raw, board.folder / "found").rglob("*") if path.is_file()}
    assert written == found, f"boot files differ: {[name for name in written if found.get(name) != written[name]]}"
    with images.root_of(raw) as root:
        ledger = images.as_root("base64", "-w0", root / "var/lib/feeddog/ledger")
        history = images.as_root("cat", root / "var/lib/feeddog/history.jsonl")
    said = images.fsck_root(raw)
    assert not said, said
    raw.unlink()
    assert history.startswith(known), f"lines of the history are gone:\n{known}\n---\n{history}"
    for line in history.splitlines()[:-1]:
        json.loads(line)
    newest = newest_slot(ledger)
    assert newest >= sequence, f"the ledger went back from {sequence} to {newest}"
    return newest


def newest_slot(encoded: str) -> int:
    """The sequence of the newest whole slot."""
    data = base64.b64decode(encoded)
    slots = [data[at:at + SLOT_SIZE] for at in range(0, len(data), SLOT_SIZE)]
    whole = [slot for slot in slots if len(slot) == SLOT_SIZE and zlib.crc32(slot[:-4]) == struct.unpack("<I", slot[-4:])[0]]
    assert whole, "no slot of the ledger is whole"
    return max(struct.unpack("<Q", slot[8:16])[0] for slot in whole)


scenes = {
    "generic-x86": on(Pc, images.PC, CUTS),
    "virtual": on(Virt, images.VIRTUAL, 2),
    "raspberry-pi-4": on(PiOnVirt, images.PI, 2),
}
