"""What became of each column of a table, in words for the terminal and the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence


def describe(
    numeric: Sequence[str],
    dates: Mapping[str, Sequence[str]],
    texts: Mapping[str, int],
    categorical: Mapping[str, Sequence[str]],
    dropped: Mapping[str, str],
    limits: Mapping[str, Sequence[float]],
    read_as: Callable[[str], str],
) -> list[tuple[str, str, str]]:
    """Name; what it is; how it was read, or why it was left out, or "".

    Args:
        numeric: columns of numbers.
        dates: columns of dates, and the parts that are learned from.
        texts: columns of free text, and how many numbers each text is.
        categorical: columns of categories, and these.
        dropped: columns that are left out, and why.
        limits: the range at which the numbers of some columns are cut off.
        read_as: how the cells of a column were read, in words.
    """
    cut = {name: f"cut off at {low:g} and {high:g}" for name, (low, high) in limits.items()}
    found = [(name, "number", _joined("; ", read_as(name), cut.get(name, ""))) for name in numeric]
    found += [(name, "date", _joined(", ", *parts, read_as(name))) for name, parts in dates.items()]
    found += [(name, "free text", f"{count} numbers of a sentence encoder") for name, count in texts.items()]
    found += [(name, f"category of {len(values):,}", read_as(name)) for name, values in categorical.items()]
    return found + [(name, "left out", why) for name, why in dropped.items()]


def _joined(between: str, *parts: str) -> str:
    return between.join(part for part in parts if part)
