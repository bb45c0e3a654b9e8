"""Values of a column that may be one, spelt in several ways: ``TRUE`` and ``True``, ``New York`` and ``new-york``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from fathom.checking.data_profile import DataProfile
from fathom.finding_kinds import FindingKind
from fathom.records import Finding

VALUES_SPELT_ALIKE = FindingKind(
    name="values_spelt_alike",
    severity="note",
    lesson="looking-at-data",
    meaning="These values differ only in case, spaces or punctuation, but they are learned as different categories.",
    advice="If they are one, write them in one way.",
)

_SHOWN = 3


def check(profile: DataProfile) -> list[Finding]:
    """Tell of columns of categories in which several may be one."""
    left = profile.useless_columns
    found: dict[str, list[list[str]]] = {}
    for name in profile.columns:
        values = {v for v in profile.column(name) if isinstance(v, str)} if name not in left else set()
        if sets := alike(values):
            found[name] = sets
    if not found:
        return []
    told = [f"{name} ({' and '.join(map(repr, sets[0]))})" for name, sets in list(found.items())[:_SHOWN]]
    more = f" and {len(found) - _SHOWN} more columns" if len(found) > _SHOWN else ""
    title = f"values that may be one, spelt differently: {', '.join(told)}{more}"
    return [VALUES_SPELT_ALIKE.found(title, {"columns": list(found), "values": found})]


def alike(names: Iterable[str]) -> list[list[str]]:
    """Sets of names that differ in case, spaces and punctuation alone, each in order.

    In names with digits a point or a sign may make a difference: 1.5 is no 15. They are compared by case and spaces.

    Args:
        names: that are compared.

    >>> alike(["New York", "new-york", "Rome", "A 1", "a1", "1.5", "15"])
    [['A 1', 'a1'], ['New York', 'new-york']]
    """
    sets: dict[str, set[str]] = defaultdict(set)
    for name in names:
        folded = name.casefold()
        numbered = any(c.isdigit() for c in folded)
        key = "".join(c for c in folded if (not c.isspace() if numbered else c.isalnum()))
        sets[key or name].add(name)
    return sorted(sorted(one) for one in sets.values() if len(one) > 1)
