# SPDX-License-Identifier: MIT
"""A file system that does not answer, as of a server that is away or a disk that dies."""

import ctypes
import os
import subprocess

from feeddog import PATIENCE_S, Skip, folder

NEW_MOUNTS, PRIVATE_BELOW = 0x20000, 0x44000


class DeadDisk:
    """A file system whose other side never answers, so that whoever asks it hangs until it is gone. The calling
    process moves to mounts of its own.
    """

    def __init__(self):
        if os.geteuid() != 0:
            raise Skip("only root may mount")
        try:
            self.fd = os.open("/dev/fuse", os.O_RDWR)
        except OSError as error:
            raise Skip("no FUSE on this machine") from error
        os.set_inheritable(self.fd, True)
        self.path = folder("dead")
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(NEW_MOUNTS) != 0 or libc.mount(None, b"/", None, PRIVATE_BELOW, None) != 0:
            raise Skip("no mounts of our own on this machine")
        options = f"fd={self.fd},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
        if libc.mount(b"dead", self.path.encode(), b"fuse", 0, options) != 0:
            raise Skip(f"no FUSE on this machine: {os.strerror(ctypes.get_errno())}")

    def go(self):
        """All who wait are told that it is gone."""
        os.close(self.fd)
        subprocess.run(["umount", "--lazy", self.path], check=True, timeout=PATIENCE_S)
