# SPDX-License-Identifier: MIT
"""The certificate check: the one that looks at dates, and only by a clock that can be believed."""

import datetime
import errno
import os
import subprocess

from checker_scene import Checker, Server, answering, folder, free_port, hang, plain
from feeddog import PATIENCE_S, SANITIZED, Skip
from test_http_options import TlsServer, need

CLOCK = """
#include <stdlib.h>
#include <sys/timex.h>
int adjtimex(struct timex *state) { state->status = getenv("UNSYNCHRONIZED") ? STA_UNSYNC : 0; return 0; }
"""


def environment(**more):
    """In which the kernel says that the clock is synchronized."""
    if SANITIZED:
        raise Skip("the sanitizers let nothing be loaded before them")
    where = folder("clock")
    os.chmod(where, 0o755)
    with open(f"{where}/clock.c", "w", encoding="ascii") as file:
        file.write(CLOCK)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", f"{where}/clock.so", f"{where}/clock.c"], check=True, timeout=PATIENCE_S)
    return {**os.environ, "LD_PRELOAD": f"{where}/clock.so", **more}


def first_of_each(checks, env):
    with Checker(*({"interval": "20s", "timeout": "20s", "name": f"c{i}", **check} for i, check in enumerate(checks)), env=env) as checker:
        seen = {}
        while len(seen) < len(checks):
            result = checker.receive()
            seen.setdefault(result.check, result.said)
    return [seen[i] for i in range(len(checks))]


def day(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y%m%d")


def test_certificate():
    """P12: a certificate that ends soon, has ended or has not begun is told, where the clock is synchronized; elsewhere it is blind"""
    need("openssl")
    dates = {"long": (day(-3), day(100)), "soon": (day(-3), day(5)), "ended": (day(-30), day(-2)), "later": (day(5), day(100))}
    servers = {name: TlsServer(dates=both) for name, both in dates.items()}
    checks = [{"certificate": {"url": server.url, "ca_file": server.cert}} for server in servers.values()]
    checks.append({"certificate": {"tcp": f"localhost:{servers['soon'].port}", "ca_file": servers["soon"].cert, "within": "2d"}})
    checks.append({"certificate": {"url": servers["long"].url}})
    checks.append({"certificate": {"tcp": f"127.0.0.1:{free_port()}"}})
    checks.append({"certificate": {"url": Server(answering(plain())).url.replace("http:", "https:")}})
    seen = first_of_each(checks, environment())
    assert [one[:2] for one in seen] == [("good", "ok"), ("bad", "expires"), ("bad", "expires"), ("bad", "not-yet"), ("good", "ok"),
                                         ("bad", "tls"), ("bad", "refused"), ("bad", "tls")], seen
    assert 98 <= seen[0][2] <= 100 and 3 <= seen[1][2] <= 5 and -3 <= seen[2][2] <= -1, seen
    assert first_of_each(checks[:2], environment(UNSYNCHRONIZED="1")) == [("blind", "blind", errno.ETIME)] * 2


def test_real_clock():
    """the checker, confined as it is, may ask the kernel whether the clock is synchronized"""
    server = TlsServer()
    said_now = first_of_each([{"certificate": {"url": server.url, "ca_file": server.cert, "within": "1s"}}], dict(os.environ))
    assert said_now[0][:2] == ("good", "ok") or said_now == [("blind", "blind", errno.ETIME)], said_now


def test_server_that_hangs():
    """a server that takes the connection and says nothing has timed out"""
    check = {"certificate": {"tcp": f"127.0.0.1:{Server(hang, read_request=False).port}"}, "timeout": "400ms"}
    assert first_of_each([check], environment()) == [("bad", "timeout", 0)]
