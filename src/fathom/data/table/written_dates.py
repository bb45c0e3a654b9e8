"""Dates and times as people write them: ``2024-01-31``, ``31.01.2024``, ``1/31/24 5 PM``, ``Jan 31, 2024``, ``9:45``.

Whether the day or the month stands first is decided for the column as a whole. Each becomes a date as ISO 8601 has it,
in universal time; a time of day, or a span of hours, becomes a number of hours.
"""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Literal

from fathom.data.table.written_spans import hours, may_be_months

Order = Literal["day-first", "month-first", "year-first"]

_ISO = re.compile(r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?)?\s?(Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?$")
_DIGITS = re.compile(r"\d")
_ZONE = re.compile(r"\s?(Z|UTC|GMT[+-]\d{1,2}|GMT|[+-]\d\d:?\d\d)$")
_YEAR_LAST = re.compile(r"^([A-Za-z]{3} [A-Za-z]{3} \d{1,2}) (\d\d:\d\d:\d\d) (?:[+-]\d{4}|[A-Z]{3,4}) (\d{4})$")
"""As Unix and Twitter have it: the year behind the time."""
_YEAR_FIRST = re.compile(r"^(\d{4})(?:\. |年 ?)(\d{1,2})(?:\. |月 ?)(\d{1,2})(?:\.|日)?(?= |$)")
"""As Hungary, Korea, China and Japan have it."""
_DAYS = (
    *(f"%d{s}%m{s}%{y}" for s, y in product("/.-", "Yy")), *(f"%m{s}%d{s}%{y}" for s, y in product("/-.", "Yy")),
    *(f"%Y{s}%m{s}%d" for s in "/.-"), "%y-%m-%d", "%Y-%m", "%Y/%m", "%m/%Y", "%m.%Y", "%m-%Y", "%Y%m%d",
    "%d %b %Y", "%d-%b-%Y", "%d/%b/%Y", "%d %b %y", "%d-%b-%y", "%b %d %Y", "%b %Y", "%b-%Y", "%b-%y", "%b %y",
    "%d%b%Y", "%Y-%b-%d", "%Y %b %d", "%Y-%b", "%Y %b", "%a %d %b %Y", "%a %b %d %Y",
)  # fmt: skip
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M%p", " %I:%M:%S %p", ":%H:%M:%S")
_MONTHS = {
    name: f"{datetime.date(2000, n, 1):%b}"
    for n, names in enumerate(
        (
            "january januar janvier enero jan ene janv", "february februar février fevrier febrero feb fév févr",
            "march märz maerz mars marzo mar mär mrz", "april avril abril apr avr abr", "may mai mayo",
            "june juni juin junio jun", "july juli juillet julio jul juil", "august août aout agosto aug ago aoû",
            "september septembre septiembre sep sept", "october oktober octobre octubre oct okt",
            "november novembre noviembre nov", "december dezember décembre decembre diciembre dec dez déc dic",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+\.?")
_QUARTERS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"^(?P<year>\d{4})[ ./_-]?Q(?P<quarter>[1-4])$", r"^Q(?P<quarter>[1-4])[ ./_-]?(?P<year>\d{4})$",
        r"^(?P<quarter>[1-4])Q[ ./_-]?(?P<year>\d{4})$",
    )
)  # fmt: skip
_WEEK = re.compile(r"(?i)^(\d{4})[ ./_-]?W(\d\d?)$")
_FEWEST, _YEARS = 0.95, range(1500, 2300)
"""The share of a column's cells that must be dates, and the years that these are of."""
_UNIX = {"s": (3e8, 5e9), "ms": (3e11, 5e12)}
_COMPACT = (1800_01_01, 2299_12_31)
_BIRTHS = re.compile(r"(?i)birth|(^|_)(dob|born)(_|$)|geburt|geb_|naissance|nacimiento")
_DATE_NAME = re.compile(r"(?i)date|datum|fecha|data$|(^|_)(day|dt|dob|ymd|yyyymmdd|time|birth|born|start|end)(_|$)")
_SHORT = re.compile(r"^[+-]?(\d{1,3}):[0-5]\d(?:\.\d{1,9})?$")
_UNIX_NAME = re.compile(r"(?i)(time|date|unix|epoch|^ts$|_ts$|_at$)")


@dataclass(frozen=True)
class DateStyle:
    """How a column writes its dates.

    Attributes:
        form: ``"date"``, ``"clock"`` for times of day and spans, ``"laps"`` for spans of which the short ones are of
            minutes and seconds, or ``"s"`` and ``"ms"`` for those since 1970.
        days: the forms of `datetime.strptime` for the day, where it is not as ISO 8601 has it.
        newest: what is written with two digits of the year and would be later, as ISO 8601 has it, is of the century
            before; "" where nothing is said of that.
    """

    form: Literal["date", "clock", "laps", "s", "ms"] = "date"
    days: tuple[str, ...] = ()
    newest: str = ""

    @property
    def is_span(self) -> bool:
        """Whether what it reads is hours, and no date."""
        return self.form in ("clock", "laps")

    def of(self, name: str) -> DateStyle:
        """The same for a column of that name: nobody is born in the future."""
        births = _BIRTHS.search(name) and any("%y" in day for day in self.days)
        return replace(self, newest=datetime.date.today().isoformat()) if births else self

    def parse(self, cell: str) -> str | float | None:
        """The date as ISO 8601 has it, or the hours of a time; None where the cell is written in another way."""
        text = cell.strip()
        if self.is_span:
            span = hours(text)
            return span / 60 if span is not None and self.form == "laps" and _SHORT.match(text) else span
        if _ISO.match(text):
            return _iso(text)
        if self.form != "date":
            return _since_1970(text, self.form)
        found = next((found for day in self.days if (found := _parsed(text, day))), None)
        return f"{int(found[:4]) - 100}{found[4:]}" if self.newest and found and found > self.newest else found

    @property
    def worth_telling(self) -> bool:
        """Whether it could be read in another way."""
        return bool(self.days) or self.form == "laps"

    def told(self) -> str:
        """The style in words."""
        if self.is_span:
            return "hours" if self.form == "clock" else "hours, of which 47:29 is 47 minutes and 29 seconds"
        if self.form != "date":
            return "dates, counted since 1970"
        order = next((order for day in self.days if (order := _order(day))), None)
        return "dates" + (f", {order.replace('-', ' ')}" if order else "")


def find_dates(cells: Mapping[str, int], asked: Order | None = None) -> FoundDates:
    """How a column writes its dates, if that is what it has.

    Args:
        cells: how often each text is there that is no mark for something missing; most frequent or first in order.
        asked: which stands first, where the user has said so.
    """
    texts = [t.strip() for t in cells]
    sample = texts[:: max(1, len(texts) // 50)]
    if not texts or sum(bool(_DIGITS.search(t)) for t in sample) < _FEWEST * len(sample):
        return FoundDates(None)
    if _most(hours(t) is not None for t in sample) and _most(hours(t) is not None for t in texts):
        return FoundDates(None if may_be_months(texts) else DateStyle("laps" if _are_laps(texts) else "clock"))
    if _most(_ISO.match(t) for t in texts):
        return FoundDates(DateStyle() if _most(_iso(t) for t in texts) else None)
    fitting = [day for day in _DAYS if _most(_parsed(t, day) for t in sample)]
    counts = {day: sum(cells[t] for t in cells if _parsed(t.strip(), day)) for day in fitting}
    best = max(counts.values(), default=0)
    fitting = [day for day, n in counts.items() if n == best >= _FEWEST * sum(cells.values())]
    if not fitting:
        both = [d for d in _DAYS if sum(bool(_parsed(t, d)) for t in sample) > 0.2 * len(sample)]
        return FoundDates(None, mixed=len(both) > 1 and all(any(_parsed(t, d) for d in both) for t in sample))
    first = fitting[0]
    orders = {_order(day) for day in fitting} - {None}
    if len(orders) < 2:
        return FoundDates(DateStyle(days=(first,)))
    order = asked or _told_by(texts, first)
    chosen = next((day for day in fitting if _order(day) == order), None)
    return FoundDates(DateStyle(days=(chosen or first,)), doubtful=chosen is None)


@dataclass(frozen=True)
class FoundDates:
    """What was found of a column.

    Attributes:
        style: how dates are written there; None where they are not, or in several ways.
        doubtful: day and month can be either way round.
        mixed: the cells are dates, written in several ways.
    """

    style: DateStyle | None
    doubtful: bool = False
    mixed: bool = False


def _are_laps(texts: Sequence[str]) -> bool:
    """Whether ``47:29`` is of minutes, since spans with hours stand beside it, and no day has so many hours."""
    short = [found for text in texts if (found := _SHORT.match(text))]
    return 0 < len(short) < len(texts) and any(int(found[1]) >= 24 for found in short)


def find_compact(name: str, parts: Iterable[Iterable[float]]) -> DateStyle | None:
    """Whether a column of numbers is of dates such as 20240131, by its name and since each of them is a day.

    Args:
        name: of the column.
        parts: its numbers, in one part or several.
    """
    if not _DATE_NAME.search(name):
        return None
    style, seen = DateStyle(days=("%Y%m%d",)), set[float]()
    for n in (n for part in parts for n in part):
        if n not in seen and not (_COMPACT[0] <= n <= _COMPACT[1] and n == int(n) and style.parse(str(int(n)))):
            return None
        seen.add(n)
    return style if seen else None


def find_unix(name: str, numbers: Iterable[float]) -> DateStyle | None:
    """Whether a column of numbers is of seconds or milliseconds since 1970, by its name and their range."""
    if not _UNIX_NAME.search(name) or not (there := list(numbers)):
        return None
    low, high = min(there), max(there)
    return next((DateStyle(form) for form, (a, b) in _UNIX.items() if a <= low <= high <= b), None)  # type: ignore[arg-type]


def _most(flags: Iterable[object]) -> bool:
    told = [bool(f) for f in flags]
    return sum(told) >= _FEWEST * len(told)


def _order(day: str) -> Order | None:
    place = (day.find("%d"), day.find("%m"))
    if day.startswith("%Y") or min(place) < 0:
        return None
    if day.startswith("%y"):
        return "year-first"
    return "day-first" if place[0] < place[1] else "month-first"


def _told_by(texts: Sequence[str], day: str) -> Order | None:
    """Which stands first where all numbers are 12 at most: a point tells, and a day that is always the first."""
    if "." in day:
        return "day-first"
    pairs = [re.split(r"[/-]", t)[:2] for t in texts]
    firsts, seconds = ({pair[i] for pair in pairs} for i in (0, 1))
    if len(firsts) == 1 < len(seconds) and int(next(iter(firsts))) == 1:
        return "day-first"
    if len(seconds) == 1 < len(firsts) and int(next(iter(seconds))) == 1:
        return "month-first"
    return None


@lru_cache(maxsize=65536)  # a column is asked about several times
def _parsed(text: str, day: str) -> str | None:
    """A text as ISO 8601 has it, read by this form of the day and any of the time."""
    for time in _TIMES if ":" in text else _TIMES[:1]:
        try:
            found = datetime.datetime.strptime(_plain(text), day + time)
        except ValueError:
            continue
        return _written(found) if found.year in _YEARS else None
    return None


@lru_cache(maxsize=65536)  # each form of the day and the time asks anew
def _plain(text: str) -> str:
    """With English short months, without commas, zones and the T between day and time; quarters and weeks begin."""
    if begun := _beginning(text):
        return begun
    text = _YEAR_FIRST.sub(r"\1-\2-\3", _YEAR_LAST.sub(r"\1 \3 \2", text))
    text = _ZONE.sub("", text) if ":" in text else text
    text = re.sub(r"(?<=\d)T(?=\d)", " ", text)
    text = re.sub(r"(?<=\d)(st|nd|rd|th)\b|(?<= )de (?=\w)", "", text)
    text = _WORD.sub(lambda word: _MONTHS.get(word[0].rstrip(".").casefold(), word[0]), text)
    return " ".join(text.replace(",", " ").replace(". ", " ").split())


def _beginning(text: str) -> str:
    """The day with which a quarter (``2000Q1``, ``Q1 2000``) or a week (``2020-W05``) begins; "" of others."""
    if found := next(filter(None, (form.match(text) for form in _QUARTERS)), None):
        return f"{found['year']}-{3 * int(found['quarter']) - 2:02}-01"
    if found := _WEEK.match(text):
        with contextlib.suppress(ValueError):  # there is no week 53 in most years
            return datetime.date.fromisocalendar(int(found[1]), int(found[2]), 1).isoformat()
    return ""


@lru_cache(maxsize=65536)
def _iso(text: str) -> str | None:
    try:
        found = datetime.datetime.fromisoformat(re.sub(r"\s?(UTC|GMT)$", "Z", text.replace(",", ".")))
    except ValueError:
        return None
    if found.tzinfo is not None:
        try:
            found = found.astimezone(datetime.UTC).replace(tzinfo=None)
        except OverflowError:
            return None
    return _written(found) if found.year in _YEARS else None


def _since_1970(text: str, form: str) -> str | None:
    try:
        seconds = float(text) / (1000 if form == "ms" else 1)
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return None
    return _written(moment)


def _written(moment: datetime.datetime) -> str:
    """A moment as ISO 8601 has it; without the time where that is midnight."""
    return moment.date().isoformat() if moment.time() == datetime.time() else moment.isoformat()
