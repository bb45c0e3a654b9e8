"""Which column of a table is the one that is meant, where its name is written a little otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from fathom.spelling import plain_name


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
