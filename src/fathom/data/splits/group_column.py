"""A column beside pictures or recordings that names what several of them show: a patient, a lesion, a speaker, a clip.

Who has seen one has seen the others, so that they stay on one side of the split, unless the groups are too few or too
large for that, or a class has hardly one; then it is told how to ask for it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from fathom.data import repairs
from fathom.data.class_names import class_name
from fathom.records import Example, Examples, InputKind

_THINGS = (
    "patient|lesion|subject|speaker|person|participant|actor|singer|artist|album|animal|individual|identity|slide|case|"
    "study|session|video|film|movie|clip|sequence|seq|burst|track|freesound|fs|src|source|original|client"
)
_NAME = re.compile(rf"(?:{_THINGS})(?:id|no|nr|num|number|name|file|key|hash|code)?s?|patientid|donor")
_LOOKED_AT = 500
"""Examples by which the columns are told."""
_MIN_GROUPS, _MIN_PER_CLASS = 10, 3
"""Groups in all, and of each class."""
_MAX_SHARE = 0.2
"""Share of the examples in the largest group."""


def keep_groups_together(examples: Examples, asked: str | None) -> Examples:
    """The examples with the groups that a column beside them names; `Examples.together` says of what.

    Args:
        examples: as they were read, what else is known of each in its metadata.
        asked: what ``--group`` said; anything leaves them as they are.
    """
    items = examples.items
    if asked is not None or examples.inputs not in (InputKind.PICTURE, InputKind.RECORDING):
        return examples
    if any(e.group is not None for e in items) or all(e.split is not None for e in items):
        return examples
    columns = list(dict.fromkeys(name for e in items[:_LOOKED_AT] for name in e.metadata))
    found = {c: values for c in columns if names_a_group(c) and comes_again(values := column_values(items, c))}
    fit = [c for c in found if can_be_dealt(items, found[c])]
    if fit:
        column = min(fit, key=lambda c: len(set(found[c])))
        grouped = tuple(replace(e, group=group) for e, group in zip(items, found[column]))
        return replace(examples, items=grouped, together=f"{examples.kind} of one {column}")
    for column in found:
        repairs.tell(f"{examples.kind} of one {column} may lie in several splits: --group {column} keeps them")
        break
    return examples


def names_a_group(column: str) -> bool:
    """Whether a column is called as what several examples show: ``patient_id``, ``fsID``.

    Args:
        column: its name.
    """
    return _NAME.fullmatch(plain_name(column)) is not None


def plain_name(name: str) -> str:
    """A name of a column as its words alone: ``fsid`` of ``fsID``, ``patientid`` of ``Patient ID``.

    Args:
        name: as it stands in the table.
    """
    return re.sub(r"[\W_]+", "", name).lower()


def cells_of(e: Example) -> Mapping[str, object]:
    """What is known of an example: the inputs of a row by their names, and what stands beside it.

    Args:
        e: a row, or anything with a table beside it.
    """
    return {**e.input, **e.metadata} if isinstance(e.input, Mapping) else e.metadata


def column_values(items: Sequence[Example], column: str) -> list[str | None]:
    """What stands in a column, written as the name of a class; None where nothing does.

    Args:
        items: rows, or anything with a table beside it.
        column: its name.
    """
    found = (cells_of(e).get(column) for e in items)
    return [None if value is None else class_name(value) for value in found]


def comes_again(values: Sequence[str | None]) -> bool:
    """Whether there are several groups, and one of several examples.

    Args:
        values: the group of each example, None where it has none.
    """
    known = [value for value in values if value is not None]
    return 1 < len(set(known)) < len(known) and 2 * len(known) > len(values)


def can_be_dealt(items: Sequence[Example], values: Sequence[str | None]) -> bool:
    """Whether groups can be dealt to splits so that each split has each class.

    Args:
        items: the examples.
        values: the group of each, None where it has none.
    """
    sizes = Counter(value for value in values if value is not None)
    if len(sizes) < _MIN_GROUPS or max(sizes.values()) > _MAX_SHARE * len(items):
        return False
    groups: dict[str, set[str | None]] = defaultdict(set)
    for e, value in zip(items, values):
        groups[str(e.target)].add(value)
    if len(groups) > len(items) / _MIN_PER_CLASS:  # a number, not a class
        return True
    return all(len(own) >= _MIN_PER_CLASS for own in groups.values())
