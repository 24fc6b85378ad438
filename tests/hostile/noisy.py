#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A program that feeddog supervises: it is well, pats its heartbeat, and floods its output: noisy.py"""

import os
import socket
import sys
import time


def main():
    address = os.environ["NOTIFY_SOCKET"]
    pats = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    noise = (b"<3>event=reboot service=web FORGED\n", b"\x1b[2J\x07", b"x" * 70000, b"\0\xff\n", "\u202e\n".encode())
    patted, count = 0.0, 0
    while True:
        if time.monotonic() - patted > 0.2:
            patted = time.monotonic()
            try:
                pats.sendto(b"WATCHDOG=1", address)
            except OSError:
                pass
        os.write(sys.stdout.fileno(), noise[count % len(noise)])
        count += 1
        time.sleep(0.005)


if __name__ == "__main__":
    main()
