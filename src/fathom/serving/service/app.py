"""The addresses of the server, as a FastAPI application."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from importlib.util import find_spec
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from fathom.serving.service.documentation import documented, documented_generation, with_examples
from fathom.serving.service.generation import Writers, asked_of
from fathom.serving.service.guard import Guard, refusal
from fathom.serving.service.limits import Refused
from fathom.serving.service.messages import Body
from fathom.serving.service.plain_page import plain_page
from fathom.serving.service.service import BUSY, Served, Service

JSON = "application/json"


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
    if not one.net.generates:
        return

    async def generate(request: Request) -> Response:
        return await _generated(service, writers, one, request)

    app.add_api_route(
        f"{prefix}/generate", generate, methods=["POST"], name=f"generate{prefix.replace('/', '_')}",
        response_class=Response, **documented_generation(one),
    )  # fmt: skip


async def _generated(service: Service, writers: Writers, one: Served, request: Request) -> Response:
    status = 200
    try:
        async with service.body(request.stream()) as data:
            parts = await writers.write(one, asked_of(data, service.limits))
        return StreamingResponse(parts, media_type="text/plain; charset=utf-8")
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


async def _while_heard(request: Request, work: Awaitable[bytes], seconds: float) -> bytes:
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
