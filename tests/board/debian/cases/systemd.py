# SPDX-License-Identifier: MIT
"""systemd is process 1, and the vendor's drop-in has it hold the watchdog."""

from dataclasses import replace

import roots
from machine import Machine, on
from scene import Scene

CONFIG = """\
watchdog: {take: refuse, timeout: 10s}
services:
  web:
    checks: [{http: http://127.0.0.1:80/health}]
    restart: systemctl restart nginx
"""

scene = Scene({"/etc/feeddog/feeddog.yaml": CONFIG}, make=on(roots.DEBIAN_13), prepare=roots.DEBIAN_13.build)
scenes = {"systemd-13": scene, "systemd-12": replace(scene, make=on(roots.DEBIAN_12), prepare=roots.DEBIAN_12.build)}


@scene.case()
def refused(board: Machine) -> None:
    """P10: a dog that process 1 holds is refused with exit 69, by its name."""
    board.install()
    refused = board.run("feeddogd")
    assert refused.code == 69 and "process 1 (systemd)" in refused.err, f"exit {refused.code}: {refused.err}"
