"""Whatever is sent to a local page is answered with a status that is right, and nothing of it reaches the terminal."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fathom.errors import UserError
from fathom.serving import local as local_pages
from fathom.serving.local import Answer, Local, Missing

DIGITS = "7" * 5_000


def get(path: str) -> Answer:
    if path == "/data":
        return Answer.of({"name": "\udcff.jpg"})  # the name of a file that is no text
    if path == "/defect":
        raise KeyError(path)
    if path == "/value":
        raise ValueError("embedded null byte")
    raise Missing


def post(path: str, body: dict[str, Any]) -> Answer:
    if path == "/full":
        raise OSError(28, "No space left on device")
    if path == "/wrong":
        raise UserError("there is no such answer")
    if path != "/say":
        raise Missing
    return Answer.of(body)


@pytest.fixture(scope="module")
def page() -> Iterator[Local]:
    served = Local("<p>{{secret}}</p>", get, post)
    served.start()
    yield served
    served.stop()


@pytest.fixture(autouse=True)
def _quiet(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    told = capfd.readouterr()
    assert told.out == ""
    assert "Traceback" not in told.err


def send(page: Local, raw: bytes, *, end: bool = True) -> bytes:
    """All that comes back to raw bytes; b"" where nothing does."""
    with socket.create_connection(("127.0.0.1", page.port), timeout=10) as connection:
        try:
            connection.sendall(raw)
            if end:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it answered before all was sent
        parts = []
        try:
            while part := connection.recv(65_536):
                parts.append(part)
        except OSError:
            pass
        return b"".join(parts)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0


def request(page: Local, first: str, *headers: str, body: bytes = b"", host: str | None = None) -> int:
    lines = [first, f"Host: {host or f'127.0.0.1:{page.port}'}", *headers]
    return status(send(page, "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body))


def test_the_page_itself_is_answered(page: Local) -> None:
    assert request(page, f"GET /?key={page.secret} HTTP/1.1") == 200
    assert request(page, f"GET /data?key={page.secret} HTTP/1.1") == 200


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/?key=é", 403), ("/?key=%C3%A9", 403), ("/?key=%FF", 403), ("/?key=", 403), ("/?", 403), ("/é?é=é", 403),
        ("//[", 400), ("http://[/", 400), ("http://[::1", 400), ("//[?key=SECRET", 400), ("*", 403),
        ("http://evil.example/?key=x", 403),
        (f"/picture/{DIGITS}?key=SECRET", 404), ("/picture/\u00b2?key=SECRET", 404), ("/picture/-1?key=SECRET", 404),
        ("/%00?key=SECRET", 404), ("/value?key=SECRET", 404), ("/../../etc/passwd?key=SECRET", 404),
        ("/defect?key=SECRET", 500),
        ("/" + "a" * 70_000, 414),
    ],
)  # fmt: skip
def test_odd_addresses(page: Local, path: str, wanted: int) -> None:
    assert request(page, f"GET {path.replace('SECRET', page.secret)} HTTP/1.1") == wanted


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "é", "", f"127.0.0.1:{DIGITS}", "[", "a@b"]
)
def test_a_foreign_host_is_refused(page: Local, host: str) -> None:
    assert request(page, f"GET /?key={page.secret} HTTP/1.1", host=host or " ") == 403


def test_a_host_must_be_named_and_once(page: Local) -> None:
    assert request(page, f"GET /?key={page.secret} HTTP/1.1", "Host: evil.example") == 403
    assert status(send(page, f"GET /?key={page.secret} HTTP/1.1\r\n\r\n".encode())) == 403


@pytest.mark.parametrize("verb", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"])
def test_other_verbs_are_not_allowed(page: Local, verb: str) -> None:
    assert request(page, f"{verb} /?key={page.secret} HTTP/1.1") == 405


@pytest.mark.parametrize(
    ("first", "wanted"),
    [
        ("BREW / HTTP/1.1", 501), ("GET / HTTP/9.9", 505), (f"GET / HTTP/{DIGITS}.1", 400), ("GET / FTP/1.1", 400),
        ("GET", 400), ("GET / HTTP/1.1 more", 400), ("é é é", 400), ("GET / HTTP/-1.1", 400),
    ],
)  # fmt: skip
def test_what_is_no_request(page: Local, first: str, wanted: int) -> None:
    assert request(page, first) == wanted


@pytest.mark.parametrize(
    ("headers", "body", "wanted"),
    [
        (["Content-Length: 2"], b"{}", 200),
        ([], b"", 411),
        (["Transfer-Encoding: chunked"], b"2\r\n{}\r\n0\r\n\r\n", 411),
        ([f"Content-Length: {DIGITS}"], b"{}", 413),
        (["Content-Length: 100001"], b" " * 100_001, 413),
        (["Content-Length: 5000000"], b" " * 5_000_000, 413),
        (["Content-Length: -1"], b"{}", 400),
        (["Content-Length: \u00b2"], b"{}", 400),
        (["Content-Length: 0x2"], b"{}", 400),
        (["Content-Length: 50"], b"{}", 400),  # it left after two
        (["Content-Length: 0"], b"", 400),
        (["Content-Length: 4"], b"\xff\xfe\xff\xfe", 400),
        (["Content-Length: 90000"], b"[" * 90_000, 400),
        ([f"Content-Length: {len(DIGITS) + 6}"], b'{"a":' + DIGITS.encode() + b"}", 400),
        (["Content-Length: 15"], b'{"a": "\\ud800"}', 200),
        (["Content-Length: 3"], b"[1]", 400),
    ],
)
def test_odd_bodies(page: Local, headers: list[str], body: bytes, wanted: int) -> None:
    assert request(page, "POST /say HTTP/1.1", f"X-Fathom-Key: {page.secret}", *headers, body=body) == wanted


def test_what_a_body_asks_for_and_cannot_be_had(page: Local) -> None:
    sent = ["Content-Length: 2", f"X-Fathom-Key: {page.secret}"]
    assert request(page, "POST /full HTTP/1.1", *sent, body=b"{}") == 500
    assert request(page, "POST /wrong HTTP/1.1", *sent, body=b"{}") == 400
    assert request(page, "POST /nowhere HTTP/1.1", *sent, body=b"{}") == 404
    assert request(page, "POST http://[ HTTP/1.1", *sent, body=b"{}") == 400


@pytest.mark.parametrize("key", ["é", "", DIGITS, "\x00"])
def test_a_wrong_key_may_be_anything(page: Local, key: str) -> None:
    assert request(page, "POST /say HTTP/1.1", f"X-Fathom-Key: {key}", "Content-Length: 2", body=b"{}") == 403


def test_floods_of_headers(page: Local) -> None:
    assert request(page, "GET / HTTP/1.1", *(f"X-{i}: 1" for i in range(5_000))) == 431
    assert request(page, "GET / HTTP/1.1", "X: " + "a" * 100_000) == 431


def test_a_client_may_leave_at_any_time(page: Local) -> None:
    whole = f"GET /data?key={page.secret} HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\n\r\n".encode()
    for length in range(0, len(whole) + 1, 7):
        with socket.create_connection(("127.0.0.1", page.port)) as connection:
            # no lingering: the connection breaks instead of ending
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(whole[:length])
    assert request(page, f"GET /data?key={page.secret} HTTP/1.1") == 200


def test_two_hundred_at_once_are_all_answered(page: Local) -> None:
    ready = threading.Barrier(200)

    def one(_: int) -> int:
        ready.wait(30)
        return request(page, f"GET /data?key={page.secret} HTTP/1.1")

    with ThreadPoolExecutor(200) as pool:
        assert set(pool.map(one, range(200))) == {200}


def test_who_is_slow_is_hung_up_on_and_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_pages, "SECONDS", 0.4)
    monkeypatch.setattr(local_pages, "AT_ONCE", 8)
    page = Local("", get, post)
    page.start()
    slow = [socket.create_connection(("127.0.0.1", page.port)) for _ in range(20)]
    try:
        began = time.monotonic()
        for connection in slow:
            connection.sendall(b"GET / HT")  # and never the rest
        assert request(page, f"GET /data?key={page.secret} HTTP/1.1") == 200
        assert time.monotonic() - began < 5
    finally:
        for connection in slow:
            connection.close()
        page.stop()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text("GETPOS /?[]:%#é\r\n\0HTTP1.", max_size=80).map(str.encode))
def test_any_bytes_are_answered_or_left(page: Local, raw: bytes) -> None:
    assert status(send(page, raw)) in (0, 400, 403, 404, 405, 411, 413, 414, 431, 501, 505)


def test_answers_are_json_whatever_names_are(page: Local) -> None:
    first = f"GET /data?key={page.secret} HTTP/1.1\r\nHost: localhost:{page.port}\r\n\r\n"
    assert json.loads(send(page, first.encode()).partition(b"\r\n\r\n")[2]) == {"name": "\udcff.jpg"}
