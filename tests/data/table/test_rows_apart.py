"""Rows that are no data: titles with separators, lines of names or units below the header, totals at the end."""

from __future__ import annotations

import numpy as np
import pytest

from fathom.data import repairs
from fathom.data.table.tables import load_table

RNG = np.random.default_rng(0)
ROWS = [
    f"{RNG.uniform(3, 90):.1f},{RNG.integers(100, 9000)},{('red', 'green')[i % 2]},{RNG.normal(5, 1):.2f}"
    for i in range(30)
]


def load(tmp_path, *lines):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines) + "\n")
    with repairs.collected() as told:
        table = load_table(path)
    return table, told


HEADER = "size,rent,colour,yield"


@pytest.mark.parametrize(
    "above",
    [
        ["Report of 2023", "Made by ACME Ltd., Berlin", ""],
        ["Rents, by size"],
        ["Source: ministry, Bonn", "Downloaded on 1 May, at noon"],
    ],
)
def test_titles_that_have_the_separator_in_them(tmp_path, above):
    table, told = load(tmp_path, *above, HEADER, *ROWS)
    assert table.frame.columns == HEADER.split(",")
    assert len(table.frame) == 30
    assert "above the header left out" in told[0]


def test_a_header_that_lacks_a_name_is_no_title(tmp_path):
    rows = [f"r{i},{row}" for i, row in enumerate(ROWS)]
    table, told = load(tmp_path, HEADER, *rows)  # the first is the name of the row
    assert table.frame.columns[1:] == HEADER.split(",")
    assert "above the header" not in str(told)


@pytest.mark.parametrize("units", ["[m2],[EUR],,[%]", "m²,€/month,name,%", "how large,what it costs,painted,gain"])
def test_a_line_of_units_below_the_header(tmp_path, units):
    table, told = load(tmp_path, HEADER, units, *ROWS)
    assert table.frame.columns == HEADER.split(",")
    assert len(table.frame) == 30
    assert table.frame["rent"].dtype.is_numeric()
    assert "below the header" in told[0]


def test_names_in_two_lines(tmp_path):
    table, _ = load(tmp_path, "2020,,2021,", HEADER, *ROWS)
    assert table.frame.columns == ["2020 size", "2020 rent", "2021 colour", "2021 yield"]
    assert len(table.frame) == 30


def test_two_lines_that_a_survey_adds(tmp_path):
    lines = ["how large?,what rent?,what colour?,what gain?", "{Q1},{Q2},{Q3},{Q4}"]
    assert len(load(tmp_path, HEADER, *lines, *ROWS)[0].frame) == 30


@pytest.mark.parametrize(
    "first",
    ["unknown,none,red,4.1", "n/a,NA,green,5.0", "small,900,red,4.1", ",,red,", "12.5,700,red,none", "-,-,red,-"],
)
def test_a_first_row_with_holes_is_data(tmp_path, first):
    table, told = load(tmp_path, HEADER, first, *ROWS)
    assert len(table.frame) == 31
    assert not told


def test_a_row_of_sums_at_the_end(tmp_path):
    sums = [sum(float(row.split(",")[i]) for row in ROWS) for i in (0, 1, 3)]
    table, _ = load(tmp_path, HEADER, *ROWS, f"{sums[0]:.1f},{sums[1]:.0f},TOTAL,{sums[2]:.2f}")
    assert len(table.frame) == 30
    assert [(s.id, s.reason) for s in table.skipped] == [("row 31", "a total: it holds the sums of the rows above it")]


@pytest.mark.parametrize(
    "words", [("Mean", "SD", "Min", "Max"), ("count", "mean", "std", "25%", "75%"), ("Sum:", "Avg")]
)
def test_a_summary_at_the_end_is_no_data(tmp_path, words):
    table, _ = load(tmp_path, HEADER, *ROWS, *(f"{i}.5,{700 + i},{word},4.2" for i, word in enumerate(words)))
    assert len(table.frame) == 30
    assert {s.reason for s in table.skipped} == {"a summary of the rows above it, such as their mean"}
    assert len(table.skipped) == len(words)


@pytest.mark.parametrize("rows", [["max", "min", "max", "min"], ["red", "min", "max"] * 3 + ["min", "max"], ["mean"]])
def test_classes_that_are_called_so_are_data(tmp_path, rows):
    table, _ = load(tmp_path, HEADER, *ROWS, *(f"{i}.5,{700 + i},{word},4.2" for i, word in enumerate(rows)))
    assert len(table.frame) == 30 + len(rows)


@pytest.mark.parametrize("last", ["31.0,4000,Total,5.0", "31.0,4000,blue,5.0"])
def test_a_last_row_that_holds_no_sums_is_data(tmp_path, last):
    table, _ = load(tmp_path, HEADER, *ROWS, last)
    assert len(table.frame) == 31


def test_a_sum_that_nothing_calls_so_is_data(tmp_path):
    rows = [f"{i},{i},red,{i}" for i in range(1, 8)]
    assert len(load(tmp_path, HEADER, *rows, "28,28,red,28")[0].frame) == 8


def test_names_above_columns_parted_by_blanks(tmp_path):
    table, _ = load(tmp_path, "size rent colour yield", *[row.replace(",", " ") for row in ROWS])
    assert table.frame.columns == HEADER.split(",")
    assert len(table.frame) == 30
