"""What every request passes before anything else sees it: who may ask, from where, how much, and how long it takes.

A page in the same browser could send requests to a server on this machine, too. So on the loopback address a request
must name this very host, which a rebound name does not, and one that says that it comes from another page is refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from fathom.serving.service.limits import Limits, Refused

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
OPEN = frozenset({"/health"})
"""What needs no key."""
COOKIE = "fathom_key"
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; worker-src 'self' blob:; font-src 'self' data:; "
    "connect-src 'self' blob: data:; frame-ancestors 'none'; form-action 'self'; base-uri 'self'"
)
"""What a browser may load for the page: nothing from elsewhere."""
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", POLICY.encode()),
)
_DRAINED = 16_000_000
"""Bytes of a refused body that are taken in, so that whoever sends it still hears why it was refused."""


class Guard:
    """Stands before an application.

    Args:
        app: that answers what is let through.
        limits: how much a client may ask for.
        key: that a client must know; "" lets everybody in.
        loopback: the server listens to this machine alone.
    """

    def __init__(self, app: App, limits: Limits, key: str = "", *, loopback: bool = True) -> None:
        self.app, self.limits, self.key, self.loopback = app, limits, key.encode(), loopback

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name, value)
        measured = _Measured(self.limits, receive, send)
        try:
            self._check(scope, headers)
        except Refused as error:
            await measured.refuse(error)
            return None
        if self.key and self._enters(scope):
            return await self._let_in(send)
        try:
            await self.app(scope, measured.receive, measured.send)
        except Exception:
            if measured.refused is None:
                raise
        if measured.refused is not None:
            await measured.refuse(measured.refused)
        return None

    def _check(self, scope: MutableMapping[str, Any], headers: dict[bytes, bytes]) -> None:
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if self.loopback and re.sub(r":\d{1,5}$", "", host) not in LOOPBACK:
            raise Refused(421, "this server answers to the names localhost and 127.0.0.1 alone")
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        strange = origin and origin.partition("://")[2] != host
        if strange or headers.get(b"sec-fetch-site") == b"cross-site":
            raise Refused(403, "pages of other servers may not ask this one")
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length[:20]) > self.limits.bytes:
            raise Refused(413, f"a body of more than {self.limits.bytes:,} bytes is not read")
        if self.key and scope["path"] not in OPEN and not self._knows(headers) and not self._enters(scope):
            raise Refused(401, "the key is missing or wrong: send it as the header X-API-Key")

    def _enters(self, scope: MutableMapping[str, Any]) -> bool:
        """Whether somebody opens the page with the key in its address, ``/?key=…``."""
        given = parse_qs(scope["query_string"]).get(b"key", [b""])[0]
        return bool(scope["path"] == "/" and scope["method"] == "GET" and hmac.compare_digest(given, self.key))

    async def _let_in(self, send: Send) -> None:
        """Send them to the page without the key in its address, which the browser keeps from now on."""
        kept = f"{COOKIE}={self.key.decode()}; HttpOnly; SameSite=Strict; Path=/".encode()
        headers = [(b"location", b"/"), (b"set-cookie", kept), (b"content-length", b"0"), *HEADERS]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    def _knows(self, headers: dict[bytes, bytes]) -> bool:
        """Whether the key was sent, found out in a time that does not tell how much of it is right."""
        given = headers.get(b"x-api-key", b"")
        bearer = headers.get(b"authorization", b"")
        if bearer[:7].lower() == b"bearer ":
            given = bearer[7:]
        for cookie in headers.get(b"cookie", b"").split(b";"):
            name, _, value = cookie.strip().partition(b"=")
            if name == COOKIE.encode():
                given = given or value
        return hmac.compare_digest(given.strip(), self.key)


class _Measured:
    """A request whose body is measured while it comes."""

    def __init__(self, limits: Limits, receive: Receive, send: Send) -> None:
        self.limits, self._receive, self._send = limits, receive, send
        self.refused: Refused | None = None
        self._taken, self._whole, self._begun = 0, False, False
        self._late = asyncio.get_running_loop().time() + limits.body_time

    async def receive(self) -> Message:
        """The next part of the body.

        Raises:
            Refused: it is more than is read, or comes too slowly.
        """
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._late):
                message = await self._receive()
        except TimeoutError:
            self._refuse(408, f"the body did not come within {self.limits.body_time} s")
        self._taken += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._taken > self.limits.bytes:
            self._refuse(413, f"a body of more than {self.limits.bytes:,} bytes is not read")
        return message

    def _refuse(self, status: int, why: str) -> None:
        self.refused = Refused(status, why)
        raise self.refused

    async def send(self, message: Message) -> None:
        """Send on, unless the request is to be refused."""
        if self.refused is not None and not self._begun:
            return
        if message["type"] == "http.response.start":
            self._begun = True
            had = {name.lower() for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(h for h in HEADERS if h[0] not in had)]
        await self._send(message)

    async def refuse(self, error: Refused) -> None:
        """Say why, and take in what is still being sent."""
        if self._begun:
            return
        self.refused, self._begun = None, True
        start, body = refusal(error, close=not self._whole)
        await self._send(start)
        await self._send(body | {"more_body": True})  # whole as it is; closed now, the connection would break
        left = _DRAINED
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                while not self._whole and left > 0:
                    message = await self._receive()
                    left -= len(message.get("body", b""))
                    self._whole = not message.get("more_body", False)
        await self._send({"type": "http.response.body", "body": b""})


def refusal(error: Refused, *, close: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer that says why there is none: a status and a sentence.

    Args:
        error: why.
        close: the connection is of no use any more, since a body is still on its way.
    """
    body = json.dumps({"error": str(error), **error.beside}, ensure_ascii=False).encode("utf-8", "replace")
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *HEADERS]
    if error.status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", b"1"))
    if error.status is HTTPStatus.UNAUTHORIZED:
        headers.append((b"www-authenticate", b"Bearer"))
    if close:
        headers.append((b"connection", b"close"))
    start: dict[str, Any] = {"type": "http.response.start", "status": int(error.status), "headers": headers}
    return start, {"type": "http.response.body", "body": body}
