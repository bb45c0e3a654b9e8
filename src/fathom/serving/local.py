"""A small server for one person on this machine: loopback only, one secret, nothing from elsewhere.

A page in the same browser could send requests here, too. So each request must name this very host (which a rebound name
does not), and all but the first must carry a secret that only the page knows; bodies are small and JSON.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fathom.errors import FathomError, UserError
from fathom.interrupts import interrupts

LARGEST = 100_000
"""Bytes of a body."""
POLICY = "default-src 'none'; img-src 'self' data:; media-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; "


@dataclass(frozen=True)
class Answer:
    """What is sent back: a body and its type."""

    body: bytes
    kind: str = "application/json"

    @classmethod
    def of(cls, value: Any) -> Answer:
        """A value as JSON."""
        return cls(json.dumps(value, ensure_ascii=False).encode())


class Missing(Exception):  # noqa: N818 (it is told as 404)
    """There is nothing at that path."""


Get = Callable[[str], Answer]
"""Path → answer; raises `Missing`."""
Post = Callable[[str, dict[str, Any]], Answer]
"""Path and body → answer; raises `UserError` where the body makes no sense."""


class Local:
    """The server.

    Args:
        page: the page's HTML; ``{{secret}}`` and ``{{nonce}}`` in it are filled in.
        get: answers what the page asks for.
        post: answers what the page tells.
        port: 0 takes any that is free.

    Raises:
        UserError: the port is taken.
    """

    def __init__(self, page: str, get: Get, post: Post, port: int = 0) -> None:
        self.secret, self.nonce = secrets.token_urlsafe(16), secrets.token_urlsafe(12)
        self.page, self.get, self.post = page, get, post
        try:
            self.server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (Handler,), {"local": self}))
        except OSError as error:
            raise UserError(f"the port {port} cannot be used ({error.strerror}): give another `port`") from None
        self.server.daemon_threads = True
        self.port = int(self.server.server_address[1])

    @property
    def address(self) -> str:
        """What is to be opened, secret and all."""
        return f"http://127.0.0.1:{self.port}/?key={self.secret}"

    def start(self) -> None:
        """Answer in another thread."""
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Answer no more."""
        self.server.shutdown()
        self.server.server_close()

    def serve(self) -> None:
        """Answer until Ctrl-C."""
        self.start()
        try:
            while not interrupts.asked and interrupts.leaving is None:
                time.sleep(0.1)
        finally:
            self.stop()


class Handler(BaseHTTPRequestHandler):
    """Answers what comes with the secret, from this machine; nothing else."""

    local: Local
    server_version, sys_version = "fathom", ""
    timeout = 30

    def do_GET(self) -> None:
        """The page, or what it asks for."""
        address = urlsplit(self.path)
        given = parse_qs(address.query).get("key", [""])[0]
        if not self._from_here() or not hmac.compare_digest(given, self.local.secret):
            return self._refuse(HTTPStatus.FORBIDDEN, "open the address that fathom printed")
        if address.path == "/":
            page = self.local.page.replace("{{secret}}", self.local.secret).replace("{{nonce}}", self.local.nonce)
            return self._send(Answer(page.encode(), "text/html; charset=utf-8"))
        try:
            return self._send(self.local.get(address.path))
        except (Missing, FathomError, OSError) as error:
            return self._refuse(HTTPStatus.NOT_FOUND, str(error) or "nothing is there")

    def do_POST(self) -> None:
        """What the page sends."""
        given = self.headers.get("X-Fathom-Key", "")
        if not self._from_here() or not hmac.compare_digest(given, self.local.secret):
            return self._refuse(HTTPStatus.FORBIDDEN, "open the address that fathom printed")
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST:
            return self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too much at once")
        try:
            body = json.loads(self.rfile.read(int(length)))
            if not isinstance(body, dict):
                raise UserError("a record is expected")
            return self._send(self.local.post(urlsplit(self.path).path, body))
        except (ValueError, UserError, RecursionError) as error:
            return self._refuse(HTTPStatus.BAD_REQUEST, str(error))
        except Missing:
            return self._refuse(HTTPStatus.NOT_FOUND, "nothing is there")

    def _from_here(self) -> bool:
        return self.headers.get("Host", "") in (f"127.0.0.1:{self.local.port}", f"localhost:{self.local.port}")

    def _send(self, answer: Answer) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Content-Security-Policy", f"{POLICY}script-src 'nonce-{self.local.nonce}'")
        self.end_headers()
        self.wfile.write(answer.body)

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        body = json.dumps({"error": why}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal is the user's."""
