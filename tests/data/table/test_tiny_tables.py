"""Tables of no, one, two and a few rows, and of one column: what is lacking is said, and no advice that cannot help."""

from __future__ import annotations

import pytest

from fathom.data.source import resolve
from fathom.errors import UserError
from fathom.progress import Watcher
from fathom.runs.check import check
from fathom.tasks import recognize


def said(tmp_path, text: str) -> str:
    """What `check` says: the refusal, or the titles of its findings."""
    path = tmp_path / "t.csv"
    path.write_text(text)
    try:
        return "; ".join(one.title for one in check(str(path), Watcher()).findings)
    except UserError as error:
        return str(error)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "is empty: give a table with a header and at least one row"),
        ("\n\n", "is empty: give a table with a header and at least one row"),
        ("age,kind,target\n", "has a header but no usable rows: add rows below it"),
        ("target\nyes\n", "has only the column target: a table needs a target and something to predict it from"),
        ("age,kind,target\n3,x,yes\n", "has one row with a target, and nothing can be learned from one"),
        ("age,price\n3,4.5\n", "has one row with a price, and nothing can be learned from one"),
        ("age,kind,target\n3,x,yes\n4,z,yes\n", "has 2 rows, all with 'yes' as 'target', so that there is nothing"),
    ],
)
def test_what_is_lacking_is_said(tmp_path, text, wanted):
    told = said(tmp_path, text)
    assert wanted in told
    assert "name another" not in told
    assert "one of" not in told


@pytest.mark.parametrize("n", [2, 3, 5, 9])
def test_a_few_rows_are_too_few_and_that_is_all(tmp_path, n):
    rows = "".join(f"{i},{i % 2},{'yn'[i % 2]}\n" for i in range(n))
    assert said(tmp_path, "age,kind,target\n" + rows) == (
        f"too few rows to hold out test and dev ({n}): give at least 10, better some hundreds"
    )


@pytest.mark.parametrize("rows", ["3,x,yes\n4,z,no\n", "1,2,yes\n2,3,no\n", "3,x,yes\n4,z,no\n5,y,maybe\n"])
def test_a_few_rows_of_words_are_no_texts_and_no_pairs(tmp_path, rows):
    (tmp_path / "t.csv").write_text("a,b,target\n" + rows)
    assert recognize(resolve(str(tmp_path / "t.csv")))[0].name == "table"


def test_other_columns_are_proposed_where_they_have_several_values(tmp_path):
    rows = "".join(f"{i},x,yes\n" for i in range(40))
    told = said(tmp_path, "age,kind,target\n" + rows)
    assert told.endswith("in every row, so that there is nothing to learn: name another with `target`, one of age")
    told = said(tmp_path, "kind,target\n" + "x,yes\n" * 40)
    assert told.endswith("so that there is nothing to learn: add rows with other values")
