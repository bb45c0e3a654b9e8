"""Rows of one patient stay on one side; identifiers of rows, categories and who rates what are no groups. Folds."""

from __future__ import annotations

import random

import pytest
from test_group_column import parted, pictures, recordings

import fathom
from fathom.data.source import resolve
from fathom.data.splits.asked_of_data import read_as_asked
from fathom.data.splits.split import make_splits
from fathom.tasks import recognize

N = 200


def table(folder, columns, rows):
    """Rows with a number, a class, and what is asked about."""
    dice = random.Random(3)
    lines = [",".join(("width", *columns, "label"))]
    lines += [",".join(map(str, (f"{dice.random()}", *row, "ab"[i // 4 % 2]))) for i, row in enumerate(rows)]
    (folder / "t.csv").write_text("\n".join(lines))
    return folder / "t.csv"


def texts(folder, columns, rows):
    """The same beside texts."""
    dice = random.Random(4)
    lines = [",".join(("text", *columns, "label"))]
    for i, row in enumerate(rows):
        said = " ".join(dice.choices(["rain", "river", "film", "dog", "rose"], k=9))
        lines.append(",".join(map(str, (f"{said} {i}", *row, "ab"[i // 4 % 2]))))
    (folder / "t.csv").write_text("\n".join(lines))
    return folder / "t.csv"


def read(place, **said):
    source = resolve(str(place), **said)
    examples = read_as_asked(recognize(source)[0]().examples, source)
    return examples, make_splits(examples)


@pytest.mark.parametrize(
    "column", ["patient_id", "Patient ID", "patient_nbr", "subject", "user_id", "userId", "PatientID"]
)
@pytest.mark.parametrize("value", ["{}", "P{}"])
def test_rows_of_one_patient_stay_together(tmp_path, column, value):
    path = table(tmp_path, (column,), [(value.format(1000 + 7 * (i // 4)),) for i in range(N)])
    examples, splits = read(path)
    assert not parted(examples, splits, column)
    assert f"rows of one {column} kept together (--group none parts them)" in splits.rule.sentence(0)
    assert set(examples.items[0].input) == {"width"}
    loose, free = read(path, group="none")
    assert all(e.group is None for e in loose.items)
    assert "together" not in free.rule.sentence(0)


def test_texts_of_one_user_stay_together(tmp_path):
    examples, splits = read(texts(tmp_path, ("user_id",), [(f"u{i // 4}",) for i in range(N)]))
    assert not parted(examples, splits, "user_id")
    assert "texts of one user_id" in splits.rule.sentence(0)


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        (("patient_id",), lambda i: (i,)),
        (("store_id",), lambda i: (i // 4,)),
        (("subject",), lambda i: (["maths", "art", "sport", "music"][i % 4],)),
        (("patient_id",), lambda i: (i % 5,)),
        (("subject",), lambda i: (f"course {i % 8}",)),
        (("user_id", "movie_id"), lambda i: (i // 4, i % 50)),
        (("patient_id",), lambda i: (f"p{0 if i < 90 else i}",)),
    ],
    ids=["each another", "no person", "words", "few", "categories", "who rates what", "one large"],
)
def test_what_is_no_group_is_none(tmp_path, columns, row):
    examples, _ = read(table(tmp_path, columns, [row(i) for i in range(N)]))
    assert all(e.group is None for e in examples.items)
    assert set(examples.items[0].input) == {"width", *columns}
    assert bool([one for one in examples.repairs if "--group user_id" in one]) == (len(columns) > 1)


@pytest.mark.parametrize(
    ("column", "row", "told"),
    [
        ("patient_id", lambda i: i % 5, True),
        ("patient_id", lambda i: f"p{0 if i < 90 else i}", True),
        ("patient_id", lambda i: i, False),
        ("subject", lambda i: f"course {i % 8}", False),
    ],
    ids=["few", "one large", "each another", "categories"],
)
def test_patients_that_cannot_be_dealt_are_told(tmp_path, column, row, told):
    examples, _ = read(table(tmp_path, (column,), [(row(i),) for i in range(N)]))
    assert bool([one for one in examples.repairs if "--group patient_id keeps them together" in one]) == told


def test_such_a_table_is_learned_tested_and_asked(tmp_path):
    path = table(tmp_path, ("patient_id",), [(f"p{i // 4}",) for i in range(N)])
    run = fathom.train(path, net="logistic", epochs=1, out=tmp_path / "run")
    assert run.results["group"].null_count() == 0
    run.test()
    assert len(run.predict('{"width": 0.4}')) == 1
    assert len(run.predict('{"width": 0.4, "patient_id": "p1"}')) == 1


@pytest.mark.parametrize("make", [table, texts, pictures, recordings])
@pytest.mark.parametrize("write", ["{}", "fold{}"])
def test_a_column_of_folds_is_the_split(tmp_path, make, write):
    rows = [(write.format(1 + i % 5),) for i in range(N)]
    if make in (pictures, recordings):
        make(tmp_path, ("fold", "label"), [(*row, "ab"[i // 4 % 2]) for i, row in enumerate(rows)])
    else:
        make(tmp_path, ("fold",), rows)
    place = tmp_path / "t.csv" if make in (table, texts) else tmp_path
    examples, splits = read(place)
    for e in examples.items:
        fold = str(e.metadata["fold"])[-1]
        assert splits.of[e.id] == {"5": "test", "4": "dev"}.get(fold, "train")
        assert not (isinstance(e.input, dict) and "fold" in e.input)
    assert any("of 5 folds 5 is test, 4 is dev" in one for one in examples.repairs)
    _, free = read(place, group="none")
    assert "ready-made" not in free.rule.sentence(0)
    whole, _ = read(place, group="fold")
    assert {e.group for e in whole.items} == {write.format(i) for i in range(1, 6)}


@pytest.mark.parametrize(
    "fold",
    [lambda i: i % 2, lambda i: 2 * (i % 5), lambda i: i / 7, lambda i: 0 if i < 150 else i % 5, lambda i: i // 40],
    ids=["two", "gaps", "numbers", "uneven", "each of one class"],
)
def test_other_folds_are_inputs(tmp_path, fold):
    path = table(tmp_path, ("fold",), [(fold(i),) for i in range(N)])
    if fold(40) == 1 and fold(41) == 1:
        rows = path.read_text().splitlines()
        path.write_text("\n".join([rows[0], *(row[:-1] + str(i // 40) for i, row in enumerate(rows[1:]))]))
    examples, _ = read(path)
    assert all(e.split is None for e in examples.items)
    assert "fold" in examples.items[0].input
