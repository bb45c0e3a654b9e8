"""Which example is for what.

Each *unit* (the examples that share a group or a content) gets a number in [0, 1) from a hash of the seed and itself.
Within a stratum (a class, or a range of a numeric target) the smallest numbers go to test, the next to dev, the rest
to train. The two thresholds of each stratum are kept, so that newcomers find their place without moving anyone.

Where equal inputs are the rule, as in a table of a few categories, they are no copies, and only a group ties.

Examples that came in a ready-made split stay there; what is missing is carved from the rest. Where examples have times,
the newest are for test; and where dev is of another kind than train, a train-dev split is carved from train, so that
what is new can be told from what is different.
"""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TypedDict

from fathom.data import files
from fathom.data.splits.old_rules import from_sentence
from fathom.data.splits.split_rules import HELD_OUT
from fathom.data.splits.stratification import (
    assign_splits,
    connected_units,
    hash_rank,
    split_for_rank,
    stratify,
    stratum_for,
)
from fathom.errors import UserError
from fathom.records import SPLITS, Example, Examples, Splits
from fathom.split_kinds import SplitKind, SplitRule, Strata
from fathom.validation import Finite, convert

MIN_EXAMPLES = 10
"""With fewer examples nothing can be held out that means anything."""

_VERSION = 2
"""Of the splits file: before 2 its rule was a sentence."""
_OWN = "\x1f"
"""How the names of thresholds begin that belong to no stratum; no class begins so."""
_TIME, _TRAIN_DEV, _HALVES = f"{_OWN}time", f"{_OWN}train-dev", f"{_OWN}halves{_OWN}"
_MAX_TRAIN_DEV_FRACTION, _MIN_TRAIN_DEV = 0.1, 30
"""Largest share of train that goes to train-dev, and the fewest examples that are worth it."""
_TARGET_TRAIN_DEV = 300


def held_out_fraction(n: int) -> float:
    """The share of dev and of test each, for `n` examples: the more there are, the smaller a share measures well."""
    for limit, fraction in ((1_000, 0.2), (10_000, 0.15), (100_000, 0.1), (1_000_000, 0.05)):
        if n < limit:
            return fraction
    return 0.01


def make_splits(examples: Examples, seed: int = 0, no_dev: bool = False, train_dev: bool = False) -> Splits:
    """Places every example.

    Args:
        examples: what was read; a `split` that an example came with is respected.
        seed: another seed gives other splits.
        no_dev: hold nothing out for dev; ready-made dev examples go to train.
        train_dev: carve a train-dev split from train, unless the examples came with one.

    Raises:
        UserError: too few examples, or groups, to give each split one.
    """
    items = _free_to_part(examples.items, examples.repeats)
    examples = replace(examples, items=items)
    ready = [_ready_made_split(e, no_dev) for e in items]
    thresholds: dict[str, tuple[float, float]] = {}
    halves = _split_held_out_source(items, ready, seed, examples.kind, thresholds, no_dev)
    of, rule = _hold_out(examples, ready, seed, no_dev, thresholds)
    if halves is not None:
        rule = SplitRule(SplitKind.BY_SOURCE, halves, held_out=_in_order({"dev", "test"} & set(of)), no_dev=no_dev)
    if rule.kind is not SplitKind.READY_MADE:
        rule = replace(rule, together=examples.together, repeats=examples.repeats)
    if rule.kind is SplitKind.BY_TIME:
        rule = replace(rule, times=examples.times)
    if train_dev and "train-dev" not in ready and "dev" in of:
        _carve_train_dev(items, of, seed, thresholds)
    if "train" not in of:
        raise UserError(f"no {examples.kind} are left for training: put some outside the folders for dev and test")
    return Splits({e.id: split for e, split in zip(items, of)}, rule, seed, thresholds)


def _free_to_part(items: tuple[Example, ...], repeats: bool) -> tuple[Example, ...]:
    """The examples, without what ties equal inputs to each other where these are the rule."""
    return tuple(replace(e, content="") for e in items) if repeats else items


def _hold_out(
    examples: Examples,
    ready: Sequence[str | None],
    seed: int,
    no_dev: bool,
    thresholds: dict[str, tuple[float, float]],
) -> tuple[list[str], SplitRule]:
    """Chooses dev and test, as far as the examples did not come in them; thresholds are added in place."""
    have = {split for split in ready if split}
    wanted = [split for split in ("test", "dev") if split not in have and not (split == "dev" and no_dev)]
    carved = "train" in have and None not in ready
    pool = [i for i, split in enumerate(ready) if split is None or (carved and split == "train")]
    of = [split or "train" for split in ready]
    if not (pool and wanted):
        return of, SplitRule(SplitKind.READY_MADE, ready_made=_in_order(have), no_dev=no_dev)
    if len(pool) < MIN_EXAMPLES:
        raise UserError(
            f"too few {examples.kind} to hold out {' and '.join(wanted)} ({len(pool)}): "
            f"give at least {MIN_EXAMPLES}, better some hundreds"
        )
    fraction = held_out_fraction(len(pool))
    fractions = (fraction if "test" in wanted else 0.0, fraction if "dev" in wanted else 0.0)
    chosen = [examples.items[i] for i in pool]
    strata = Strata.NONE
    if by_time := all(e.time is not None for e in chosen):
        placed = _split_by_time(chosen, fractions, thresholds, examples.kind)
    else:
        strata, names = stratify(chosen)
        placed, found = assign_splits(connected_units(chosen), chosen, names, fractions, seed, examples.kind)
        thresholds.update(found)
    for i, split in zip(pool, placed):
        of[i] = split
    kind = SplitKind.BY_TIME if by_time else SplitKind.RANDOM
    given = _in_order(have - {"train"} if carved else have)
    return of, SplitRule(kind, strata, given, _in_order(wanted), carved, no_dev=no_dev)


def _in_order(names: Collection[str]) -> tuple[str, ...]:
    """Names of splits in the order of `SPLITS`."""
    return tuple(name for name in SPLITS if name in names)


def _split_held_out_source(
    items: Sequence[Example],
    ready: list[str | None],
    seed: int,
    kind: str,
    thresholds: dict[str, tuple[float, float]],
    no_dev: bool,
) -> Strata | None:
    """Deals what is for dev or test to the two, in place; returns its strata, None where there is nothing such."""
    where = [i for i, split in enumerate(ready) if split == HELD_OUT]
    if not where:
        return None
    chosen = [items[i] for i in where]
    kind_of_strata = Strata.NONE
    if no_dev:
        placed = ["test"] * len(chosen)
    elif len(chosen) < 2:
        raise UserError(f"there is one of the {kind} to hold out: dev and test take two or more")
    else:
        kind_of_strata, strata = stratify(chosen)
        placed, found = assign_splits(connected_units(chosen), chosen, strata, (0.5, 0.0), seed, kind)
        thresholds.update({_HALVES + name: pair for name, pair in found.items()})
    for i, split in zip(where, placed):
        ready[i] = "test" if split == "test" else "dev"
    return kind_of_strata


def _split_by_time(
    items: Sequence[Example], fractions: tuple[float, float], thresholds: dict[str, tuple[float, float]], kind: str
) -> list[str]:
    """The newest to test, those before to dev, the rest to train; examples that may not part go with their newest."""
    units = connected_units(items)
    times = sorted((_newest([items[i] for i in unit]), len(unit)) for unit in units)
    ends: list[float] = []
    for fraction in (fractions[0], fractions[0] + fractions[1]):
        count, end = 0, float("inf")
        for time, size in reversed(times):
            if count >= fraction * len(items):
                break
            count, end = count + size, time
        ends.append(end)
    thresholds[_TIME] = (ends[0], ends[1])
    placed = [""] * len(items)
    for unit in units:
        split = _split_for_time(_newest([items[i] for i in unit]), thresholds[_TIME])
        for i in unit:
            placed[i] = split
    if len(set(placed)) < 1 + sum(f > 0 for f in fractions):
        raise UserError(f"the {kind} are of too few different times to be split by time: leave `split_by` out")
    return placed


def _newest(members: Sequence[Example]) -> float:
    """The latest time among examples that all have one."""
    return max(e.time for e in members if e.time is not None)


def _split_for_time(time: float, ends: tuple[float, float]) -> str:
    return "test" if time >= ends[0] else "dev" if time >= ends[1] else "train"


def _carve_train_dev(
    items: Sequence[Example], of: list[str], seed: int, thresholds: dict[str, tuple[float, float]]
) -> None:
    """Move some of train to train-dev, in place; only equal content stays together, groups part."""
    n = of.count("train")
    fraction = min(_MAX_TRAIN_DEV_FRACTION, _TARGET_TRAIN_DEV / n)
    if fraction * n < _MIN_TRAIN_DEV:
        return
    thresholds[_TRAIN_DEV] = (fraction, fraction)
    for i, e in enumerate(items):
        if of[i] == "train":
            of[i] = _train_side(e, seed, thresholds)


def _train_side(example: Example, seed: int, thresholds: dict[str, tuple[float, float]]) -> str:
    """Train or train-dev."""
    alone = replace(example, group=None)
    return (
        "train-dev" if hash_rank([alone], f"{seed} train-dev") < thresholds.get(_TRAIN_DEV, (0.0, 0.0))[0] else "train"
    )


def extend(splits: Splits, examples: Examples) -> Splits:
    """Places the newcomers among `examples` by the kept thresholds; nobody who had a place moves.

    A newcomer goes where its group is, else where its content is, else where its time or its hash puts it. Examples
    that are gone are left out.
    """
    items = _free_to_part(examples.items, splits.rule.repeats)
    kept = dict(splits.thresholds)
    known: dict[str, str] = {}
    for e in items:
        if e.id in splits.of:
            for key in _ties(e):
                known.setdefault(key, splits.of[e.id].replace("train-dev", "train"))
    of = [splits.of.get(e.id) or _split_that_stays(e, splits) for e in items]
    for e, split in zip(items, of):  # those who came with a ready-made split take their group along
        if split is not None and split != HELD_OUT and e.id not in splits.of:
            for key in _ties(e):
                known.setdefault(key, split)
    new = [i for i, split in enumerate(of) if split is None or split == HELD_OUT]
    for unit in connected_units([items[i] for i in new]):
        members = [items[new[j]] for j in unit]
        keys = [f"group\x1f{e.group}" for e in members if e.group is not None]
        keys += [f"content\x1f{e.content}" for e in members if e.content]
        where = next((known[key] for key in keys if key in known), None)
        if where is None:
            where = _place_newcomers(members, splits, halves=any(of[new[j]] == HELD_OUT for j in unit))
        for j in unit:
            of[new[j]] = where
    for i, e in enumerate(items):
        if of[i] == "train" and e.id not in splits.of:
            of[i] = _train_side(e, splits.seed, kept)
    return replace(splits, of={e.id: split or "train" for e, split in zip(items, of)})


def _place_newcomers(members: Sequence[Example], splits: Splits, halves: bool) -> str:
    """Where a unit belongs of which nothing is known: by its time, or by its hash."""
    if _TIME in splits.thresholds and all(e.time is not None for e in members):
        return _split_for_time(_newest(members), splits.thresholds[_TIME])
    start = _HALVES if halves else ""
    pairs = {k[len(start) :]: v for k, v in splits.thresholds.items() if k.startswith(start or "")}
    own = pairs if halves else {k: v for k, v in pairs.items() if not k.startswith(_OWN)}
    pair = own.get(stratum_for(members, splits.rule.strata, own), (0.0, 0.0))
    side = split_for_rank(hash_rank(members, splits.seed), pair)
    return "dev" if halves and side != "test" else side


class _SplitsFile(TypedDict):
    """``splits.json``; the first version had a sentence for a rule."""

    rule: str | SplitRule
    seed: int
    thresholds: dict[str, tuple[Finite, Finite]]


def save(splits: Splits, folder: Path) -> None:
    """Writes ``splits.parquet`` (id, split) and ``splits.json`` (rule, seed, thresholds) into a folder."""
    import polars as pl

    frame = pl.DataFrame(
        {"id": list(splits.of), "split": list(splits.of.values())}, schema={"id": pl.String, "split": pl.String}
    )
    about = {
        "version": _VERSION,
        "rule": asdict(splits.rule),
        "seed": splits.seed,
        "thresholds": {name: list(pair) for name, pair in splits.thresholds.items()},
    }
    packed = io.BytesIO()
    frame.write_parquet(packed)
    with files.replacing(folder / "splits.parquet") as waiting:
        waiting.write_bytes(packed.getbuffer())
    files.write_text(folder / "splits.json", json.dumps(about, indent=1, ensure_ascii=False))


def has_splits(folder: Path) -> bool:
    """Whether a folder has splits."""
    return (folder / "splits.parquet").is_file() and (folder / "splits.json").is_file()


def load(folder: Path) -> Splits:
    """Reads what `save` wrote.

    Raises:
        UserError: the folder has no splits, or damaged ones.
    """
    import polars as pl

    try:
        frame = files.read_parquet(folder / "splits.parquet")
        about = _read_splits_file(folder / "splits.json")
        of = dict(zip(frame["id"].to_list(), frame["split"].to_list()))
        if not all(isinstance(text, str) for pair in of.items() for text in pair):
            raise ValueError("an example has no id, or no split")
        return Splits(of, _read_rule(about["rule"], set(of.values())), about["seed"], about["thresholds"])
    except FileNotFoundError as error:
        raise UserError(f"{folder} has no splits: is it the folder of a run?") from error
    except (ValueError, LookupError, TypeError, pl.exceptions.PolarsError) as error:
        raise UserError(f"the splits in {folder} are damaged: train again, or copy them from a backup") from error


def _read_splits_file(path: Path) -> _SplitsFile:
    told = files.read_json(path)
    try:
        return convert(told, _SplitsFile, "it")
    except UserError as error:
        raise UserError(f"{path} is damaged, since {error}: train again, or copy it from a backup") from None


def _read_rule(stored: str | SplitRule, names: Collection[str]) -> SplitRule:
    """The rule of a splits file of any version."""
    if isinstance(stored, str):
        return from_sentence(stored, names)
    return replace(stored, ready_made=_in_order(stored.ready_made), held_out=_in_order(stored.held_out))


def _ready_made_split(example: Example, no_dev: bool) -> str | None:
    if example.split is not None and example.split not in (*SPLITS, HELD_OUT):
        raise UserError(f"{example.id} is in the split {example.split!r}: a split is one of {', '.join(SPLITS)}")
    return "train" if no_dev and example.split == "dev" else example.split


def _split_that_stays(example: Example, splits: Splits) -> str | None:
    """The split that a newcomer came with, unless it is one that examples were carved from."""
    ready = _ready_made_split(example, splits.rule.no_dev)
    return None if ready == "train" and splits.rule.carved else ready


def _ties(example: Example) -> list[str]:
    """What ties an example to others."""
    keys = [] if example.group is None else [f"group\x1f{example.group}"]
    return keys + ([f"content\x1f{example.content}"] if example.content else [])
