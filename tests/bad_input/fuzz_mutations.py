"""Ways to damage a file: bits and bytes, and what hostile people and broken programs do to its structure.

Everything follows from the random generator that is passed in, so that a case can be had again from its number.
"""

from __future__ import annotations

import json
import random
import re
import struct
from typing import Any

HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 3, 10**9, 10**18, 10**30, -(10**30), 0.5, -0.0, 1e308, float("nan"), float("inf"),
    "", "x", "\0", "../../../etc/passwd", "practice:nope", "1000000000", "1000000000,1000000000", "nan", "\ud800",
    "a" * 5000, "\x1b[2J", "<script>", [], {}, [[]], [None], {"": {}}, [0] * 1000, ["x"], [1.5, 2],
    {"value": "x", "low": 1, "high": 2},
    "bf16", "cuda:99", "pretrained", "resnet", "logistic", "table", "image-classification", "muon",
)  # fmt: skip
OPTIONS = ("hidden", "size", "bins", "width", "depth", "widest", "kind", "flip", "nonsense", "weights", "dropout")

_LIMITS = tuple(
    struct.pack(form, value)
    for form, values in (
        (">I", (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)), ("<I", (1, 0x7FFFFFFF, 0x80000000)),
        (">H", (0, 0x7FFF, 0xFFFF)), ("<Q", (2**63 - 1, 2**64 - 1, 2**40)), (">B", (0, 127, 128, 255)),
        ("<d", (float("nan"), float("inf"), -1e308)),
    )
    for value in values
)  # fmt: skip
_NUMBERS = (
    b"1e999", b"-1e999", b"nan", b"NaN", b"inf", b"-1", b"0", b"-0.0", b"1e-400", b"0x10", b"99999999999999999999",
    b"9223372036854775808",
    b"1" + b"0" * 400, b"7" * 5000, b"1_000", "\u0663\u0664".encode(), b"1.5", b"", b"+", b"1.2.3",
)  # fmt: skip
_DEEP = (b"[", b"{", b'{"a":', b"(", b"<a>", b"- ", b"&a [", b'"', b"'", b"<!--")
_WORDS = (
    b"\0", b"\n", b"\r", b"\r\n", b"\t", b",", b";", b"|", b'"', b"'", b'"""', b"\\", b"null", b"true", b"{}", b"[]",
    b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xc3", b"\xed\xa0\x80", b"\x80\x04cposix\nsystem\n", b"../../../x",
    b"<!ENTITY a 'b'>", b"<!DOCTYPE a [<!ENTITY a 'aaaa'>]>", b"&a;", b"*a", b"<<: *a", b"!!python/object:os.system",
    b"RIFF", b"LIST", b"data", b"fmt ", b"MThd", b"MTrk", b"\xff\x2f\x00", b"IHDR", b"IDAT", b"fLaC", b"PAR1",
    b"SQLite format 3\0", b"PK\x03\x04", b"\x1f\x8b", b"%", b"#", b"__label__x", b"-DOCSTART-", b"\xe2\x80\xae",
)  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def damaged(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """The bytes after one to four changes.

    Args:
        data: of a sound file.
        others: of more, of which parts are taken.
        rng: decides everything.
    """
    if rng.random() < 0.3 and (changed := _of_json(data, rng)) is not None:
        return changed
    if rng.random() < 0.3 and _is_safetensors(data):
        return mutate_safetensors(data, rng)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        data = rng.choice((_bits, _part, _part, _limit, _number, _lines, _deep, _word, _splice))(data, others, rng)
    return data[: 1 << 22]


def _place(data: bytes, rng: random.Random) -> int:
    """Headers at the beginning and tables at the end are hit more often than what lies between."""
    n, where = max(1, len(data)), rng.random()
    if where < 0.4:
        return rng.randrange(min(n, 64))
    return max(0, n - 1 - rng.randrange(min(n, 64))) if where < 0.55 else rng.randrange(n)


def _bits(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 4, 64)) if out else 0):
        out[_place(data, rng)] ^= 1 << rng.randrange(8)
    return bytes(out)


def _part(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """A part cut off, left out, repeated, or written over; or something put between."""
    at, size, kind = _place(data, rng), rng.choice((1, 2, 4, 16, 200)), rng.randrange(6)
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + data[at + size :]
    if kind == 2:
        return data[:at] + data[at : at + size] * rng.choice((2, 3, 50)) + data[at + size :]
    if kind == 3:
        return data[:at] + rng.randbytes(size) + data[at + size :]
    return data[:at] + rng.randbytes(size) + data[at:] if kind == 4 else data * 2


def _limit(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    at, limit = _place(data, rng), rng.choice(_LIMITS)
    return data[:at] + limit + data[at + len(limit) :]


def _number(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """A written number replaced by one that fits nowhere."""
    found = list(_NUMBER.finditer(data[: 1 << 16]))
    if not found:
        return _limit(data, others, rng)
    one = rng.choice(found)
    return data[: one.start()] + rng.choice(_NUMBERS) + data[one.end() :]


def _lines(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """A line left out, doubled, moved, cut or emptied."""
    lines = data.split(b"\n")
    i, j, kind = rng.randrange(len(lines)), rng.randrange(len(lines)), rng.randrange(5)
    if kind == 0:
        del lines[i]
    elif kind == 1:
        lines[i:i] = [lines[j]] * rng.choice((1, 2, 20))
    elif kind == 2:
        lines[i], lines[j] = lines[j], lines[i]
    else:
        lines[i] = lines[i][: rng.randrange(len(lines[i]) + 1)] if kind == 3 else b""
    return b"\n".join(lines)


def _deep(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    at, times = rng.choice((0, _place(data, rng))), rng.choice((3, 30, 3000, 100_000))
    return data[:at] + rng.choice(_DEEP) * times + data[at:]


def _word(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    at, word = _place(data, rng), rng.choice(_WORDS) * rng.choice((1, 1, 1, 300))
    return data[:at] + word + data[at + rng.choice((0, len(word))) :]


def _splice(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """The beginning of one file and the end of another."""
    other = rng.choice(others) if others else data
    return data[: _place(data, rng)] + other[_place(other, rng) :]


# --- by structure -----------------------------------------------------------------------------------------------------


def _of_json(data: bytes, rng: random.Random) -> bytes | None:
    """JSON, or a line of several, with one place changed; None where it is none."""
    if data[:1] not in (b"{", b"["):
        return None
    lines = [data] if data.lstrip()[:1] == b"[" or b"}\n{" not in data else data.split(b"\n")
    i = rng.randrange(len(lines))
    try:
        lines[i] = json.dumps(mutate_json(json.loads(lines[i]), rng)).encode("utf-8", "surrogatepass")
    except ValueError:
        return None
    return b"\n".join(lines)


def mutate_json(value: Any, rng: random.Random) -> Any:
    """One place of a JSON value changed."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        name = rng.choice(list(value))
        what = rng.random()
        if what < 0.1:
            return {k: v for k, v in value.items() if k != name}
        if name == "options" and what < 0.6:
            return {**value, name: {rng.choice(OPTIONS): rng.choice(HOSTILE)}}
        return {**value, name: mutate_json(value[name], rng)}
    if isinstance(value, list) and value and rng.random() < 0.8:
        i = rng.randrange(len(value))
        if rng.random() < 0.2:
            return value[:i] + value[i + 1 :]
        return [*value[:i], mutate_json(value[i], rng), *value[i + 1 :]]
    return rng.choice(HOSTILE)


def mutate_bytes(content: bytes, rng: random.Random) -> bytes:
    """Cut, flipped, repeated, or something else altogether."""
    at = rng.randrange(len(content) + 1)
    kind = rng.randrange(6)
    if kind == 0:
        return content[:at]
    if kind == 1:
        return content[:at] + content[min(len(content), at + rng.randrange(1, 64)) :]
    if kind == 2:
        changed = bytearray(content)
        for _ in range(rng.choice((1, 1, 4, 64))):
            if changed:
                changed[rng.randrange(len(changed))] = rng.randrange(256)
        return bytes(changed)
    if kind == 3:
        return content[:at] + rng.randbytes(rng.randrange(1, 200)) + content[at:]
    if kind == 4:
        return rng.choice(
            (b"", b"null", b"{}", b"[]", b"\x80\x04cposix\nsystem\n", b"[" * 100_000, b"PAR1", b"\0" * 64)
        )
    return content * 2


def _is_safetensors(data: bytes) -> bool:
    return len(data) > 16 and data[8:9] == b"{" and int.from_bytes(data[:8], "little") < len(data)


def mutate_safetensors(content: bytes, rng: random.Random) -> bytes:
    """The header changed, the numbers left."""
    length = struct.unpack("<Q", content[:8])[0]
    if rng.random() < 0.1:
        return struct.pack("<Q", rng.choice((0, 1, 2**40, 2**63, 2**64 - 1))) + content[8:]
    header = json.loads(content[8 : 8 + length])
    meta = header.get("__metadata__", {}).get("progress")
    if meta and rng.random() < 0.5:
        header["__metadata__"]["progress"] = json.dumps(mutate_json(json.loads(meta), rng))
    elif rng.random() < 0.5:  # two tensors change places, or names
        names = [n for n in header if n != "__metadata__"]
        a, b = rng.choice(names), rng.choice(names)
        header[a], header[b] = header[b], header[a]
        if rng.random() < 0.3:
            header[a + "x"] = header.pop(a)
    else:
        header = mutate_json(header, rng)
    text = json.dumps(header).encode("utf-8", "surrogatepass")
    return struct.pack("<Q", len(text)) + text + content[8 + length :]
