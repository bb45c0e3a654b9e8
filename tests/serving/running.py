"""A server that runs in a thread of the tests, and a client for it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx

from fathom.serving.service import server as serving
from fathom.serving.service.limits import Limits
from fathom.serving.service.places import named_places
from fathom.serving.service.service import Service


class Running:
    """What was started: the service, and a client that knows its address."""

    def __init__(self, service: Service, port: int) -> None:
        self.service, self.port = service, port
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)

    def post(self, path: str = "/predict", **more: Any) -> httpx.Response:
        return self.client.post(path, **more)


@contextlib.contextmanager
def running(places: Sequence[Path | str], limits: Limits | None = None, **more: Any) -> Iterator[Running]:
    """A server that answers until the block ends."""
    listening = serving.bound("127.0.0.1", 0)
    named = named_places([str(one) for one in places])
    service, server = serving.prepared(named, limits=limits, workers=more.pop("workers", 1), **more)
    service.start()
    thread = threading.Thread(target=lambda: asyncio.run(server._serve([listening])))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    one = Running(service, listening.getsockname()[1])
    try:
        yield one
    finally:
        one.client.close()
        server.should_exit = True
        thread.join(10)
        service.stop()
        listening.close()
