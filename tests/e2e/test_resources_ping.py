# SPDX-License-Identifier: MIT
"""The checks of a network: ping and an interface, each passing, failing, without its source, and recovering."""

import errno
import os
import subprocess

from checker_scene import Checker
from played_scene import Played, behind, network, on_stage, outcome

# A neighbour that takes every packet and says nothing.
MUTE = ("ip link add v0 type veth peer name v1", "ip link set v0 up", "ip link set v1 up", "ip addr add 10.9.0.1/24 dev v0",
        "ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:01 dev v0 nud permanent")


def test_ping():
    """a host that answers is good, by IPv4, by IPv6, by name, and through an interface"""
    checks = [{"ping": host} for host in ("127.0.0.1", "::1", "localhost")]
    checks.append({"ping": {"host": "127.0.0.1", "interface": "lo"}})
    with Checker(*checks, before=network()) as checker:
        for check in range(len(checks)):
            for _ in range(3):
                assert checker.next(check).said == ("good", "ok", 0)


def test_ping_that_fails():
    """a host to which there is no way is unreachable, one that is silent has timed out, a name may have no address"""
    checks = [{"ping": host} for host in ("192.0.2.1", "10.9.0.2", "2001:db8::1", "nosuch.invalid")]
    for known in (0, 2, 3):
        checks[known] |= {"interval": "5s", "timeout": "5s"}
    resolv = Played("nameserver 127.0.0.1\n")
    with Checker(*checks, before=network(*MUTE, resolv.over_resolv())) as checker:
        for _ in range(2):
            assert checker.next(0).said == ("bad", "unreachable", errno.ENETUNREACH)
            assert checker.next(1).said == ("bad", "timeout", 0)
            assert checker.next(2).said == ("bad", "unreachable", errno.ENETUNREACH)
            assert checker.next(3).said == ("bad", "unresolved", 0)


def test_ping_recovers():
    """a host that comes back answers again"""
    with Checker({"ping": "127.0.0.1"}, before=network()) as checker:
        outcome(checker, "good")
        behind(checker, "ip", "link", "set", "lo", "down", kind="--net")
        outcome(checker, "bad", "timeout")
        behind(checker, "ip", "link", "set", "lo", "up", kind="--net")
        outcome(checker, "good")


def test_ping_with_a_dead_name_server():
    """P2: a name server that does not answer ends as a timeout, holds up no other check, and costs one thread"""
    resolv = Played("nameserver 10.9.0.2\noptions timeout:20\n")
    stage = network(*MUTE, resolv.over_resolv())
    with Checker({"ping": "host.example"}, {"ping": "127.0.0.1"}, before=stage) as checker:
        for _ in range(4):
            assert checker.next().said == ("bad", "timeout", 0)
        assert checker.next(1).said == ("good", "ok", 0)
        assert len(os.listdir(f"/proc/{checker.process.pid}/task")) == 2


def test_ping_that_is_not_allowed():
    """P4: where the kernel lets nobody ping it is blind, and the log says once what to do"""
    stage = on_stage('echo "1 0" >/proc/sys/net/ipv4/ping_group_range; ip link set lo up', "--net")
    with Checker({"ping": "127.0.0.1"}, before=stage, stderr=subprocess.PIPE) as checker:
        for _ in range(3):
            assert checker.next().said == ("blind", "blind", errno.EACCES)
        checker.leave()
        said_why = [line for line in checker.process.stderr.read().decode().splitlines() if "ping_group_range" in line]
        assert len(said_why) == 1, said_why


def test_interface():
    """an interface that receives is good, a silent one is bad, an absent one is blind"""
    checks = [{"ping": {"interface": "v0"}}, {"ping": {"interface": "nosuch0"}},
              {"ping": {"host": "127.0.0.1", "interface": "nosuch0"}}]
    quiet = ("echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6", *MUTE, "ip addr add 10.9.1.1/24 dev v1")
    with Checker(*checks, before=network(*quiet)) as checker:
        assert outcome(checker, "bad", "silent") >= 100
        assert [checker.next(check).said for check in (1, 2)] == [("blind", "blind", errno.ENODEV)] * 2
        # A word to v0 from the other end of its wire.
        send = ["/usr/bin/python3", "-c", "import socket; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); "
                "s.bind(('v1', 0)); s.send(b'\\xff' * 12 + b'\\x88\\xb5' + bytes(46))"]
        behind(checker, *send, kind="--net")
        outcome(checker, "good")
        assert outcome(checker, "bad", "silent") < 5000
        behind(checker, *send, kind="--net")
        outcome(checker, "good")


def test_loopback_receives_what_it_is_pinged():
    """lo is good while something is sent to it, and bad while nothing is"""
    checks = [{"ping": {"interface": "lo"}}, {"ping": "127.0.0.1"}]
    with Checker(*checks, before=network()) as checker:
        for _ in range(3):
            assert checker.next().said == ("good", "ok", 0)
    with Checker(checks[0], before=network()) as checker:
        outcome(checker, "bad", "silent")
