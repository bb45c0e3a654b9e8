"""Tables as people have them."""

import random

import polars as pl
import pytest

from fathom.data.source import resolve
from fathom.data.splits import split
from fathom.data.table import tables
from fathom.errors import UserError


def rows(path, **how):
    return tables.read_rows(resolve(str(path), **how))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_separators_and_encodings(tmp_path, separator, encoding):
    path = tmp_path / "a.csv"
    lines = [["näme", "size", "label"], ["Jürgen", " 1,5" if separator != "," else "1.5", "a"], ["Zoë", "?", " b "]]
    path.write_text("\r\n".join(separator.join(line) for line in lines), encoding=encoding, newline="")
    read = rows(path)
    assert [e.input["näme"] for e in read.items] == ["Jürgen", "Zoë"]
    assert [e.target for e in read.items] == ["a", "b"]
    assert read.items[1].input["size"] is None
    assert [e.id for e in read.items] == ["row 1", "row 2"]


def test_horrors(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('a,a,,zip,y\n1,2,,007,"x, ""q"""\n1,2,3\n\n4,5,,010,NA\n6,7,,011,z\n1,2,,007,w\n')
    read = rows(path)
    assert read.target == "y"
    assert read.items[0].input == {"a": 1, "a (2)": 2, "zip": "007"}
    assert read.items[0].target == 'x, "q"'
    assert [e.id for e in read.items] == ["row 1", "row 5", "row 6"]  # a blank line counts, as in a spreadsheet
    assert {s.id: s.reason for s in read.skipped} == {
        "row 2": "3 fields where the header has 5",
        "row 4": "no y",
    }
    assert tables.load_table(path).faults[3] == "a blank line"
    assert read.items[0].content == read.items[2].content != read.items[1].content


def test_a_split_that_is_misspelt_is_no_column_to_learn_from(tmp_path):
    path = tmp_path / "a.csv"
    lines = [f"{i},{('train', 'Train ', 'dev', 'test', 'tset')[i % 5]},{'ab'[i % 2]}" for i in range(50)]
    path.write_text("\n".join(["x,Split,y", *lines]))
    with pytest.raises(UserError, match=r"'Split' says of most rows .* but has 'tset' in 10 rows: write one of train"):
        rows(path)
    path.write_text("\n".join(["x,Split,y", *lines]).replace("tset", "test"))
    assert [e.split for e in rows(path).items][:5] == ["train", "train", "dev", "test", "test"]
    path.write_text("x,split,y\n1,left,a\n2,right,b\n3,left,a\n4,train,b\n")
    assert rows(path).items[0].input == {"x": 1, "split": "left"}  # another meaning of the word


def test_a_target_that_is_there_twice_is_asked_for(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("y,a,b,y\n1.5,2,3,yes\n2.5,3,4,no\n3.5,4,5,yes\n")
    with pytest.raises(UserError, match=r"the header 'y' twice: .* `target=y` for the first or `target=y \(2\)`"):
        rows(path)
    assert [e.target for e in rows(path, target="y (2)").items] == ["yes", "no", "yes"]
    assert rows(path, target="y").target == "y"


def test_target_split_and_group(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("p,income,age,split\nu,1,30,train\nv,0,40,test\nu,1,50,val\n")
    read = rows(path, group="p")
    assert read.target == "income"
    assert [e.split for e in read.items] == ["train", "test", "dev"]
    assert read.items[0].group == "u"
    assert read.items[0].input == {"age": 30}
    assert rows(path, target="Age").target == "age"
    with pytest.raises(UserError, match="no column 'x'; it has p, income"):
        rows(path, target="x")
    path.write_text("a,b\n1,2\n2,2\n")
    with pytest.raises(UserError, match="nothing to learn"):
        rows(path)
    for text in ("", "a,b\n", "\n\n"):
        path.write_text(text)
        with pytest.raises(UserError):
            rows(path)


def test_folder_parquet_and_jsonl(tmp_path):
    (tmp_path / "train.csv").write_text("a,y\n1,u\n2,v\n")
    (tmp_path / "test.csv").write_text("a,y\n1.0,u\n")
    read = rows(tmp_path)
    assert [(e.id, e.split) for e in read.items] == [
        ("train/row 1", "train"), ("train/row 2", "train"), ("test/row 1", "test"),
    ]  # fmt: skip
    assert read.items[0].content == read.items[2].content
    frame = pl.DataFrame({"a": [1, 2], "y": ["u ", "v"]})
    frame.write_parquet(tmp_path / "a.parquet")
    assert [e.target for e in rows(tmp_path / "a.parquet", target="y").items] == ["u", "v"]
    (tmp_path / "a.jsonl").write_text('{"a": 1, "y": "u"}\nnonsense\n{"a": 2.5, "y": "v"}\n')
    read = rows(tmp_path / "a.jsonl")
    assert [e.id for e in read.items] == ["row 1", "row 3"]
    assert read.skipped[0].reason == "not a JSON object"
    dev = rows(tmp_path / "a.jsonl", dev=str(tmp_path / "test.csv"))
    assert dev.items[-1].id == "dev/row 1"


def test_kind_of_target():
    assert tables.target_kind(["a", "b"]) == "classification"
    assert tables.target_kind([0, 1] * 50) == "classification"
    assert tables.target_kind([i / 7 for i in range(100)]) == "regression"
    assert tables.target_kind(list(range(100))) == "regression"
    assert tables.target_kind(list(range(30)) * 100) == "classification"
    assert tables.is_number_like(["1", "2.5", None, "?"])
    assert not tables.is_number_like(["1", "x"])


def categories(n, columns=("class", "sex"), seed=0):
    """Passengers of a few kinds: whoever is equal to another is no copy of them."""
    rng = random.Random(seed)
    lines = [",".join((*columns, "survived"))]
    for _ in range(n):
        kind, sex = rng.choice(("first", "second", "third")), rng.choice(("man", "woman"))
        lines.append(f"{kind},{sex},{'yes' if rng.random() < (0.2 if sex == 'man' else 0.7) else 'no'}")
    return "\n".join(lines) + "\n"


def test_equal_rows_of_few_categories_are_in_every_split(tmp_path):
    """Kept together, whole kinds of passengers would be missing in train, and dev would be of one kind."""
    path = tmp_path / "passengers.csv"
    path.write_text(categories(600), encoding="utf-8")
    read = rows(path, target="survived")
    assert read.repeats
    made = split.make_splits(read)
    kinds = {name: {str(e.input) for e in read.items if made.of[e.id] == name} for name in ("train", "dev", "test")}
    assert kinds["train"] == kinds["dev"] == kinds["test"]
    assert len(kinds["train"]) == 6
    assert sorted(list(made.of.values()).count(name) for name in ("dev", "test")) == pytest.approx([120, 120], abs=4)
    path.write_text(categories(600) + categories(300, seed=1).partition("\n")[2], encoding="utf-8")
    later = split.extend(made, rows(path, target="survived"))
    assert {name: later.of[name] for name in made.of} == made.of
    new = [later.of[name] for name in later.of if name not in made.of]
    assert {"train", "dev", "test"} == set(new)


def test_equal_rows_are_copies_where_a_column_tells_them_apart(tmp_path):
    """Half of the measured rows exported three times: each lands in one split with its copies."""
    path = tmp_path / "measured.csv"
    lines = [f"{i * 0.37:.2f},{i % 7},{'yes' if i % 3 else 'no'}" for i in range(200)]
    path.write_text("\n".join(["a,b,survived", *lines, *lines[:190]]) + "\n", encoding="utf-8")
    read = rows(path, target="survived")
    assert not read.repeats
    of = split.make_splits(read).of
    by_content = {}
    for example in read.items:
        by_content.setdefault(example.content, set()).add(of[example.id])
    assert all(len(found) == 1 for found in by_content.values())
