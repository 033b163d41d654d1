# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# Something between a client and an S3 service that goes wrong in one way:
#
#   python3 s3_proxy.py UPSTREAM PORT_FILE MODE [NUMBER] [STORAGE TOKEN]
#
# cut          each connection is closed after NUMBER bytes from the client, the first 6 times
# die          all is passed on until NUMBER bytes came from the client; from then on each connection is closed
# answers      the first 4 answers that are longer than NUMBER bytes are cut there
# busy         the first NUMBER requests are answered 503 SlowDown
# late         every request is answered RequestTimeTooSkewed, with a Date of NUMBER seconds ago
# conditional  If-None-Match: * on PUT is honoured (the service behind does not know it), with a lock around it;
#              STORAGE and TOKEN are those of the service's own protocol, to ask whether the object exists
import http.client
import http.server
import os
import socket
import sys
import threading
import time
import urllib.parse
from email.utils import formatdate

upstream = urllib.parse.urlparse(sys.argv[1])
port_file, mode = sys.argv[2], sys.argv[3]
number = int(sys.argv[4]) if len(sys.argv) > 4 else 0
state = {"left": 6 if mode == "cut" else 4 if mode == "answers" else number, "seen": 0}
lock = threading.Lock()
one_at_a_time = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def hang_up(self):
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def error(self, code, name, date=None):
        body = ("<?xml version='1.0'?><Error><Code>%s</Code><Message>so it is</Message></Error>" % name).encode()
        self.send_response_only(code)
        self.send_header("Date", date or formatdate(usegmt=True))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def take_body(self):
        """The request's body; None where the connection has been closed on the way."""
        length = int(self.headers.get("Content-Length") or 0)
        with lock:
            budget = length
            if mode == "cut" and length > number and state["left"] > 0:
                state["left"] -= 1
                budget = number
            if mode == "die":
                budget = min(length, max(0, number - state["seen"]))
                state["seen"] += length
                if state["seen"] > number and length == 0:
                    budget = -1
        if budget < length:
            self.rfile.read(max(budget, 0))
            self.hang_up()
            return None
        return self.rfile.read(length)

    def exists(self):
        storage = urllib.parse.urlparse(sys.argv[5])
        link = http.client.HTTPConnection(storage.netloc, timeout=60)
        link.request("HEAD", storage.path + self.path.split("?")[0], headers={"X-Auth-Token": sys.argv[6]})
        code = link.getresponse().status
        link.close()
        return code == 200

    def forward(self, body):
        link = http.client.HTTPConnection(upstream.netloc, timeout=120)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("connection", "if-none-match")}
        link.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for k, v in headers.items():
            link.putheader(k, v)
        link.endheaders(body)
        answer = link.getresponse()
        data = answer.read()
        link.close()
        self.send_response_only(answer.status)
        length = len(data)
        if self.command == "HEAD":
            length = answer.headers.get("Content-Length", "0")
        for k, v in answer.headers.items():
            if k.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(k, v)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        with lock:
            cut = mode == "answers" and self.command == "GET" and len(data) > number and state["left"] > 0
            if cut:
                state["left"] -= 1
        self.wfile.write(data[:number] if cut else data)
        if cut:
            self.wfile.flush()
            self.hang_up()

    def answer(self):
        body = self.take_body()
        if body is None:
            return
        if mode == "busy":
            with lock:
                refuse = state["left"] > 0
                state["left"] -= refuse
            if refuse:
                self.error(503, "SlowDown")
                return
        if mode == "late":
            self.error(403, "RequestTimeTooSkewed", formatdate(time.time() - number, usegmt=True))
            return
        if mode == "conditional" and self.headers.get("If-None-Match") == "*":
            with one_at_a_time:
                if self.exists():
                    self.error(412, "PreconditionFailed")
                else:
                    self.forward(body)
            return
        self.forward(body)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
with open(port_file + ".tmp", "w") as f:
    f.write(str(server.server_address[1]))
os.rename(port_file + ".tmp", port_file)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
server.serve_forever()
