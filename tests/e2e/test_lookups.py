# SPDX-License-Identifier: MIT
"""Names and name servers: however many checks wait for a dead one, no other check notices, and little is used up."""

import errno
import os
import subprocess

from checker_scene import Checker, Server, hang, now_ms, plain
from played_scene import Played, network

# Every packet to the name server is taken, and none is answered.
MUTE = ("ip link add v0 type veth peer name v1", "ip link set v0 up", "ip link set v1 up", "ip addr add 10.9.0.1/24 dev v0",
        "ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:01 dev v0 nud permanent")
FAR = 60


def over_hosts(hosts):
    return f"mount --bind {hosts.path} /etc/hosts"


def test_dead_name_server_and_many_names():
    """P12, P18: behind 60 checks of names elsewhere, those of this board are on time, and threads and descriptors are few"""
    resolv, hosts = Played("nameserver 10.9.0.2\noptions timeout:20\n"), Played("127.0.0.1 localhost\n127.0.0.1 board.lan # here\n")
    far = [{"http": f"http://host{i}.example/", "scope": "remote", "on_failure": "alert", "name": f"far{i}"} for i in range(FAR - 2)]
    far += [{"tcp": "db.example:5432", "scope": "remote", "on_failure": "alert", "name": "t"},
            {"ping": "router.example", "on_failure": "alert", "name": "p"}]
    near = [{"ping": "127.0.0.1"}, {"ping": {"host": "board.lan"}, "name": "by-name"}, {"ping": "localhost", "name": "localhost"}]
    stage = network(*MUTE, resolv.over_resolv(), over_hosts(hosts))
    with Checker(*far, *near, before=stage) as checker:
        threads = descriptors = 0
        results = []
        for _ in range(8):
            results += checker.listen_for(0.5)
            threads = max(threads, len(os.listdir(f"/proc/{checker.process.pid}/task")))
            descriptors = max(descriptors, len(os.listdir(f"/proc/{checker.process.pid}/fd")))
        begun = now_ms()
        assert checker.leave() == 0 and now_ms() - begun < 2000, "nor does it hold up the end"
    for check in range(FAR, FAR + 3):
        mine = [result for result in results if result.check == check]
        assert len(mine) >= 8 and all(result.said == ("good", "ok", 0) for result in mine), (check, mine)
    assert threads <= 1 + 4 and descriptors < 40, (threads, descriptors)
    # What was asked in vain is bad; a name that was not even asked for, because others were, says nothing.
    seen = {result.said for result in results if result.check < FAR}
    assert seen <= {("bad", "timeout", 0), ("bad", "unresolved", 0), ("unknown", "cannot-probe", errno.EAGAIN)}, seen
    assert len({result.check for result in results if result.check < FAR}) == FAR


def test_own_shortage():
    """P4: without descriptors a server or a name cannot be asked, which is unknown and never the server's failure"""
    server = Server(lambda c: (c.sendall(plain()), hang(c)), read_request=False)
    checks = [{"tcp": "name.invalid:80"}, {"http": "http://name.invalid/"}, {"tcp": f"127.0.0.1:{server.port}"},
              {"ping": "name.invalid"}, {"http": server.url}]
    checks = [{"name": f"c{i}", "interval": "1s", "timeout": "900ms", **check} for i, check in enumerate(checks)]
    short = 0
    for limit in range(8, 20):
        with Checker(*checks, before=["bash", "-c", f'ulimit -n {limit}; exec "$@"', "limited"], stderr=subprocess.DEVNULL) as checker:
            try:
                results = [checker.next(check) for check in range(len(checks))]
            except AssertionError:
                continue  # with so few it does not begin
        for result in results:
            named = result.check in (0, 1, 3)
            assert result.said[0] == "unknown" or result.said[0] == ("bad" if named else "good"), (limit, result)
            assert not named or result.said[0] == "unknown" or result.said == ("bad", "unresolved", 0), (limit, result)
            short += result.said == ("unknown", "cannot-probe", errno.EMFILE)
    assert short >= 3, "some limit is too low for a check and high enough for the checker"
