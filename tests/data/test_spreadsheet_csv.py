"""CSV files for people: no spreadsheet runs what stands in them, and what is read back is what was written."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fathom.data import files
from fathom.data.label_corrections import read_decisions
from fathom.data.spreadsheet_csv import escape, read_rows, unescape, written
from fathom.records import SkipKind, Skipped
from fathom.runs.confident_learning import Suspect
from fathom.runs.folder import RunFolder
from fathom.runs.label_error_search import JudgedLabels, write_list
from fathom.runs.review_tags import ReviewedExample, Tags
from fathom.runs.review_tags import read as read_tags

RUN_BY_SPREADSHEETS = tuple("=+-@\t\r\n")
CELLS = st.text(st.sampled_from("=+-@\t\r\n'\",;| 1.5eaé"), max_size=8) | st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8
)


@given(CELLS)
@example("'=1")
@example("''-3.5")
@example("'-3.5")
@example("-3.5")
def test_a_cell_comes_back_and_is_not_run(cell: str) -> None:
    safe = escape(cell)
    assert unescape(safe) == cell
    assert not safe.startswith(RUN_BY_SPREADSHEETS) or float(safe) == float(cell)


@pytest.mark.parametrize("number", ["-3.5", "+2", "-.5e-3", "-12."])
def test_numbers_stay_numbers(number: str) -> None:
    assert escape(number) == number == unescape(number)


@pytest.mark.parametrize("formula", ["=cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "+41 79", "\t=1", "\r=1", "-٣"])
def test_formulas_become_text(formula: str) -> None:
    assert escape(formula) == f"'{formula}"


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=4))
def test_rows_come_back(rows: list[tuple[str, str, str]]) -> None:
    names = ("id", "=x", "label")
    assert read_rows(written([names, *rows])) == [dict(zip(names, row, strict=True)) for row in rows]


def test_what_is_written_is_safe_and_read_to_the_same_value(tmp_path: Path) -> None:
    names = ["=1+1.jpg", "@home/a.png", "-3.5", "'=quoted", "new\rline"]
    judged = JudgedLabels(10, tuple(Suspect(name, "+a", "-b", 0.5, "train") for name in names))
    write_list(judged, tmp_path / "labels.csv")
    assert list(read_decisions(tmp_path / "labels.csv")) == names
    tags = Tags(tmp_path / "x.review.csv")
    for name in names:
        tags.say(name, ReviewedExample(("=tag",), "correct", "-label", "@note"))
    assert read_tags(tags.path).of == tags.of
    assert read_decisions(tags.path)[names[0]].label == "-label"
    run = RunFolder(tmp_path / "run")
    run.path.mkdir()
    run.write_skipped([Skipped(name, "=reason", SkipKind.UNREADABLE) for name in names])
    assert run.skipped() == len(names)
    for path in (tmp_path / "labels.csv", tags.path, run.path / "skipped.csv"):
        cells = [cell for row in csv.reader(io.StringIO(files.read_text(path), newline="")) for cell in row]
        assert [cell for cell in cells if cell.startswith(RUN_BY_SPREADSHEETS)] == ["-3.5"]


def test_lists_from_before_are_read_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("\ufeffid,decision,label\n=a.png,correct,@b\n-c.png,drop\n")
    found = read_decisions(tmp_path / "old.csv")
    assert (found["=a.png"].label, found["-c.png"].what) == ("@b", "drop")
