"""The fields of files' names, as ``03-01-06-01-02-01-12.wav`` and ``49_1_0_2017.jpg`` have them: one may be the label.

Nothing in such names says which field that is, so that it is asked for: ``--target field3``, ``--group field7``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

_ASKED = re.compile(r"field[ _-]?([1-9]\d?)", re.IGNORECASE)
_BETWEEN = re.compile(r"[-_. ]+")
_FEWEST, _LOOKED_AT = 10, 2000
"""Names below which nothing is told, and at which is looked."""
_MIN_REPEATED, _ALIKE = 3, 0.9
"""How often a label occurs, on average, and the share of the names that have as many fields as most."""


def asked_field(name: str | None) -> int | None:
    """The number of the field that is meant, from 1 up; None where a name is no such.

    Args:
        name: of a target or a group, as it was given.

    >>> asked_field("field3"), asked_field("label")
    (3, None)
    """
    found = _ASKED.fullmatch(name.strip()) if name else None
    return int(found[1]) if found else None


def fields_of(name: str) -> list[str]:
    """The fields of a file's name, without its folders and its last ending.

    >>> fields_of("Actor_12/03-01-06.wav")
    ['03', '01', '06']
    """
    return [part for part in _BETWEEN.split(PurePath(name).stem) if part]


def field_of(name: str, number: int) -> str | None:
    """A field of a file's name; None where it has not so many.

    Args:
        name: of the file.
        number: of the field, from 1 up.
    """
    fields = fields_of(name)
    return fields[number - 1] if number <= len(fields) else None


def advice(names: Sequence[str]) -> str:
    """How to say which field of files' names is their label, where one may be; else "".

    Args:
        names: of files that have no label otherwise.
    """
    columns = _columns(names)
    may_be = [i for i, values in enumerate(columns, 1) if 1 < len(set(values)) <= len(values) / _MIN_REPEATED]
    if not may_be:
        return ""
    shown = PurePath(names[0]).name
    return f", or say which field of names such as {shown} is the label, such as `target=field{may_be[0]}`"


def repeated_field(names: Sequence[str]) -> int | None:
    """The field, not the first, that folders of files only repeat, where all fields are numbers: another may be meant.

    ``Actor_12/03-01-06-01-02-01-12.wav`` is so, ``7/7_0012.png`` is not: its name begins with its class.

    Args:
        names: of files, each in a folder.
    """
    columns = _columns(names, whole=True)
    folders = [re.findall(r"\d+", PurePath(name).parent.name)[-1:] for name in names[:_LOOKED_AT]]
    if len(columns) < 3 or not all(folders) or not all(value.isdigit() for values in columns for value in values):
        return None
    numbers = [int(found[0]) for found in folders]
    same = [i for i, values in enumerate(columns, 1) if [int(value) for value in values] == numbers]
    if not same or same[0] == 1 or len(set(numbers)) < 2:
        return None
    others = [values for i, values in enumerate(columns, 1) if i not in same]
    return same[-1] if any(_crosses(values, numbers) for values in others) else None


def refusal(names: Sequence[str], text: str) -> str:
    """Why the folders of files may be no classes, and how to say what is; "" where they are.

    Args:
        names: of files, each in a folder.
        text: what the user pointed at.
    """
    field = repeated_field(names)
    if field is None:
        return ""
    shown = "/".join(PurePath(names[0]).parts[-2:])
    return (
        f"the folders in {text} only repeat field {field} of the names ({shown}), so that another may be the label: "
        f"say which with `target=field1` and so on, or `target=folder`"
    )


def _crosses(values: Sequence[str], folders: Sequence[int]) -> bool:
    """Whether there are a few values, each in several folders, and each folder has several."""
    pairs = set(zip(values, folders))
    own, places = Counter(value for value, _ in pairs), Counter(place for _, place in pairs)
    return 1 < len(own) <= len(values) / _MIN_REPEATED and min(own.values()) > 1 and min(places.values()) > 1


def _columns(names: Sequence[str], *, whole: bool = False) -> list[list[str]]:
    """The values of each field in those names that have as many fields as most; none where they differ too much."""
    each = [fields_of(name) for name in names[:_LOOKED_AT]]
    if len(each) < _FEWEST:
        return []
    count, n = Counter(map(len, each)).most_common(1)[0]
    if n < (1.0 if whole else _ALIKE) * len(each):
        return []
    return [list(values) for values in zip(*(fields for fields in each if len(fields) == count))]
