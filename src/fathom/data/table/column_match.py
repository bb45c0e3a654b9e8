"""Which column of a table is the one that is meant, where its name is written a little otherwise."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence

_SIGNS = re.compile(r"[\W_]+")


def plain_name(name: str) -> str:
    """A name without what people write differently: case, blanks and signs.

    Args:
        name: of a column.

    >>> plain_name(" Petal_Length (cm)"), plain_name("petal length cm")
    ('petal length cm', 'petal length cm')
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    return _SIGNS.sub(" ", text).strip() or text.strip()


def match_columns(wanted: Sequence[str], there: Sequence[str]) -> dict[str, str]:
    """The columns that are there, by the names under which they are wanted.

    A name that is not there is found under one that differs in case, blanks and signs alone, where there is just one.

    Args:
        wanted: the names that are asked for.
        there: the names of a table, or of a row.

    Returns:
        wanted name → name there; what is not found is left out.

    >>> match_columns(["size", "sort"], ["Size ", "sort", "colour"])
    {'size': 'Size ', 'sort': 'sort'}
    """
    named = set(there)
    free, asked = defaultdict(list), defaultdict(list)
    for name in there:
        if name not in wanted:
            free[plain_name(name)].append(name)
    for name in wanted:
        if name not in named:
            asked[plain_name(name)].append(name)
    found = {}
    for name in wanted:
        plain = plain_name(name)
        if name in named:
            found[name] = name
        elif len(free[plain]) == len(asked[plain]) == 1:
            found[name] = free[plain][0]
    return found


def nearest_name(name: str, there: Sequence[str]) -> str | None:
    """The name that is most like one that is not there: a slip of the pen; None where none is.

    Args:
        name: that is missing.
        there: those among which it may be.

    >>> nearest_name("size", ["sise", "rooms"])
    'sise'
    """
    by_plain = {plain_name(one): one for one in reversed(there)}
    close = difflib.get_close_matches(plain_name(name), by_plain, n=1, cutoff=0.7)
    return by_plain[close[0]] if close else None
