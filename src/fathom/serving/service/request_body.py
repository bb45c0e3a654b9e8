"""From the body of a request to inputs: JSON, multipart forms, files, texts and tables, as clients send them."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from fathom.data.json_keys import KeyedJSON
from fathom.serving.service.limits import Limits, Refused

_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}$")
_ENDINGS = {
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/vnd.apache.parquet": ".parquet",
    "audio/midi": ".mid",
}
"""Of files that come without a name."""
_FILES = ("image/", "audio/", "video/", "text/", "application/octet-stream", *_ENDINGS)
_LONGEST_NAME = 100
_log = logging.getLogger(__name__)


class Accepts(StrEnum):
    """What the inputs of a run are."""

    PICTURE = "picture"
    RECORDING = "recording"
    ROW = "row"
    TEXT = "text"
    PIECE = "piece of music"


@dataclass(frozen=True)
class File:
    """A file that was sent; its name is what the client calls it, in plain characters, without folders."""

    name: str
    data: bytes


Given = File | str
"""An input: a file, or a text (a row and chords are JSON)."""


def inputs_of(kind: str, data: bytes, accepts: Accepts, limits: Limits) -> tuple[list[Given], bool]:
    """The inputs in a body.

    Args:
        kind: its Content-Type.
        data: the body.
        accepts: what inputs are.
        limits: how many, and how long.

    Returns:
        the inputs, and whether the client asked for several.

    Raises:
        Refused: it makes no sense, or is too much.
    """
    plain = kind.partition(";")[0].strip().lower()
    if not data:
        raise Refused(400, "the body is empty: send an input")
    if plain == "application/json" or plain.endswith("+json"):
        given, many = _of_json(data, accepts)
    elif plain == "multipart/form-data":
        given, many = _of_form(kind, data, accepts, limits)
    elif plain == "text/plain" and accepts is not Accepts.ROW:
        given, many = [_text(data)], False
    elif plain.startswith(_FILES):
        given, many = [File(f"input{_ENDINGS.get(plain, '')}", data)], accepts is Accepts.ROW
    else:
        raise Refused(415, f"a body of the type '{_tidy(plain)}' is not read: send JSON, a form with files, or a file")
    if not given:
        raise Refused(400, "there is no input in the body: send one or more")
    _check(given, limits)
    return given, many or len(given) > 1


def _check(given: list[Given], limits: Limits) -> None:
    if len(given) > limits.inputs:
        raise Refused(413, f"{len(given):,} inputs are more than the {limits.inputs:,} that are answered at once")
    longest = max((len(one) for one in given if isinstance(one, str)), default=0)
    if longest > limits.characters:
        raise Refused(413, f"a text of {longest:,} characters is longer than the {limits.characters:,} that are read")


def _of_json(data: bytes, accepts: Accepts) -> tuple[list[Given], bool]:
    try:
        body = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        why = _tidy(str(error))
        raise Refused(400, f"the body is no JSON ({why}): send an object or a list as /openapi.json shows") from None
    if accepts is Accepts.ROW:
        _tell_repeated_keys(data)
    if not isinstance(body, dict) or len(body) != 1 or not ({"input", "inputs"} & body.keys()):
        raise Refused(422, 'the body has to be a record with "input" or "inputs" alone')
    if "input" in body:
        return [_given(body["input"], accepts)], False
    if not isinstance(body["inputs"], list):
        raise Refused(422, '"inputs" has to be a list')
    return [_given(one, accepts) for one in body["inputs"]], True


def _tell_repeated_keys(data: bytes) -> None:
    """Log which columns a row names twice; what is read of it has one of them alone."""
    reader = KeyedJSON()
    reader.parse(data.decode("utf-8", "replace"))
    for note in reader.notes():
        _log.warning("%s", note)


def _given(one: Any, accepts: Accepts) -> Given:
    """An input in JSON."""
    if isinstance(one, dict) and one.keys() <= {"base64", "name"} and isinstance(one.get("base64"), str):
        return File(file_name(str(one.get("name") or "")), _bytes(one["base64"]))
    match accepts:
        case Accepts.PICTURE | Accepts.RECORDING:
            if not isinstance(one, str):
                raise Refused(422, f"a {accepts} in JSON has to be its bytes in base64, as text")
            return File("input", _bytes(one))
        case Accepts.ROW:
            if not isinstance(one, dict):
                raise Refused(422, "a row has to be a record: the names of columns, each with its value")
            return json.dumps(one, ensure_ascii=False)
        case Accepts.PIECE:
            if not isinstance(one, list):
                raise Refused(422, "a piece has to be a list of chords, each a list of notes: [[60, 64, 67]]")
            return json.dumps(one)
    if not isinstance(one, str):
        raise Refused(422, "a text has to be a string")
    return one


def _bytes(text: str) -> bytes:
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(422, "what should be base64 is none") from None


def _of_form(kind: str, data: bytes, accepts: Accepts, limits: Limits) -> tuple[list[Given], bool]:
    """The parts of a form that are files; of the others those called ``text``, ``row``, ``input`` or ``inputs``."""
    given: list[Given] = []
    for name, file, content in _parts(kind, data, limits):
        if file is not None or name in ("file", "files"):
            given.append(File(file_name(file or ""), content))
        elif name in ("input", "inputs", "text", "row"):
            text = _text(content)
            if accepts in (Accepts.PICTURE, Accepts.RECORDING):
                raise Refused(422, f"a {accepts} in a form has to be a file")
            given.append(text)
    tables = accepts is Accepts.ROW and any(isinstance(one, File) for one in given)
    return given, tables


def _parts(kind: str, data: bytes, limits: Limits) -> list[tuple[str, str | None, bytes]]:
    """Name, name of the file (None where it is none) and content of each part of a form."""
    from python_multipart import MultipartParser
    from python_multipart.exceptions import MultipartParseError
    from python_multipart.multipart import parse_options_header

    boundary = parse_options_header(kind)[1].get(b"boundary")
    if not boundary or len(boundary) > 200:
        raise Refused(400, "the form does not say its boundary")
    parts = _Parts(limits)
    parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]
    try:
        parser.write(data)
        parser.finalize()
    except MultipartParseError as error:
        raise Refused(400, f"the form cannot be read ({_tidy(str(error))})") from None
    if not parts.ended:
        raise Refused(400, "the form ends in the middle")
    return parts.found


class _Parts:
    """Gathers what the parser of forms meets."""

    def __init__(self, limits: Limits) -> None:
        self.found: list[tuple[str, str | None, bytes]] = []
        self.ended, self._most = False, limits.inputs

    def callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._begin, "on_header_field": self._field, "on_header_value": self._value,
            "on_header_end": self._header, "on_part_data": self._data, "on_part_end": self._end,
            "on_end": self._all,
        }  # fmt: skip

    def _begin(self) -> None:
        if len(self.found) >= self._most:
            raise Refused(413, f"a form of more than {self._most:,} parts is more than is answered at once")
        self._headers: dict[bytes, bytes] = {}
        self._name, self._said, self._content = b"", b"", bytearray()

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _value(self, data: bytes, start: int, end: int) -> None:
        self._said += data[start:end]

    def _header(self) -> None:
        self._headers[self._name.lower()] = self._said
        self._name = self._said = b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._content += data[start:end]

    def _end(self) -> None:
        from python_multipart.multipart import parse_options_header

        options = parse_options_header(self._headers.get(b"content-disposition", b""))[1]
        file = options.get(b"filename")
        name = options.get(b"name", b"").decode("utf-8", "replace")
        self.found.append((name, None if file is None else file.decode("utf-8", "replace"), bytes(self._content)))

    def _all(self) -> None:
        self.ended = True


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(422, "the text is not in UTF-8") from None


def file_name(text: str) -> str:
    """What a client calls its file, as it can be shown and used: no folders, no control characters."""
    last = re.split(r"[/\\]", text)[-1]
    tidy = "".join(c for c in last if c.isprintable() and not 0xD800 <= ord(c) < 0xE000).strip(" .")
    ending = _ENDING.search(tidy)
    return (tidy if len(tidy) <= _LONGEST_NAME else f"{tidy[:80]}…{ending[0] if ending else ''}") or "input"


def ending_of(name: str) -> str:
    """The ending of a name, by which readers tell formats; "" where there is none."""
    ending = _ENDING.search(name)
    return ending[0].lower() if ending else ""


def _tidy(text: str) -> str:
    return "".join(c for c in text[:120] if c.isprintable())
