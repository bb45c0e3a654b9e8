"""How examples are dealt: units that may not part, each with a number in [0, 1), cut at thresholds within strata.

The mechanism behind `fathom.data.splits.split`: what a unit is, how it is ranked, and where the cuts lie.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fathom.data.table.tables import target_kind
from fathom.errors import UserError
from fathom.records import Example
from fathom.split_kinds import Strata

_REST = ""  # the stratum of classes too small for one of their own, and of classes not seen yet
_MIN_UNITS = 5  # units; a class with fewer shares the stratum `_REST`

Unit = list[int]


def connected_units(items: Sequence[Example]) -> list[Unit]:
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


def hash_rank(members: Sequence[Example], seed: int | str) -> float:
    """The unit's number in [0, 1), from what names it best: its least group, else content, else id."""
    groups = [f"group\x1f{e.group}" for e in members if e.group is not None]
    contents = [f"content\x1f{e.content}" for e in members if e.content]
    name = min(groups or contents or [f"id\x1f{e.id}" for e in members])
    digest = hashlib.blake2b(f"{seed}\x1f{name}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest, "little") >> 11) * 2.0**-53


def split_for_rank(rank: float, pair: tuple[float, float]) -> str:
    """The split that a number lies in."""
    return "test" if rank < pair[0] else "dev" if rank < pair[1] else "train"


def _most_frequent(names: Sequence[str]) -> str:
    """The most frequent name; among equals the first by alphabet."""
    counts = Counter(names)
    return min(counts, key=lambda name: (-counts[name], name))


def _class_stratum(target: Any) -> str:
    """The stratum of a target that is a class."""
    return str(target) if isinstance(target, (str, int, float, bool)) else _REST


def _range_stratum(target: Any, edges: Sequence[tuple[float, str]]) -> str:
    """The stratum of a target that is a number."""
    if isinstance(target, (int, float)) and not math.isnan(target):
        return next((name for edge, name in edges if target <= edge), _REST)
    return _REST


def stratify(items: Sequence[Example]) -> tuple[Strata, list[str]]:
    """How the examples are stratified, and the stratum of each."""
    targets = [e.target for e in items]
    numeric = all(isinstance(t, (int, float)) and not isinstance(t, bool) for t in targets)
    if numeric and target_kind(targets) == "regression":
        values = np.asarray(targets, dtype=np.float64)
        bins = min(10, max(1, len(items) // 20))
        inner = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1]))
        edges = [(float(edge), f"<= {float(edge)!r}") for edge in (*inner, math.inf)]
        return Strata.RANGE, [_range_stratum(t, edges) for t in targets]
    if ranks := _rank_labels(targets):
        return Strata.RAREST_LABEL, [_rarest_label_stratum(t, ranks) for t in targets]
    names = [_class_stratum(t) for t in targets]
    return (Strata.CLASS if len(set(names)) > 1 else Strata.NONE), names


def stratum_for(members: Sequence[Example], strata: Strata, thresholds: Mapping[str, Any]) -> str:
    """The stratum that newcomers belong to, among those that were made."""
    if strata is Strata.RANGE:
        edges = sorted((float(k[3:]), k) for k in thresholds if k)
        names = [_range_stratum(e.target, edges) for e in members]
    elif strata is Strata.RAREST_LABEL:
        names = [
            _rarest_label_stratum(e.target, {k.partition(" ")[2]: k.partition(" ")[0] for k in thresholds})
            for e in members
        ]
    else:
        names = [_class_stratum(e.target) for e in members]
    return _most_frequent([name if name in thresholds else _REST for name in names])


def _rank_labels(targets: Sequence[Any]) -> dict[str, str]:
    """Labels by how rare they are, where the targets are several labels each; else nothing."""
    texts = [t for t in targets if isinstance(t, str)]
    if len(texts) < len(targets) or sum("|" in t for t in texts) <= len(texts) / 50:
        return {}
    counts = Counter(label for t in texts for label in t.split("|"))
    if len(counts) > len(texts) / 2:
        return {}
    ordered = sorted(counts, key=lambda label: (counts[label], label))
    return {label: f"{i:04d}" for i, label in enumerate(ordered)}


def _rarest_label_stratum(target: Any, ranks: Mapping[str, str]) -> str:
    """The stratum of one with several labels: its rarest label, so that each split gets some of the rare ones."""
    known = [(ranks[label], label) for label in str(target).split("|") if label in ranks]
    return " ".join(min(known)) if known else _REST


def assign_splits(
    units: Sequence[Unit],
    items: Sequence[Example],
    strata: Sequence[str],
    fractions: tuple[float, float],
    seed: int,
    kind: str,
) -> tuple[list[str], dict[str, tuple[float, float]]]:
    """The split of each item, and the thresholds of each stratum."""
    ranked = [(hash_rank([items[i] for i in unit], seed), unit) for unit in units]
    ranked.sort(key=lambda pair: (pair[0], items[pair[1][0]].id))
    splits = 1 + sum(f > 0 for f in fractions)
    if len(units) < splits:
        raise _too_few(units, items, splits, kind)
    by_stratum: dict[str, list[tuple[float, Unit]]] = defaultdict(list)
    for rank, unit in ranked:
        by_stratum[_most_frequent([strata[i] for i in unit])].append((rank, unit))
    for name in [name for name, members in by_stratum.items() if len(members) < _MIN_UNITS and name != _REST]:
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


def _too_few(units: Sequence[Unit], items: Sequence[Example], splits: int, kind: str) -> UserError:
    """What to say where there are fewer units than splits."""
    if all(e.group is None for e in items):
        return UserError(
            f"only {len(units)} of the {len(items)} {kind} differ from each other, too few for {splits} splits: "
            f"give more different {kind}"
        )
    return UserError(
        f"the {len(items)} {kind} form only {len(units)} group{'s' if len(units) != 1 else ''} that may not part, "
        f"too few for {splits} splits: give more groups, or leave the group column out"
    )


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
