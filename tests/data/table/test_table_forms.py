"""Tables by other names and in other forms: JSON, ARFF, libsvm, fastText, Arrow, packed ones, and what is refused."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile

import polars as pl
import pytest

from fathom import tasks
from fathom.data.source import resolve
from fathom.data.table import tables, unpacking
from fathom.data.table.table_forms import Form, form_of
from fathom.errors import UserError

ROWS = [{"x": i / 4 + 3 * (i % 2), "label": "ab"[i % 2]} for i in range(40)]
CSV = "x,label\n" + "".join(f"{row['x']},{row['label']}\n" for row in ROWS)
BODY = CSV.split("\n", 1)[1]


def zipped(**files):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return held.getvalue()


def tarred(name, text):
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as packed:
        about = tarfile.TarInfo(name)
        about.size = len(text)
        packed.addfile(about, io.BytesIO(text.encode()))
    return held.getvalue()


def arrow():
    held = io.BytesIO()
    pl.DataFrame(ROWS).write_ipc(held)
    return held.getvalue()


READ = {
    "a.dat": CSV, "a.data": CSV, "a.txt": CSV, "noending": CSV, "a.asc": CSV.replace(",", "\t"),
    "a.csv.gz": gzip.compress(CSV.encode()), "a.csv.bz2": bz2.compress(CSV.encode()),
    "a.tsv.xz": lzma.compress(CSV.replace(",", "\t").encode()), "a.zip": zipped(**{"deep/a.csv": CSV}),
    "a.csv.zip": zipped(**{"a.csv": CSV, "__MACOSX/._a.csv": "x"}),
    "a.jsonl": "".join(json.dumps(row) + "\n" for row in ROWS), "list.jsonl": json.dumps(ROWS, indent=1),
    "records.json": json.dumps(ROWS), "nested.json": json.dumps({"version": 1, "data": ROWS}),
    "lines.json": "".join(json.dumps(row) + "\n" for row in ROWS),
    "columns.json": json.dumps({k: [row[k] for row in ROWS] for k in ("x", "label")}),
    "numbered.json": json.dumps({k: {str(i): row[k] for i, row in enumerate(ROWS)} for k in ("x", "label")}),
    "index.json": json.dumps({str(i): row for i, row in enumerate(ROWS)}),
    "split.json": json.dumps({"columns": ["x", "label"], "data": [list(row.values()) for row in ROWS]}),
    "a.arff": f"% made by hand\n@RELATION t\n\n@attribute x REAL\n@ATTRIBUTE 'label' {{a,b}}\n@data\n{BODY}",
    "a.feather": arrow(),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_read(tmp_path, name):
    data = READ[name]
    (tmp_path / name).write_bytes(data.encode() if isinstance(data, str) else data)
    source = resolve(str(tmp_path / name))
    assert tables.is_table(source.path)
    table = tables.load_table(source.path)
    assert table.frame.to_dicts() == ROWS
    assert table.numbers == tuple(range(1, 41))
    assert not table.faults
    assert tasks.recognize(source)[0].name == "table"


def test_sparse_lines_and_labelled_lines(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("".join(f"{i % 2 * 2 - 1:+d} 1:{i}.5 7:2\n" for i in range(20)) + "nonsense\n")
    table = tables.load_table(path)
    assert table.frame.row(3) == (3.5, 2, 1)
    assert table.frame.columns == ["feature 1", "feature 7", "target"]
    assert list(table.faults) == [21]
    path.write_text(
        "".join(f"__label__{'ab'[i % 2]} some words {i}\n" for i in range(30)) + "__label__a __label__b x\n"
    )
    table = tables.load_table(path)
    assert table.frame.row(1) == ("b", "some words 1")
    assert table.faults == {31: "2 labels where one is wanted"}
    assert tasks.recognize(resolve(str(path)))[0].name == "text-classification"


def test_objects_within_rows_are_columns(tmp_path):
    path = tmp_path / "a.jsonl"
    rows = [{"data": {"text": f"t{i}", "by": {"age": i}}, "notes": [{"result": "ab"[i % 2]}]} for i in range(4)]
    path.write_text("\n".join(map(json.dumps, [*rows, {"data": None, "notes": []}])))
    frame = tables.read_table(path)
    assert frame.columns == ["data.text", "data.by.age", "notes.result", "data", "notes"]
    assert frame.row(3) == ("t3", 3, "b", None, None)
    path.write_text('{"a": [1, 2], "b": {"c": 1}}\n{"a": [3], "b": 5}\n')
    assert tables.read_table(path).to_dicts() == [{"a": "[1, 2]", "b": '{"c": 1}'}, {"a": "[3]", "b": "5"}]


NO_TABLES = {
    "names.txt": "Anna\nBert\nCarl\nDora\nEmil\n",
    "poem.txt": "The woods are lovely, dark and deep,\nBut I have promises to keep,\n\nAnd miles to go.\n",
    "text.txt": "First Citizen:\nBefore we proceed any further, hear me speak.\nAll:\nSpeak, speak.\n",
    "people.txt": "".join(f"Name{i}, First{i}\n" for i in range(20)),
    "conll.txt": "EU\tB-ORG\nrejects\tO\n\nPeter\tB-PER\nBlackburn\tI-PER\n",
    "boxes.json": '{"images": [{"id": 1}], "annotations": [{"id": 1}], "categories": [{"id": 1}]}',
    "tunes.json": '{"train": [[[60], [62]]], "test": [[[60]]]}',
    "a.bin": CSV,
}


@pytest.mark.parametrize("name", NO_TABLES)
def test_no_table(tmp_path, name):
    (tmp_path / name).write_text(NO_TABLES[name])
    assert form_of(tmp_path / name) is None


def test_a_folder_with_a_table_that_has_no_ending(tmp_path):
    (tmp_path / "SMSCollection").write_text("".join(f"{['ham', 'spam'][i % 2]}\tsome words {i}\n" for i in range(40)))
    (tmp_path / "readme").write_text("What this is.\n")
    assert form_of(tmp_path / "SMSCollection") == Form.DELIMITED
    source = resolve(str(tmp_path))
    assert tasks.recognize(source)[0].name == "text-classification"


REFUSED = {
    "a.xlsx": (zipped(**{"[Content_Types].xml": "<x/>"}), "is a spreadsheet: save its sheet as CSV"),
    "sheet.csv": (zipped(**{"[Content_Types].xml": "<x/>"}), "is a spreadsheet or zip file, not text: save it as CSV"),
    "a.pkl": (b"\x80\x04N.", "a pickle, which may run any code"),
    "a.npz": (zipped(x="1"), "arrays without names of columns"),
    "a.tar.gz": (tarred("a.csv", CSV), "is an archive: unpack it"),
    "two.zip": (zipped(**{"a.csv": CSV, "b.csv": CSV}), "is an archive: unpack it"),
    "empty.zip": (zipped(), "is an archive: unpack it"),
    "a.csv.gz": (gzip.compress(CSV.encode())[:-20], "cannot be unpacked"),
    "a.parquet.gz": (gzip.compress(b"PAR1"), "is packed already"),
    "tree.json": (b'{"a": {"b": [1, 2]}}', "JSON but no table"),
    "sparse.arff": (b"@relation t\n@attribute x real\n@data\n{0 1}\n", "is sparse ARFF"),
    "none.arff": (b"@relation t\n", "has no @attribute and @data"),
    "a.feather": (b"FEA1" + b"x" * 50, "is no Arrow or Feather file"),
}


def read(path):
    source = resolve(str(path))
    return tasks.recognize(source)[0]().examples(source)


@pytest.mark.parametrize("name", REFUSED)
def test_refused(tmp_path, name):
    data, says = REFUSED[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError, match=says) as refused:
        read(tmp_path / name)
    assert name in str(refused.value)


@pytest.mark.parametrize("suffix", [".csv.gz", ".zip"])
def test_no_more_is_unpacked_than_a_text_may_be(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(unpacking, "MAX_TEXT_BYTES", 1 << 20)
    bomb = "x,label\n" + "0,a\n" * (1 << 19)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(gzip.compress(bomb.encode()) if suffix != ".zip" else zipped(**{"a.csv": bomb}))
    with pytest.raises(UserError, match="holds more than 1 MB"):
        tables.load_table(path)
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_table_that_r_wrote_has_a_name_for_each_row(tmp_path):
    rows = [f'"{i}" {i / 7:.2f} {20 + i % 9} "{["Rome", "Oslo"][i % 2]}" "{"ab"[i % 3 > 0]}"' for i in range(1, 61)]
    (tmp_path / "x.txt").write_text("\n".join(['"size" "age" "city" "label"', *rows]))
    found = tasks.recognize(resolve(str(tmp_path / "x.txt")))[0]
    assert found.name == "table"
    examples = found().examples(resolve(str(tmp_path / "x.txt")))
    assert len(examples.items) == 60
    assert {"size", "age", "city"} <= set(examples.items[0].input)
    (tmp_path / "y.txt").write_text("\n".join(["We went out", *["it was cold and we came home again"] * 9]))
    assert tasks.recognize(resolve(str(tmp_path / "y.txt")))[0].name != "table"
