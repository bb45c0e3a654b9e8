"""Files of older collections: blanks and tabs mixed, a comment first, splits by endings, labels with dots."""

from __future__ import annotations

import random

import pytest

from fathom.data import repairs
from fathom.data.source import resolve
from fathom.data.table import tables
from fathom.data.table.delimited import find_separator, without_comment
from fathom.tasks import recognize


def read(place, **said):
    source = resolve(str(place), **said)
    task = recognize(source)[0]
    with repairs.collected() as told:
        return task.name, task().examples(source), told


def cars(n=60):
    dice = random.Random(1)
    return [
        f"{dice.uniform(9, 40):.1f}   {dice.choice((4, 6, 8))}   {dice.uniform(80, 400):.1f}      "
        f'{dice.randint(50, 200)}.0      {dice.randint(70, 82)}  1\t"chevrolet model {i}"'
        for i in range(n)
    ]


def test_blanks_and_a_tab_before_a_name_in_quotes(tmp_path):
    (tmp_path / "auto-mpg.data").write_text("\n".join(cars()) + "\n")
    frame = tables.read_table(tmp_path / "auto-mpg.data")
    assert frame.width == 7
    assert frame["column 7"][3] == "chevrolet model 3"
    name, found, _ = read(tmp_path, target="column 1")
    assert (name, len(found.items)) == ("table", 60)


def test_codes_between_blanks(tmp_path):
    dice = random.Random(2)
    kinds = [(dice.randint(1, 4), dice.randint(4, 72), dice.randint(0, 4), dice.randint(0, 3)) for _ in range(60)]
    lines = [f"A{a} {months} A3{b} A4{c} {1 + a % 2}" for a, months, b, c in kinds]
    (tmp_path / "german.data").write_text("\n".join(lines) + "\n")
    name, found, _ = read(tmp_path)
    assert (name, found.target) == ("table", "column 5")


@pytest.mark.parametrize(
    "lines",
    [
        ["Go.\tVa !", "Run now.\tCours !", "I see it.\tJe le vois."] * 20,
        ["ham\tthe river is wide", "spam\tcall 0800 now"] * 20,
        ["the cat sat on the mat", "a dog ran on the road"] * 20,
        ["12 cats\tx", "13 dogs\ty"] * 20,
        ["w1 NN O", "w2 VB B-x", "w3 DT O"] * 20,
    ],
    ids=["pairs", "messages", "sentences", "few numbers", "tags"],
)
def test_texts_are_not_parted_by_blanks(lines):
    different = [f"{line}{i}" if i % 7 == 0 else line for i, line in enumerate(lines)]
    assert find_separator("\n".join(different) + "\n") != " "


def people(n, dot=""):
    dice = random.Random(n)
    return [f"{dice.randint(17, 80)}, {dice.choice(('State-gov', 'Private'))}, {dice.randint(1, 16)}, "
            f"{dice.randint(10, 60)}, {dice.choice(('<=50K', '>50K'))}{dot}" for _ in range(n)]  # fmt: skip


@pytest.mark.parametrize("comment", ["", "|1x3 Cross validator\n", "% from the census\n", "# from the census\n"])
@pytest.mark.parametrize("dot", ["", "."])
def test_train_and_test_by_their_endings(tmp_path, comment, dot):
    (tmp_path / "adult.data").write_text("\n".join(people(60)) + "\n\n")
    (tmp_path / "adult.test").write_text(comment + "\n".join(people(30, dot)) + "\n\n")
    (tmp_path / "adult.names").write_text("| notes\n\nage: continuous.\n")
    _, found, told = read(tmp_path)
    assert {e.target for e in found.items} == {"<=50K", ">50K"}
    assert [sum(e.split == split for e in found.items) for split in ("train", "test")] == [60, 30]
    assert any("adult.data was read as train, adult.test was read as test" in one for one in told)
    assert any("without the dot at their end" in one for one in told) == bool(dot)


def test_dots_that_train_has_too_or_that_are_numbers_stay(tmp_path):
    for ending, n in (("data", 60), ("test", 30)):
        (tmp_path / f"a.{ending}").write_text("\n".join(people(n, ".")) + "\n")
    assert {e.target for e in read(tmp_path)[1].items} == {"<=50K.", ">50K."}


@pytest.mark.parametrize(
    "text",
    [
        "#id,age,size,kind\n1,2,3,a\n2,3,4,b\n",
        "# id\tage\tsize\tkind\n1\t2\t3\ta\n2\t3\t4\tb\n",
        "#fff,1,2,3\n#eee,2,3,4\n#ddd,1,1,1\n",
        "#\na,b\n1,2\n",
        "id,age,size,kind\n1,2,3,a\n",
        "",
    ],
    ids=["a header", "a header with tabs", "values", "few columns", "none", "empty"],
)
def test_first_lines_that_are_no_comment_stay(text):
    assert without_comment(text) == text


@pytest.mark.parametrize("more", range(4))
def test_the_last_line_of_a_small_file_counts_whole(tmp_path, more):
    lines = [f"{i} {i % 7} {i % 5} {i % 2}" for i in range(40)]
    lines[0] = "9" * (1 + more) + lines[0][1:]
    (tmp_path / "numbers.data").write_text("\n".join(lines) + "\n")
    assert tables.is_table(tmp_path / "numbers.data")
