"""A column that gives the target away: often one that is filled in only once the answer is known.

Each column alone predicts the target of one half of the rows from the other half: by a lookup where it has few values
or is text, else by a small tree. Only a column that makes at most `MAX_MISTAKES_LEFT` of the mistakes of the simplest
guess is told, so that a column which is merely good is not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.checking.data_profile import DataProfile
from fathom.data.table.tables import is_number_like, target_kind
from fathom.finding_kinds import FindingKind, Role
from fathom.records import Finding

LEAKING_COLUMN = FindingKind(
    name="leaking_column",
    severity="warning",
    lesson="target-leakage",
    meaning=(
        "This column predicts the target almost perfectly. Such columns are often filled in after the answer "
        "is known. A model that uses it fails where the answer is not known yet."
    ),
    advice="Delete the column, unless you know its value when you ask the model.",
    role=Role.DATA,
)

MAX_MISTAKES_LEFT = 0.01
"""Largest share of the simplest guess's mistakes (or squared error) that a leaking column leaves."""
MIN_GUESS_MISTAKES = 20
"""Mistakes of the simplest guess below which nothing can be told."""
MAX_COLUMNS = 2000
MAX_ROWS = 20_000
"""Of a larger table so many columns, and rows taken evenly, are looked at; a leak shows in them, too."""


def check(profile: DataProfile, max_rows: int = MAX_ROWS) -> list[Finding]:
    """Tell of columns from which the target follows."""
    items = profile.examples.items
    chosen = range(0, len(items), -(-len(items) // max_rows))
    targets = [items[i].target for i in chosen]
    if not profile.columns or any(not isinstance(t, str | int | float) for t in targets):
        return []
    quantity = target_kind(targets) == "regression"
    order = np.random.default_rng(0).permutation(len(targets))
    halves = order[: len(order) // 2], order[len(order) // 2 :]
    leaking = []
    for name in profile.columns[:MAX_COLUMNS]:
        values = [items[i].input.get(name) for i in chosen]
        numbers = np.array([float(t) for t in targets]) if quantity else np.zeros(0)
        if (quantity and _gives_number(values, numbers)) or (not quantity and _gives_class(values, targets, halves)):
            leaking.append(name)
    if not leaking:
        return []
    one = len(leaking) == 1
    told = ", ".join(leaking[:5]) + (f" and {len(leaking) - 5} more" if len(leaking) > 5 else "")
    title = f"{'the column' if one else 'each of the columns'} {told} alone gives {profile.examples.target} away"
    return [LEAKING_COLUMN.found(title, {"columns": leaking})]


def _gives_class(values: Sequence[Any], targets: Sequence[Any], halves: tuple[NDArray, NDArray]) -> bool:
    names = [str(t) for t in targets]
    guessed = mistakes = 0
    for known, asked in (halves, halves[::-1]):
        most = Counter(names[i] for i in known).most_common(1)[0][0]
        guessed += sum(names[i] != most for i in asked)
        mistakes += _mistakes(values, names, known, asked, most)
        if mistakes > MAX_MISTAKES_LEFT * guessed:
            return False
    return guessed >= MIN_GUESS_MISTAKES


def _mistakes(values: Sequence[Any], names: Sequence[str], known: NDArray, asked: NDArray, most: str) -> int:
    """Mistakes in one half of what the other half says of each value."""
    distinct = {v for v in values if v is not None}
    if len(distinct) > 50 and is_number_like(values):
        from sklearn.tree import DecisionTreeClassifier

        column = np.array([[np.nan if v is None else float(v)] for v in values])
        tree = DecisionTreeClassifier(max_leaf_nodes=max(4, 2 * len(set(names))), random_state=0)
        tree.fit(column[known], [names[i] for i in known])
        return int(sum(said != names[i] for said, i in zip(tree.predict(column[asked]), asked)))
    by_value: dict[Any, Counter[str]] = defaultdict(Counter)
    for i in known:
        by_value[values[i]][names[i]] += 1
    said = {value: counts.most_common(1)[0][0] for value, counts in by_value.items()}
    return sum(said.get(values[i], most) != names[i] for i in asked)


def _gives_number(values: Sequence[Any], targets: NDArray[np.float64]) -> bool:
    """Whether the target rises (or falls) with the column, rank by rank, but for `MAX_MISTAKES_LEFT` of its spread."""
    present = np.array([v is not None for v in values])
    if present.sum() < max(MIN_GUESS_MISTAKES, 0.9 * len(values)) or not is_number_like(values):
        return False
    column = np.array([float(v) for v in values if v is not None])
    if not np.isfinite(column).all() or len(np.unique(column)) < 0.5 * len(np.unique(targets[present])):
        return False
    a, b = _ranks(column), _ranks(targets[present])
    return bool(1 - np.corrcoef(a, b)[0, 1] ** 2 <= MAX_MISTAKES_LEFT / 10)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks; equal values share one."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2.0)[inverse]
