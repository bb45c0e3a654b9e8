"""The server: uvicorn, without its names and versions, and without patience for who says nothing."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from fathom.errors import UserError
from fathom.interrupts import CODE, interrupts, say
from fathom.serving.service.app import application, guarded
from fathom.serving.service.input_workers import preload, sweep
from fathom.serving.service.limits import Limits
from fathom.serving.service.service import Service

HEADERS_TIME = 10.0
"""Seconds in which the first lines of a request must have come."""
LEAVING = 1
"""Seconds that requests have to end once the server is told to."""
PATIENCE = 10.0
"""Seconds after which a server that was told to end is gone, whatever in a library still holds it up."""
CONNECTIONS = 2_000
"""That are open at the same time; who comes later is told to come again."""


class Impatient(H11Protocol):
    """HTTP that hangs up on who does not say what is wanted."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait on, until the first lines are whole."""
        super().data_received(data)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        if self._late is not None:
            self._late.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        waiting = self.cycle is None or self.cycle.response_complete
        if waiting and self._late is None:
            self._late = self.loop.call_later(HEADERS_TIME, self._hang_up)
        elif not waiting and self._late is not None:
            self._late.cancel()
            self._late = None

    def _hang_up(self) -> None:
        self._late = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()


class Server(uvicorn.Server):
    """Stops where fathom is told to stop, and leaves signals to it."""

    def install_signal_handlers(self) -> None:
        """None of its own."""

    async def on_tick(self, counter: int) -> bool:
        """Whether it is over."""
        self.should_exit = self.should_exit or interrupts.asked
        return await super().on_tick(counter)


def is_loopback(host: str) -> bool:
    """Whether an address is of this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        UserError: the address or the port cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        found.listen(1024)
    except (OSError, OverflowError) as error:
        found.close()
        raise UserError(f"{host}:{port} cannot be used ({error}): give another `port` or `host`") from None
    return found


def prepared(
    places: Mapping[str, Path], *, exported: bool = False, limits: Limits | None = None, key: str = "",
    host: str = "127.0.0.1", workers: int = 0, page: bool = False,
) -> tuple[Service, Server]:  # fmt: skip
    """The runs, loaded, and a server for them that is not started yet.

    Args:
        places: of runs, or of exports, by the names under which they are asked.
        exported: which of both.
        limits: how much a client may ask for.
        key: that clients must know; "" lets everybody in.
        host: the address that will be listened at.
        workers: processes that read inputs; 0 takes one for each processor, four at most.
        page: with a page to try them at.

    Raises:
        UserError: a run cannot be loaded.
    """
    sweep()
    preload(exported=exported)
    count = workers or max(1, min(4, os.cpu_count() or 1))
    service = Service(places, exported=exported, limits=limits or Limits(), workers=count)
    app = guarded(application(service, page=page), service, key, loopback=is_loopback(host))
    config = uvicorn.Config(
        app, http=Impatient, ws="none", lifespan="on", log_config=None, access_log=False, server_header=False,
        date_header=False, proxy_headers=False, limit_concurrency=CONNECTIONS, timeout_keep_alive=30,
        timeout_graceful_shutdown=LEAVING, h11_max_incomplete_event_size=32_768,
    )  # fmt: skip
    return service, Server(config)


def serve(service: Service, server: Server, listening: socket.socket) -> None:
    """Answer until Ctrl-C.

    Args:
        service, server: as `prepared` made them.
        listening: as `bound` made it.

    Raises:
        Stopped: it was told to end.
    """
    interrupts.writing = interrupts.at_once = True
    threading.Thread(target=_end_late, args=[service], daemon=True).start()
    try:
        service.start()
        interrupts.serving = True
        asyncio.run(_until_stopped(server, listening))
    finally:
        interrupts.serving = False
        service.stop()
        listening.close()
    interrupts.check()


def _end_late(service: Service) -> None:
    """End the process where it has not ended by itself."""
    while not interrupts.asked:
        time.sleep(0.5)
    time.sleep(PATIENCE)
    service.clear()
    say("fathom: interrupted")
    os._exit(CODE)


async def _until_stopped(server: Server, listening: socket.socket) -> None:
    await server._serve([listening])


def warn(host: str, key: str) -> None:
    """Say what is open to others."""
    if not is_loopback(host) and not key:
        print("fathom: everybody who reaches this machine can ask: give --key-file", file=sys.stderr)
