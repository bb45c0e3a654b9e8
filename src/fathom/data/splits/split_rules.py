"""Where an example was collected, and on which side a rule puts it: what a split is told before it deals at random.

    --dev DIR, --test DIR    the data comes from as many places as there are folders; each is a source of that name
    --source COLUMN          the column says where an example was collected
    --split-by source=NAME   dev and test are from this source, where the model is to work; train is all the rest
    --split-by time=COLUMN   train is the oldest, then dev, and test the newest: the future is not known in training
    --split-by column=COLUMN the column says train, dev or test
    --split-by random        at random even what is a series in time, which else is cut as by time=COLUMN

The course's rule stands behind the third: dev and test come from what the model will meet, and train may be of
anything that helps. Where dev is of another kind than train by such a rule, a train-dev split is carved from train.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fathom.data.class_names import class_name
from fathom.data.splits.time_series import in_order_of_time
from fathom.data.splits.times import parse_time
from fathom.data.table import tables
from fathom.errors import UserError
from fathom.records import Example, Examples, Source
from fathom.split_kinds import RANDOM, SplitBy, parse_split_by


def apply_split_by(examples: Examples, source: Source) -> Examples:
    """The examples with their sources, and with the splits that the rule gives them.

    Raises:
        UserError: a column, a source or a rule does not exist, or does not hold what it must.
    """
    items = _assign_sources(examples.items, source)
    if source.split_by is None:
        return in_order_of_time(replace(examples, items=items))
    if source.split_by != RANDOM:
        asked = parse_split_by(source.split_by)
        if asked is None:
            raise UserError(
                f"`split_by={source.split_by}` is no rule: write time=COLUMN, column=COLUMN, source=NAME or {RANDOM}"
            )
        rule = {SplitBy.TIME: _assign_times, SplitBy.COLUMN: _assign_by_column, SplitBy.SOURCE: _hold_out_sources}[
            asked[0]
        ]
        items = rule(items, asked[1])
    return replace(examples, items=items)


def dev_differs_by_design(source: Source, items: Sequence[Example]) -> bool:
    """Whether dev is of another distribution than train by what was asked, or holds whole groups that train lacks.

    Groups count where they are large and each of several kinds of targets, as speakers are who say all the words: then
    new examples of old groups are another thing than new groups.
    """
    asked = parse_split_by(source.split_by)
    if source.dev is not None or (asked is not None and asked[0] is SplitBy.SOURCE):
        return True
    sizes: dict[str, int] = {}
    targets: dict[str, set[str]] = {}
    for e in items:
        if e.group is not None:
            sizes[e.group] = sizes.get(e.group, 0) + 1
            targets.setdefault(e.group, set()).add(str(e.target))
    several = sum(len(t) > 1 for t in targets.values())
    return len(sizes) > 1 and sum(sizes.values()) >= 5 * len(sizes) and 2 * several > len(sizes)


def _assign_sources(items: Sequence[Example], source: Source) -> tuple[Example, ...]:
    """Each example with where it was collected."""
    if source.source is not None:
        names = [_column_value(e, source.source) for e in items]
        if not any(name is not None for name in names):
            raise UserError(f"no example has a value in the column {source.source!r}: check its name")
        return tuple(
            replace(e, source="" if name is None else class_name(name), input=_drop_column(e.input, source.source))
            for e, name in zip(items, names)
        )
    if source.dev is None and source.test is None:
        return tuple(items)
    ends = {"dev": source.dev, "test": source.test}
    own = source.path.name or source.text
    return tuple(replace(e, source=(place.name if (place := ends.get(e.split or "")) else own)) for e in items)


def _hold_out_sources(items: Sequence[Example], names: str) -> tuple[Example, ...]:
    """What is of these sources is dealt to dev and test, all else is train."""
    wanted = {name.strip() for name in names.split(",")}
    known = sorted({e.source for e in items if e.source})
    if not known:
        raise UserError("the sources of the examples are not known: name the column that holds them with `source`")
    if missing := sorted(wanted - set(known)):
        raise UserError(f"there is no source {missing[0]!r}: choose among {', '.join(known[:20])}")
    if wanted >= set(known):
        raise UserError(f"all examples are of {names}, so that nothing is left to train on: name fewer sources")
    return tuple(replace(e, split=HELD_OUT if e.source in wanted else "train") for e in items)


HELD_OUT = "dev or test"
"""The split of an example that is for dev or for test, and still to be dealt to one of the two."""


def _assign_times(items: Sequence[Example], column: str) -> tuple[Example, ...]:
    """Each with its time, as a number; the cut is made where the splits are."""
    told = []
    for e in items:
        value = _column_value(e, column)
        time = None if value is None else parse_time(value)
        if time is None:
            what = "has no time" if value is None else f"has {str(value)[:40]!r}, which is no time"
            raise UserError(f"{e.id} {what} in the column {column!r}: write dates as 2024-12-31, or numbers")
        told.append(replace(e, time=time, input=_drop_column(e.input, column)))
    return tuple(told)


def _assign_by_column(items: Sequence[Example], column: str) -> tuple[Example, ...]:
    placed_ = []
    for e in items:
        value = _column_value(e, column)
        split = None if value is None else tables.SPLIT_NAMES.get(str(value).strip().lower())
        if value is not None and split is None:
            raise UserError(f"{e.id} is in the split {str(value)[:40]!r} by {column!r}: write train, dev or test")
        placed_.append(replace(e, split=split or e.split, input=_drop_column(e.input, column)))
    if not any(_column_value(e, column) is not None for e in items):
        raise UserError(f"no example has a value in the column {column!r}: check its name")
    return tuple(placed_)


def _column_value(example: Example, column: str) -> Any:
    """What a column says of an example; None where it says nothing."""
    if column in example.metadata:
        return example.metadata[column]
    return example.input.get(column) if isinstance(example.input, Mapping) else None


def _drop_column(given: Any, column: str) -> Any:
    """A row without the column, which is no input; anything else as it is."""
    return {k: v for k, v in given.items() if k != column} if isinstance(given, Mapping) and column in given else given
