"""Tables as they should not be: each gets one sentence and exit code 2, or is read rightly; nothing is left behind."""

import math
import time
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from fathom import tasks
from fathom.cli import main
from fathom.data.source import resolve
from fathom.data.splits import split
from fathom.data.table import tables
from fathom.errors import Unreadable, UserError
from fathom.records import Settings
from fathom.tasks.table.tabular import Table

AB = "".join(f"{i},{i % 3},{'ab'[i % 2]}\n" for i in range(30))


def refused(capsys, monkeypatch, folder, *words):
    """What ``fathom train`` says of it: one sentence, exit code 2, and no run folder."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.argv", ["fathom", "train", *map(str, words), "--out", "a-run"])
    before = set(folder.iterdir())
    with pytest.raises(SystemExit) as left:
        main.main()
    said = capsys.readouterr().err.strip().splitlines()
    assert left.value.code == 2, said
    said = [line for line in said if line.startswith("fathom: ")]
    assert len(said) == 1
    assert set(folder.iterdir()) == before
    return said[0]


def laid_out(path, options=None, **how):
    """As a training begins: read, split, fit, encode."""
    source = resolve(str(path), **how)
    task = tasks.recognize(source)[0](Settings(options=options or {}))
    examples = task.examples(source)
    splits = split.make_splits(examples)
    task.fit(examples.of(splits.ids("train")))
    return task, examples, [task.encode(e) for e in examples.items]


REFUSED = {
    "empty.csv": (b"", "is empty"),
    "blank.csv": (b"\n \n\n", "is empty"),
    "header.csv": (b"a,b,y\n", "header but no usable rows"),
    "binary.csv": (bytes(range(256)) * 50, "is not text"),
    "binary2.csv": (bytes(range(1, 256)) * 50, "is not text"),
    "sheet.csv": (b"PK\x03\x04" + b"x" * 100, "save it as CSV"),
    "gzip.csv": (b"\x1f\x8b\x08" + b"x" * 100, "unpack it"),
    "pq.csv": (b"PAR1" + b"x" * 100, "ends in .parquet"),
    "no.parquet": (b"a,b\n1,2\n", "is no Parquet file"),
    "cut.parquet": (b"PAR1" + b"\0" * 50 + b"PAR1", "cannot be read as a table"),
    "data.zip": (b"PK\x03\x04", "is an archive: unpack it"),
    "data.csv.gz": (b"\x1f\x8b", "cannot be unpacked"),
    "data.tar.gz": (b"\x1f\x8b", "is an archive: unpack it"),
    "sheet.xlsx": (b"PK\x03\x04", "is a spreadsheet: save its sheet as CSV"),
    "rows.pkl": (b"\x80\x04N.", "may run any code"),
    "arrays.npz": (b"PK\x03\x04", "save them as one table"),
    "tree.json": (b'{"a": {"b": [1, 2]}}', "JSON but no table"),
    "one.csv": (b"x,y\n" + b"1,a\n2,a\n" * 10, "has the value 'a' in every row"),
    "const.csv": (b"x,y\n" + b"1,3.5\n2,3.5\n" * 10, "has the value 3.5 in every row|'3.5' in every row"),
    "three.csv": (b"x,y\n1,a\n2,b\n3,a\n", "too few rows to hold out test and dev (3)"),
    "alone.csv": (b"y\na\nb\n", "has only the column y"),
    "missing.csv": (b"x,y\n" + b"1,\n2,?\n" * 10, "no rows with a y"),
    "ragged.csv": (b"a,b,y\n" + b"1,2\n" * 20, "no usable rows, since row 1 has 2 fields where the header has 3"),
    "ids.csv": (b"x,y\n" + b"".join(b"%d,n%d\n" % (i % 7, i) for i in range(1000)), "1,000 classes has one example"),
    "copies.csv": (b"x,y\n" + b"1,a\n1,b\n" * 20, "only 1 of the 40 rows differ"),
    "huge.csv": (b"x,y\n" + b"".join(b"%d,%de300\n" % (i, i) for i in range(60)), "larger unit"),
    "header_cell.csv": (b'"' + b"x" * 20_000 + b'",b,y\n' + AB.encode(), "close the quote"),
    "list.jsonl": (b"[1]\n" * 20, "no lines that are JSON objects"),
    "deep.jsonl": (b"[" * 100_000 + b"\n", "no lines that are JSON objects"),
    "other.xyz": (b"hello", "is a .xyz file, of which alone nothing can be learned"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_a_sentence(name, tmp_path, capsys, monkeypatch):
    data, words = REFUSED[name]
    (tmp_path / name).write_bytes(data)
    said = refused(capsys, monkeypatch, tmp_path, name)
    assert any(word in said for word in words.split("|")), said
    assert name in said or "too few" in said or "differ" in said or "class" in said or "column" in said


def test_missing_path_and_columns(tmp_path, capsys, monkeypatch):
    (tmp_path / "photos.csv").write_text("a,b,y\n" + AB)
    assert "did you mean photos.csv" in refused(capsys, monkeypatch, tmp_path, "fotos.csv")
    assert "does not exist" in refused(capsys, monkeypatch, tmp_path, "n" * 5000)
    assert "does not exist" in refused(capsys, monkeypatch, tmp_path, "folder/" + "n" * 5000)
    assert "does not exist" in refused(capsys, monkeypatch, tmp_path, "~nobody-of-this-name/photos.csv")
    assert "no column 'z'; it has a, b, y" in refused(capsys, monkeypatch, tmp_path, "photos.csv", "--target", "z")
    assert "is no number" in refused(capsys, monkeypatch, tmp_path, "photos.csv", "--set", "kind=regression")
    assert "kind=other is unknown" in refused(capsys, monkeypatch, tmp_path, "photos.csv", "--set", "kind=other")
    read = tables.read_rows(resolve(str(tmp_path / "photos.csv")))
    with pytest.raises(UserError, match="all 15 training examples are of the class 'a'"):
        Table(Settings()).fit([e for e in read.items if e.target == "a"])
    same = [replace(e, target=2.5) for e in read.items]
    with pytest.raises(UserError, match=r"the target is 2\.5 in all 30 training rows"):
        Table(Settings(options={"kind": "regression"})).fit(same)


@pytest.mark.parametrize("header", [",".join(f"c{i}" for i in range(1_000_000)), ",".join(["c"] * 1_000_000)])
def test_a_million_columns(header, tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(header + "\n" + ",".join(["1"] * 1_000_000) + "\n")
    began = time.monotonic()
    with pytest.raises(UserError, match="1,000,000 columns, more than"):
        tables.load_table(path)
    assert time.monotonic() - began < 20


def test_a_large_cell(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,note,y\n1," + "z" * 10_000_000 + ",a\n" + AB)
    read = tables.read_rows(resolve(str(path)))
    assert len(read.items) == 31
    assert len(read.items[0].input["note"]) == 10_000_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-32"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_separators_and_decimal_commas(tmp_path, encoding, separator):
    comma = separator != ","
    lines = ["länge;text;y"] + [f'{i / 4:.2f};"eins\nzwei; {"äß"[i % 2]}";{"ab"[i % 2]}' for i in range(24)]
    text = "\n".join(lines).replace(";", separator)
    text = text.replace(".", ",") if comma else text
    (tmp_path / "a.csv").write_text(text, encoding=encoding, newline="")
    read = tables.read_rows(resolve(str(tmp_path / "a.csv")))
    assert [e.input["länge"] for e in read.items] == [i / 4 for i in range(24)]
    assert {e.input["text"] for e in read.items} == {f"eins\nzwei{separator} {c}" for c in "äß"}


def test_thousands_with_points(tmp_path):
    (tmp_path / "a.csv").write_text("x;z;y\n1.234,5;1,5e3;a\n-12,25;-2;b\n.7;3;a\n")
    frame = tables.read_table(tmp_path / "a.csv")
    assert frame["z"].to_list() == [1500.0, -2.0, 3.0]
    assert frame["x"].dtype == pl.String  # .7 has a point where others have a comma: not guessed at
    (tmp_path / "b.csv").write_text("x;y\n1.234,5;a\n-12,25;b\n7;a\n")
    assert tables.read_table(tmp_path / "b.csv")["x"].to_list() == [1234.5, -12.25, 7.0]


def test_numbers_without_end(tmp_path):
    cells = ["inf", "-inf", "Infinity", "nan", "1e400", "1e300", "-1e300", "3", "4.5", "5"]
    rows = "".join(f"{c},{i},{'ab'[i % 2]}\n" for i, c in enumerate(cells * 4))
    (tmp_path / "a.csv").write_text("x,i,y\n" + rows)
    with np.errstate(all="raise"):
        task, examples, encoded = laid_out(tmp_path / "a.csv")
    assert [e.input["x"] for e in examples.items[:10]] == [None] * 5 + [1e300, -1e300, 3.0, 4.5, 5.0]
    assert all(math.isfinite(v) for v in (*task.mean_, *task.std_))
    assert np.isnan(encoded[0]["numeric"][0])
    assert encoded[5]["numeric"][0] == np.float32(1e30)
    (tmp_path / "b.jsonl").write_text(
        '{"x": 1%s, "y": "a"}\n{"x": Infinity, "y": "b"}\n{"x": 18446744073709551616}\n' % ("0" * 400)
    )
    assert tables.read_table(tmp_path / "b.jsonl")["x"].to_list() == [None, None, 2.0**64]
    pl.DataFrame({"x": [2**64 - 1, 1]}, schema={"x": pl.UInt64}).write_parquet(tmp_path / "c.parquet")
    assert tables.read_table(tmp_path / "c.parquet")["x"].to_list() == [2.0**64, 1.0]


def test_odd_columns_and_rows(tmp_path):
    rows = "".join(f"{i},{i % 5},{i % 2 == 0},2020-01-{i % 28 + 1:02d},{10**25 + i},{'ab'[i % 2]}\n" for i in range(40))
    (tmp_path / "a.csv").write_text("a,a,,day,big,y\n" + rows + "1,2,3\n" + "1,2,true,x,5,\n" + '1,"2,true\n' + rows)
    task, examples, _ = laid_out(tmp_path / "a.csv")
    assert list(examples.items[0].input) == ["a", "a (2)", "column 3", "day", "big"]
    assert examples.items[0].input["big"] == 1e25
    assert task.categorical_["column 3"] == ["false", "true"] or task.categorical_["column 3"] == ["False", "True"]
    reasons = [s.reason for s in examples.skipped]
    assert reasons[0] == "3 fields where the header has 6"
    assert any(r == "no y" for r in reasons)
    assert reasons.count("3 fields where the header has 6; perhaps a quote is not closed") == 1
    assert len(examples.items) == 80  # those behind the open quote, too
    (tmp_path / "b.csv").write_text(
        "x,y\n" + AB.replace(",0,", ",").replace(",1,", ",").replace(",2,", ",") + '5,"a\n7,b\n'
    )
    read = tables.read_rows(resolve(str(tmp_path / "b.csv")))
    assert [(e.id, e.target) for e in read.items[30:]] == [("row 31", "a"), ("row 32", "b")]
    (tmp_path / "c.jsonl").write_text('{"\\ud800": "x\\udfff", "y": "a"}\n{"\\ud800": true, "y": {"k": [1]}}\n')
    frame = tables.read_table(tmp_path / "c.jsonl")
    assert frame.to_dict(as_series=False) == {"?": ["x?", "true"], "y": ["a", '{"k": [1]}']}


def test_a_row_to_predict():
    task = Table(Settings())
    with pytest.raises(UserError, match="is no row"):
        task.read("[" * 100_000)
    with pytest.raises(UserError, match="is no row"):
        task.read("x" * 5000)


def test_a_row_whose_only_cell_is_a_category_that_others_write_for_nothing(tmp_path):
    """NA may be North America: what was learned as a category is one when it is asked about, too."""
    regions = ["NA", "EU", "AS"] * 20
    columns = {"region": regions, "x": np.arange(60) / 7, "y": ["a" if r == "NA" else "b" for r in regions]}
    pl.DataFrame(columns).write_csv(tmp_path / "t.csv")
    task, *_ = laid_out(tmp_path / "t.csv")
    assert task.categorical_ == {"region": ["AS", "EU", "NA"]}
    assert [d.part for d in task.doubts(task.read('{"region": "NA"}'))] == ["x"]
    for nothing in ('""', "null", '"N/A"', "NaN"):
        with pytest.raises(Unreadable, match="nothing but empty fields"):
            task.doubts(task.read(f'{{"region": {nothing}}}'))


def test_a_test_file_whose_target_is_no_number(tmp_path):
    (tmp_path / "train.csv").write_text("x,y\n" + "".join(f"{i},{i / 7}\n" for i in range(60)))
    (tmp_path / "test.csv").write_text("x,y\n1,2.5\n2,unknown\n")
    _, read, _ = laid_out(tmp_path / "train.csv", {"kind": "regression"}, test=str(tmp_path / "test.csv"))
    assert [(s.id, s.reason) for s in read.skipped] == [("test/row 2", "no y but 'unknown'")]
    (tmp_path / "test.csv").write_text("x,y\n" + "1,many\n2,few\n" * 10)
    with pytest.raises(UserError, match="'many' in the column 'y' \\(test/row 1\\) is no number"):
        laid_out(tmp_path / "train.csv", {"kind": "regression"}, test=str(tmp_path / "test.csv"))
