# SPDX-License-Identifier: MIT
"""What several tests of feeddog-checker look at."""

import os
import shutil
import socket
import subprocess

from checker_scene import folder, free_port
from feeddog import wait_for

# A busy machine makes everything slower, and so do the sanitizers.
SLACK_MS = 1000
GOOD = ("good", "ok", 200)
TIMEOUT = ("bad", "timeout", 0)
NGINX = """
daemon off; master_process off; pid {dir}/pid; error_log stderr;
events {{ worker_connections 4096; }}
http {{
    access_log off; client_body_temp_path {dir}/a; proxy_temp_path {dir}/b; fastcgi_temp_path {dir}/c;
    uwsgi_temp_path {dir}/d; scgi_temp_path {dir}/e;
    server {{
        listen 127.0.0.1:{port} backlog=4096; listen 127.0.0.1:{tls_port} {listen};
        ssl_certificate {dir}/cert; ssl_certificate_key {dir}/key;
        location / {{ default_type text/plain; return 200 "all is well over $server_protocol\\n"; }}
        location /500 {{ return 500; }}
        location /302 {{ return 302 /; }}
        location /file {{ root {dir}; }}
    }}
}}
"""


class Nginx:
    def __init__(self, listen="ssl"):
        self.binary = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        if not self.binary:
            raise AssertionError("nginx is not installed (scripts/setup test installs it)")
        self.dir, self.port, self.tls_port = folder("nginx"), free_port(), free_port()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{self.dir}/key", "-out",
                        f"{self.dir}/cert", "-days", "1", "-subj", "/CN=localhost"], check=True, capture_output=True)
        config = os.path.join(self.dir, "conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(NGINX.format(dir=self.dir, port=self.port, tls_port=self.tls_port, listen=listen))
        self.process = subprocess.Popen([self.binary, "-c", config, "-p", self.dir, "-e", "stderr"])
        self.url = f"http://127.0.0.1:{self.port}"
        wait_for(self.listens, "nginx listening")

    def listens(self):
        assert self.process.poll() is None, "nginx ended"
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0
