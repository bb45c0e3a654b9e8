"""What test lacks is the target, or is known only afterwards; several labels of a text are told, and never inputs."""

from __future__ import annotations

import random

import pytest

from fathom.data import repairs
from fathom.data.source import resolve
from fathom.records import Settings
from fathom.tasks import recognize
from fathom.tasks.table.tabular import Table

WORDS = ["rain", "river", "film", "window", "city", "dog", "server", "actor", "plot", "rose", "team", "stocks"]
LABELS = ("toxic", "severe", "obscene", "threat", "insult")


def write(path, columns, rows):
    path.write_text("\n".join(",".join(map(str, row)) for row in (columns, *rows)) + "\n")


def read(place, **said):
    """The task that is surest, what it reads, and what was told."""
    source = resolve(str(place), **said)
    task = recognize(source)[0]
    with repairs.collected() as told:
        return task.name, task().examples(source), told


def sentence(dice):
    return " ".join(dice.choices(WORDS, k=9))


def numbers(dice, n=60):
    return [(i, dice.random(), dice.randint(0, 9), dice.randint(50, 90), 10 * dice.random()) for i in range(n)]


@pytest.mark.parametrize("sample", ["sample_submission.csv", "sampleSubmission.csv", "gender_submission.csv"])
def test_the_sample_of_what_to_hand_in_names_the_target(tmp_path, sample):
    rows = numbers(random.Random(1))
    write(tmp_path / "train.csv", ("id", "size", "sales", "customers", "holiday"), rows)
    write(tmp_path / "test.csv", ("id", "size", "holiday"), [(*row[:2], row[4]) for row in rows[:9]])
    write(tmp_path / sample, ("id", "sales"), [(row[0], 0) for row in rows[:9]])
    _, found, told = read(tmp_path)
    assert found.target == "sales"
    assert set(found.items[0].input) == {"id", "size", "holiday"}
    assert any("customers is left out: unknown of new rows, as sales is" in one for one in told)


def test_the_one_column_that_test_lacks_is_the_target(tmp_path):
    rows = numbers(random.Random(2))
    write(tmp_path / "train.csv", ("id", "size", "sales", "quality", "holiday"), rows)
    write(tmp_path / "test.csv", ("id", "size", "quality", "holiday"), [(*row[:2], *row[3:]) for row in rows[:9]])
    for place in (tmp_path, tmp_path / "train.csv"):
        assert read(place)[1].target == "sales"
    assert read(tmp_path, target="quality")[1].target == "quality"
    assert "sales" in read(tmp_path, target="quality")[1].items[0].input


@pytest.mark.parametrize("target", ["target", "y"])
def test_of_several_that_test_lacks_a_telling_name_says_which(tmp_path, target):
    rows = numbers(random.Random(3))
    write(tmp_path / "train.csv", ("id", "size", target, "severity", "threat"), rows)
    write(tmp_path / "test.csv", ("id", "size"), [row[:2] for row in rows[:9]])
    _, found, _ = read(tmp_path)
    assert found.target == target
    assert set(found.items[0].input) == {"id", "size"}


def test_a_test_table_with_all_columns_or_none_of_them_says_nothing(tmp_path):
    rows = numbers(random.Random(4))
    names = ("id", "size", "sales", "customers", "holiday")
    write(tmp_path / "train.csv", names, rows)
    write(tmp_path / "test.csv", names, rows[:9])
    assert read(tmp_path)[1].target == "holiday"
    write(tmp_path / "test.csv", ("a", "b"), [(1, 2)] * 3)
    assert read(tmp_path)[1].target == "holiday"


def comments(dice, labels=LABELS, n=60, inputs=()):
    rows = [(f"k{i}", sentence(dice), *(dice.random() for _ in inputs), *(dice.randint(0, 1) for _ in labels))
            for i in range(n)]  # fmt: skip
    return ("id", "comment", *inputs, *labels), rows


@pytest.mark.parametrize("with_test", [True, False])
def test_labels_of_a_text_are_learned_together_or_left_out(tmp_path, with_test):
    columns, rows = comments(random.Random(5))
    write(tmp_path / "train.csv", columns, rows)
    if with_test:
        write(tmp_path / "test.csv", columns[:2], [row[:2] for row in rows[:9]])
    name, found, told = read(tmp_path)
    assert (name, found.target) == ("multi-label-text", "labels")
    assert found.items[0].target == "|".join(c for c, v in zip(columns[2:], rows[0][2:]) if v)
    name, found, told = read(tmp_path, target="toxic")
    assert (name, found.target) == ("text-classification", "toxic")
    assert any("severe, obscene, threat, insult are left out" in one for one in told)


def test_labels_beside_other_inputs_are_many(tmp_path):
    columns, rows = comments(random.Random(6), inputs=("length", "votes"))
    write(tmp_path / "emotions.csv", columns, rows)
    name, found, told = read(tmp_path)
    assert (name, found.target) == ("multi-label-text", "labels")
    assert any("length, votes are left out" in one for one in told)
    name, found, _ = read(tmp_path, target="threat")
    assert name == "table"
    assert set(found.items[0].input) == {"id", "comment", "length", "votes"}


def test_a_label_that_is_kept_is_an_input(tmp_path):
    columns, rows = comments(random.Random(7))
    write(tmp_path / "all.csv", columns, rows)
    source = resolve(str(tmp_path), target="toxic")
    from fathom.declared_options import Settings
    from fathom.tasks.table.tabular import Table

    found = Table(Settings(options={"keep": "severe,threat"})).examples(source)
    assert set(found.items[0].input) == {"id", "comment", "severe", "threat"}


@pytest.mark.parametrize(
    "columns",
    [
        ("comment", "is_spam"),
        ("comment", "has_link", "is_spam"),
        ("comment", "has_link", "has_photo", "label"),
        ("comment", "stars:5", "verified", "has_photo", "recommended"),
        ("comment", "toxic", "severe", "obscene", "threat", "stars:5"),
        ("age:90", "toxic", "severe", "obscene", "threat"),
    ],
)
def test_few_flags_or_no_text_are_inputs_as_ever(tmp_path, columns):
    dice = random.Random(8)
    names = [name.partition(":")[0] for name in columns]
    most = [int(name.partition(":")[2] or 1) for name in columns]
    rows = [[sentence(dice) if n == "comment" else dice.randint(0, m) for n, m in zip(names, most)] for _ in range(60)]
    write(tmp_path / "reviews.csv", names, rows)
    name, found, told = read(tmp_path)
    assert found.target == names[-1]
    assert not any("left out" in one for one in told)
    if name == "table":
        assert set(found.items[0].input) == set(names[:-1])


@pytest.mark.parametrize("head", ["Size,B 1,Label", "SIZE,b-1,label", "size,b_1,label"])
def test_a_test_table_whose_columns_are_called_a_little_otherwise(tmp_path, head):
    rows = [f"{i / 7:.2f},{i % 5},{'ab'[i % 2]}" for i in range(60)]
    (tmp_path / "train.csv").write_text("\n".join(["size,b_1,label", *rows]))
    (tmp_path / "test.csv").write_text("\n".join([head, *rows[:20]]))
    with repairs.collected() as told:
        examples = Table(Settings()).examples(resolve(str(tmp_path)))
    assert examples.target == "label"
    assert sum(e.split == "test" for e in examples.items) == 20
    assert {tuple(e.input) for e in examples.items} == {("size", "b_1")}
    assert any("were taken for" in str(one) for one in told) == (head != "size,b_1,label")
