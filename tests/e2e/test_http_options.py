# SPDX-License-Identifier: MIT
"""How an http check may be told to ask: method, headers, Unix socket, redirects, certificates, patience."""

import os
import shutil
import socket
import ssl
import subprocess
import threading
import time

from checker_scene import Checker, Server, answering, closed_port, folder, hang, plain, said
from feeddog import PATIENCE_S, Skip, wait_for

GOOD = ("good", "ok", 200)
HEAD_ONLY = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


def request_of(server):
    return wait_for(lambda: server.requests, "a request")[0].decode().split("\r\n")


def moved(to, status="302 Found"):
    return plain(b"elsewhere\n", status, f"Location: {to}\r\n")


# --- method and headers ---


def test_methods():
    """the method is the one asked for; HEAD waits for no body, and those that take one are sent an empty one"""
    for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE"):
        server = Server(answering(HEAD_ONLY if method == "HEAD" else plain()))
        assert said({"http": server.url, "method": method}) == [GOOD], method
        lines = request_of(server)
        assert lines[0] == f"{method} / HTTP/1.1", lines
        assert ("Content-Length: 0" in lines) == (method not in ("GET", "HEAD")), lines


def test_headers():
    """the headers are sent beside ours, and in place of curl's own"""
    server = Server(answering(plain()))
    headers = ["Host: www.example.org", "X-One: 1", "X-One: 2", "User-Agent: me", "Authorization: Basic Zm9vOmJhcg=="]
    assert said({"http": server.url, "headers": headers}) == [GOOD]
    lines = request_of(server)
    assert all(lines.count(header) == 1 for header in headers), lines
    assert lines.count("Connection: close") == 1 and sum(line.startswith(("Host:", "User-Agent:")) for line in lines) == 2, lines
    server = Server(answering(plain()))
    assert said({"http": server.url, "headers": {"X-Two": "a: b"}}, {"http": Server(answering(plain())).url}) == [GOOD] * 2
    assert "X-Two: a: b" in request_of(server)


# --- Unix sockets ---


class UnixServer(Server):
    def __init__(self, behave, mode=0o666):
        self.path = os.path.join(folder("unix"), "app.sock")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        os.chmod(self.path, mode)
        self.listener.listen(8)
        self.behave, self.read_request, self.requests = behave, True, []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        # What waits in accept() holds a socket open that is closed beside it.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def test_unix_socket():
    """a server on a Unix socket is asked there: good, bad, silent, gone and not ours to ask are told apart"""
    good, bad, silent = UnixServer(answering(plain())), UnixServer(answering(plain(status="503 No"))), UnixServer(hang)
    closed, gone = UnixServer(answering(plain()), mode=0o600), UnixServer(answering(plain()))
    gone.close()
    dead = gone.path
    never = os.path.join(folder("unix"), "never.sock")
    checks = [{"http": "http://nowhere.invalid/health", "socket": path} for path in (good.path, bad.path, dead, never)]
    checks.append({"http": "http://x/", "socket": silent.path, "timeout": "300ms", "interval": "20s"})
    wanted = [GOOD, ("bad", "status", 503), ("bad", "refused", 0), ("bad", "unreachable", 2), ("bad", "timeout", 0)]
    if os.geteuid() == 0:
        # Only root's checker is somebody else than the one who made it.
        checks.append({"http": "http://x/", "socket": closed.path})
        wanted.append(("unknown", "cannot-probe", 13))
    assert said(*({"name": f"c{i}", **check} for i, check in enumerate(checks))) == wanted
    lines = request_of(good)
    assert lines[0] == "GET /health HTTP/1.1" and "Host: nowhere.invalid" in lines, lines


def test_unix_socket_comes_back():
    """a server that makes its Unix socket anew is good again"""
    server = UnixServer(answering(plain()))
    with Checker({"http": "http://x/", "socket": server.path}) as checker:
        checker.next(accept=lambda r: r.said == GOOD)
        server.close()
        checker.next(accept=lambda r: r.said == ("bad", "refused", 0))
        os.unlink(server.path)
        checker.next(accept=lambda r: r.said == ("bad", "unreachable", 2))
        server.listener = socket.socket(socket.AF_UNIX)
        server.listener.bind(server.path)
        os.chmod(server.path, 0o666)
        server.listener.listen(8)
        threading.Thread(target=server._accept, daemon=True).start()
        checker.next(accept=lambda r: r.said == GOOD)


# --- redirects ---


def test_redirects():
    """where redirects are followed it is the last answer that counts, also its body"""
    last = Server(answering(plain(b"fine\n")))
    first = Server(answering(moved(last.url)))
    chain = Server(answering(moved(first.url, "301 Moved")))
    checks = [{"http": chain.url, "redirects": True, "body": "^fine$"}, {"http": chain.url},
              {"http": chain.url, "redirects": False}, {"http": first.url, "redirects": True, "status": 404},
              {"http": first.url, "redirects": True, "body": "elsewhere"}]
    checks = [{"name": f"c{i}", **check} for i, check in enumerate(checks)]
    assert said(*checks) == [GOOD, ("bad", "status", 301), ("bad", "status", 301), ("bad", "status", 200), ("bad", "body", 200)]


def test_redirects_that_lead_nowhere():
    """redirects in a ring, to where nobody is, or out of HTTP end, and are bad"""
    ring = Server(lambda connection: connection.sendall(moved(ring.url)))
    to_dead = Server(answering(moved(f"http://127.0.0.1:{closed_port()}/")))
    to_hang, to_file = Server(answering(moved(Server(hang).url))), Server(answering(moved("file:///etc/passwd")))
    checks = [{"http": server.url, "redirects": True, "name": f"c{i}"} for i, server in enumerate((ring, to_file, to_dead))]
    checks.append({"http": to_hang.url, "redirects": True, "name": "hang", "timeout": "300ms"})
    assert said(*checks) == [("bad", "status", 302)] * 2 + [("bad", "refused", 0), ("bad", "timeout", 0)]
    assert len(ring.requests) <= 12, len(ring.requests)


# --- certificates ---


class TlsServer(Server):
    def __init__(self, name="localhost"):
        super().__init__(answering(plain()))
        self.dir = folder("tls")
        self.cert = os.path.join(self.dir, "cert")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{self.dir}/key", "-out", self.cert,
                        "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"], check=True,
                       capture_output=True, timeout=PATIENCE_S)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.cert, f"{self.dir}/key")
        self.url = f"https://localhost:{self.port}/"

    def _serve(self, connection):
        try:
            with self.context.wrap_socket(connection, server_side=True) as secure:
                secure.recv(4096)
                secure.sendall(plain())
        except OSError:
            pass
        connection.close()


def need(program):
    if not shutil.which(program):
        raise AssertionError(f"{program} is not installed (scripts/setup test installs it)")


def test_insecure():
    """a certificate that nobody vouches for is bad, unless any will do"""
    need("openssl")
    mine, other = TlsServer(), TlsServer(name="other.example")
    checks = [{"http": mine.url}, {"http": mine.url, "insecure": True}, {"http": other.url, "insecure": True}]
    checks = [{"name": f"c{i}", **check} for i, check in enumerate(checks)]
    assert said(*checks) == [("bad", "tls", 60), GOOD, GOOD]


def test_trust_store():
    """a certificate in the system's store is believed, and only for its own name"""
    need("openssl")
    mine, other = TlsServer(), TlsServer(name="other.example")
    store = os.path.join(folder("store"), "ca-certificates.crt")
    with open(store, "wb") as file:
        for server in (mine, other):
            with open(server.cert, "rb") as cert:
                file.write(cert.read())
    theirs = "/etc/ssl/certs/ca-certificates.crt"
    trusting = ["unshare", "-m", "sh", "-c", f"mount --bind {store} {theirs} && exec \"$@\"", "sh"]
    if os.geteuid() != 0 or not os.path.exists(theirs) or subprocess.run([*trusting, "true"], capture_output=True,
                                                                         check=False).returncode != 0:
        raise Skip("needs root, a mount namespace and a trust store")
    checks = [{"http": server.url, "interval": "20s", "timeout": "20s"} for server in (mine, other)]
    with Checker(*({"name": f"c{i}", **check} for i, check in enumerate(checks)), before=trusting) as checker:
        results = {r.check: r.said for r in (checker.receive(), checker.receive())}
    assert results == {0: GOOD, 1: ("bad", "tls", 60)}, results


# --- patience ---


def slow(seconds, answer=None):
    def behave(connection):
        time.sleep(seconds)
        connection.sendall(answer or plain())
    return behave


def test_max_latency():
    """an answer that takes longer than max_latency is bad, and how long is said; other causes come first"""
    in_time, late = Server(slow(0)), Server(slow(0.4))
    late_and_wrong = Server(slow(0.4, plain(status="500 Oops")))
    checks = [{"http": server.url, "max_latency": limit} for server, limit in
              ((in_time, "10s"), (late, "300ms"), (late, "10s"), (late_and_wrong, "300ms"))]
    first, second, third, fourth = said(*({"name": f"c{i}", **check} for i, check in enumerate(checks)))
    assert (first, third, fourth) == (GOOD, GOOD, ("bad", "status", 500)), (first, third, fourth)
    assert second[:2] == ("bad", "slow") and 400 <= second[2] < 5000, second


def test_slow_body():
    """it is the whole answer that has to come in time"""
    def behave(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")
        time.sleep(0.4)
        connection.sendall(b"k")
    slow_body = said({"http": Server(behave).url, "max_latency": "200ms", "body": "ok"})[0]
    assert slow_body[:2] == ("bad", "slow"), slow_body


def test_slow_and_well_again():
    """a server that was slow is good when it answers in time again"""
    state = {"wait": 0.15}
    server = Server(lambda connection: slow(state["wait"])(connection))
    with Checker({"http": server.url, "max_latency": "100ms", "interval": "1s", "timeout": "1s"}) as checker:
        checker.next(accept=lambda r: r.said[:2] == ("bad", "slow"))
        state["wait"] = 0
        checker.next(accept=lambda r: r.said == GOOD)
