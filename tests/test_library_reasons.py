"""Why a file cannot be read is said in our words, for what libraries really raise."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree

import msgspec
import polars as pl
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn

from fathom.cli import main as cli
from fathom.library_reasons import reason_of

OF_LIBRARIES = re.compile(
    r"(?i)delimiter|state_dict|checkpoint|torch|safetensor|deserializ|thrift|MiniMidi|iostream|marker|error -3|"
    r"Expecting|property name|\(char \d|out of spec|codec|[A-Za-z]+Error"
)


class NetAndTrees(nn.Module):
    """A name of ours, which no message may have."""

    def __init__(self, width: int, *, extra: bool = False) -> None:
        super().__init__()
        self.head = nn.Linear(width, 2)
        self.more = nn.Linear(2, 2) if extra else None


def raised(call: Callable[[], object]) -> str:
    with pytest.raises(Exception) as left:  # noqa: PT011 - each library has its own
        call()
    return reason_of(left.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[{"a": 1} {"a": 2}]', "line 1, column 11: a comma is missing"),
        ('{"a" 1}', "line 1, column 6: a colon is missing"),
        ('{"a": }', "line 1, column 7: a value is missing"),
        ("{a: 1}", "line 1, column 2: a name in double quotes is missing"),
        ('{"a": "b\n"}', "line 1, column 9: a text in quotes has a line break or a control character in it"),
        ('{"a": "\\x"}', "line 1, column 8: a text in quotes has a backslash in it that means nothing"),
        ('{"a": "b', "line 1, column 7: a text in quotes is not closed"),
        ('{"a": [1,\n2', "line 2: it ends too early"),
        ("[1] [2]", "line 1, column 5: something stands behind its end"),
        ("", "it is empty"),
        ("[" * 100_000, "it is nested too deeply"),
    ],
)
def test_json(text, why):
    assert raised(lambda: json.loads(text)) == why


class Asked(msgspec.Struct):
    share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    length: int | None = None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"share": "much"}', "share is a text and should be a number"),
        ('{"length": [1]}', "length is a list and should be a whole number"),
        ('{"share": 2}', "share should be at most 1"),
        ('{"share": ', "it was cut off"),
        ('{"share": x}', "byte 11: it is no JSON"),
        ("[1]", "it is a list and should be a mapping"),
    ],
)
def test_json_of_a_known_form(text, why):
    assert raised(lambda: msgspec.json.decode(text, type=Asked)) == why


def test_packed_files(tmp_path):
    whole = gzip.compress(b"x,y\n1,2\n" * 50)
    assert raised(lambda: gzip.decompress(whole[: len(whole) // 2])) == "it was cut off"
    assert raised(lambda: gzip.decompress(b"hello")) == "it is not packed with gzip"
    assert raised(lambda: gzip.decompress(whole[:12] + b"\xff" * 9 + whole[21:])) == "its packed content is damaged"
    assert raised(lambda: zipfile.ZipFile(io.BytesIO(b"hello"))) == "it is no ZIP file, or was cut off"


def test_tables(tmp_path):
    path = tmp_path / "a.parquet"
    pl.DataFrame({"x": [1, 2]}).write_parquet(path)
    data = path.read_bytes()
    path.write_bytes(data[:-40])
    assert raised(lambda: pl.read_parquet(path)) == "it is no Parquet file, or was cut off"
    path.write_bytes(data[:-60] + b"\xff" * 40 + data[-20:])
    assert not OF_LIBRARIES.search(raised(lambda: pl.read_parquet(path)))
    limit = csv.field_size_limit(10)
    try:
        assert raised(lambda: list(csv.reader(["x" * 50]))) == "a field is too long: perhaps a quote is not closed"
    finally:
        csv.field_size_limit(limit)


def test_xml_and_letters():
    assert raised(lambda: ElementTree.fromstring("<a><b></a>")) == "line 1, column 8: another element is closed"
    assert raised(lambda: ElementTree.fromstring("<a>")) == "line 1: it ends too early"
    assert raised(lambda: ElementTree.fromstring("hello")) == "line 1, column 0: it is no XML"
    assert raised(lambda: b"ab\xff".decode()) == "byte 3 of it is no text in UTF-8"


def test_weights(tmp_path):
    path = tmp_path / "w.safetensors"
    save_file({"a": torch.zeros(50)}, path)
    data = path.read_bytes()
    path.write_bytes(data[:-50])
    assert raised(lambda: load_file(path)) == "it was cut off"
    path.write_bytes(data[:8] + b"x" * 20 + data[28:])
    assert raised(lambda: load_file(path)) == "its header is damaged"
    path.write_bytes(b"hello")
    assert raised(lambda: load_file(path)) == "its header is damaged"
    assert (
        raised(lambda: torch.load(io.BytesIO(b"PK\x03\x04" + b"\0" * 99))) == "it is no file of weights, or was cut off"
    )


def test_weights_of_another_net():
    net, wide, more = NetAndTrees(3), NetAndTrees(5).state_dict(), NetAndTrees(3, extra=True)
    assert raised(lambda: net.load_state_dict(wide)) == "head.weight has the shape 2 × 5, and the net has 2 × 3"
    assert raised(lambda: more.load_state_dict(net.state_dict())) == "it has no more.weight, which the net has"
    assert raised(lambda: net.load_state_dict(more.state_dict())) == "it has more.weight, which the net has not"


def test_pictures(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (40, 40), (9, 99, 200)).save(path)
    data = bytearray(path.read_bytes())
    data[60:80] = bytes(20)
    path.write_bytes(data)
    assert not OF_LIBRARIES.search(raised(lambda: Image.open(path).load()))


def test_music():
    symusic = pytest.importorskip("symusic")
    data = b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\x10" + b"\xff" * 5
    assert raised(lambda: symusic.Score.from_midi(data)) == "a part of it should have 16 bytes, and 5 are left"


def test_what_the_system_says_is_kept():
    assert reason_of(PermissionError(13, "Permission denied", "x")) == "Permission denied"
    assert reason_of(ValueError("the third line is odd\nmore")) == "the third line is odd"
    assert reason_of(ValueError("")) == "it is damaged"


@pytest.mark.parametrize(
    ("error", "whose"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), "the GPU"),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"), "this machine"),
        (MemoryError(), "this machine"),
    ],
)
def test_a_full_memory_is_one_sentence(error, whose, monkeypatch, capsys):
    def full(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(cli, "app", full)
    monkeypatch.setattr(sys, "argv", ["fathom", "train", "x"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2
    assert f"the memory of {whose} is full" in capsys.readouterr().err


def test_damaged_json_is_not_called_a_table(tmp_path: Path):
    from fathom.data.table.table_files import load_table
    from fathom.errors import UserError

    (tmp_path / "a.json").write_text('[{"a": 1, "y": "b"},\n{"a": 2 "y": "c"}]')
    with pytest.raises(UserError, match=r"a\.json is no JSON \(line 2, column 9: a comma is missing\)"):
        load_table(tmp_path / "a.json")
