"""What the columns of a table are: numbers, dates or text, and how each is written.

It is found once, of all tables that are read together, and kept with a run, so that whatever is read later is read in
the same way. How a net is given what was read is decided elsewhere: here a number is a number, a date is a text as ISO
8601 has it, a time of day or a span is a number of hours, and what stands for nothing is None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from fathom.data.blanks import BLANKS
from fathom.data.table import written_dates, written_numbers
from fathom.data.table.cells import NULLS, clean_column, parse_number, plain_numbers
from fathom.data.table.table_files import column_called
from fathom.data.table.written_dates import DateStyle, Order
from fathom.data.table.written_numbers import Decimal, NumberStyle
from fathom.errors import UserError
from fathom.validation import convert

if TYPE_CHECKING:
    import polars as pl

MARKS = frozenset({
    "", "?", "??", "???", "-", "--", "---", "–", "—", ".", "..", "...", "…", "*", "**", "#", "x", "/", "na", "n/a",
    "#n/a", "#na", "n.a.", "n.a", "na.", "nan", "-nan", "1.#qnan", "-1.#ind", "<na>", "nat", "null", "#null!", "(null)",
    "[null]", "nil", "none", "(none)", "\\n", "missing", "unknown", "unk", "undefined", "undef", "not available",
    "not applicable", "not recorded", "no data", "nodata", "n.d.", "nd", "tbd", "tba", "blank", "(blank)", "empty",
    "#value!", "#ref!", "#div/0!", "#name?", "#num!", "keine angabe", "k.a.", "k. a.", "s/d", "inf", "-inf", "+inf",
    "infinity", "-infinity", "+infinity", "∞", *("#" * n for n in range(4, 13)),  # of cells that are too narrow
})  # fmt: skip
"""What people and programs write for nothing beside numbers and dates, in lower case."""
_CLASSES = frozenset({"na", "n/a"})
"""Marks that may be the name of a category: North America, Namibia, not applicable."""
_LONGEST_CODE = 100
"""Digits of a whole number that is looked at as a code."""
_MOST_STRANGE = 0.05
"""Share of cells, neither marks nor numbers, up to which a column is one of numbers (or dates) all the same."""
_TOLD_NUMBERS = 0.5
"""Share of numbers from which on it is told that a column is read as words all the same."""
_FEW = 20
"""Different numbers up to which a word beside them may be one more category."""


@dataclass(frozen=True)
class Asked:
    """What the user said of how the table is written; None where nothing was."""

    decimal: Decimal | None = None
    dates: Order | None = None


@dataclass(frozen=True)
class Column:
    """What a column is, and how it is written.

    Attributes:
        kind: whether its values are numbers, dates (as ISO 8601 has them) or text.
        number: how its numbers are written.
        date: how its dates are written; hours of a time of day are numbers.
        kept: texts that look like marks for something missing, and are values here.
        left_out: why it is not learned from; "" where it is.
    """

    kind: Literal["number", "date", "text"] = "text"
    number: NumberStyle | None = None
    date: DateStyle | None = None
    kept: tuple[str, ...] = ()
    left_out: str = ""

    def value(self, cell: Any) -> Any:
        """What a cell holds: a number, a date, a text; None where nothing is there.

        Raises:
            ValueError: something is there that this column does not hold.
        """
        if cell is None or (self.kind == "number" and isinstance(cell, bool)):
            return cell
        if self.date and isinstance(cell, int | float) and not isinstance(cell, bool):
            cell = str(int(cell)) if cell == cell and float(cell).is_integer() else str(cell)
        if isinstance(cell, int | float) and self.kind == "number":
            return parse_number(cell)
        text = cell.strip(BLANKS) if isinstance(cell, str) else str(cell)
        if text in self.kept:
            return text
        if self.kind == "text":
            return None if text in NULLS else text
        found = self._parsed(text)
        if found is None and text.casefold() not in MARKS:
            raise ValueError(f"{text[:40]!r} is no {self.kind}")
        return found

    def _parsed(self, text: str) -> Any:
        if self.date:
            return self.date.parse(text)
        if self.number and not self.number.plain:
            return self.number.parse(text)
        plain = parse_number(text)
        return plain if plain is not None else NumberStyle().parse(text)

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {k: v for k, v in asdict(self).items() if v}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Column:
        """Back from JSON.

        Raises:
            UserError: it is no column.
        """
        return convert(dict(values), cls, "a column")


@dataclass(frozen=True)
class Told:
    """What is worth telling of how a column was read.

    Attributes:
        marks: how often each mark for something missing is there, but for empty cells.
        strange: texts that are no value of this column, with the places of the rows, of all tables in a row.
        guessed: how its commas were understood, in words, where the column does not tell.
        mixed: units or ways of writing that exclude each other, so that it is read as text, with the number of cells
            of each; 0 where they are not counted.
        read: how many cells of a column of numbers or dates were read as such.
        dated: they are dates.
        numbers: how many cells are numbers in a column that was read as text since others are none.
        others: how often each of these others is there.
    """

    marks: Mapping[str, int] = field(default_factory=dict)
    strange: Mapping[str, Sequence[int]] = field(default_factory=dict)
    guessed: str = ""
    mixed: Mapping[str, int] = field(default_factory=dict)
    read: int = 0
    dated: bool = False
    numbers: int = 0
    others: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """Tables whose cells were read.

    Attributes:
        frames: the same tables, typed, with nulls.
        columns: what each column is.
        told: what is worth telling of some.
    """

    frames: list[pl.DataFrame]
    columns: dict[str, Column]
    told: dict[str, Told]


def read_columns(
    frames: Sequence[pl.DataFrame], asked: Asked, known: Mapping[str, Column], target: str, commas: bool
) -> Reading:
    """Find out what the columns of tables are, and read them so.

    Args:
        frames: tables with the same columns, whose cells nobody has looked at.
        asked: what the user said of how they are written.
        known: columns whose kind is known already, from training.
        target: the column to predict.
        commas: commas do not part the fields, so that one may well be a decimal comma.

    Raises:
        UserError: what a cell means is open, and would change what is learned.
    """
    names = dict.fromkeys(name for frame in frames for name in frame.columns)
    found: dict[str, tuple[Column, Told]] = {}
    usual = written_numbers.usual_decimal(frames) if asked.decimal is None else None
    for name in names:
        parts = [frame[name] for frame in frames if name in frame.columns]
        found[name] = (
            (known[name], Told()) if name in known else _understand(parts, asked, usual, commas, name == target)
        )
    columns = {name: column for name, (column, _) in found.items()}
    typed, told = [], {name: t for name, (_, t) in found.items()}
    start = 0
    for frame in frames:
        typed.append(_typed(frame, columns, told, start))
        start += frame.height
    return Reading(typed, columns, {name: t for name, t in told.items() if replace(t, read=0, dated=False) != Told()})


def _understand(
    parts: Sequence[pl.Series], asked: Asked, usual: Decimal | None, commas: bool, target: bool
) -> tuple[Column, Told]:
    """What a column is, of all tables together."""
    import polars as pl

    name = parts[0].name
    if all(part.dtype.is_numeric() or part.dtype == pl.Null for part in parts):
        return Column("number") if target else _counted(parts), Told()
    texts = [part for part in parts if part.dtype == pl.String]
    if asked.decimal is None and usual is None and len(texts) == len(parts) and not target:
        plain = [part for one in texts if (part := plain_numbers(one)) is not None]
        if len(plain) == len(parts):
            return _counted(plain), Told()
    cells = _cells(parts)
    marks = {text for text in cells if text.casefold() in MARKS}
    rest = {text: n for text, n in cells.items() if text not in marks}
    if not rest or any(len(t) > 1 and t.lstrip("+-")[:2].isdigit() and t.lstrip("+-")[0] == "0" for t in rest):
        dated = written_dates.find_dates(rest, asked.dates) if rest and not target else None
        if dated is None or dated.style is None:
            return _text(cells), Told() if dated is None else _mixture(rest, (), dated.mixed)
    found = written_numbers.find_style(rest, asked.decimal, usual)
    if found.style is not None and _holds(Column("number", found.style), rest):
        column, told = _numbers(name, found, cells, commas, target)
        simple = not target and column.number is not None and column.number.plain
        counted = [v for text in rest if (v := _value(column, text)) is not None] if simple else []
        since = written_dates.find_unix(name, counted) or written_dates.find_compact(name, [counted])
        return (column, told) if since is None else (Column("date", date=since), Told())
    dates = written_dates.find_dates(rest, asked.dates)
    if dates.style is not None and (not target or _are_spans(dates.style, cells)):
        if dates.doubtful:
            raise UserError(
                f"the dates in {column_called(name)} may begin with the day or with the month ({next(iter(rest))}): "
                "say which with `dates=day-first` or `dates=month-first`"
            )
        return Column("number" if dates.style.is_span else "date", date=dates.style.of(name)), Told()
    return _text(cells), _mixture(rest, found.mixed, dates.mixed)


def _are_spans(style: DateStyle, cells: Mapping[str, int]) -> bool:
    """Whether a target is an amount of time, and no class."""
    from fathom.data.table.tables import target_kind

    values = [style.parse(text) for text, n in cells.items() for _ in range(n)]
    return style.is_span and target_kind(values) == "regression"


def _mixture(rest: Mapping[str, int], mixed: Sequence[str], dated: bool) -> Told:
    """What is worth telling of a column that is read as text, though not all of its cells look like words.

    Args:
        rest: how often each text is there that is no mark.
        mixed: units or ways of writing numbers that exclude each other.
        dated: its dates are written in ways that exclude each other.
    """
    if mixed and not written_numbers.are_names(mixed):
        counts = written_numbers.count_units(rest)
        return Told(mixed={one: n for one, n in counts.items() if one in mixed} or dict.fromkeys(mixed, 0))
    if dated:
        return Told(mixed={"dates written in several ways": 0})
    numbers, others = written_numbers.part_numbers(rest)
    if others and len(numbers) > 1 and sum(numbers.values()) >= _TOLD_NUMBERS * sum(rest.values()):
        return Told(numbers=sum(numbers.values()), others=others)
    return Told()


def _numbers(
    name: str, found: written_numbers.Found, cells: Mapping[str, int], commas: bool, target: bool
) -> tuple[Column, Told]:
    """A column of numbers, unless it is a target whose numbers, written in words, are classes."""
    from fathom.data.table.tables import target_kind

    assert found.style is not None
    style, guessed = found.style, ""
    column = Column("number", style)
    if commas and (found.doubt == "values" or (found.doubt and target)):
        example = next(text for text in cells if "," in text)
        raise UserError(
            f"{example!r} in {column_called(name)} may be {example.replace(',', '')} or {example.replace(',', '.')}, "
            "and nothing in the column tells: say which with `decimal=point` or `decimal=comma`"
        )
    if found.doubt:
        style = replace(style, decimal="comma" if commas else "point", grouped=not commas)
        column = replace(column, number=style)
        guessed = f"{'decimal commas' if commas else 'thousands parted by commas'}, as far as can be told"
    if target:
        values = [v for text, n in cells.items() for v in [_value(column, text)] * n]
        if target_kind(values) == "classification" and not style.plain:
            return _text(cells), Told()
        if (codes := _long_codes(cells)) and target_kind(codes) == "classification":
            return _text(cells), Told()
        fewest = min(Counter(v for v in values if v is not None).values())
        marks = tuple(t for t, n in cells.items() if t.casefold() in _CLASSES and n >= fewest)
        if marks and target_kind(values) == "classification":
            return _text(cells), Told()
    return column, Told(guessed=guessed)


def _long_codes(cells: Mapping[str, int]) -> list[int]:
    """The whole numbers of a column some of which are too long for a float, which would make several of them one."""
    whole = {text: int(text) for text in cells if text.lstrip("+-").isdecimal() and len(text) < _LONGEST_CODE}
    if max(map(abs, whole.values()), default=0) < 2**53:
        return []
    return [number for text, number in whole.items() for _ in range(cells[text])]


def _value(column: Column, text: str) -> Any:
    try:
        return column.value(text)
    except ValueError:
        return None


def _holds(column: Column, rest: Mapping[str, int]) -> bool:
    """Whether texts that are no marks are numbers, but for a few among many."""
    values = {text: _value(column, text) for text in rest}
    strange = sum(n for text, n in rest.items() if values[text] is None)
    different = len({v for v in values.values() if v is not None})
    return not strange or (different > _FEW and strange <= _MOST_STRANGE * sum(rest.values()))


def _text(cells: Mapping[str, int]) -> Column:
    """A column of text; a mark that is as frequent as its categories are is one of them."""
    others = sorted(n for text, n in cells.items() if text not in NULLS)
    few = 1 < len(others) <= max(50, sum(others) // 20)
    kept = (t for t, n in cells.items() if t.casefold() in _CLASSES and few and 2 * n >= others[len(others) // 2])
    return Column("text", kept=tuple(kept))


def _cells(parts: Sequence[pl.Series]) -> dict[str, int]:
    """How often each text is there, stripped, in the order of the rows."""
    import polars as pl

    whole = pl.concat([part.cast(pl.String).alias("text") for part in parts]).drop_nulls().str.strip_chars(BLANKS)
    counts = whole.value_counts(sort=False)
    order = dict.fromkeys(whole.unique(maintain_order=True).to_list(), 0)
    return order | dict(zip(counts["text"].to_list(), counts["count"].to_list()))


def _counted(parts: Sequence[pl.Series]) -> Column:
    """A column of numbers, or of dates that are counted in seconds since 1970."""
    there = [part.drop_nulls() for part in parts if part.drop_nulls().len()]
    if not there:
        return Column("number")
    low, high = min(float(p.min()) for p in there), max(float(p.max()) for p in there)  # type: ignore[arg-type]
    style = written_dates.find_unix(parts[0].name, [low, high]) or written_dates.find_compact(parts[0].name, there)
    return Column("date", date=style) if style else Column("number")


def _typed(frame: pl.DataFrame, columns: Mapping[str, Column], told: dict[str, Told], start: int) -> pl.DataFrame:
    """The table with its cells read; adds to what is told."""
    import polars as pl

    read = []
    for part in frame.iter_columns():
        column = columns[part.name]
        if part.dtype.is_numeric() and not column.date:
            if part.dtype.is_float() and (infinite := int(part.is_infinite().sum())):
                told[part.name] = replace(told[part.name], marks={**told[part.name].marks, "inf": infinite})
            exact = part.dtype == pl.UInt64  # beyond what a signed or floating number holds apart
            read.append(part if exact else clean_column(part.to_frame(), []).to_series())
            continue
        texts = part.cast(pl.String).str.strip_chars(BLANKS)
        if column == Column("number") and (plain := plain_numbers(part)) is not None:
            read.append(plain)
            told[part.name] = _added(
                told[part.name], texts, set(texts.filter(plain.is_null()).unique()) - {None, ""}, start
            )
            continue
        values = {text: _value(column, text) for text in texts.unique().to_list() if text is not None}
        nothing = {text for text, value in values.items() if value is None and text}
        if column.kind != "text":
            told[part.name] = replace(_added(told[part.name], texts, nothing, start), dated=column.kind == "date")
        made = [values.get(text) for text in texts.to_list()]
        if column.kind == "number" and not column.date and _are_whole(values):
            read.append(pl.Series(part.name, [None if v is None else int(v) for v in made], dtype=pl.Int64))
        else:
            read.append(pl.Series(part.name, made, dtype=pl.Float64 if column.kind == "number" else pl.String))
    return pl.DataFrame(read)


def _are_whole(values: Mapping[str, Any]) -> bool:
    """Whether numbers are whole, and written so."""
    there = {text: v for text, v in values.items() if v is not None}
    return all(abs(v) < 2**53 and v == int(v) and not set(text) & set(".eE") for text, v in there.items())


def _added(told: Told, texts: pl.Series, nothing: set[str], start: int) -> Told:
    import polars as pl

    marks, strange = Counter(dict(told.marks)), {k: list(v) for k, v in told.strange.items()}
    for text in sorted(nothing):
        places = texts.eq(text).fill_null(False).arg_true()
        if text.casefold() in MARKS:
            marks[text] += places.len()
        else:
            strange.setdefault(text, []).extend((places + start).cast(pl.Int64).to_list())
    read = texts.drop_nulls().is_in([*nothing, ""]).not_().sum()
    return replace(told, marks=dict(marks), strange=strange, read=told.read + int(read))
