"""Numbers as people write them: ``1,234``, ``1.234,5``, ``$12``, ``12 %``, ``3 m``, ``(12)``, ``5-``, ``<0.5``, ``3*``.

How a column writes its numbers is decided for the column as a whole: one cell does not tell whether ``1,234`` is one
thousand or a little more than one. What it does not tell either is not guessed.
"""

from __future__ import annotations

import math
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from fathom.data.blanks import BLANKS

if TYPE_CHECKING:
    import polars as pl

Decimal = Literal["point", "comma"]
Doubt = Literal["", "scale", "values"]

_SPACES = str.maketrans(dict.fromkeys("\u00a0\u202f\u2009\u2007\u2002\u2003", " "))
_SIGNS = str.maketrans({"−": "-", "‐": "-", "‑": "-", "–": "-", "—": "-", "’": "'", "ʼ": "'", "‘": "'", "´": "'"})
_CURRENCY = (
    r"[$€£¥₹₽₩₺฿₫₴₦¢]|(?:US|A|C|CA|AU|NZ|HK|S)\$|USD|EUR|GBP|CHF|JPY|CNY|RMB|INR|Rs\.?|SEK|NOK|DKK|PLN|CZK|R\$|BRL"
)
_MONEY = re.compile(_CURRENCY, re.IGNORECASE)
_CELL = re.compile(
    rf"^(?P<bound>[<>]=?|[≤≥])?\s*(?P<open>\()?\s*(?:[~≈]\s*)?(?P<sign>[+-])?\s*(?P<before>{_CURRENCY})?\s*(?P<sign2>[+-])?\s*"
    r"(?P<body>\d[\d.,' ]*\d|\d|[.,]\d+|\d[\d., ']*[.,])(?:(?:e|\s*[×x*·]\s*10\s*\^\s*)(?P<exponent>[+-]?\d+))?"
    r"(?P<behind>-)?\s*(?P<error>(?:±|\+/?-)\s*[\d.,]*\d)?\s*"
    r"(?P<after>[^\d\s()+\-.,'/:*†‡§\[±][^\d()+\-:,;*†‡§\[±]{0,15}\d?|\+)?\s*(?P<close>\))?"
    r"\s*(?P<note>[*†‡§]{1,4}|\[(?:\d{1,3}|[a-z]|[*†‡§]{1,3})\])?$",
    re.IGNORECASE,
)
_NOTHING = re.compile(rf"^(?:({_CURRENCY})\s*-|-\s*({_CURRENCY}))$", re.IGNORECASE)
_BEFORE_BRACKET = re.compile(rf"^({_CURRENCY})\s*\(", re.IGNORECASE)
"""How spreadsheets lay out accounts: ``$ -`` for nothing, and ``$ (12)`` for less."""
_GROUPS: Mapping[Decimal, re.Pattern[str]] = {
    "point": re.compile(r"^([1-9]\d{0,2}(?P<s>[, '])\d{3}(?:(?P=s)\d{3})*|[1-9]\d?(?:,\d{2})+,\d{3}|\d+)?(\.\d*)?$"),
    "comma": re.compile(r"^([1-9]\d{0,2}(?P<s>[. '])\d{3}(?:(?P=s)\d{3})*|\d+)?(,\d*)?$"),
}
"""How digits and their marks stand, by what is before the fraction; no number with parted thousands begins with a 0."""
_ONE_MARK = re.compile(r"^[1-9]\d{0,2}[.,]\d{3}$")
"""A number that may be one of thousands, or one with three decimals."""
_POWER = re.compile(r"(?<=10)[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
"""An exponent that is set above the line, which would become digits of the ten."""
_FLAGS = frozenset({"h", "l", "hh", "ll"})
"""What a laboratory writes at values above and below what is usual."""
_TIMES = {"k": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "b": 1e9, "bn": 1e9, "mrd": 1e9}
_ORDINALS = frozenset({"st", "nd", "rd", "th"})
_SURE_POINTS, _SURE_COMMAS = 50, 20
"""Cells with just three digits behind the mark, beside smaller ones without it, from which on it parts thousands."""


_MANY = 10
"""Different values from which on a column is one of numbers, though most of its cells are limits."""
_FEWEST_APART = 3
"""Numbers with a mark, and without, from which on their sizes tell."""
_FAR_BELOW = 20.0
"""How far the middle of numbers with a mark would lie below that of the others, if it stood before fractions."""


_TELLING: tuple[tuple[Decimal, str, str], ...] = (
    ("comma", r"^[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?$", r",(\d{1,2}|\d{4,})$|^0,"),
    ("point", r"^[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$", r"\.(\d{1,2}|\d{4,})$|^0\."),
)
"""Columns that tell what stands before fractions: the form of all cells, and one that no thousands have."""


@dataclass(frozen=True)
class NumberStyle:
    """How a column writes its numbers.

    Attributes:
        decimal: what stands before the fraction.
        unit: what stands at the number, in lower case: ``"$"``, ``"%"``, ``"m"``; "" where there is nothing.
        scaled: ``k``, ``M`` and ``bn`` stand for thousands, millions and billions.
        grouped: thousands are parted.
        bounds: some cells are no values but what these lie below or above, as ``<0.5`` of a laboratory or an age of
            ``90+``; they are read as that limit.
        notes: at some cells stands the mark of a note, as ``3*`` or ``3 [1]``, an error, as ``3 ± 1``, or that they are
            high or low, as ``3 H``; the number is read without it.
        minus_behind: the minus of negative numbers stands behind them.
    """

    decimal: Decimal = "point"
    unit: str = ""
    scaled: bool = False
    grouped: bool = False
    bounds: bool = False
    notes: bool = False
    minus_behind: bool = False

    def parse(self, text: str) -> float | None:
        """The number that a cell spells; None where it is not written in this style, or without end."""
        parts = split_cell(text)
        if parts is None or not parts.fits(self.decimal) or (parts.bound and not self.bounds):
            return None
        if (parts.noted and not self.notes) or (parts.behind and not self.minus_behind):
            return None
        times, unit = 1.0, parts.unit
        if (self.bounds and unit == "+") or (self.notes and unit in _FLAGS):
            unit = ""
        if unit not in (self.unit, ""):
            names = unit.split()
            if not self.scaled or names[-1] not in _TIMES or " ".join(names[:-1]) not in (self.unit, ""):
                return None
            times = _TIMES[names[-1]]
        elif self.unit == "%" and not unit and parts.value(self.decimal):
            return None  # 0.5 beside 50 % is another thing
        found = parts.value(self.decimal) * times
        return found if math.isfinite(found) else None

    @property
    def plain(self) -> bool:
        """Whether computers write numbers so."""
        return self == NumberStyle()

    def told(self) -> str:
        """The style in words that follow "written with"."""
        said = []
        if self.grouped:
            said.append("thousands parted")
        if self.decimal == "comma":
            said.append("a decimal comma")
        if self.unit:
            said.append(self.unit)
        if self.scaled:
            said.append("k, M and the like")
        if self.bounds:
            said.append("limits such as <1 as that number")
        if self.notes:
            said.append("without what is noted at some, such as * or ± 1")
        if self.minus_behind:
            said.append("the minus behind the number")
        return ", ".join(said)


@dataclass(frozen=True)
class Parts:
    """A cell, taken apart: its sign, its digits with their marks, its exponent, and what stands beside them.

    Attributes:
        bound: it is no value, but what that lies below or above.
        noted: an error or the mark of a note stands at it.
        behind: its minus stands behind it.
    """

    negative: bool
    body: str
    exponent: str
    unit: str
    bound: bool = False
    noted: bool = False
    behind: bool = False

    @property
    def alone(self) -> bool:
        """Whether nothing stands beside the number."""
        return not (self.unit or self.bound or self.noted or self.behind)

    def fits(self, decimal: Decimal) -> bool:
        """Whether the digits can be read so."""
        return _GROUPS[decimal].match(self.body) is not None

    def value(self, decimal: Decimal) -> float:
        """The number, without what its unit may multiply it by."""
        body = self.body.replace(" ", "").replace("'", "")
        body = body.replace(",", "") if decimal == "point" else body.replace(".", "").replace(",", ".")
        return float(f"{body}e{self.exponent or 0}") * (-1 if self.negative else 1)


def normalized(text: str) -> str:
    """With plain digits, blanks and minus signs for those that only look another way."""
    if text.isascii():
        return text.strip()
    text = _POWER.sub(lambda power: f"^{power[0]}", text.translate(_SPACES))
    return unicodedata.normalize("NFKC", text).translate(_SPACES).translate(_SIGNS).strip()


@lru_cache(maxsize=65536)  # a column is asked about several times
def split_cell(text: str) -> Parts | None:
    """What a cell holds, if it is a number with something beside it at most."""
    if len(text) > 60:
        return None
    plain = normalized(text)
    if nothing := _NOTHING.match(plain):
        return Parts(negative=False, body="0", exponent="", unit=(nothing[1] or nothing[2]).casefold().rstrip("."))
    found = _CELL.match(_BEFORE_BRACKET.sub(r"(\1", plain))
    signs = () if found is None else (found["sign"], found["sign2"], found["behind"], found["open"])
    if found is None or bool(found["open"]) != bool(found["close"]) or sum(map(bool, signs)) > 1 + bool(found["open"]):
        return None
    negative = bool(found["open"]) != ("-" in (found["sign"], found["sign2"], found["behind"]))
    before, after = (" ".join((found[side] or "").casefold().rstrip(".").split()) for side in ("before", "after"))
    rank, _, rest = after.partition(" ")
    after = rest if rank in _ORDINALS else after  # 1st class beside 2nd class: the same unit
    if len(after) > 3 and not after.endswith("ss"):
        after = after.removesuffix("es") if after.endswith("sses") else after.removesuffix("s")
    exponent = found["exponent"] or ""
    unit = f"{before} {after}".strip()
    noted = bool(found["error"] or found["note"])
    return Parts(negative, found["body"], exponent, unit, bool(found["bound"]), noted, bool(found["behind"]))


def find_style(cells: Mapping[str, int], asked: Decimal | None = None, usual: Decimal | None = None) -> Found:
    """How a column writes its numbers.

    Args:
        cells: how often each text is there that is no mark for something missing.
        asked: what stands before fractions, where the user has said so.
        usual: the same, where other columns of the table tell.

    Returns:
        The style that most cells have, if any, and what is open about it.
    """
    counted = _marked([(p, n) for text, n in cells.items() if (p := split_cell(text)) is not None])
    bounds, behind = _has_bounds(counted), _is_behind([(p, n) for p, n in counted if not p.bound])
    parts = [p for p, _ in counted if (bounds or not p.bound) and (behind or not p.behind)]
    if not parts:
        return Found(None)
    unit, scaled, mixed = _unit([p.unit for p in parts])
    whole = len(parts) >= 0.95 * len(cells) and all(p.fits("point") or p.fits("comma") for p in parts)
    if unit is None:
        return Found(None, mixed=mixed if whole else ())
    bodies = [p.body for p in parts]
    decimal, open_ = (asked, "") if asked else _decimal(bodies, usual)
    if decimal is None:
        return Found(None, mixed=("1,234.5", "1.234,5") if whole else ())
    parting = ", '" if decimal == "point" else ". '"
    grouped = any(c in body for body in bodies for c in parting)
    noted = any(p.noted for p in parts)
    return Found(NumberStyle(decimal, unit, scaled, grouped, bounds, noted, behind), open_)


def _marked(counted: Sequence[tuple[Parts, int]]) -> list[tuple[Parts, int]]:
    """With what is no unit taken for what it is, where most numbers have none: a limit, as 90+, or high and low."""
    bare = sum(n for parts, n in counted if not parts.unit)
    units = {parts.unit for parts, _ in counted} - {""}
    if 2 * bare < sum(n for _, n in counted):
        return list(counted)
    if units == {"+"}:
        return [(replace(p, unit="", bound=True) if p.unit else p, n) for p, n in counted]
    if units <= _FLAGS and {unit[0] for unit in units} == {"h", "l"}:
        return [(replace(p, unit="", noted=True) if p.unit else p, n) for p, n in counted]
    return list(counted)


def _has_bounds(counted: Sequence[tuple[Parts, int]]) -> bool:
    """Whether some of the numbers are limits, and most or many values: of limits, as <18 and >65, they are classes."""
    limits = sum(n for parts, n in counted if parts.bound)
    values = sum(not parts.bound for parts, _ in counted)
    return limits > 0 and (limits <= sum(n for _, n in counted) - limits or values > _MANY)


def _is_behind(counted: Sequence[tuple[Parts, int]]) -> bool:
    """Whether a minus behind a number makes it negative: some have a fraction, not all have it, and none before it."""
    behind = [parts for parts, _ in counted if parts.behind]
    before = any(parts.negative and not parts.behind for parts, _ in counted)
    return not before and len(behind) < len(counted) and any(set(parts.body) & set(".,") for parts in behind)


@dataclass(frozen=True)
class Found:
    """What was found of a column.

    Attributes:
        style: how numbers are written there; None where they are not, or in several ways.
        doubt: what is open: nothing; only the ``"scale"`` of the whole column, since all its numbers have three digits
            behind their mark; or the ``"values"``, since some have no mark.
        mixed: units or ways of writing that stand beside each other, so that none was taken.
    """

    style: NumberStyle | None
    doubt: Doubt = ""
    mixed: tuple[str, ...] = ()


def count_units(cells: Mapping[str, int]) -> dict[str, int]:
    """How many numbers of a column stand with each unit, the most frequent first; "" is without one.

    Args:
        cells: how often each text is there.

    >>> count_units({"12 kg": 3, "30 lb": 1, "unknown": 2})
    {'kg': 3, 'lb': 1}
    """
    counts = Counter[str]()
    for text, n in cells.items():
        if (parts := split_cell(text)) is not None:
            counts[parts.unit] += n
    return dict(counts.most_common())


def part_numbers(cells: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """The cells that are numbers with nothing beside them, and the others, each with how often it is there.

    Args:
        cells: how often each text is there.

    >>> part_numbers({"12": 3, "young": 1, "14 kg": 2})
    ({'12': 3}, {'young': 1, '14 kg': 2})
    """
    numbers = {
        text for text in cells if (p := split_cell(text)) is not None and not (p.unit or p.bound or p.noted or p.behind)
    }
    return {t: n for t, n in cells.items() if t in numbers}, {t: n for t, n in cells.items() if t not in numbers}


def are_names(units: Sequence[str]) -> bool:
    """Whether what stands behind numbers is no unit: most have several words, as streets behind the numbers of houses.

    >>> are_names(["main st", "hill rd", "oak ave"]), are_names(["kg", "lb", "fl oz"])
    (True, False)
    """
    return len(units) > 2 and 2 * sum(" " in unit for unit in units) > len(units)


def _unit(units: Sequence[str]) -> tuple[str | None, bool, tuple[str, ...]]:
    """The unit of a column, whether letters stand for thousands and more, and units that exclude each other."""
    counts = Counter(units)
    names = [unit for unit in counts if unit]
    if not names:
        return "", False, ()
    share = 1 - counts[""] / len(units)
    if share < 0.5 and not all(_MONEY.fullmatch(name) for name in names):
        return ("", False, ()) if share <= 0.05 else (None, False, ("", *names))
    ends = {name.split()[-1] for name in names} & _TIMES.keys()
    if len(ends) > 1 or ends - {"m", "b"}:
        bases = {" ".join(n.split()[:-1]) if n.split()[-1] in _TIMES else n for n in names}
        bases.discard("")
        if len(bases) <= 1:
            return next(iter(bases), ""), True, ()
    if len(names) == 1:
        return names[0], False, ()
    most = counts.most_common(1)[0]
    if most[0] and most[1] >= 0.95 * len(units):
        return most[0], False, ()
    return None, False, tuple(sorted(names, key=lambda n: -counts[n]))


def _middle(bodies: Sequence[str]) -> float:
    """The middle of numbers with a point before their fraction."""
    return statistics.median(float(body.replace(" ", "").replace("'", "")) for body in bodies)


def _decimal(bodies: Sequence[str], usual: Decimal | None) -> tuple[Decimal | None, Doubt]:
    """What stands before the fractions, and what is open about it."""
    fits: list[Decimal] = [
        d for d, form in _GROUPS.items() if sum(bool(form.match(b)) for b in bodies) >= 0.98 * len(bodies)
    ]
    if len(fits) < 2:
        return (fits[0] if fits else None), ""
    marked = [b for b in bodies if "," in b or "." in b]
    comma = any("," in b for b in marked)
    if not all(_ONE_MARK.match(b) for b in marked):  # there are others that fit both ways: 0.123, 0,123
        return ("comma" if comma else "point"), ""
    if usual or not marked:
        return usual or "point", ""
    beside = [b for b in bodies if "," not in b and "." not in b]
    if any(len(b) > 3 for b in beside):  # 1,234 beside 5678: were thousands parted, they would be parted here, too
        return ("comma" if comma else "point"), ""
    enough = min(len(beside), len(marked)) >= _FEWEST_APART
    if enough and _middle(beside) >= _FAR_BELOW * _middle([b.replace(",", ".") for b in marked]):
        return ("point" if comma else "comma"), ""  # 1.548 beside 551: no thousandth is left of the others
    if beside and len(marked) >= (_SURE_COMMAS if comma else _SURE_POINTS):
        return ("point" if comma else "comma"), ""
    return "point", ("values" if beside else "scale") if comma else ""


def usual_decimal(frames: Sequence[pl.DataFrame]) -> Decimal | None:
    """What stands before the fractions of those columns that tell."""
    import polars as pl

    told: set[Decimal] = set()
    for part in (part for frame in frames for part in frame.iter_columns() if part.dtype == pl.String):
        texts = part.drop_nulls().head(200).str.strip_chars(BLANKS)
        for decimal, whole, fraction in _TELLING:
            if texts.len() and texts.str.contains(whole).all() and texts.str.contains(fraction).any():
                told.add(decimal)
    return next(iter(told)) if len(told) == 1 else None
