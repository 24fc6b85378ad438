# SPDX-License-Identifier: MIT
"""tcp checks that speak a protocol, each against the real server: well, stopped, continued and gone, and what its log says."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time

from checker_scene import Checker, Server, folder, free_port, hang, said
from feeddog import PATIENCE_S, Skip
from served_scene import SLACK_MS, TIMEOUT

GOOD = ("good", "ok", 0)
PLACES = os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin"


def need(program, path=PLACES):
    found = shutil.which(program, path=path)
    if not found:
        raise AssertionError(f"{program} is not installed (scripts/setup test installs it)")
    return found


class Daemon:
    """A server in a folder of its own, which belongs to nobody, like the server itself, where the test is root."""

    def __init__(self, *, privileged=False):
        self.dir, self.port, self.process = folder("server"), free_port(), None
        os.chmod(self.dir, 0o755)
        self.as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 and not privileged else []
        if self.as_nobody:
            os.chown(self.dir, 65534, 65534)

    def path(self, name):
        return os.path.join(self.dir, name)

    def put(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(text)
        return self.path(name)

    def prepare(self, *argv):
        subprocess.run([*self.as_nobody, *argv], check=True, capture_output=True, timeout=6 * PATIENCE_S, cwd=self.dir,
                       env={**os.environ, "TMPDIR": self.dir})

    def start(self, *argv):
        with open(self.path("log"), "w", encoding="ascii") as log:
            self.process = subprocess.Popen([*self.as_nobody, *argv], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.dir,
                                            start_new_session=True, env={**os.environ, "TMPDIR": self.dir})
        return self

    def family(self):
        """The server and what it has forked, each of which may end meanwhile."""
        pids = [self.process.pid]
        for pid in pids:
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                pids += [int(child) for child in file.read().split()]
        return pids

    def send(self, number):
        for pid in self.family():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def log(self):
        with open(self.path("log"), encoding="utf-8", errors="replace") as file:
            return file.read()


def postgresql():
    server, where = Daemon(), "/usr/lib/postgresql"
    versions = sorted(os.listdir(where)) if os.path.isdir(where) else []
    programs = f"{where}/{versions[-1]}/bin" if versions else where
    server.prepare(need("initdb", programs), "-D", server.path("data"), "-A", "scram-sha-256", "-U", "me", "--pwfile", server.put("pw", "x\n"))
    key, cert = server.path("data/server.key"), server.path("data/server.crt")
    server.prepare("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=x")
    os.chmod(key, 0o600)
    return server.start(need("postgres", programs), "-D", server.path("data"), "-c", f"port={server.port}", "-c", "unix_socket_directories=",
                        "-c", "ssl=on", "-c", "listen_addresses=127.0.0.1")


def mysql():
    server = Daemon()
    server.prepare(need("mariadb-install-db"), "--no-defaults", f"--datadir={server.path('data')}",
                   "--auth-root-authentication-method=normal", "--skip-test-db")
    return server.start(need("mariadbd"), "--no-defaults", f"--datadir={server.path('data')}", f"--socket={server.path('s')}",
                        f"--port={server.port}", "--bind-address=127.0.0.1", f"--pid-file={server.path('pid')}",
                        "--innodb-buffer-pool-size=8M", "--max-connect-errors=3")


def redis():
    server = Daemon()
    return server.start(need("redis-server"), "--port", str(server.port), "--bind", "127.0.0.1", "--save", "", "--dir", server.dir)


def mqtt():
    server = Daemon()
    config = server.put("conf", f"listener {server.port} 127.0.0.1\nallow_anonymous false\n")
    return server.start(need("mosquitto"), "-c", config)


def ssh():
    server = Daemon()
    server.prepare("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", server.path("key"))
    config = server.put("conf", f"ListenAddress 127.0.0.1:{server.port}\nHostKey {server.path('key')}\nPidFile none\nUsePAM no\n")
    return server.start(need("sshd"), "-D", "-e", "-f", config)


POSTFIX = """compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
mydestination =
local_recipient_maps =
alias_maps =
smtpd_tls_security_level = none
myhostname = board.test
maillog_file = {dir}/log
maillog_file_prefixes = /
"""


def smtp():
    if os.geteuid() != 0:
        raise Skip("Postfix needs root")
    server = Daemon(privileged=True)
    need("postfix")
    for name in ("queue", "queue/pid", "queue/private", "queue/public", "queue/maildrop", "queue/incoming", "queue/active", "data"):
        os.mkdir(server.path(name))
    for name in ("queue/private", "queue/public", "queue/incoming", "queue/active", "data"):
        shutil.chown(server.path(name), "postfix")
    server.put("main.cf", POSTFIX.format(dir=server.dir))
    server.put("master.cf", f"127.0.0.1:{server.port} inet n - n - - smtpd\nrewrite unix - - n - - trivial-rewrite\n"
               "proxymap unix - - n - - proxymap\n"
               "anvil unix - - n - 1 anvil\npostlog unix-dgram n - n - 1 postlogd\n")
    return server.start("/usr/lib/postfix/sbin/master", "-c", server.dir, "-d")


def log_of_good_time(checker, server, started):
    """
    What the server logs during eight good results in a row. Before that it has logged `started`, since a server may answer before it
    has reported its start; of a check that was given up it may complain, and be late with that by two further checks.
    """
    checker.next(0, lambda r: r.said == GOOD and started in server.log(), 4 * PATIENCE_S)
    while True:
        quiet_before = all(checker.next(0).said == GOOD for _ in range(2))
        begun = len(server.log())
        if quiet_before and all(checker.next(0).said == GOOD for _ in range(8)):
            return server.log()[begun:].splitlines()


def run(protocol, server, quiet, started=""):
    """A server that is well, stops, goes on, and is gone; the log of its good time, but for lines with words of `quiet`."""
    check = {"tcp": f"127.0.0.1:{server.port}", "protocol": protocol, "interval": "400ms", "timeout": "350ms"}
    try:
        with Checker(check) as checker:
            said_by_server = log_of_good_time(checker, server, started)
            server.send(signal.SIGSTOP)
            time.sleep(0.5)
            checker.drain()
            for _ in range(3):
                assert checker.next(0).said == TIMEOUT, "found down"
            with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S):
                pass  # by its port alone it would not be
            server.send(signal.SIGCONT)
            checker.next(0, lambda r: r.said == GOOD)
            for _ in range(3):
                checker.next(0, lambda r: r.said == GOOD)
            server.send(signal.SIGKILL)
            checker.next(0, lambda r: r.said[:2] in (("bad", "refused"), ("bad", "dropped")))
        return [line for line in said_by_server if line.strip() and not any(word in line for word in quiet)]
    finally:
        if server.process.poll() is None:
            server.process.kill()


def test_postgresql():
    """P4: PostgreSQL with a stopped postmaster is down, and its log does not hear of the check"""
    rest = run("postgresql", postgresql(), ["the database system is"], "ready to accept connections")
    assert not rest, rest


def test_mysql():
    """P4: MariaDB that is stopped is down; the check is a login that it refuses, which never makes it block this board"""
    rest = run("mysql", mysql(), ["Access denied for user 'feeddog'"])
    assert not any("blocked" in line or "rror" in line for line in rest), rest


def test_redis():
    """P4: Redis that is stopped is down, and its log does not hear of the check"""
    rest = run("redis", redis(), [], "Ready to accept connections")
    assert not rest, rest


def test_mqtt():
    """P4: a broker that is stopped is down, and one that takes nobody without a name is up"""
    rest = run("mqtt", mqtt(), ["New connection", "disconnected, not authorised", "Client", "client"])
    assert not any("rror" in line for line in rest), rest


def test_smtp():
    """P4: Postfix that is stopped is down, and its log sees a client that leaves in order"""
    rest = run("smtp", smtp(), [": connect from", ": disconnect from"])
    assert not any("lost connection" in line or "error" in line or "fatal" in line for line in rest), rest


def test_ssh():
    """P4: sshd that is stopped is down, and its log sees no error"""
    rest = run("ssh", ssh(), ["Connection closed by", "Connection reset by"])
    assert not any("rror" in line for line in rest), rest


# --- send and expect ---


def test_send_and_expect():
    """a server is good when its answer to what is sent matches"""
    def echo(connection):
        connection.sendall(b"> " + connection.recv(100))
        hang(connection)
    server = Server(echo, read_request=False)
    greeter = Server(lambda c: (c.sendall(b"\0\0ready\r\n"), hang(c)), read_request=False)
    checks = [{"tcp": f"127.0.0.1:{server.port}", "send": "ping\r\n", "expect": "^> ping"},
              {"tcp": f"127.0.0.1:{greeter.port}", "expect": "^ready"},
              {"tcp": f"127.0.0.1:{greeter.port}", "expect": "never", "timeout": "300ms"}]
    assert said(*({"name": f"c{i}", **check} for i, check in enumerate(checks))) == [GOOD, GOOD, TIMEOUT]


def test_wrong_answers():
    """P18: a wrong answer, one without end, one in pieces, none, and a server that speaks another protocol"""
    def flood(connection):
        while True:
            connection.sendall(b"x" * 4096)

    def pieces(connection):
        for piece in (b"22", b"0", b" board ESMTP", b"\r\n"):
            connection.sendall(piece)
            time.sleep(0.05)
        hang(connection)
    behaviours = {"smtp": [(flood, ("bad", "answer", 0)), (pieces, GOOD), (lambda c: c.sendall(b"421 no\r\n"), ("bad", "answer", 0)),
                           (lambda c: None, ("bad", "dropped", 0))],
                  "redis": [(lambda c: c.sendall(b"-ERR max number of clients reached\r\n"), ("bad", "answer", 0)),
                            (lambda c: c.sendall(b"-NOAUTH Authentication required.\r\n"), GOOD), (flood, ("bad", "answer", 0))],
                  "ssh": [(lambda c: c.sendall(b"HTTP/1.1 400 Bad\r\n\r\n"), ("bad", "answer", 0)), (flood, ("bad", "answer", 0))],
                  "mysql": [(lambda c: c.sendall(b"\x10\0\0\0\xff\x10\x04Too many"), ("bad", "answer", 0))],
                  "mqtt": [(lambda c: c.sendall(b"\x20\2\0\3"), ("bad", "answer", 0))],
                  "postgresql": [(lambda c: c.sendall(b"HTTP/1.1 400 Bad\r\n\r\n"), ("bad", "answer", 0))]}
    for protocol, each in behaviours.items():
        checks = [{"tcp": f"127.0.0.1:{Server(behave, read_request=False).port}", "protocol": protocol, "name": f"c{i}"}
                  for i, (behave, _) in enumerate(each)]
        seen = said(*checks)
        for (_, wanted), got in zip(each, seen):
            # A server that closes before it has read what we say resets the connection.
            assert got == wanted or (wanted[1] == "dropped" and got[:2] == wanted[:2]), (protocol, wanted, got)


def test_leaving():
    """a server that does not close after a good answer is left at the timeout, and costs no descriptor"""
    server = Server(lambda c: (c.sendall(b"220 x\r\n"), time.sleep(PATIENCE_S)), read_request=False)
    with Checker({"tcp": f"127.0.0.1:{server.port}", "protocol": "smtp"}) as checker:
        for _ in range(3):
            assert checker.next().said == GOOD
        few = len(os.listdir(f"/proc/{checker.process.pid}/fd"))
        results = checker.listen_for(2)
        assert len(results) >= 5 and all(r.said == GOOD for r in results) and all(r.took_ms < SLACK_MS for r in results), results
        assert len(os.listdir(f"/proc/{checker.process.pid}/fd")) <= few + 3


def test_socket_closed_at_once():
    """a listener that is full of connections nobody takes is down by the protocol"""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        check = {"tcp": f"127.0.0.1:{listener.getsockname()[1]}", "protocol": "redis", "timeout": "300ms"}
        assert said(check) == [TIMEOUT]
