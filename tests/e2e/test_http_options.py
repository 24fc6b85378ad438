# SPDX-License-Identifier: MIT
"""How an http check may be told to ask: method, headers, Unix socket, redirects, certificates, patience."""

import errno
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time

from checker_scene import Checker, Server, answering, folder, free_port, hang, plain, said
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
    to_dead = Server(answering(moved(f"http://127.0.0.1:{free_port()}/")))
    to_hang, to_file = Server(answering(moved(Server(hang).url))), Server(answering(moved("file:///etc/passwd")))
    checks = [{"http": server.url, "redirects": True, "name": f"c{i}"} for i, server in enumerate((ring, to_file, to_dead))]
    checks.append({"http": to_hang.url, "redirects": True, "name": "hang", "timeout": "300ms"})
    assert said(*checks) == [("bad", "status", 302)] * 2 + [("bad", "refused", 0), ("bad", "timeout", 0)]
    assert len(ring.requests) <= 12, len(ring.requests)


def test_redirects_out_of_http():
    """P18: no answer makes the checker speak another protocol: it is the redirect that is bad, and nobody is connected to"""
    called = []
    other = Server(called.append, read_request=False)
    schemes = ("ftp", "ftps", "gopher", "dict", "telnet", "tftp", "smtp", "imap", "pop3", "ldap", "ws", "mqtt", "rtsp", "FTP")
    servers = [Server(answering(moved(f"{scheme}://127.0.0.1:{other.port}/x"))) for scheme in schemes]
    checks = [{"http": server.url, "redirects": True, "name": f"c{i}"} for i, server in enumerate(servers)]
    assert said(*checks) == [("bad", "status", 302)] * len(schemes)
    assert not called, len(called)


# --- certificates ---


def openssl(*words, cwd):
    subprocess.run(["openssl", *words], cwd=cwd, check=True, capture_output=True, timeout=PATIENCE_S)


class TlsServer(Server):
    """With a certificate of its own for `name`, whose dates may be wrong."""

    def __init__(self, name="localhost", dates=(), answer=None, client_ca=None):
        super().__init__(answering(plain()))
        self.dir = folder("tls")
        os.chmod(self.dir, 0o755)
        self.cert, self.answer, self.names = os.path.join(self.dir, "cert"), answer or plain(), []
        make_certificate(self.dir, name, dates)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.cert, f"{self.dir}/key")
        self.context.sni_callback = lambda _connection, sent, _context: self.names.append(sent)
        if client_ca:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(client_ca)
        self.url = f"https://localhost:{self.port}/"

    def _serve(self, connection):
        try:
            with self.context.wrap_socket(connection, server_side=True) as secure:
                self.requests.append(secure.recv(4096))
                secure.sendall(self.answer)
        except OSError:
            pass
        connection.close()


def make_certificate(where, name, dates=()):
    """`dates`: begin and end as YYYYMMDD, or none: from now for two days."""
    config = os.path.join(where, "ca.conf")
    with open(config, "w", encoding="ascii") as file:
        file.write(f"[ca]\ndefault_ca = d\n[d]\ndatabase = {where}/index\nnew_certs_dir = {where}\nserial = {where}/serial\n"
                   f"default_md = sha256\npolicy = p\nx509_extensions = x\n[p]\ncommonName = supplied\n"
                   f"[x]\nsubjectAltName = DNS:{name}\nbasicConstraints = CA:TRUE\n[req]\ndistinguished_name = n\n[n]\n")
    open(os.path.join(where, "index"), "w", encoding="ascii").close()
    openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out", "request", "-subj", f"/CN={name}", "-config", config,
            cwd=where)
    valid = ["-startdate", dates[0] + "000000Z", "-enddate", dates[1] + "000000Z"] if dates else ["-days", "2"]
    openssl("ca", "-batch", "-selfsign", "-config", config, "-keyfile", "key", "-in", "request", "-out", "cert", "-rand_serial", "-notext",
            *valid, cwd=where)


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


def test_connect():
    """`connect` says where the connection goes, and the name, SNI and certificate stay those of the URL"""
    server = TlsServer(name="web.test")
    checks = [{"connect": "127.0.0.1"}, {"connect": f"localhost:{server.port}"}, {}]
    urls = [f"https://web.test:{server.port}/", "https://web.test/", f"https://127.0.0.1:{server.port}/"]
    checks = [{"http": url, "ca_file": server.cert, "name": f"c{i}", **check} for i, (url, check) in enumerate(zip(urls, checks))]
    assert said(*checks) == [GOOD, GOOD, ("bad", "tls", 60)]
    assert set(server.names) == {"web.test", None}, server.names
    assert f"Host: web.test:{server.port}" in server.requests[0].decode().split("\r\n") or "Host: web.test" in request_of(server)
    plain_server = Server(answering(plain()))
    assert said({"http": "http://[2001:db8::1]/x", "connect": f"127.0.0.1:{plain_server.port}"}) == [GOOD]
    assert request_of(plain_server)[:2] == ["GET /x HTTP/1.1", "Host: [2001:db8::1]"]


def test_connect_and_redirects():
    """a redirect to the same name goes where `connect` says, one to another name does not"""
    other = Server(answering(plain(b"other\n")))
    server = Server(lambda c: c.sendall(plain() if b"/2" in server.requests[-1] else moved(f"http://web.test:{server.port}/2")))
    away = Server(answering(moved(other.url)))
    checks = [{"http": f"http://web.test:{server.port}/", "connect": "127.0.0.1", "redirects": True, "name": "a"},
              {"http": f"http://web.test:{away.port}/", "connect": "127.0.0.1", "redirects": True, "body": "other", "name": "b"}]
    assert said(*checks) == [GOOD, GOOD]


def test_redirects_keep_secrets():
    """P18: another server that an answer redirects to gets no password, no cookie and no client certificate"""
    other = Server(answering(plain()))
    secrets = {"Authorization": "Basic Zm9v", "Cookie": "a=b", "Host": "web.test", "X-Plain": "1"}
    for to, keeps in ((other.url, False), ("/again", True)):
        server = Server(lambda c, to=to: c.sendall(moved(to) if b"GET / " in server.requests[-1] else plain()))
        assert said({"http": server.url.replace("http://", "http://me:secret@"), "headers": secrets, "redirects": True}) == [GOOD]
        last = (server if keeps else other).requests[-1].decode()
        assert "X-Plain: 1" in last, last
        assert ("Authorization:" in last, "Cookie:" in last, "Host: web.test" in last) == (keeps,) * 3, last


def test_client_certificate():
    """a server that asks for a certificate gets the check's; one that cannot be read leaves the check blind, and is no failure"""
    mine, keys = folder("client"), folder("keys")
    for where in (mine, keys):
        os.chmod(where, 0o755)
    make_certificate(mine, "board")
    os.chmod(f"{mine}/key", 0o644)
    both = os.path.join(keys, "both")
    with open(both, "wb") as file:
        for part in ("cert", "key"):
            with open(f"{mine}/{part}", "rb") as one:
                file.write(one.read())
    server = TlsServer(client_ca=f"{mine}/cert")
    apart = {"client_certificate": f"{mine}/cert", "client_key": f"{mine}/key"}
    checks = [apart, {"client_certificate": both}, {}, {**apart, "client_key": f"{mine}/none"}, {**apart, "ca_file": f"{mine}/none"},
              {**apart, "client_key": f"{mine}/index"}]
    seen = said(*({"http": server.url, "ca_file": server.cert, "name": f"c{i}", **check} for i, check in enumerate(checks)))
    assert seen[:2] == [GOOD, GOOD] and seen[2][0] == "bad", seen
    assert seen[3:] == [("blind", "blind", errno.ENOENT)] * 2 + [("blind", "blind", errno.EINVAL)], seen


def test_dates_decide_nothing():
    """P12: a certificate that has expired, or is not valid yet by this board's clock, is no outage, and is logged once"""
    servers = [TlsServer(dates=("20010101", "20020101")), TlsServer(dates=("20410101", "20420101"))]
    checks = [{"http": server.url, "ca_file": server.cert, "name": f"c{i}"} for i, server in enumerate(servers)]
    with Checker(*checks, stderr=subprocess.PIPE) as checker:
        for _ in range(3):
            for i in range(2):
                assert checker.next(i).said == GOOD
        checker.leave()
        lines = [line for line in checker.process.stderr.read().decode().splitlines() if "event=certificate " in line]
    assert len(lines) == 2, lines
    assert any("not_before=2001-01-01T00:00:00Z not_after=2002-01-01T00:00:00Z" in line for line in lines), lines
    assert said({"http": servers[0].url}) == [("bad", "tls", 60)], "the chain is verified nevertheless"


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
