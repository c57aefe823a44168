"""A server that stands where the action server should, and answers what no action server of ours would."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class _Handler(BaseHTTPRequestHandler):
    """Well, by its own account; to every action the same answer."""

    server: "_Server"

    def do_GET(self) -> None:
        self._answer(200, "application/json", b'{"status": "ok"}')

    def do_POST(self) -> None:
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer(self.server.status, self.server.kind, self.server.body)

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    status, kind, body = 200, "application/json", b""

    def __init__(self, port: int) -> None:
        #: what was sent with each call
        self.asked: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, *_: object) -> None:
        """A caller who has had enough and hangs up is no error here."""


@contextmanager
def rubbish(port: int, status: int, kind: str, body: bytes) -> Iterator[_Server]:
    """Serve this on the port, until the end of the block."""
    server = _Server(port)
    server.status, server.kind, server.body = status, kind, body
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
