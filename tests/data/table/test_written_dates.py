"""Dates, times of day and spans of time as people write them, read from a column as a whole."""

from __future__ import annotations

import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fathom.data.table.columns import Asked, Column, read_columns
from fathom.data.table.written_spans import hours
from fathom.errors import UserError


def read(cells, *, asked=None, target=False, commas=False, beside=()):
    """A column as it is read, what it is, and what is told of it."""
    frame = pl.DataFrame({"c": cells, **dict(beside)}, schema_overrides={"c": pl.String})
    found = read_columns([frame], asked or Asked(), {}, "c" if target else "y", commas)
    return found.frames[0]["c"].to_list(), found.columns["c"], found.told.get("c")


DATES = {
    "ISO": (["2024-01-31", "2024-02-01 10:30"], ["2024-01-31", "2024-02-01T10:30:00"]),
    "zones": (["2024-01-01T10:00:00+02:00"], ["2024-01-01T08:00:00"]),
    "American": (["1/31/2024", "2/3/2024"], ["2024-01-31", "2024-02-03"]),
    "European": (["31/1/2024", "3/2/2024"], ["2024-01-31", "2024-02-03"]),
    "points": (["01.02.2024"], ["2024-02-01"]),
    "noon": (["1/31/24 5:30 PM"], ["2024-01-31T17:30:00"]),
    "names": (["Jan 31, 2024", "March 5, 2024"], ["2024-01-31", "2024-03-05"]),
    "other tongues": (["5 März 2024", "3. Okt 2024"], ["2024-03-05", "2024-10-03"]),
    "months": (["2024-01", "2024-02"], ["2024-01-01", "2024-02-01"]),
    "days that are always the first": (["01/01/2024", "01/02/2024"], ["2024-01-01", "2024-02-01"]),
    "holes": (["2024-01-31", "-"], ["2024-01-31", None]),
}


@pytest.mark.parametrize("name", DATES)
def test_dates_as_people_write_them(name):
    cells, dates = DATES[name]
    values, column, _ = read(cells)
    assert (values, column.kind) == (dates, "date")
    assert [column.value(cell) for cell in cells] == dates
    assert [column.value(date) for date in dates] == dates  # as an example has them
    assert Column.from_dict(column.to_dict()) == column


def test_clocks_spans_and_seconds_since_1970():
    assert read(["13:30", "2:15"])[0] == [13.5, 2.25]
    assert read(["PT3H", "P1DT2H"])[0] == [3, 26]
    frame = pl.DataFrame({"timestamp": [1_700_000_000, 1_700_003_600], "sold": [1_700_000_000, 1_700_003_600]})
    found = read_columns([frame], Asked(), {}, "y", False)
    assert found.frames[0]["timestamp"].to_list() == ["2023-11-14T22:13:20", "2023-11-14T23:13:20"]
    assert found.columns["sold"].kind == "number"


def test_seconds_since_1970_are_told_beside_fractions_as_well():
    """Fractions in another column tell how numbers are written; the column of times is one of dates all the same."""
    rows = range(60)
    frame = pl.DataFrame(
        {
            "timestamp": [str(1_700_000_000 + 3600 * n) for n in rows],
            "time_ms": [str(1_700_000_000_000 + 3_600_000 * n) for n in rows],
            "uptime": [str(40 + n) for n in rows],
            "degrees": [f"{n}.25" for n in rows],
        }
    )
    found = read_columns([frame], Asked(), {}, "degrees", False)
    kinds = {name: column.kind for name, column in found.columns.items()}
    assert kinds == {"timestamp": "date", "time_ms": "date", "uptime": "number", "degrees": "number"}
    assert found.frames[0]["timestamp"][1] == found.frames[0]["time_ms"][1] == "2023-11-14T23:13:20"
    assert read_columns([frame], Asked(), {}, "timestamp", False).columns["timestamp"].kind == "number"


@pytest.mark.parametrize(
    ("cells", "dates"),
    [
        (["1999Q4", "2000Q1", "2000Q2"], ["1999-10-01", "2000-01-01", "2000-04-01"]),
        (["2000-Q3", "2000 q4"], ["2000-07-01", "2000-10-01"]),
        (["Q1 2000", "Q2 2000"], ["2000-01-01", "2000-04-01"]),
        (["3Q2000", "4Q2000"], ["2000-07-01", "2000-10-01"]),
        (["2020-W53", "2021-W01", "2021W02"], ["2020-12-28", "2021-01-04", "2021-01-11"]),
    ],
)
def test_quarters_and_weeks_are_the_days_on_which_they_begin(cells, dates):
    values, column, _ = read(cells)
    assert (values, column.kind) == (dates, "date")
    assert [column.value(date) for date in dates] == dates


@pytest.mark.parametrize("cells", [["Q1", "Q2", "Q3"], ["2000Q5", "2000Q6"], ["W01", "W02"], ["Audi Q5", "Audi Q7"]])
def test_quarters_without_a_year_are_words(cells):
    assert read(cells)[1].kind == "text"


SPANS = {
    "hours and minutes": (["1h 45m", "2h", "58m"], [1.75, 2, 58 / 60]),
    "without a space": (["5m3s", "1m0s"], [5 / 60 + 3 / 3600, 1 / 60]),
    "words": (["2 days 4 hours", "1 hour and 30 minutes", "3 weeks"], [52, 1.5, 504]),
    "as Python has it": (["1 day, 2:30:00", "0:15:00"], [26.5, 0.25]),
    "as pandas has it": (["0 days 00:06:00", "2 days 01:00:00"], [0.1, 49]),
}


@pytest.mark.parametrize("name", SPANS)
def test_spans_of_time_are_hours(name):
    cells, wanted = SPANS[name]
    values, column, _ = read(cells)
    assert values == pytest.approx(wanted)
    assert Column.from_dict(column.to_dict()).value(cells[0]) == pytest.approx(wanted[0])


def test_an_m_alone_may_be_months():
    assert read(["1d", "1w", "1m", "3m"])[1].kind == "text"


@settings(deadline=None, max_examples=30)
@given(st.timedeltas(datetime.timedelta(0), datetime.timedelta(days=400)))
def test_a_span_as_python_writes_it_is_read_back(span):
    assert hours(str(span)) == pytest.approx(span.total_seconds() / 3600)


MIXED_DATES = {
    "points and slashes": ["13.01.2024", "01/14/2024"], "names and dashes": ["Jan 5 2024", "13-01-2024"],
    "ISO and points": ["2024-01-31", "31.01.2024"],
}  # fmt: skip


@pytest.mark.parametrize("name", MIXED_DATES)
def test_dates_that_are_written_in_several_ways_are_told(name):
    _, column, told = read(MIXED_DATES[name] * 10)
    assert (column.kind, list(told.mixed)) == ("text", ["dates written in several ways"])


def test_the_order_of_day_and_month_is_asked_where_nothing_tells():
    cells = ["01/02/2024", "03/04/2024"]
    with pytest.raises(UserError, match="may begin with the day or with the month"):
        read(cells)
    assert read(cells, asked=Asked(dates="month-first"))[0] == ["2024-01-02", "2024-03-04"]
    assert read(cells, asked=Asked(dates="day-first"))[0] == ["2024-02-01", "2024-04-03"]


@settings(deadline=None, max_examples=20)
@given(st.lists(st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1)), min_size=40, max_size=60, unique=True))
def test_dates_written_one_way_are_read_back(dates):
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%B %d, %Y", "%Y/%m/%d"):
        assert read([d.strftime(form) for d in dates])[0] == [d.isoformat() for d in dates]


FORMS = {
    "SAS": (["18MAY2021", "01JAN2020"], "2021-05-18"),
    "SAS with the time": (["18MAY2021:20:43:26", "01JAN2020:00:00:01"], "2021-05-18T20:43:26"),
    "Chinese": (["2021年05月18日", "2020年6月1日"], "2021-05-18"),
    "Hungarian": (["2021. 05. 18.", "2020. 06. 19."], "2021-05-18"),
    "Google's forms": (["2021/05/18 8:05:12 PM GMT+2", "2021/05/13 1:05:12 AM GMT+2"], "2021-05-18T20:05:12"),
    "SQL Server": (["May 18 2021 08:43PM", "May  8 2021  8:43AM"], "2021-05-18T20:43:00"),
    "the year last": (["Tue May 18 20:43:26 +0000 2021", "Wed May 19 20:43:26 +0000 2021"], "2021-05-18T20:43:26"),
    "a web server": (["18/May/2021:20:43:26 +0000", "19/May/2021:20:43:26 +0000"], "2021-05-18T20:43:26"),
    "Spanish": (["18 de mayo de 2021", "15 de marzo de 2020"], "2021-05-18"),
}


@pytest.mark.parametrize("name", FORMS)
def test_dates_as_programs_and_countries_write_them(name):
    cells, first = FORMS[name]
    values, column, _ = read(cells * 9)
    assert column.kind == "date"
    assert values[0] == first
    assert None not in values


@pytest.mark.parametrize(("name", "year"), [("dob", "1931"), ("date_of_birth", "1931"), ("due", "2031")])
def test_nobody_is_born_in_the_future(name, year):
    frame = pl.DataFrame({name: ["15/10/31", "01/02/68", "03/04/99", "05/06/11"] * 9})
    found = read_columns([frame], Asked(), {}, "y", commas=False)
    column = found.columns[name]
    assert found.frames[0][name][0] == f"{year}-10-15"
    assert Column.from_dict(column.to_dict()) == column
    assert column.value("05/06/11") == "2011-06-05"


@pytest.mark.parametrize(
    ("cells", "kind"), [([f"3:{i:02}:11" for i in range(40)], "number"), (["9:45", "10:15"] * 20, "text")]
)
def test_a_target_of_spans_is_a_number_of_hours_and_one_of_a_few_times_is_a_class(cells, kind):
    found = read_columns([pl.DataFrame({"y": cells})], Asked(), {}, "y", commas=False)
    assert found.columns["y"].kind == kind
    assert found.frames[0]["y"][1] == (pytest.approx(3 + 1 / 60 + 11 / 3600) if kind == "number" else "10:15")
