#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Passes TCP sockets whose close() waits for an hour to a datagram socket, until it is killed: lingering.py PATH

The last close() of such a socket blocks whoever does it: the receiver, when it drops the message. The sender's own exit does not.
"""

import array
import os
import socket
import struct
import sys
import time

LINGER_S = 3600


def lingering_socket(address):
    """A blocking socket with unsent bytes, connected to a listener that never reads."""
    out = socket.create_connection(address)
    out.setblocking(False)
    try:
        while True:
            out.send(bytes(65536))
    except BlockingIOError:
        pass
    out.setblocking(True)
    out.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, LINGER_S))
    return out


def pass_it(channel, record, passed, address=None):
    """Sends a record with descriptors."""
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [one.fileno() for one in passed]))
    channel.sendmsg([record], [rights], 0, *([address] if address else []))


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    kept = []
    while True:
        if os.fork() == 0:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                pass_it(channel, b"X", [lingering_socket(listener.getsockname())], sys.argv[1])
            os._exit(0)
        kept.append(listener.accept())
        os.wait()
        time.sleep(0.05)


if __name__ == "__main__":
    main()
