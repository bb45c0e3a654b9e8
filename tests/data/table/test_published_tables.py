"""Tables as collections publish them: parts by their names, classes in front, a separator too many in the header."""

from __future__ import annotations

import polars as pl
import pytest

import fathom
from fathom.data import repairs
from fathom.data.source import resolve
from fathom.data.table import tables
from fathom.data.table.table_files import each_read_once, load_table
from fathom.data.text.pairs import pair_columns
from fathom.errors import UserError
from fathom.tasks import recognize


def rows(n: int, header: str = "a,b,y\n", start: int = 0) -> str:
    return header + "".join(f"{i},{i % 7}.5,{'pq'[i % 2]}\n" for i in range(start, start + n))


@pytest.mark.parametrize("more", ["", ","])
def test_a_header_may_end_with_a_separator(tmp_path, more):
    path = tmp_path / "data.csv"
    path.write_text(
        '"id","diagnosis","radius",\n' + "".join(f"{900 + i},{'BM'[i % 2]},{i}.5{more}\n" for i in range(9))
    )
    table = load_table(path)
    assert [c for c in table.frame.columns if not c.startswith("column")] == ["id", "diagnosis", "radius"]
    assert table.frame["diagnosis"].to_list() == list("BMBMBMBMB")
    assert any("the header ends with a separator" in note for note in table.notes) is (not more)


@pytest.mark.parametrize(
    "names",
    [
        ("fashion-mnist_train.csv", "fashion-mnist_test.csv"),
        ("ECG200_TRAIN.csv", "ECG200_TEST.csv"),
        ("train-00000-of-00001.csv", "test-00000-of-00001.csv"),
        ("train-00000-of-00002.csv", "train-00001-of-00002.csv", "test-00000-of-00001.csv"),
    ],
)
def test_the_names_of_tables_say_splits(tmp_path, names):
    for k, name in enumerate(names):
        (tmp_path / name).write_text(rows(10, start=10 * k))
    with repairs.collected() as told:
        read = tables.read_rows(resolve(str(tmp_path)))
    assert sorted({e.split for e in read.items}) == ["test", "train"]
    assert len({e.id for e in read.items}) == len(read.items) == 10 * len(names)
    assert any("was read as test" in note for note in told)


@pytest.mark.parametrize(
    "names",
    [
        ("a_train.csv", "b_train.csv", "a_test.csv"),
        ("a.csv", "b.csv"),
        ("a_train.csv", "more.csv"),
        ("x_dev.csv", "x_test.csv"),
    ],
)
def test_where_it_cannot_be_told_the_tables_are_named(tmp_path, names):
    for name in names:
        (tmp_path / name).write_text(rows(10))
    with pytest.raises(UserError, match=f"has {len(names)} tables, .*{names[0]}.* and none is called train"):
        recognize(resolve(str(tmp_path)))


def test_older_endings_beside_a_table_are_told(tmp_path):
    (tmp_path / "adult.data").write_text(rows(30, header=""))
    (tmp_path / "adult.test").write_text("|1x3 Cross validator\n" + rows(5, header=""))
    with repairs.collected() as told:
        tables.read_rows(resolve(str(tmp_path)))
    assert any("adult.test is not read, beside adult.data" in note for note in told)


def test_a_class_in_front_of_sentences_is_the_target(tmp_path):
    lines = (f'"{1 + i % 4}","rain in town {i} again","the city saw much rain on day {i}"\n' for i in range(60))
    (tmp_path / "train.csv").write_text("".join(lines))
    assert pair_columns(tables.read_table(tmp_path / "train.csv")) is None
    read = tables.read_rows(resolve(str(tmp_path / "train.csv")))
    assert (read.target, read.items[2].target) == ("column 1", 3)


def test_numbered_pairs_without_a_header_stay_pairs(tmp_path):
    lines = (f"{i}\tthe house number {i} is here.\tdas Haus Nummer {i} ist hier.\n" for i in range(60))
    (tmp_path / "pairs.tsv").write_text("".join(lines))
    assert pair_columns(tables.read_table(tmp_path / "pairs.tsv")) == ("column 2", "column 3")


def test_a_class_in_front_of_numbers_is_told(tmp_path):
    path = tmp_path / "wine.data"
    path.write_text("".join(f"{1 + i % 3},{i}.5,{700 + i}\n" for i in range(60)))
    with repairs.collected() as told:
        assert tables.read_rows(resolve(str(path))).target == "column 3"
    assert any("'column 3' is predicted, being the last; the column 'column 1' may be meant" in note for note in told)


def test_a_price_in_the_middle_is_the_target(tmp_path):
    path = tmp_path / "housing.csv"
    lines = (f"{i}.1,{i * 999 % 777},{['INLAND', 'NEAR'][i % 2]}\n" for i in range(60))
    path.write_text("longitude,median_house_value,ocean_proximity\n" + "".join(lines))
    assert tables.read_rows(resolve(str(path))).target == "median_house_value"


def test_a_table_that_is_asked_for_again_is_the_same(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a;b\n1,5;x\n2,5;?\n")
    once = load_table(path)
    with each_read_once():
        first, again = load_table(path), load_table(path)
        text = load_table(path, typed=False)
    assert first.frame.equals(once.frame)
    assert again.frame.equals(once.frame)
    assert first.notes == again.notes == once.notes
    assert text.frame["a"].dtype == pl.String


def test_what_was_published_is_learned(tmp_path):
    for name, n in (("x_train.csv", 60), ("x_test.csv", 20)):
        (tmp_path / name).write_text(rows(n))
    run = fathom.train(tmp_path, out=tmp_path / "run", epochs=1, net="mlp")
    assert run.task == "table"
    assert fathom.test(tmp_path / "run").value <= 1
