# SPDX-License-Identifier: MIT
"""A state folder that does not survive a reset: an overlay or a file system in memory, or a disk that is mounted late."""

import os
import subprocess

from actor_scene import Actor
from feeddog import Feeddog, Skip, Victim, folder, program, wait_for, web_config
from played_scene import behind, on_stage

OVERLAY = """mount -t tmpfs tmpfs {ram}
mkdir {ram}/up {ram}/work
mount -t overlay overlay -o lowerdir={lower},upperdir={ram}/up,workdir={ram}/work {state}"""


def content_of(path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


def test_overlay_in_memory_holds():
    """P6: on an overlay in memory reboots cannot be counted: the board is held in the first boot, and says why everywhere."""
    victim = Victim()
    victim.tell("refuse")
    told = os.path.join(folder("told"), "alerts")
    alerts = [{"command": f"cat >>{told}", "on": ["warning"]}]
    ladder = {"restart_for": "1s", "reboots": {"limit": 1, "settle": "1h", "then": "hold"}}
    board = Feeddog({**web_config(victim, ladder=ladder), "alerts": alerts})
    os.chmod(os.path.dirname(told), 0o777)
    before = on_stage(OVERLAY.format(ram=folder("ram"), lower=folder("lower"), state=board.state_dir))
    board.start(before=before)
    assert "is on an overlay in memory" in board.wait_event("storage", stable="0")["reason"]
    board.wait_event("hold")
    assert board.reboots_ordered() == 0 and not board.find("reboot")
    wait_for(lambda: "overlay in memory" in (board.status().get("uncounted") or ""), "the reason in status.json")
    status = subprocess.run([program("feeddog"), "status", "--run-dir", board.run_dir], capture_output=True, text=True, check=False)
    assert "uncounted" in status.stdout and "--state-dir" in status.stdout, status.stdout
    wait_for(lambda: "overlay in memory" in content_of(told), "the alert")


def test_memory_cannot_count():
    """P6: a real boot (no FEEDDOG_BOOT_ID) whose state folder is a tmpfs cannot count; the feeder is told so."""
    state = folder("state")
    with Actor(state_dir=state, env={"FEEDDOG_BOOT_ID": ""}, before=on_stage(f"mount -t tmpfs tmpfs {state}")) as actor:
        assert actor.news()[2] == 0
        assert "a file system in memory" in actor.wait_event("storage", stable="0")["reason"]
        actor.send("reboot", "web", value=1, state="rebooting")
        assert actor.wait_event("reboot-failed")["reason"] == "it cannot be counted on stable storage"


def test_disk_that_is_mounted_late():
    """P6: a disk that comes after the start brings an older ledger: its count is kept, and this boot reboots nothing."""
    if os.geteuid() != 0:
        raise Skip("only root may mount")
    disk, state = folder("disk"), folder("state")
    with Actor(state_dir=disk, env={"FEEDDOG_BOOT_ID": "3" * 36}) as actor:
        actor.send("reboot", "web", value=2, state="rebooting")
        wait_for(lambda: actor.ledger()[1:] == (2, "reboot"), "the older ledger")
    with Actor(state_dir=state, before=on_stage("true")) as actor:
        assert actor.news()[2] == 1
        behind(actor, "mount", "--bind", disk, state)
        actor.send("state", "web", state="recovering")
        assert "mounted or unmounted" in actor.wait_event("storage", stable="0")["reason"]
        wait_for(lambda: actor.any_news()[2] == 0, "word to the feeder")
        actor.state_dir = disk
        wait_for(lambda: actor.ledger()[1:] == (2, "outage"), "both ledgers in one")
        actor.send("reboot", "web", value=1, state="rebooting")
        assert actor.wait_event("reboot-failed")["reason"] == "it cannot be counted on stable storage"
