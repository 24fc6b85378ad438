# SPDX-License-Identifier: MIT
"""feeddog-checker against real servers and whatever else a network can do to it: every cause that can be provoked on one
machine is provoked.
"""

import os
import signal
import socket
import struct
import subprocess
import threading
import time

from checker_scene import Checker, Server, answering, folder, forever, free_port, hang, plain, said
from feeddog import PATIENCE_S, SANITIZED, Skip, home_with_netrc
from served_scene import GOOD, Nginx, SLACK_MS, TIMEOUT

HEAD = b"HTTP/1.1 200 OK\r\n"


def http(behave, **more):
    """What a check of a server says that behaves so."""
    return said({"http": Server(behave).url, **more})[0]


def test_good_answers():
    """an answer with a wanted status is good, however it is sent"""
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nok\n\r\n0\r\n\r\n"
    until_closed = b"HTTP/1.0 200 OK\r\n\r\nok\n"
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + plain()
    servers = [Server(answering(answer)) for answer in (plain(), plain(b""), chunked, until_closed, interim)]
    servers.append(Server(answering(plain()), family=socket.AF_INET6))
    checks = [{"http": server.url, "body": "^ok$|^$"} for server in servers]
    checks.append({"http": f"http://localhost:{servers[0].port}/"})
    assert said(*checks) == [GOOD] * len(checks)


def test_request():
    """a check says who it is, asks for a connection of its own, and is content with a plain answer"""
    server = Server(lambda c: (c.sendall(plain()), hang(c)))
    with Checker({"http": server.url + "a?b=c"}) as checker:
        checker.next()
        checker.next()
    assert len(server.requests) >= 2, "each check opens a connection"
    lines = server.requests[0].decode().split("\r\n")
    assert lines[0] == "GET /a?b=c HTTP/1.1", lines
    assert "Connection: close" in lines and any(line.startswith("User-Agent: feeddog/") for line in lines), lines
    assert not any(line.lower().startswith("accept-encoding") for line in lines), lines


def test_status():
    """a status outside of the wanted ones is bad, and is said; a redirect is not followed"""
    other = Server(answering(plain()))
    moved = plain(status="302 Found", more=f"Location: {other.url}\r\n")
    assert http(answering(moved)) == ("bad", "status", 302)
    assert not other.requests
    assert http(answering(moved), status="300-399") == ("good", "ok", 302)
    assert http(answering(plain(status="500 Oops"))) == ("bad", "status", 500)
    assert http(answering(plain(status="204 No Content")), status=[200, 204]) == ("good", "ok", 204)
    assert http(answering(plain(status="205 Reset")), status=[200, 204]) == ("bad", "status", 205)


def test_wrong_status_needs_no_body():
    """a wrong status is said as such though its body hangs or never ends"""
    head = b"HTTP/1.1 503 No\r\nContent-Length: 100\r\n\r\n"
    endless = b"HTTP/1.1 503 No\r\n\r\n"
    assert http(lambda c: (c.sendall(head), hang(c)), timeout="1s") == ("bad", "status", 503)
    assert http(lambda c: (c.sendall(head + b"x"), hang(c))) == ("bad", "status", 503)
    assert http(forever(endless, b"x" * 4096)) == ("bad", "status", 503)


def test_body():
    """the body is searched for the pattern, line by line, and a NUL hides nothing"""
    assert http(answering(plain(b'{"state": "ok"}\n')), body='"ok"') == GOOD
    assert http(answering(plain(b"first\nok\nlast\n")), body="^ok$") == GOOD
    assert http(answering(plain(b"a\0b\0ok")), body="ok$") == GOOD
    assert http(answering(plain(b"not ok")), body="^ok$") == ("bad", "body", 200)
    assert http(answering(plain(b"")), body="ok") == ("bad", "body", 200)
    assert http(answering(plain(b"", status="500 No")), body="ok") == ("bad", "status", 500)


def test_body_is_bounded():
    """no more than 64 KiB of a body are read, and an endless one is judged by them"""
    endless = forever(HEAD + b"\r\nok\n", b"x" * 8192)
    assert http(endless) == GOOD
    assert http(endless, body="^ok$") == GOOD
    assert http(endless, body="never") == ("bad", "body", 200)
    late = HEAD + b"\r\n" + b"x" * 65533 + b"late"
    assert http(answering(late), body="late") == ("bad", "body", 200)
    exact = HEAD + b"\r\n" + b"x" * 65532 + b"late"
    assert http(answering(exact), body="late") == GOOD


def test_hanging_servers_time_out():
    """P4: whatever a server makes us wait for, the probe ends by its timeout, with that cause"""
    behaviours = {
        "no answer": hang,
        "half a head": lambda c: (c.sendall(HEAD), hang(c)),
        "no body": lambda c: (c.sendall(HEAD + b"Content-Length: 5\r\n\r\n"), hang(c)),
        "half a body": lambda c: (c.sendall(HEAD + b"Content-Length: 5\r\n\r\nab"), hang(c)),
        "a trickling head": forever(HEAD, b"a", every_s=0.01),
        "a trickling body": forever(HEAD + b"Content-Length: 100000\r\n\r\n", b"a", every_s=0.01),
        "a hanging chunk": lambda c: (c.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"), hang(c)),
        "interim answers": forever(b"HTTP/1.1 102 Processing\r\n\r\n", every_s=0.01),
    }
    servers = [Server(behave) for behave in behaviours.values()]
    with Checker(*({"http": server.url} for server in servers)) as checker:
        for i, name in enumerate(behaviours):
            result = checker.next(i)
            assert result.said == TIMEOUT, (name, result.said)
            assert 150 <= result.took_ms <= 150 + SLACK_MS, (name, result.took_ms)


def full_listener():
    """A port whose queue of connections is full: the next one is not answered at all."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = []
    for _ in range(4):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(listener.getsockname())
        waiting.append(client)
    time.sleep(0.05)
    return listener, waiting


def test_connect_times_out():
    """a connection that is not answered is a timeout, for http and tcp alike"""
    listener, waiting = full_listener()
    port = listener.getsockname()[1]
    short = {"interval": "500ms", "timeout": "500ms"}
    assert said({"http": f"http://127.0.0.1:{port}/", **short}, {"tcp": f"127.0.0.1:{port}", **short}) == [TIMEOUT] * 2
    assert waiting


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def test_dropped_connections():
    """a connection that ends too early is dropped, with the errno if there is one"""
    assert http(lambda c: None) == ("bad", "dropped", 0)
    assert http(reset) == ("bad", "dropped", 104)
    assert http(answering(HEAD + b"Content-Length: 100\r\n\r\nabc")) == ("bad", "dropped", 0)
    assert http(answering(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab")) == ("bad", "dropped", 0)


def test_garbled_answers():
    """an answer that is not HTTP is garbled"""
    for answer in (b"hello\r\n", b"\0" * 100, b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/9.9 200 OK\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n",
                   b"HTTP/1.1 20 OK\r\n\r\n", b"HTTP/ERROR\r\n\r\n", b"HTtP/1.1 302Moved\r\n\r\n", b"http/1.1 200 OK\r\n\r\n"):
        outcome, cause, code = http(answering(answer))
        assert (outcome, cause) == ("bad", "garbled") and code > 0, (answer, outcome, cause, code)


def test_broken_framing():
    """lengths and chunks that make no sense are bad, and never the end of the checker"""
    heads = {b"Content-Length: -1": "bad", b"Content-Length: abc": "bad", b"Content-Length: 3\r\nContent-Length: 5": "bad",
             b"Transfer-Encoding: chunked\r\n\r\nzz": "bad", b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n": "bad",
             # The body is as long as the connection lives, and is read as it comes.
             b"Content-Length: 99999999999999999999999": "good", b"Content-Encoding: gzip\r\nContent-Length: 3": "good"}
    servers = [Server(answering(HEAD + head + b"\r\n\r\nabc")) for head in heads]
    with Checker(*({"http": server.url} for server in servers)) as checker:
        for _ in range(2):
            for i, (head, outcome) in enumerate(heads.items()):
                assert checker.next(i).said[0] == outcome, head


def test_endless_head_takes_no_memory():
    """a head that never ends is bad by the timeout, and does not fill the memory"""
    server = Server(forever(HEAD, b"X-Filler: " + b"y" * 8000 + b"\r\n"))
    with Checker({"http": server.url, "interval": "600ms", "timeout": "500ms"}) as checker:
        for _ in range(3):
            assert checker.next().said[0] in ("bad", "unknown")
        with open(f"/proc/{checker.process.pid}/status", encoding="ascii") as file:
            resident = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
        print("peak memory", resident, "KiB")
        assert SANITIZED or resident < 64 * 1024, resident


def test_refused():
    """where nobody listens the connection is refused, in both families"""
    port = free_port()
    checks = [{"http": f"http://127.0.0.1:{port}/"}, {"tcp": f"127.0.0.1:{port}"}, {"http": f"http://[::1]:{port}/"},
              {"tcp": f"[::1]:{port}"}, {"tcp": f"localhost:{port}"}]
    assert said(*checks) == [("bad", "refused", 0)] * len(checks)


def test_tcp():
    """a tcp check is good as soon as the connection stands, and closes it"""
    ended = threading.Event()

    def wait_for_end(connection):
        hang(connection)
        ended.set()
    four, six = Server(wait_for_end, read_request=False), Server(hang, socket.AF_INET6, read_request=False)
    assert said({"tcp": f"127.0.0.1:{four.port}"}, {"tcp": f"[::1]:{six.port}"}, {"tcp": f"localhost:{four.port}"}) == \
        [("good", "ok", 0)] * 3
    assert ended.wait(PATIENCE_S)


def test_proxy_variables_are_ignored():
    """the environment cannot send a check somewhere else"""
    server = Server(answering(plain()))
    nowhere = f"http://127.0.0.1:{free_port()}"
    env = dict(os.environ, http_proxy=nowhere, ALL_PROXY=nowhere, https_proxy=nowhere)
    with Checker({"http": server.url}, env=env) as checker:
        assert checker.next().said == GOOD


def test_netrc_is_not_read():
    """P18: a password that lies in a home directory is sent to nobody"""
    server, asked = Server(answering(plain())), Server(answering(plain(status="401 Who are you")))
    env = dict(os.environ, HOME=home_with_netrc())
    with Checker({"http": server.url}, {"http": asked.url}, env=env) as checker:
        assert checker.next(0).said == GOOD
        assert checker.next(1).said == ("bad", "status", 401)
    for request in server.requests + asked.requests:
        assert b"authorization" not in request.lower() and b"GET / HTTP" in request, request


def test_unknown_name():
    """a name without an address is unresolved, and delays no other check"""
    server = Server(answering(plain()))
    with Checker({"http": "http://nothing.invalid/", "interval": "5s", "timeout": "4s"}, {"http": server.url},
                 {"tcp": "nothing.invalid:80", "interval": "5s", "timeout": "4s"}) as checker:
        assert checker.next(0).said == ("bad", "unresolved", 0)
        assert checker.next(1).said == GOOD


def test_dead_name_server():
    """P4: a name server that does not answer delays no other check, and the probe still ends in time"""
    path = os.path.join(folder("dns"), "resolv.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write("nameserver 127.0.0.99\nnameserver 127.0.0.98\n")
    deaf = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    private = ["unshare", "-m", "sh", "-c", f"mount --bind {path} /etc/resolv.conf && exec \"$@\"", "sh"]
    try:
        for last, listener in zip((99, 98), deaf):
            listener.bind((f"127.0.0.{last}", 53))
    except PermissionError as error:
        raise Skip("needs the right to be a name server") from error
    if subprocess.run([*private, "true"], capture_output=True, check=False).returncode != 0:
        raise Skip("needs a mount namespace")
    server = Server(answering(plain()))
    with Checker({"http": "http://name.example/", "interval": "1600ms", "timeout": "1500ms"},
                 {"http": server.url, "interval": "50ms", "timeout": "50ms"}, before=private) as checker:
        results = checker.listen_for(5)
        begun = time.monotonic()
        assert checker.leave() == 0 and time.monotonic() - begun < 2, "nor does it delay the checker's end"
    dead = [result for result in results if result.check == 0]
    alive = [result for result in results if result.check == 1]
    assert len(dead) >= 2 and dead[0].said == TIMEOUT, dead
    assert all(result.said in (TIMEOUT, ("bad", "unresolved", 0)) for result in dead), dead
    assert all(result.took_ms <= 1500 + SLACK_MS for result in dead), dead
    gaps = [b.started_ms - a.started_ms for a, b in zip(alive, alive[1:])]
    print("largest gap between the other's probes", max(gaps), "ms")
    assert max(gaps) < 50 + SLACK_MS, "less than the other's timeout"


def test_nginx():
    """nginx is well, is wrong, and is gone, and the checks say so"""
    nginx = Nginx()
    tls = f"127.0.0.1:{nginx.tls_port}"
    checks = [{"http": nginx.url, "body": "well"}, {"http": nginx.url + "/500"}, {"http": nginx.url + "/302"},
              {"http": nginx.url + "/file"}, {"http": f"https://{tls}/"},
              {"http": f"http://{tls}/"}, {"http": f"https://127.0.0.1:{nginx.port}/"}, {"tcp": tls},
              {"process": {"pidfile": f"{nginx.dir}/pid"}}]
    assert said(*checks) == [GOOD, ("bad", "status", 500), ("bad", "status", 302), ("bad", "status", 404), ("bad", "tls", 60),
                             ("bad", "status", 400), ("bad", "tls", 35), ("good", "ok", 0), ("good", "ok", 0)]
    with Checker({"http": nginx.url}, {"process": {"pidfile": f"{nginx.dir}/pid"}}) as checker:
        assert checker.next(0).said == GOOD
        nginx.process.send_signal(signal.SIGSTOP)
        assert checker.next(0, lambda r: r.said != GOOD).said == TIMEOUT
        nginx.process.send_signal(signal.SIGCONT)
        checker.next(0, lambda r: r.said == GOOD)
        nginx.process.kill()
        assert checker.next(1, lambda r: r.conclusive).said == ("bad", "exited", nginx.process.pid)
        assert checker.next(0, lambda r: r.said != GOOD).said == ("bad", "refused", 0)
