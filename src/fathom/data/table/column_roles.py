"""Which columns of a table say nothing of the next row: the rows' own numbers, identifiers, free text.

One judgement for whoever looks at data and whoever learns from it. It is made on all rows, before any split.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fathom.data.table.cells import is_number_like

ROW_NUMBER = "the number of the row"
IDENTIFIER = "an identifier: nearly every value is another"
FREE_TEXT = "free text: nearly every value is another"

MIN_ROWS = 20
"""Rows below which values may all differ by chance."""
_FEWEST = 50
"""Different texts below which a column is one of categories, however few rows there are."""
_FREE = 3
"""Words of the middle text, above which texts are no names."""
_COUNTS = re.compile(
    r"(?i)^(unnamed:? ?\d*|column \d+|index|idx|no\.?|nr\.?|num|number|#|row.*|rec(ord)?.*|obs.*|__index_level_\d+__|"
    r"level_\d+|key|s\.? ?no\.?|serial.*|lfd.*|n|i|sample|case)$"
)
"""What a column is called that counts the rows."""
_NAMES = re.compile(r"^(?i:id|uid|uuid|guid|pk)$|(?i:[_ .-](id|uid|uuid|guid)$|^id[_ .-])|[a-z](Id|ID)$")
"""What a column is called whose values name things."""
_QUANTITY = re.compile(
    r"(?i)(year|month|week|day|date|time|hour|min|sec|step|epoch|age|rank|size|count|price|temp|dist|length|period|"
    r"quarter|round|position|lag|dose|level|freq|volt|weight|height|speed|amount|score|^[txyz]$)"
)
"""What a column is called of which each value, though it counts upwards, is a quantity that a new row may have."""
_DATE = re.compile(r"^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?)?$")


def judge(columns: Mapping[str, Sequence[Any]]) -> dict[str, str]:
    """The columns that are no use for learning, each with the reason.

    Args:
        columns: by name the values in the order of the rows; None where missing. Dates are text as ISO 8601 has it.

    Returns:
        Of some columns the reason, one of those that are named above; none where no column would be left.
    """
    found = {name: why for name, values in columns.items() if (why := _why(name, values, len(columns)))}
    useful = [n for n, v in columns.items() if n not in found and len({x for x in v if x is not None}) > 1]
    if useful:
        return found
    return {name: why for name, why in found.items() if why != ROW_NUMBER}


def _why(name: str, values: Sequence[Any], columns: int) -> str:
    present = [v for v in values if v is not None]
    if len(present) < MIN_ROWS or is_dates(present):
        return ""
    if not any(isinstance(v, str) for v in present) and is_number_like(present):
        if is_row_number(present) and (_COUNTS.match(name) or _NAMES.search(name) or not _QUANTITY.search(name)):
            return ROW_NUMBER
        whole = all(float(v) == int(float(v)) for v in present)
        return IDENTIFIER if _NAMES.search(name) and whole and len(set(present)) == len(present) else ""
    distinct = len(set(present))
    if distinct <= max(_FEWEST, len(present) // 2):
        return ""
    words = sorted(len(str(v).split()) for v in present)[len(present) // 2]
    return IDENTIFIER if words <= _FREE else FREE_TEXT


def is_row_number(values: Sequence[Any]) -> bool:
    """Whether these are whole numbers that count the rows: all different, with hardly a gap."""
    if len(values) < MIN_ROWS or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        return False
    if any(v != v or v in (float("inf"), float("-inf")) or v != int(v) for v in values):
        return False
    return len(set(values)) == len(values) and max(values) - min(values) < 1.05 * len(values)


def is_dates(values: Sequence[Any]) -> bool:
    """Whether these are dates as ISO 8601 has them; looks at some."""
    sample = values[:: max(1, len(values) // 50)]
    return bool(sample) and all(isinstance(v, str) and _DATE.match(v) for v in sample)
