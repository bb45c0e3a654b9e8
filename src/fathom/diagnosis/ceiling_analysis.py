"""What would it bring to get rid of every mistake of one kind? The ceiling of each tag.

A person looks through mistakes and tags them (blurry, great cat, mislabelled …). The figure without those of one tag is
the most that work on it can bring, which is worth knowing before the work. Where only some mistakes were looked at, in
random order, the share among them stands for all, with Wilson's interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

import polars as pl

from fathom.diagnosis.intervals import value_of, wilson
from fathom.metrics import Metric
from fathom.records import Interval

ZERO_WHERE_RIGHT = ("wrong", "squared", "absolute", "edits", "character_edits", "wrong_tags")
"""Statistics that are 0 where nothing is wrong."""


@dataclass(frozen=True)
class Ceiling:
    """What a tag is worth.

    Attributes:
        tag: its name.
        count: mistakes that have it.
        share: of the mistakes that were looked at.
        now: the figure as it is.
        then: the figure with those mistakes set right.
        all_like_these: the figure if all mistakes of that kind, also those not looked at, were set right; None where
            all were looked at.
    """

    tag: str
    count: int
    share: Interval
    now: float
    then: float
    all_like_these: Interval | None


def can_tell(metric: Metric) -> bool:
    """Whether a mistake can be set right in this metric."""
    return bool(metric.needs) and metric.needs[0] in ZERO_WHERE_RIGHT


def mistakes(frame: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    """The examples of which something is wrong."""
    return frame.filter(pl.col(f"stat_{metric.needs[0]}") > 0) if can_tell(metric) else frame


def ceilings(frame: pl.DataFrame, metric: Metric, tags: Mapping[str, Set[str]], seen: Set[str]) -> list[Ceiling]:
    """The ceiling of each tag, the highest first.

    Args:
        frame: results of one split.
        metric: by which it is judged.
        tags: of each example by its id.
        seen: ids of the examples that were looked at, with or without a tag.
    """
    if not can_tell(metric) or frame.is_empty():
        return []
    wrong = mistakes(frame, metric)
    ids = set(wrong["id"].to_list())
    looked = ids & (set(seen) | set(tags))
    now = value_of(frame, metric)
    found = []
    for tag in sorted({tag for name in looked for tag in tags.get(name, ())}):
        mine = [name for name in looked if tag in tags.get(name, ())]
        then = value_of(_righted(frame, metric, mine), metric)
        share = wilson(len(mine), len(looked))
        every = None
        if len(looked) < len(ids):
            none_left = value_of(_righted(frame, metric, list(ids)), metric)
            every = Interval(*(now - s * (now - none_left) for s in (share.value, share.high, share.low)))
        found.append(Ceiling(tag, len(mine), share, now, then, every))
    return sorted(found, key=lambda one: (one.then, one.tag))


def said(ceiling: Ceiling, metric: Metric) -> str:
    """``fixing every blurry one brings dev from 10.0 to 7.1 %``."""
    now, then = metric.show(ceiling.now).removesuffix(" %"), metric.show(ceiling.then)
    text = f"fixing the {ceiling.count:,} tagged {ceiling.tag!r} brings dev from {now} to {then}"
    if ceiling.all_like_these is not None:
        bounds = ceiling.all_like_these
        text += (
            f"; with those not looked at, if they are alike, to "
            f"{metric.show_with_range(bounds.value, bounds.low, bounds.high)}"
        )
    return text


def _righted(frame: pl.DataFrame, metric: Metric, ids: list[str]) -> pl.DataFrame:
    column = f"stat_{metric.needs[0]}"
    return frame.with_columns(pl.when(pl.col("id").is_in(ids)).then(0.0).otherwise(pl.col(column)).alias(column))
