"""Dates as people write them in many languages, and each in ISO form: a translation that is learned in a minute.

Months, days and orders of words come from Unicode's CLDR by babel. What cannot be decided is left out: 3/4/2021 is a
day in March or in April.
"""

from __future__ import annotations

import csv
import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from fathom.data.practice.parameters import Between
from fathom.errors import MissingExtra

if TYPE_CHECKING:
    from babel import Locale

LOCALES = (
    "en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "sv_SE", "pl_PL", "fi_FI", "tr_TR", "id_ID",
)  # fmt: skip
FORMS = ("full", "long", "medium", "d MMMM y", "EEEE d MMMM y", "d MMM y", "MMMM d, y", "EEE, d MMM y")
"""Of CLDR by name, and patterns that people write whatever their language's standard says."""
LETTERS = 3
"""A form that names the month has so many at least."""


def write(
    folder: Path,
    *,
    n: Annotated[int, Between(20, 1_000_000)] = 20_000,
    years: Annotated[int, Between(1, 500)] = 120,
    seed: Annotated[int, Between(0, 2**32 - 1)] = 0,
) -> Path:
    """Write ``dates.csv`` with the columns ``source`` and ``target``; a source may be there twice.

    Args:
        folder: where to write.
        n: pairs.
        years: so many, up to 2029.
        seed: of everything random.

    Raises:
        MissingExtra: babel is not installed.
    """
    try:
        from babel import Locale
    except ImportError as error:
        raise MissingExtra("practice:dates", "practice") from error
    rng = np.random.default_rng([seed, 12])
    locales = [Locale.parse(name) for name in LOCALES]
    first = datetime.date(2030 - years, 1, 1).toordinal()
    last = datetime.date(2030, 1, 1).toordinal()
    path = folder / "dates.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("source", "target"))
        for day in rng.integers(first, last, n).tolist():
            date = datetime.date.fromordinal(day)
            table.writerow((written(date, locales[rng.integers(len(locales))], rng), date.isoformat()))
    return path


def written(date: datetime.date, locale: Locale, rng: np.random.Generator) -> str:
    """A date as somebody of that language may write it, so that it can be understood."""
    from babel.dates import format_date

    if rng.random() < 0.1:  # day first, and parted by points, as in most of Europe
        return (
            f"{date.day:02}.{date.month:02}.{date.year}"
            if rng.random() < 0.5
            else f"{date.day}. {date.month}. {date.year}"
        )
    text = format_date(date, FORMS[rng.integers(len(FORMS))], locale)
    if sum(c.isalpha() for c in text) < LETTERS:  # numbers alone, in an order that is not told
        text = format_date(date, "long", locale)
    return text.lower() if rng.random() < 0.3 else text
