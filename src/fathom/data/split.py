"""Which example is for what.

Each *unit* (the examples that share a group or a content) gets a number in [0, 1) from a hash of the seed and itself.
Within a stratum (a class, or a range of a numeric target) the smallest numbers go to test, the next to dev, the rest
to train. The two thresholds of each stratum are kept, so that newcomers find their place without moving anyone.

Examples that came in a ready-made split stay there; what is missing is carved from the rest.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fathom.data import files
from fathom.data.tables import kind_of_target
from fathom.errors import UserError
from fathom.records import SPLITS, Example, Examples, Splits

FEWEST = 10
"""With fewer examples nothing can be held out that means anything."""

_REST = ""  # the stratum of classes too small for one of their own, and of classes not seen yet
_SMALL = 5  # units; a class with fewer shares the stratum `_REST`
_BINS = "stratified by ranges"
_CLASSES = "stratified"
_CARVED = "from train"
_NO_DEV = "no dev"

Unit = list[int]


def share(n: int) -> float:
    """The share of dev and of test each, for `n` examples: the more there are, the smaller a share measures well."""
    for limit, fraction in ((1_000, 0.2), (10_000, 0.15), (100_000, 0.1), (1_000_000, 0.05)):
        if n < limit:
            return fraction
    return 0.01


def make_splits(examples: Examples, seed: int = 0, no_dev: bool = False) -> Splits:
    """Places every example.

    Args:
        examples: what was read; a `split` that an example came with is respected.
        seed: another seed gives other splits.
        no_dev: hold nothing out for dev; ready-made dev examples go to train.

    Raises:
        UserError: too few examples, or groups, to give each split one.
    """
    items = examples.items
    ready = [_ready(e, no_dev) for e in items]
    have = {split for split in ready if split}
    wanted = [split for split in ("test", "dev") if split not in have and not (split == "dev" and no_dev)]
    carved = "train" in have and None not in ready
    pool = [i for i, split in enumerate(ready) if split is None or (carved and split == "train")]
    of = [split or "train" for split in ready]
    thresholds: dict[str, tuple[float, float]] = {}
    rule = "ready-made"
    if pool and wanted:
        if len(pool) < FEWEST:
            raise UserError(
                f"{len(pool)} {examples.kind} are too few to hold out {' and '.join(wanted)}: "
                f"give at least {FEWEST}, better some hundreds"
            )
        fraction = share(len(pool))
        fractions = (fraction if "test" in wanted else 0.0, fraction if "dev" in wanted else 0.0)
        how, strata = _strata([items[i] for i in pool])
        units = _units([items[i] for i in pool])
        placed, thresholds = _place(units, [items[i] for i in pool], strata, fractions, seed, examples.kind)
        for i, split in zip(pool, placed):
            of[i] = split
        rule = f"{how}, seed {seed}"
        if have:
            given = " and ".join(s for s in SPLITS if s in have and not (carved and s == "train"))
            made = " and ".join(reversed(wanted))
            rule = (f"ready-made {given}; " if given else "") + f"{made} {_CARVED if carved else 'held out'}, {rule}"
    elif pool:
        rule = "ready-made " + " and ".join(s for s in SPLITS if s in have) + ", the rest is train"
    if no_dev:
        rule += f", {_NO_DEV}"
    if "train" not in of:
        raise UserError(f"no {examples.kind} are left for training: put some outside the folders for dev and test")
    return Splits({e.id: split for e, split in zip(items, of)}, rule, seed, thresholds)


def extend(splits: Splits, examples: Examples) -> Splits:
    """Places the newcomers among `examples` by the kept thresholds; nobody who had a place moves.

    A newcomer goes where its group is, else where its content is, else where its hash puts it. Examples that are gone
    are left out.
    """
    items = examples.items
    known: dict[str, str] = {}
    for e in items:
        if e.id in splits.of:
            for key in _keys(e):
                known.setdefault(key, splits.of[e.id])
    of = [splits.of.get(e.id) or _fixed(e, splits) for e in items]
    for e, split in zip(items, of):  # those who came with a ready-made split take their group along
        if split is not None and e.id not in splits.of:
            for key in _keys(e):
                known.setdefault(key, split)
    bins = _BINS in splits.rule
    new = [i for i, split in enumerate(of) if split is None]
    for unit in _units([items[i] for i in new]):
        members = [items[new[j]] for j in unit]
        keys = [f"group\x1f{e.group}" for e in members if e.group is not None]
        keys += [f"content\x1f{e.content}" for e in members if e.content]
        where = next((known[key] for key in keys if key in known), None)
        if where is None:
            edges = sorted((float(k[3:]), k) for k in splits.thresholds if k) if bins else []
            names = [_bin(e.target, edges) if bins else _name(e.target) for e in members]
            names = [name if name in splits.thresholds else _REST for name in names]
            where = _side(_rank(members, splits.seed), splits.thresholds.get(_most(names), (0.0, 0.0)))
        for j in unit:
            of[new[j]] = where
    return replace(splits, of={e.id: split or "train" for e, split in zip(items, of)})


def save(splits: Splits, folder: Path) -> None:
    """Writes ``splits.parquet`` (id, split) and ``splits.json`` (rule, seed, thresholds) into a folder."""
    import polars as pl

    frame = pl.DataFrame(
        {"id": list(splits.of), "split": list(splits.of.values())}, schema={"id": pl.String, "split": pl.String}
    )
    about = {
        "rule": splits.rule,
        "seed": splits.seed,
        "thresholds": {name: list(pair) for name, pair in splits.thresholds.items()},
    }
    packed = io.BytesIO()
    frame.write_parquet(packed)
    with files.replacing(folder / "splits.parquet") as waiting:
        waiting.write_bytes(packed.getbuffer())
    files.write_text(folder / "splits.json", json.dumps(about, indent=1, ensure_ascii=False))


def saved(folder: Path) -> bool:
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
        about = files.read_json(folder / "splits.json")
        of = dict(zip(frame["id"].to_list(), frame["split"].to_list()))
        thresholds = {name: (float(low), float(high)) for name, (low, high) in about["thresholds"].items()}
        return Splits(of, str(about["rule"]), int(about["seed"]), thresholds)
    except FileNotFoundError as error:
        raise UserError(f"{folder} has no splits: is it the folder of a run?") from error
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, pl.exceptions.PolarsError) as error:
        raise UserError(f"the splits in {folder} are damaged: train again, or copy them from a backup") from error


def _ready(example: Example, no_dev: bool) -> str | None:
    if example.split is not None and example.split not in SPLITS:
        raise UserError(f"{example.id} is in the split {example.split!r}: a split is one of {', '.join(SPLITS)}")
    return "train" if no_dev and example.split == "dev" else example.split


def _fixed(example: Example, splits: Splits) -> str | None:
    """The split that a newcomer came with, unless it is one that examples were carved from."""
    ready = _ready(example, splits.rule.endswith(_NO_DEV))
    return None if ready == "train" and _CARVED in splits.rule else ready


def _keys(example: Example) -> list[str]:
    """What ties an example to others."""
    keys = [] if example.group is None else [f"group\x1f{example.group}"]
    return keys + ([f"content\x1f{example.content}"] if example.content else [])


def _units(items: Sequence[Example]) -> list[Unit]:
    """The indices of examples that may not part: connected by group or content, in order of first appearance."""
    parent = list(range(len(items)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    groups: dict[str, int] = {}
    contents: dict[str, int] = {}
    for i, e in enumerate(items):
        for name, first in ((e.group, groups), (e.content or None, contents)):
            if name is not None:
                a, b = root(first.setdefault(name, i)), root(i)
                parent[max(a, b)] = min(a, b)
    units: dict[int, Unit] = defaultdict(list)
    for i in range(len(items)):
        units[root(i)].append(i)
    return list(units.values())


def _rank(members: Sequence[Example], seed: int) -> float:
    """The unit's number in [0, 1), from what names it best: its least group, else content, else id."""
    groups = [f"group\x1f{e.group}" for e in members if e.group is not None]
    contents = [f"content\x1f{e.content}" for e in members if e.content]
    name = min(groups or contents or [f"id\x1f{e.id}" for e in members])
    digest = hashlib.blake2b(f"{seed}\x1f{name}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest, "little") >> 11) * 2.0**-53


def _side(rank: float, pair: tuple[float, float]) -> str:
    return "test" if rank < pair[0] else "dev" if rank < pair[1] else "train"


def _most(names: Sequence[str]) -> str:
    """The most frequent name; among equals the first by alphabet."""
    counts = Counter(names)
    return min(counts, key=lambda name: (-counts[name], name))


def _name(target: Any) -> str:
    return str(target) if isinstance(target, (str, int, float, bool)) else _REST


def _bin(target: Any, edges: Sequence[tuple[float, str]]) -> str:
    if isinstance(target, (int, float)) and not math.isnan(target):
        return next((name for edge, name in edges if target <= edge), _REST)
    return _REST


def _strata(items: Sequence[Example]) -> tuple[str, list[str]]:
    """How the examples are stratified, and the stratum of each."""
    targets = [e.target for e in items]
    numeric = all(isinstance(t, (int, float)) and not isinstance(t, bool) for t in targets)
    if numeric and kind_of_target(targets) == "regression":
        values = np.asarray(targets, dtype=np.float64)
        bins = min(10, max(1, len(items) // 20))
        inner = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1]))
        edges = [(float(edge), f"<= {float(edge)!r}") for edge in (*inner, math.inf)]
        return _BINS, [_bin(t, edges) for t in targets]
    names = [_name(t) for t in targets]
    return (_CLASSES if len(set(names)) > 1 else "random"), names


def _place(
    units: Sequence[Unit],
    items: Sequence[Example],
    strata: Sequence[str],
    fractions: tuple[float, float],
    seed: int,
    kind: str,
) -> tuple[list[str], dict[str, tuple[float, float]]]:
    """The split of each item, and the thresholds of each stratum."""
    ranked = [(_rank([items[i] for i in unit], seed), unit) for unit in units]
    ranked.sort(key=lambda pair: (pair[0], items[pair[1][0]].id))
    splits = 1 + sum(f > 0 for f in fractions)
    if len(units) < splits:
        if all(e.group is None for e in items):
            raise UserError(
                f"only {len(units)} of the {len(items)} {kind} differ from each other, too few for {splits} splits: "
                f"give more different {kind}"
            )
        raise UserError(
            f"the {len(items)} {kind} form only {len(units)} group{'s' if len(units) != 1 else ''} that may not part, "
            f"too few for {splits} splits: give more groups, or leave the group column out"
        )
    by_stratum: dict[str, list[tuple[float, Unit]]] = defaultdict(list)
    for rank, unit in ranked:
        by_stratum[_most([strata[i] for i in unit])].append((rank, unit))
    for name in [name for name, members in by_stratum.items() if len(members) < _SMALL and name != _REST]:
        by_stratum[_REST].extend(by_stratum.pop(name))
    by_stratum[_REST].sort(key=lambda pair: (pair[0], items[pair[1][0]].id))

    for attempt in (by_stratum, {_REST: ranked}):
        thresholds: dict[str, tuple[float, float]] = {_REST: (fractions[0], fractions[0] + fractions[1])}
        placed = ["train"] * len(items)
        owed = [0.0, 0.0]  # what rounding kept from test and dev in the strata before
        for name in sorted(attempt):
            if members := attempt[name]:
                sizes = [len(unit) for _, unit in members]
                cuts = _cuts(sizes, fractions, owed, least=int(len(attempt) == 1 or name != _REST))
                thresholds[name] = _thresholds([rank for rank, _ in members], cuts, fractions)
                for k, (_, unit) in enumerate(members):
                    for i in unit:
                        placed[i] = "test" if k < cuts[0] else "dev" if k < cuts[1] else "train"
        present = set(placed)
        if len(present) == splits:
            return placed, thresholds
    raise UserError(f"the groups are too unequal to give each split one: give more {kind}, or another seed")


def _cuts(sizes: Sequence[int], fractions: tuple[float, float], owed: list[float], least: int) -> tuple[int, int]:
    """How many of the first units are for test, and for test and dev together; what rounding leaves goes to `owed`."""
    total = sum(sizes)
    position = 0
    cuts = []
    for which, fraction in enumerate(fractions):
        start, taken = position, 0
        if fraction > 0:
            still = sum(f > 0 for f in fractions[which + 1 :])  # units to leave, also one for train
            quota = fraction * total + owed[which]
            last = len(sizes) - 1 - still
            while position < last and (
                abs(taken + sizes[position] - quota) < abs(taken - quota) or position - start < least
            ):
                taken += sizes[position]
                position += 1
            # a debt is carried, but never more than one large unit's worth of it
            owed[which] = max(-1.0, min(1.0, quota - taken))
        cuts.append(position)
    return cuts[0], cuts[1]


def _thresholds(ranks: Sequence[float], cuts: tuple[int, int], fractions: tuple[float, float]) -> tuple[float, float]:
    """Thresholds that reproduce the cuts and are otherwise as near to the fractions as can be."""
    found = []
    for cut, wanted in zip(cuts, (fractions[0], fractions[0] + fractions[1])):
        low = math.nextafter(ranks[cut - 1], 2.0) if cut else 0.0
        high = ranks[cut] if cut < len(ranks) else 1.0
        found.append(max(low, min(wanted, high)))
    return found[0], max(found)
