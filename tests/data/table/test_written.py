"""Columns of tables as people write them: numbers, dates, marks for something missing; what cannot be told is asked."""

import contextlib
import datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fathom.data.source import resolve
from fathom.data.table.column_roles import FREE_TEXT, IDENTIFIER, ROW_NUMBER, judge
from fathom.data.table.columns import Asked, Column, read_columns
from fathom.data.table.flat import flat_row, flat_table
from fathom.data.table.outliers import find_outliers, find_piles, find_sentinels
from fathom.data.table.written_dates import find_dates
from fathom.data.table.written_numbers import NumberStyle, find_style
from fathom.data.table.written_spans import hours
from fathom.errors import UserError
from fathom.records import Settings
from fathom.tasks.table.tabular import Table


def read(cells, *, asked=None, target=False, commas=False, beside=()):
    """A column as it is read, what it is, and what is told of it."""
    frame = pl.DataFrame({"c": cells, **dict(beside)}, schema_overrides={"c": pl.String})
    found = read_columns([frame], asked or Asked(), {}, "c" if target else "y", commas)
    return found.frames[0]["c"].to_list(), found.columns["c"], found.told.get("c")


NUMBERS = {
    "thousands": (["1,234", "950", "2,000,000"], [1234, 950, 2_000_000]),
    "lakhs": (["12,34,567", "950"], [1_234_567, 950]),
    "decimal commas": (["1.234,5", "950", "0,25"], [1234.5, 950, 0.25]),
    "points for thousands": (["1.234.567", "950"], [1_234_567, 950]),
    "dollars": (["$1,200.50", "$3", "-$5"], [1200.5, 3, -5]),
    "euros on both sides": (["€ 5", "12 €"], [5, 12]),
    "blanks": (["1 234", "5\u00a0678", "9\u202f012", "7"], [1234, 5678, 9012, 7]),
    "apostrophes": (["1'234.5", "12’000"], [1234.5, 12000]),
    "percent": (["12.5%", "3 %", "0"], [12.5, 3, 0]),
    "a unit": (["3 m", "4.5 m", "6"], [3, 4.5, 6]),
    "one and many": (["5 stars", "1 star"], [5, 1]),
    "accounts in one money": (["($12)", "$13"], [-12, 13]),
    "powers": (["1e3", "+5", "2.5E-1"], [1000, 5, 0.25]),
    "wide digits and true minus": (["−5", "１２"], [-5, 12]),
    "ordinals": (["1st", "2nd", "3rd"], [1, 2, 3]),
    "ordinals of something": (["1st class", "2nd class", "3rd class", "10th class"], [1, 2, 3, 10]),
    "millions": (["€110.5M", "€565K"], [110.5e6, 565e3]),
    "limits of a laboratory": (
        ["<0.5", "3.2", "12", "7.5", "> 100", "≤0.2", ">=80", "8"],
        [0.5, 3.2, 12, 7.5, 100, 0.2, 80, 8],
    ),
    "limits with a unit": (["< 5 mg/l", "12 mg/l", "7 mg/l"], [5, 12, 7]),
    "limits with decimal commas": (["<0,5", "3,25", "1,75"], [0.5, 3.25, 1.75]),
    "speeds": (["50 km/h", "7 km/h"], [50, 7]),
    "an error": (["53.7 ± 0.5", "12 +/- 1", "8.25±0.1"], [53.7, 12, 8.25]),
    "an error and a unit": (["53.7 ± 0.5 mm", "8.25±0.1 mm"], [53.7, 8.25]),
    "marks of notes": (["3.2*", "12", "7.5 [1]", "8 †", "0.04***", "1.5[a]"], [3.2, 12, 7.5, 8, 0.04, 1.5]),
    "high and low": (["13.2 H", "12", "7.5 L", "8", "9", "11"], [13.2, 12, 7.5, 8, 9, 11]),
    "as many or more": (["0", "1", "2", "3+"], [0, 1, 2, 3]),
    "at least, everywhere": (["1,000+", "500+"], [1000, 500]),
    "a minus behind": (["12.50-", "3.00", "0.75-", "1,200.50"], [-12.5, 3, -0.75, 1200.5]),
    "a spreadsheet's accounts": (["$ 1,247.00", "$ (1,727.00)", "$ -"], [1247, -1727, 0]),
    "thousands beside hundreds": (
        ["1.548 €", "551 €", "2.100 €", "980 €", "1.020 €", "875 €"],
        [1548, 551, 2100, 980, 1020, 875],
    ),
    "minutes beside hours": (["47:30", "1:40:30", "9:00"], [0.791666667, 1.675, 0.15]),
    "powers of ten": (["5.2×10^3", "1.5 x 10^-2", "7×10³", "2·10⁻¹"], [5200, 0.015, 7000, 0.2]),
}


@pytest.mark.parametrize("cells", [["<18", "18-24", "25-64", ">64"], ["<18", ">65", "<18"], ["<5", ">5", "5", "<5"]])
def test_limits_alone_are_classes(cells):
    values, column, _ = read(cells * 5)
    assert (column.kind, set(values)) == ("text", set(cells))


def test_a_limit_is_read_only_where_the_column_has_some():
    _, column, _ = read(["0.5", "3.25", "7"])
    with pytest.raises(ValueError, match="is no number"):
        column.value("<0.5")
    assert column.number is None or column.number.plain
    _, column, _ = read(["<0.5", "3.25", "7"])
    assert column.number.told() == "limits such as <1 as that number"
    assert Column.from_dict(column.to_dict()) == column


@pytest.mark.parametrize("cells", [["1990-", "2001-2005", "1999"], ["1990-", "2001-", "1999"], ["5-", "3-", "-4.5"]])
def test_a_minus_behind_years_and_ranges_makes_nothing_negative(cells):
    values, column, _ = read(cells * 20)
    assert (column.kind, set(values)) == ("text", set(cells))


def test_what_is_noted_at_numbers_is_told():
    told = {name: read(NUMBERS[name][0])[1].number.told() for name in ("an error", "high and low", "a minus behind")}
    assert "noted at some" in told["an error"]
    assert "noted at some" in told["high and low"]
    assert "the minus behind" in told["a minus behind"]
    _, column, _ = read(["13.2", "12", "7.5"])
    with pytest.raises(ValueError, match="is no number"):
        column.value("13.2*")


def test_many_values_beside_still_more_limits_are_numbers():
    values, column, _ = read(["<0.05"] * 60 + [f"{i / 7:.3f}" for i in range(20)])
    assert (column.kind, values[0], values[-1]) == ("number", 0.05, 2.714)


def test_streets_behind_the_numbers_of_houses_are_no_units():
    cells = [f"{i} {street}" for i in range(9) for street in ("Main St", "Hill Rd", "Oak Ave")]
    assert read(cells)[2] is None
    assert read([f"{i} {unit}" for i in range(9) for unit in ("kg", "lb", "oz")])[2].mixed


def test_hours_beside_bare_numbers_are_no_flags_of_a_laboratory():
    _, column, told = read(["5", "7", "9", "12 h", "3"] * 4)
    assert column.kind == "text"
    assert dict(told.mixed) == {"": 16, "h": 4}


@pytest.mark.parametrize("cells", [["1.548", "5", "2.1"], ["1.548", "1", "2.125", "2"], ["9:45", "10:30:15", "23:59"]])
def test_decimals_and_times_of_day_stay_what_they_are(cells):
    values, _, _ = read(cells)
    assert max(values) == pytest.approx({"1.548": 5 if "5" in cells else 2.125, "9:45": 23 + 59 / 60}[cells[0]])


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_as_people_write_them(name):
    cells, numbers = NUMBERS[name]
    values, column, _ = read(cells)
    assert values == pytest.approx(numbers)
    assert column.kind == "number"
    assert [column.value(cell) for cell in cells] == pytest.approx(numbers)  # as a row to predict has them
    assert Column.from_dict(column.to_dict()) == column


@pytest.mark.parametrize(
    "cells",
    [
        ["3 m", "250 cm"],
        ["0,640", "1.5"],
        ["12a", "14b"],
        ["007", "12"],
        ["A12", "B7"],
        ["1.2.3"],
        ["12-13"],
        ["50%", "0.5"],
    ],
)
def test_what_is_no_number_or_of_two_units_stays_text(cells):
    assert read(cells)[0] == cells or (cells == ["50%", "0.5"] and read(cells)[1].kind == "text")


def test_two_units_are_named():
    assert set(read(["3 m", "250 cm"] * 20)[2].mixed) == {"m", "cm"}


@pytest.mark.parametrize("cell", ["0,640", "-0,536", "00,123", "01,234"])
def test_no_parted_thousands_begin_with_a_nought(cell):
    """A decimal comma in a new row of a column with points is told, and not read a thousand times too large."""
    _, column, _ = read(["1.5", "0.25", "3", "12.75"])
    assert column.kind == "number"
    with pytest.raises(ValueError, match="is no number"):
        column.value(cell)


def test_a_unit_that_ends_in_ss_is_no_plural():
    assert read(["3 glasses", "1 glass", "5 kg"] * 20)[2].mixed == {"glass": 40, "kg": 20}


def test_a_comma_is_what_the_column_as_a_whole_says():
    few = ["1,234", "5,678"]
    assert read(few)[0] == [1234, 5678]  # in a file whose fields commas part
    assert read(["950", *(f"{i},{100 + i}" for i in range(1, 60))], commas=True)[0][:2] == [950, 1101]
    with pytest.raises(UserError, match="nothing in the column tells"):
        read([*few, "950"], commas=True)
    assert read([*few, "0,5"], commas=True)[0] == [1.234, 5.678, 0.5]
    assert read([*few, "5678"], commas=True)[0] == [1.234, 5.678, 5678]
    assert read(few, commas=True, beside={"other": ["0,5", "1,25"]})[0] == [1.234, 5.678]
    assert read(few, commas=True, beside={"other": ["0.5", "1.25"]})[0] == [1234, 5678]
    with pytest.raises(UserError, match=r"'1,234' in the column 'c' may be 1234 or 1\.234, and nothing in the column"):
        read(few, commas=True, target=True)
    assert read(few, commas=True, target=True, asked=Asked(decimal="comma"))[0] == few  # two classes stay words
    many = [f"{i},{100 + i}" for i in range(1, 60)]
    assert read(many, commas=True, target=True, asked=Asked(decimal="comma"))[0][0] == 1.101
    assert read(many, commas=True, target=True, asked=Asked(decimal="point"))[0][0] == 1101


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(-1e9, 1e9).map(lambda v: round(v, 2)), min_size=1, max_size=30))
def test_whatever_is_written_with_thousands_and_a_point_is_read_back(numbers):
    cells = [f"{v:,.2f}" for v in numbers]
    assert read(cells)[0] == numbers
    swapped = [c.translate(str.maketrans(",.", ".,")) for c in cells]
    assert read(swapped)[0] == numbers


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=20))
def test_no_text_is_too_odd_for_a_style(text):
    find_style({text: 1}), find_dates({text: 1}), hours(text), NumberStyle().parse(text)
    for column in (Column("number"), Column("text"), Column("date", date=find_dates({"2024-01-31": 1}).style)):
        with contextlib.suppress(ValueError):
            column.value(text)


@pytest.mark.parametrize(
    "mark", ["None", "#N/A", "<NA>", "-", ".", "NaN", "missing", "unknown", "n/a", "#DIV/0!", "inf"]
)
def test_a_column_of_numbers_with_marks_is_one_with_holes(mark):
    cells = [mark if i % 20 == 7 else f"{i / 7:.2f}" for i in range(200)]
    values, column, told = read(cells)
    assert [v is None for v in values] == [c == mark for c in cells]
    assert column.kind == "number"
    assert told.marks == {mark: 10}
    values, _, _ = read(cells, target=True)
    assert values[7] is None


def test_a_word_among_numbers():
    cells = [*map(str, range(100)), "12 or so"]
    values, column, told = read(cells)
    assert values[:2] == [0, 1]
    assert told.strange == {"12 or so": [100]}
    with pytest.raises(ValueError, match="'far' is no number"):
        column.value("far")
    assert read(["1", "2", "3", "K"] * 30)[1].kind == "text"  # grades: K is one of them


def test_na_is_a_value_where_it_is_as_frequent_as_others():
    regions = ["EU", "NA", "ASIA"] * 20
    assert read(regions, target=True)[0] == regions
    assert read(regions)[0] == regions
    assert read(["yes", "no"] * 20 + ["NA"])[0][-1] is None
    assert read(["0", "1", "NA"] * 20, target=True)[0][:3] == ["0", "1", "NA"]


def test_what_nobody_sees_makes_no_other_value():
    cells = ["red", "\u200bred", "red\u00a0", "\ufeffblue", "blue\u200e", " blue "] * 5
    values, column, _ = read(cells)
    assert set(values) == {"red", "blue"}
    assert [column.value(cell) for cell in cells] == values
    assert read(["\u200b1.5", "2\u00a0", "\u2060"])[0] == [1.5, 2, None]


def test_about_a_number_is_the_number():
    assert read(["~5", "≈ 7.5", "9"])[0] == [5, 7.5, 9]


def test_what_says_nothing_of_the_next_row():
    n = 100
    columns = {
        "column 1": list(range(n)), "PassengerId": [7 * i * i for i in range(n)], "year": list(range(1900, 1900 + n)),
        "name": [f"Smith {i}" for i in range(n)], "note": [f"this was said of the row {i}" for i in range(n)],
        "when": [f"2024-01-{i % 28 + 1:02d}" for i in range(n)], "x": [i / 7 for i in range(n)],
    }  # fmt: skip
    assert judge(columns) == {
        "column 1": ROW_NUMBER, "PassengerId": IDENTIFIER, "name": IDENTIFIER, "note": FREE_TEXT,
    }  # fmt: skip
    assert judge({"a": list(range(n)), "b": [1] * n}) == {}  # nothing else is left


def test_parquet_columns_become_plain(tmp_path):
    frame = pl.DataFrame({
        "v": [[1.0, 2.0], [3.0, 4.0]], "s": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}], "l": [[1], [1, 2]],
        "t": [datetime.time(3, 30), datetime.time(4)], "d": [datetime.timedelta(hours=2), None],
        "day": [datetime.date(2024, 1, 31), None], "b": [b"\x00", b"\xff"],
    })  # fmt: skip
    flat = flat_table(frame)
    assert flat.columns == ["v[0]", "v[1]", "s.a", "s.b", "l", "t", "d", "day", "b"]
    found = read_columns([flat], Asked(), {}, "y", False).frames[0]
    assert found.row(0) == (1.0, 2.0, 1, "x", "[1]", 3.5, 2.0, "2024-01-31", "00")
    assert flat_row({"v": [1, 2], "s": {"a": 1}, "l": ["x"]}) == {"v[0]": 1, "v[1]": 2, "s.a": 1, "l": '["x"]'}


def test_healthy_columns_have_no_outliers():
    rng = np.random.default_rng(0)
    n = 2000
    columns = {
        "normal": rng.normal(size=n), "lognormal": rng.lognormal(0, 2, n), "counts": rng.poisson(3, n),
        "heavy": rng.standard_t(3, n), "zeros": np.where(rng.random(n) < 0.9, 0, rng.lognormal(8, 1, n)),
        "whole": rng.integers(0, 1000, n), "waits": rng.exponential(size=n), "years": rng.integers(1990, 2024, n),
        "two kinds": np.where(rng.random(n) < 0.9, rng.normal(10, 1, n), rng.normal(100, 5, n)),
    }  # fmt: skip
    for name, values in columns.items():
        assert find_outliers(values.astype(float)) is None, name
        assert find_piles(values.astype(float)) == [], name
        assert find_sentinels(values.astype(float)) == {}, name


def test_slips_piles_and_sentinels():
    rng = np.random.default_rng(0)
    heights = rng.normal(170, 8, 1000).round(1)
    for factor in (10, 100, 1000, 1e13):
        values = heights.copy()
        values[[3, 7, 500]] *= factor
        found = find_outliers(values)
        assert np.flatnonzero(found.where).tolist() == [3, 7, 500]
        assert found.high < 210
    prices = rng.lognormal(12, 0.5, 2000).round().clip(max=300_000)
    assert [(p.value, p.largest) for p in find_piles(prices)] == [(300_000.0, True)]
    values = heights.copy()
    values[:5] = -999
    assert find_sentinels(values) == {-999.0: 5}


def laid_out(path, **options):
    task = Table(Settings(options=options))
    examples = task.examples(resolve(str(path), target="y"))
    task.fit(examples.items)
    again = Table(Settings())
    again.restore(task.state())
    return task, again, examples


def test_what_is_predicted_is_read_as_in_training(tmp_path):
    rows = "".join(f'"{1000 + 37 * i:,}",{i % 28 + 1}/{i % 12 + 1}/2024,{i / 7}\n' for i in range(60))
    (tmp_path / "a.csv").write_text("size,when,y\n" + rows)
    task, again, examples = laid_out(tmp_path / "a.csv")
    assert task.number_names == ["size", "when: days", "when: month", "when: day", "when: weekday"]
    one = task.encode(examples.items[0])["numeric"]
    assert one[0] == 1000
    asked = again.read('{"size": "1,000", "when": "1/1/2024"}')
    assert again.encode(asked)["numeric"].tolist() == one.tolist()
    asked = again.read('{"size": 1000, "when": "far"}')
    assert np.isnan(again.encode(asked)["numeric"]).tolist() == [False, True, True, True, True]
    assert again.encode(again.read_many(str(tmp_path / "a.csv"))[0])["numeric"].tolist() == one.tolist()


def test_one_impossible_cell_does_not_set_the_scale(tmp_path):
    rng = np.random.default_rng(0)
    cells = rng.normal(10, 1, 300).round(2).astype(str).tolist()
    (tmp_path / "a.csv").write_text("a,y\n" + "".join(f"{c},{i / 7}\n" for i, c in enumerate(cells)))
    sound, _, _ = laid_out(tmp_path / "a.csv")
    cells[7] = "956666666666667"
    (tmp_path / "a.csv").write_text("a,y\n" + "".join(f"{c},{i / 7}\n" for i, c in enumerate(cells)))
    task, again, examples = laid_out(tmp_path / "a.csv")
    assert task.mean_ == pytest.approx(sound.mean_, rel=0.01)
    assert task.std_ == pytest.approx(sound.std_, rel=0.05)
    assert again.encode(examples.items[7])["numeric"][0] < 15


def test_a_run_from_before_columns_were_kept_reads_as_it_did(tmp_path):
    (tmp_path / "a.csv").write_text("a,b,y\n" + "".join(f"{i % 7},{i % 3} m,{'uv'[i % 2]}\n" for i in range(60)))
    task, _, _ = laid_out(tmp_path / "a.csv")
    old = {k: v for k, v in task.state().items() if k not in ("columns", "dates", "limits", "target_limits")}
    old |= {"numeric": ["a"], "categorical": {"b": ["0 m", "1 m", "2 m"]}}
    old |= {"mean": [3.0], "std": [2.0], "quantiles": task.quantiles_[:1]}
    again = Table(Settings())
    again.restore(old)
    read = again.examples(resolve(str(tmp_path / "a.csv"), target="y"))
    assert read.items[1].input == {"a": 1, "b": "1 m"}
    assert again.encode(read.items[1])["categorical"].tolist() == [2]


def test_a_column_is_kept_on_demand(tmp_path):
    (tmp_path / "a.csv").write_text("id,x,y\n" + "".join(f"{i},{i % 7},{i / 7}\n" for i in range(60)))
    assert laid_out(tmp_path / "a.csv")[0].dropped_ == {"id": ROW_NUMBER}
    assert laid_out(tmp_path / "a.csv", keep="id")[0].dropped_ == {}
    with pytest.raises(UserError, match="`decimal=dot` is unknown: choose one of point, comma"):
        laid_out(tmp_path / "a.csv", decimal="dot")


def test_numbers_of_64_bits_and_without_end(tmp_path):
    frame = pl.DataFrame({"u": pl.Series([2**63 + i for i in range(40)], dtype=pl.UInt64), "y": ["a", "b"] * 20})
    frame.write_parquet(tmp_path / "a.parquet")
    read = Table(Settings()).examples(resolve(str(tmp_path / "a.parquet"), target="y"))
    assert len({e.content for e in read.items}) == 40
    found = read_columns([pl.DataFrame({"v": [1.0, float("inf"), 3.0]})], Asked(), {}, "y", False)
    assert found.frames[0]["v"].to_list() == [1, None, 3]
    assert found.told["v"].marks == {"inf": 1}


def test_codes_of_digits_are_words(tmp_path):
    rows = "".join(f"{i % 9:03d},{i % 7},{'ab'[i % 2]}\n" for i in range(60))
    (tmp_path / "a.csv").write_text("zip,x,y\n" + rows)
    task, again, examples = laid_out(tmp_path / "a.csv")
    assert (task.numeric_, task.categorical_["zip"][:2]) == (["x"], ["000", "001"])
    assert again.encode(examples.items[1])["categorical"].tolist() == [2]
    assert read(["5.1.2024", "2024-01-31"] * 20)[2].mixed == {"dates written in several ways": 0}
    assert read(["555 123 4567", "555 1 23"])[2] is None


@pytest.mark.parametrize("codes", [(2**53, 2**53 + 1), (12345678901234567, 12345678901234568), (7, 10**30)])
def test_codes_that_are_too_long_for_a_float_stay_apart(tmp_path, codes):
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["x,y", *(f"{i},{codes[i % 2]}" for i in range(60))]))
    task = Table(Settings())
    found = task.examples(resolve(str(path)))
    assert {e.target for e in found.items} == set(map(str, codes))
