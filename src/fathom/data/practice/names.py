"""People's names in many languages: to tell the language of a name, or to make up more of one language.

They come from faker's lists, which were gathered from what is usual in each country.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated

from fathom.data.practice.parameters import Between
from fathom.errors import MissingExtra, UserError
from fathom.spelling import choice

LANGUAGES = {
    "English": "en_GB", "German": "de_DE", "French": "fr_FR", "Spanish": "es_ES", "Italian": "it_IT",
    "Dutch": "nl_NL", "Swedish": "sv_SE", "Polish": "pl_PL", "Finnish": "fi_FI", "Turkish": "tr_TR",
    "Hungarian": "hu_HU", "Romanian": "ro_RO",
}  # fmt: skip
_TRIES = 50
"""So many names are drawn for one that is new, at most."""


def write(
    folder: Path,
    *,
    n: Annotated[int, Between(24, 100_000)] = 6000,
    language: str = "",
    seed: Annotated[int, Between(0, 2**32 - 1)] = 0,
) -> Path:
    """Write ``names.csv`` with the columns ``name`` and ``language``, or ``names.txt``; no name is there twice.

    Args:
        folder: where to write.
        n: names, nearly as many of each language.
        language: one of `LANGUAGES` alone, a name a line: to make up more of them.
        seed: of everything random.

    Raises:
        MissingExtra: faker is not installed.
        UserError: there is no such language, or it has not so many names.
    """
    if language and language not in LANGUAGES:
        raise UserError(f"there are no names in {language[:40]!r}{choice(language, LANGUAGES)}")
    if language:
        path = folder / "names.txt"
        path.write_text("\n".join(_drawn(language, n, seed)) + "\n", encoding="utf-8")
        return path
    path = folder / "names.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("name", "language"))
        for i, one in enumerate(LANGUAGES):
            count = n // len(LANGUAGES) + (i < n % len(LANGUAGES))
            table.writerows((name, one) for name in _drawn(one, count, seed))
    return path


def _drawn(language: str, n: int, seed: int) -> list[str]:
    try:
        from faker import Faker
    except ImportError as error:
        raise MissingExtra("practice:names", "practice") from error
    fake = Faker(LANGUAGES[language])
    fake.seed_instance(seed)
    found: dict[str, None] = {}
    for _ in range(_TRIES * n):
        found[f"{fake.first_name()} {fake.last_name()}"] = None
        if len(found) == n:
            return list(found)
    raise UserError(f"there are not {n:,} different names in {language}: ask for fewer, such as n={len(found) // 2}")
