"""The addresses of the server, as a FastAPI application."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from http import HTTPStatus
from importlib.util import find_spec
from typing import Any, TypeVar

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import Receive, Scope, Send

from fathom.serving.service.documentation import (
    documented,
    documented_generation,
    documented_transcription,
    with_examples,
)
from fathom.serving.service.generation import Writers, Writing, asked_of
from fathom.serving.service.guard import Guard, refusal
from fathom.serving.service.limits import Refused
from fathom.serving.service.messages import Body
from fathom.serving.service.plain_page import plain_page
from fathom.serving.service.service import BUSY, Served, Service
from fathom.serving.service.transcription import LATE, by_of, lines_of

JSON = "application/json"
T = TypeVar("T")


def application(service: Service, *, page: bool = False) -> FastAPI:
    """What answers, without the guard before it.

    Args:
        service: the runs.
        page: with a page to try them at.
    """

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        batchers = [asyncio.create_task(one.batcher.run()) for one in service.served.values()]
        for one in service.served.values():
            await one.begin()
        yield
        for task in batchers:
            task.cancel()

    app = FastAPI(
        title="fathom serve", version="1", docs_url=None, redoc_url=None, openapi_url="/openapi.json", lifespan=life
    )
    described = app.openapi
    app.openapi = lambda: with_examples(described(), service)  # type: ignore[method-assign]
    app.add_exception_handler(HTTPException, _http_error)  # type: ignore[arg-type]
    app.add_exception_handler(Refused, _refused)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, _defect)
    writers = Writers(service.limits)
    for one in service.served.values():
        _add(app, service, writers, one, f"/{one.name}")
    if len(service.served) == 1:
        _add(app, service, writers, next(iter(service.served.values())), "")

    @app.get("/health", summary="Whether the server answers, and for which runs")
    async def health() -> dict[str, Any]:
        return {"status": "ok", "runs": {name: _about(one) for name, one in service.served.items()}}

    @app.get("/metrics", summary="What the server counts, in the format of Prometheus", response_class=Response)
    async def metrics() -> Response:
        return Response(service.measures.text(), media_type="text/plain; version=0.0.4")

    if page:
        _add_page(app, service, writers)
    return app


def _add_page(app: FastAPI, service: Service, writers: Writers) -> None:
    """The page to try the runs at: once they are warm, since it shows inputs of theirs."""
    if find_spec("gradio") is None:

        @app.get("/", include_in_schema=False)
        async def root() -> Response:
            return Response(plain_page(service), media_type="text/html; charset=utf-8")

        return
    from fathom.serving.service.page import Page

    Page(service, writers).mount(app)
    for route in app.routes:
        if isinstance(route, Mount) and isinstance(route.app, FastAPI):
            route.app.add_exception_handler(HTTPException, _http_error)  # type: ignore[arg-type]
            route.app = _Behind(route.app, [one for one in app.routes if one is not route])


class _Behind:
    """What is mounted behind addresses of ours, and would take those with another method for its own.

    Args:
        app: that is mounted.
        routes: before it.
    """

    def __init__(self, app: FastAPI, routes: Sequence[BaseRoute]) -> None:
        self.app, self.routes = app, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say that an address answers other methods, or hand on."""
        ours = {**scope, "root_path": "", "app_root_path": ""}
        for route in self.routes if scope["type"] == "http" else ():
            if route.matches(ours)[0] is Match.PARTIAL:
                error = HTTPException(405, headers={"Allow": ", ".join(sorted(getattr(route, "methods", None) or ()))})
                return await (await _http_error(Request(scope), error))(scope, receive, send)
        await self.app(scope, receive, send)


def guarded(app: FastAPI, service: Service, key: str = "", *, loopback: bool = True) -> Guard:
    """The application behind its guard.

    Args:
        app: as `application` made it.
        service: the runs.
        key: that clients must know; "" lets everybody in.
        loopback: the server listens to this machine alone.
    """
    return Guard(app, service.limits, key, loopback=loopback)


def _about(one: Served) -> dict[str, Any]:
    return {"task": one.net.task, "accepts": str(one.net.accepts), "classes": list(one.net.classes)[:1000]}


def _add(app: FastAPI, service: Service, writers: Writers, one: Served, prefix: str) -> None:
    async def predict(request: Request) -> Response:
        return await _admitted(service, one, request, lambda body: one.predict(body))

    app.add_api_route(
        f"{prefix}/predict", predict, methods=["POST"], name=f"predict{prefix.replace('/', '_')}",
        response_class=Response, **documented(one),
    )  # fmt: skip

    async def generate(request: Request) -> Response:
        def begin(data: bytes) -> Awaitable[Writing]:
            return writers.write(one, asked_of(data, service.limits))

        return await _streamed(service, one, request, begin, "text/plain; charset=utf-8")

    async def transcribe(request: Request) -> Response:
        by, kind = by_of(request.query_params.get("by")), request.headers.get("content-type", "")

        def begin(data: bytes) -> Awaitable[Writing]:
            return writers.stream(lambda: lines_of(one, kind, data, by), LATE)

        return await _streamed(service, one, request, begin, "application/x-ndjson")

    for offered, answer, described in (
        (one.net.generates, generate, documented_generation),
        (one.net.transcribes, transcribe, documented_transcription),
    ):
        if offered:
            app.add_api_route(
                f"{prefix}/{answer.__name__}", answer, methods=["POST"], response_class=Response,
                name=f"{answer.__name__}{prefix.replace('/', '_')}", **described(one),
            )  # fmt: skip


class Streamed(StreamingResponse):
    """A text as it is written, whose place is free again however it ends."""

    def __init__(self, writing: Writing, kind: str) -> None:
        super().__init__(writing, media_type=kind)
        self.writing = writing

    async def __call__(self, *about: Any) -> None:
        """Send it."""
        try:
            await super().__call__(*about)
        finally:
            self.writing.leave()


async def _streamed(
    service: Service, one: Served, request: Request, begin: Callable[[bytes], Awaitable[Writing]], kind: str
) -> Response:
    """Answer with a text as it is written, once its first part is there."""
    status = 200
    try:
        async with service.body(request.stream()) as data:
            return Streamed(await _while_heard(request, begin(data), service.limits.answer_time), kind)
    except Refused as error:
        status = int(error.status)
        raise
    finally:
        service.measures.requests.labels(one.name, str(status)).inc()


async def _admitted(
    service: Service, one: Served, request: Request, answer: Callable[[Body], Awaitable[bytes]]
) -> Response:
    """Answer a request, if there is room for it and as long as the client waits."""
    status = 200
    try:
        async with service.body(request.stream()) as data, service.place():
            body = Body(request.headers.get("content-type", ""), data)
            return Response(await _while_heard(request, answer(body), service.limits.answer_time), media_type=JSON)
    except Refused as error:
        status = int(error.status)
        raise
    finally:
        service.measures.requests.labels(one.name, str(status)).inc()


async def _while_heard(request: Request, work: Awaitable[T], seconds: float) -> T:
    """The answer, unless the client leaves before: then nothing more is done for it.

    Raises:
        Refused: the client has left, or has waited too long.
    """
    doing, leaving = asyncio.ensure_future(work), asyncio.ensure_future(request.receive())
    try:
        done, _ = await asyncio.wait({doing, leaving}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if doing in done:
            return doing.result()
        if done:
            raise Refused(408, "the client has left")
        raise Refused(503, BUSY)
    finally:
        doing.cancel()
        leaving.cancel()


async def _refused(_: Request, error: Refused) -> Response:
    start, body = refusal(error)
    return Response(body["body"], int(error.status), {k.decode(): v.decode() for k, v in start["headers"]})


async def _http_error(_: Request, error: HTTPException) -> Response:
    said = {404: "there is nothing at this address", 405: "this address answers other methods of HTTP"}
    why = said.get(error.status_code, HTTPStatus(error.status_code).phrase.lower())
    answer = await _refused(_, Refused(error.status_code, why))
    answer.headers.update(error.headers or {})
    return answer


async def _defect(_: Request, error: Exception) -> Response:
    print(f"fathom: a request could not be answered ({type(error).__name__}: {error})", file=sys.stderr)
    return await _refused(_, Refused(500, "that is a defect of the server"))
