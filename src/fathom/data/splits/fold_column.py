"""A column of folds, as data sets for cross-validation have it: the last fold is test, the one before it dev.

Those who made the folds kept together what belongs together, and figures of others are of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from fathom.data import repairs
from fathom.data.splits.group_column import column_values, plain_name
from fathom.data.splits.row_groups import set_apart
from fathom.declared_options import Source
from fathom.records import Examples

_FOLD = re.compile(r"folds?|kfolds?|cvfolds?|foldid|foldnumber|foldno")
_NUMBER = re.compile(r"(?:fold)?[ _-]?(\d{1,2})", re.IGNORECASE)
_FEWEST, _MOST = 4, 20
"""Folds: of fewer, train would be too small a part."""
_EVEN = 3
"""How many times as large the largest fold is as the smallest, at most."""
_FEW_CLASSES = 10
"""Examples to a class at least, where targets are classes; each must be among those of train."""


def split_by_folds(examples: Examples, source: Source) -> Examples:
    """The examples with the splits that a column of folds says, which is told and is no input.

    Args:
        examples: as they were read; those that have splits or groups are left as they are.
        source: what was said of them: any group or rule of the split leaves them as they are.
    """
    items = examples.items
    if not items or any(e.split is not None or e.group is not None for e in items):
        return examples
    first = items[0]
    names = [*(first.input if isinstance(first.input, Mapping) else ()), *first.metadata]
    for column in (name for name in names if _FOLD.fullmatch(plain_name(name))):
        values = column_values(items, column)
        numbers = _numbers(values)
        if not numbers:
            continue
        apart = tuple(set_apart(e, column) for e in items)
        if source.group is not None or source.split_by is not None:
            return examples if column in source.apart else replace(examples, items=apart)
        ordered = sorted(set(numbers))
        of = {n: "test" if n == ordered[-1] else "dev" if n == ordered[-2] else "train" for n in ordered}
        if not _train_has_all([str(e.target) for e in items], [of[n] for n in numbers]):
            continue
        repairs.tell(
            f"{column} is the split: of {len(ordered)} folds {ordered[-1]} is test, {ordered[-2]} is dev, the others "
            f"are train (--group none deals all anew, --group {column} whole folds)"
        )
        return replace(examples, items=tuple(replace(e, split=of[n]) for e, n in zip(apart, numbers)))
    return examples


def _numbers(values: Sequence[str | None]) -> list[int]:
    """The number of each example's fold; nothing where one has none, or folds are few, many, uneven or with gaps."""
    found = [_NUMBER.fullmatch(value) if value else None for value in values]
    if None in found:
        return []
    numbers = [int(one[1]) for one in found if one is not None]
    counts = Counter(numbers)
    whole = min(counts) in (0, 1) and max(counts) - min(counts) + 1 == len(counts)
    even = max(counts.values()) <= _EVEN * min(counts.values())
    return numbers if whole and even and _FEWEST <= len(counts) <= _MOST else []


def _train_has_all(targets: Sequence[str], splits: Sequence[str]) -> bool:
    """Whether no class is in dev or test alone; of other targets always."""
    if len(set(targets)) * _FEW_CLASSES > len(targets):
        return True
    return set(targets) == {target for target, split in zip(targets, splits) if split == "train"}
