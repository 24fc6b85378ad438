# SPDX-License-Identifier: MIT
"""A web address that alerts are sent to, and that can be down, slow or rude."""

import http.server
import json
import threading

from feeddog import free_port, wait_for


class Hook:
    """Listens on a port of its own; what it was told is in `taken`, as (method, path, headers, body)."""

    def __init__(self, *, listening=True):
        self.port, self.taken, self.statuses = free_port(), [], []
        self.hold = threading.Event()  # while set, answers wait
        self.url = f"http://127.0.0.1:{self.port}/closet"
        self.server = None
        if listening:
            self.listen()

    def listen(self):
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Answers with the next of the statuses, 200 when there is none."""

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                while hook.hold.is_set() and hook.server:
                    threading.Event().wait(0.01)
                status = hook.statuses.pop(0) if hook.statuses else 200
                if status == 200:
                    hook.taken.append((self.command, self.path, dict(self.headers), body.decode()))
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            """Goes away with the test."""
            daemon_threads = True

            def handle_error(self, *_):
                pass  # who asked has gone

        self.server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        server, self.server = self.server, None
        server.shutdown()
        server.server_close()

    def texts(self):
        return [body.rstrip("\n") for _, _, _, body in list(self.taken)]

    def wait(self, count):
        """What it was told, once that is `count` things."""
        wait_for(lambda: len(self.taken) >= count, f"{count} alerts, there are {len(self.taken)}")
        return self.texts()

    def objects(self):
        return [json.loads(text) for text in self.texts()]
