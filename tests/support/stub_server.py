# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# A server that MLflow's is not: `python3 stub_server.py KIND` writes its port to ./stub.port and
# answers every request. KIND: nonsense (200, no JSON), number (200, JSON but no object), empty (an
# object without what was asked for), refuse (401; the Authorization it saw goes to ./stub.seen),
# broken (500), moved (302), slow (answers after a minute), hangup (closes without an answer).
import http.server
import os
import sys
import time

kind = sys.argv[1]
answers = {"nonsense": (200, b"<html>hello</html>"), "number": (200, b"42"), "empty": (200, b"{}"),
           "refuse": (401, b"no"), "broken": (500, b"oh dear"), "moved": (302, b""), "slow": (200, b"{}")}


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if kind == "refuse":
            with open("stub.seen", "a") as seen:
                seen.write(self.headers.get("Authorization", "nothing") + "\n")
        if kind == "slow":
            time.sleep(60)
        if kind == "hangup":
            self.close_connection = True
            return
        code, body = answers[kind]
        self.send_response(code)
        if code == 302:
            self.send_header("Location", "http://127.0.0.1:9/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open("stub.port.new", "w") as port:
    port.write(str(server.server_address[1]))
os.rename("stub.port.new", "stub.port")
server.serve_forever()
