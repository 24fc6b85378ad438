# SPDX-License-Identifier: MIT
"""What a server may answer: compressed bodies, interim answers, other protocols and versions, and garbage of every kind."""

import gzip
import socket
import zlib

from checker_scene import Checker, Server, answering, forever, hang, plain, said
from feeddog import SANITIZED
from served_scene import GOOD, Nginx

# What the sanitizers watch takes its time over megabytes of heads.
TIMEOUT_S = {"test_garbage_in_the_head": 180}

HEAD = b"HTTP/1.1 200 OK\r\n"
BODY = b'{"status": "ok"}\n'


def encoded(encoding, body):
    return plain(body, more=f"Content-Encoding: {encoding}\r\n")


def deflated(body):
    return zlib.compress(body)


def test_compressed_body():
    """P4: the pattern is matched with the decoded body, whatever encoding the server chooses"""
    twice = encoded("gzip, deflate", deflated(gzip.compress(BODY)))
    answers = [encoded("gzip", gzip.compress(BODY)), encoded("deflate", deflated(BODY)), twice, plain(BODY)]
    servers = [Server(answering(answer)) for answer in answers]
    assert said(*({"http": server.url, "body": '^.*"ok"', "name": f"c{i}"} for i, server in enumerate(servers))) == [GOOD] * 4
    asked = servers[0].requests[0].decode().split("\r\n")
    assert "Accept-Encoding: gzip, deflate, br" in asked, asked


def test_broken_compression():
    """P4: a body that does not decode is the server's failure; without a pattern nobody decodes it"""
    answers = [encoded("gzip", b"no gzip at all"), encoded("nonsense", BODY), encoded("gzip", gzip.compress(BODY)[:15]),
               encoded(", ".join(["gzip"] * 50), BODY)]
    servers = [Server(answering(answer)) for answer in answers]
    for i, (outcome, cause, _) in enumerate(said(*({"http": s.url, "body": "ok", "name": f"c{i}"} for i, s in enumerate(servers)))):
        assert outcome == "bad" and cause in ("garbled", "dropped", "body"), (answers[i], outcome, cause)
    assert said(*({"http": s.url, "name": f"c{i}"} for i, s in enumerate(servers))) == [GOOD] * 4


def test_decompression_bomb():
    """P18: a few bytes that decode to many megabytes are judged by the first 64 KiB, in little memory"""
    bomb = gzip.compress(b"ok\n" + b"\0" * (1 << 26))
    twice = gzip.compress(gzip.compress(b"\0" * (1 << 26)))
    servers = [Server(answering(encoded("gzip", bomb))), Server(answering(encoded("gzip, gzip", twice)))]
    checks = [{"http": server.url, "body": pattern, "interval": "20s", "timeout": "20s"}
              for server, pattern in zip(servers, ("^ok$", "never"))]
    with Checker(*({"name": f"c{i}", **check} for i, check in enumerate(checks))) as checker:
        results = {r.check: r.said for r in (checker.receive(), checker.receive())}
        with open(f"/proc/{checker.process.pid}/status", encoding="ascii") as file:
            peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    assert results == {0: GOOD, 1: ("bad", "body", 200)}, results
    assert SANITIZED or peak < 64 * 1024, peak


def test_interim_answers():
    """interim answers are passed over, and without end they are garbage"""
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    good, bad = Server(answering(interim + plain())), Server(answering(interim + plain(status="503 No")))
    endless = Server(forever(b"HTTP/1.1 100 Continue\r\n\r\n" * 10000))
    assert said(*({"http": s.url, "name": f"c{i}"} for i, s in enumerate((good, bad, endless)))) == \
        [GOOD, ("bad", "status", 503), ("bad", "garbled", 8)]


def test_switching_protocols():
    """101 ends an exchange: it is good where it is wanted, a wrong status elsewhere, and nothing is waited for behind it"""
    switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    server = Server(lambda c: (c.sendall(switch), hang(c)))
    more = {"headers": {"Connection": "Upgrade", "Upgrade": "websocket"}}
    assert said({"http": server.url, "status": 101, **more}, {"http": server.url, "name": "b", **more}) == \
        [("good", "ok", 101), ("bad", "status", 101)]
    sent = [line for line in server.requests[0].decode().split("\r\n") if line.startswith("Connection:")]
    assert sent == ["Connection: Upgrade"], sent
    half = Server(lambda c: (c.sendall(switch[:-2]), c.close()))
    outcome, cause, _ = said({"http": half.url, "status": 101})[0]
    assert (outcome, cause) in (("bad", "garbled"), ("bad", "dropped")), (outcome, cause)


GARBAGE = {
    "no colon": b"rubbish\r\n", "a space before the colon": b"A : b\r\n", "only a colon": b": b\r\n", "NUL": b"A: b\0c\r\n",
    "folded first": b" A: b\r\n", "bare CR": b"A: b\rC: d\r\n", "a long line": b"A: " + b"x" * 150000 + b"\r\n",
    "a long name": b"A" * 150000 + b": x\r\n", "many": b"A: b\r\n" * 60000, "empty names": b"A:\r\n" * 60000,
    "folded for ever": b"A: b\r\n" + b" c\r\n" * 60000, "high bytes": bytes(range(128, 256)) + b": x\r\n",
    "a strange length": b"Content-Length: 1e9\r\n", "two lengths": b"Content-Length: 2\r\nContent-Length: 3\r\n",
    "unknown transfer encoding": b"Transfer-Encoding: nonsense\r\n", "a cookie": b"Set-Cookie: " + b"=" * 5000 + b"\r\n",
    "a redirect to nonsense": b"Location: http://[::/\r\n", "a date": b"Retry-After: nonsense\r\n",
    "authentication": b"WWW-Authenticate: Digest " + b"\"" * 3000 + b"\r\n", "a trailer": b"Trailer: " + b"x," * 3000 + b"\r\n",
    "another service": b"Alt-Svc: h3=\":1\"\r\n", "an upgrade": b"Upgrade: h2c\r\nConnection: Upgrade\r\n",
}


def test_garbage_in_the_head():
    """P4: whatever a head says, the answer is good or the server's failure, and never the checker's"""
    for status in (b"200 OK", b"302 Found", b"401 No", b"101 Switching Protocols", b"204 No Content"):
        servers = [Server(answering(b"HTTP/1.1 " + status + b"\r\n" + head + b"\r\nabc")) for head in GARBAGE.values()]
        checks = [{"http": s.url, "redirects": True, "body": "abc", "name": f"c{i}", "interval": "10s", "timeout": "10s"} for i, s in enumerate(servers)]
        for name, (outcome, cause, detail) in zip(GARBAGE, said(*checks)):
            assert outcome in ("good", "bad"), (status, name, outcome, cause, detail)


def test_redirect_to_nonsense():
    """P4: a redirect to what is no URL is the server's failure"""
    for to in ("http://[::/", "http://a b/", "http://", "//:99999/", "http://host:port/", "gopher://x/", "ftp://x/", "file:///etc/passwd"):
        server = Server(answering(plain(status="302 Found", more=f"Location: {to}\r\n")))
        outcome, cause, detail = said({"http": server.url, "redirects": True})[0]
        assert outcome == "bad", (to, outcome, cause, detail)


def test_http2_without_tls():
    """a server that speaks HTTP/2 alone is not understood without TLS, and a false version is none"""
    frames = b"\0\0\0\4\0\0\0\0\0"
    assert said({"http": Server(answering(frames)).url})[0][:2] == ("bad", "garbled")
    outcome, _, detail = said({"http": Server(answering(b"HTTP/2 abc\r\n\r\n")).url})[0]
    assert outcome == "bad" and detail > 0


def test_http2():
    """within TLS a server may answer in HTTP/2, and is asked for one page on each connection"""
    nginx = Nginx(listen="ssl http2")
    url = f"https://127.0.0.1:{nginx.tls_port}"
    checks = [{"http": url, "insecure": True, "body": "HTTP/2.0"}, {"http": url + "/500", "insecure": True},
              {"http": url, "insecure": True, "method": "HEAD"}, {"http": nginx.url, "body": "HTTP/1.1"},
              {"http": f"http://127.0.0.1:{nginx.tls_port}/"}]
    assert said(*({"name": f"c{i}", **check} for i, check in enumerate(checks))) == \
        [GOOD, ("bad", "status", 500), GOOD, GOOD, ("bad", "status", 400)]


def test_server_speaks_first():
    """P4: what speaks another protocol is no web server"""
    def greet(connection):
        connection.sendall(b"220 mail.example ESMTP\r\n")
        connection.shutdown(socket.SHUT_WR)
        hang(connection)
    assert said({"http": Server(greet, read_request=False).url})[0][:2] == ("bad", "garbled")
