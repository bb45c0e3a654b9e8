"""A small server for one person on this machine: loopback only, one secret, nothing from elsewhere.

A page in the same browser could send requests here, too. So each request must name this very host (which a rebound name
does not), and all but the first must carry a secret that only the page knows; bodies are small and JSON.

Whatever is sent is answered with a status, and nothing of it reaches the terminal: what is no address or no number is a
bad request, who leaves is left, and who takes longer than `SECONDS` to say what is wanted is hung up on.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from fathom.errors import FathomError, UserError
from fathom.interrupts import interrupts

LARGEST = 100_000
"""Bytes of a body."""
SECONDS = 30.0
"""In which a request must have come whole."""
WAITING = 1024
"""Connections that may wait to be taken."""
AT_ONCE = 256
"""Requests that are answered at the same time; more wait."""
_LARGEST_NUMBER = 9
"""Digits of a number in an address or a header."""
_LARGEST_IGNORED = 16_000_000
"""Bytes of a refused body that are taken in, so that whoever sends it still hears why it was refused."""
POLICY = "default-src 'none'; img-src 'self' data:; media-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; "


@dataclass(frozen=True)
class Answer:
    """What is sent back: a body and its type."""

    body: bytes
    kind: str = "application/json"

    @classmethod
    def of(cls, value: Any) -> Answer:
        """A value as JSON."""
        return cls(json.dumps(value).encode())  # in ASCII: the name of a file need not be text


class Missing(Exception):  # noqa: N818 (it is told as 404)
    """There is nothing at that path."""


def whole_number(text: str) -> int | None:
    """A number of few digits, as addresses and headers have them; None where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LARGEST_NUMBER else None


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
            self.server = _Server(("127.0.0.1", port), type("Handler", (Handler,), {"local": self}))
        except OSError as error:
            raise UserError(f"the port {port} cannot be used ({error.strerror}): give another `port`") from None
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


class _Server(ThreadingHTTPServer):
    """Takes many at once, and keeps what goes wrong with one of them from the terminal."""

    daemon_threads = True
    request_queue_size = WAITING

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, as soon as there is a place."""
        self._places.acquire()
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread is to be had
            self._places.release()
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and give the place free."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say in a line what is a defect of ours; who left or sent too slowly is no concern of anybody's."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            print(f"fathom: a request could not be answered ({type(error).__name__}: {error})", file=sys.stderr)


class Handler(BaseHTTPRequestHandler):
    """Answers what comes with the secret, from this machine; nothing else."""

    local: Local
    server_version, sys_version = "fathom", ""
    timeout = SECONDS
    default_request_version = "HTTP/1.0"
    """Of what names no version: it is answered with a status, too."""

    def setup(self) -> None:
        """Begin to listen; a byte now and then does not keep the connection."""
        super().setup()
        self.late = threading.Timer(SECONDS, self._hang_up)
        self.late.daemon = True
        self.late.start()

    def finish(self) -> None:
        """Send what is still to be sent."""
        self.late.cancel()
        super().finish()

    def do_GET(self) -> None:
        """The page, or what it asks for."""
        address = self._address()
        if address is None:
            return self._refuse(HTTPStatus.BAD_REQUEST, "that is no address")
        given = parse_qs(address.query, errors="replace").get("key", [""])[0]
        if not self._from_here() or not self._is_secret(given):
            return self._refuse(HTTPStatus.FORBIDDEN, "open the address that fathom printed")
        if address.path == "/":
            page = self.local.page.replace("{{secret}}", self.local.secret).replace("{{nonce}}", self.local.nonce)
            return self._send(Answer(page.encode(), "text/html; charset=utf-8"))
        return self._answer(lambda: self.local.get(address.path), of_a_body=False)

    def do_POST(self) -> None:
        """What the page sends."""
        address = self._address()
        if not self._from_here() or not self._is_secret(self.headers.get("X-Fathom-Key", "")):
            return self._refuse(HTTPStatus.FORBIDDEN, "open the address that fathom printed")
        if address is None:
            return self._refuse(HTTPStatus.BAD_REQUEST, "that is no address")
        if "Content-Length" not in self.headers:
            return self._refuse(HTTPStatus.LENGTH_REQUIRED, "say how long the body is")
        length = whole_number(self.headers["Content-Length"])
        if length is None and not self.headers["Content-Length"].isdecimal():
            return self._refuse(HTTPStatus.BAD_REQUEST, "the length of the body is no number")
        if length is None or length > LARGEST:
            return self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too much at once")
        raw = self.rfile.read(length)
        if len(raw) < length:
            return self._refuse(HTTPStatus.BAD_REQUEST, "the body is shorter than was said")
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError) as error:
            return self._refuse(HTTPStatus.BAD_REQUEST, str(error))
        if not isinstance(body, dict):
            return self._refuse(HTTPStatus.BAD_REQUEST, "a record is expected")
        return self._answer(lambda: self.local.post(address.path, body), of_a_body=True)

    def _not_allowed(self) -> None:
        """Any other verb of HTTP."""
        self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, "only GET and POST are answered", Allow="GET, POST")

    do_HEAD = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_TRACE = do_CONNECT = _not_allowed  # noqa: N815

    def _answer(self, ask: Callable[[], Answer], *, of_a_body: bool) -> None:
        """Send the answer, or the status that says why there is none."""
        self.late.cancel()  # all is said; the answer may take longer
        try:
            answer = ask()
        except Missing as error:
            return self._refuse(HTTPStatus.NOT_FOUND, str(error) or "nothing is there")
        except (FathomError, ValueError) as error:
            wrong = HTTPStatus.BAD_REQUEST if of_a_body else HTTPStatus.NOT_FOUND
            return self._refuse(wrong, str(error))
        except OSError as error:
            wrong = HTTPStatus.INTERNAL_SERVER_ERROR if of_a_body else HTTPStatus.NOT_FOUND
            return self._refuse(wrong, error.strerror or str(error))
        except Exception as error:
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "that is a defect of fathom; the terminal has its name")
            raise error from None
        return self._send(answer)

    def _address(self) -> SplitResult | None:
        try:
            urlsplit(self.requestline.split()[1])  # as it was sent: the library may have mended it
            return urlsplit(self.path)
        except ValueError:
            return None

    def _is_secret(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self.local.secret.encode())

    def _from_here(self) -> bool:
        named = self.headers.get_all("Host", [])
        return named in ([f"127.0.0.1:{self.local.port}"], [f"localhost:{self.local.port}"])

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

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

    def _refuse(self, status: HTTPStatus, why: str, **headers: str) -> None:
        body = json.dumps({"error": why}).encode()
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json", "Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        if {"Content-Length", "Transfer-Encoding"} & set(self.headers):
            self._ignore_rest()

    def send_error(self, *args: Any, **named: Any) -> None:
        """Answer what is no request at all."""
        super().send_error(*args, **named)
        self._ignore_rest()

    def _ignore_rest(self) -> None:
        """Take in what was not read: closed before, the connection would break, and the answer be lost."""
        taken = 0
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(0.5)
            while taken < _LARGEST_IGNORED and (part := self.rfile.read1(65_536)):
                taken += len(part)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal is the user's."""
