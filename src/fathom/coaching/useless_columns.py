"""Columns of a table that do not help: what boosted trees lose when a column is shuffled, on rows they have not seen.

Dev is not looked at, so that what is chosen here can be judged there: the trees learn from two thirds of train, and a
column is shuffled in the last third (Breiman 2001, *Random forests*, §10). What is lost then is told in standard
errors, over those rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data.table.cells import parse_number
from fathom.records import Example
from fathom.tasks.table.tabular import Table

LEAST_ROWS, MOST_ROWS, MOST_COLUMNS = 60, 3_000, 150
"""Rows and columns between which it is asked; of more rows a sample."""
ROUNDS, SHUFFLES = 60, 3
HELPS = 1.0
"""Standard errors of what is lost, from which on a column is said to help."""
MOST_VALUES = 250
"""Categories of a column that the trees can tell apart."""

Floats = NDArray[np.float64]


def useless_columns(task: Table, train: Sequence[Example], seed: int) -> tuple[str, ...]:
    """The columns of numbers and categories without which trees do as well, in the order of the table.

    Args:
        task: fitted; dates and sentences, of which a column becomes several, are not asked about.
        train: the training rows.
        seed: of the shuffling.

    Returns:
        names; none where there are too few rows or too many columns to tell.
    """
    names = [*task.numeric_, *task.categorical_]
    if len(train) < LEAST_ROWS or not 1 < len(names) <= MOST_COLUMNS:
        return ()
    rng = np.random.default_rng(seed)
    rows = [train[i] for i in np.sort(rng.permutation(len(train))[:MOST_ROWS])]
    groups = np.array([row.group or f"alone {i}" for i, row in enumerate(rows)])
    units = np.unique(groups)
    learned = np.isin(groups, rng.permutation(units)[: max(1, 2 * len(units) // 3)])
    x, y = _cells(task, rows), _targets(task, rows)
    if learned.all() or len(set(y[learned].tolist())) < 2 or (task.classes_ and not set(y) <= set(y[learned])):
        return ()
    lost = losses(x, y, learned, [len(task.categorical_.get(name, ())) for name in names], bool(task.classes_), rng)
    mean, error = lost.mean(1), lost.std(1) / np.sqrt(lost.shape[1])
    return tuple(name for name, m, e in zip(names, mean, error, strict=True) if m <= HELPS * e)


def losses(
    x: Floats, y: NDArray[Any], learned: NDArray[np.bool_], values: Sequence[int], classes: bool, rng: Any
) -> Floats:
    """What trees lose on each row that they have not seen when a column is shuffled: ``(columns, rows)``.

    Args:
        x: cells, ``(all rows, columns)``.
        y: targets, ``(all rows,)``; each class that there is occurs among the learned.
        learned: which rows the trees learn from, ``(all rows,)``.
        values: of each column, how many categories it has; 0 for numbers.
        classes: the target is a class; else a number.
        rng: shuffles.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    coded = [0 < count <= MOST_VALUES for count in values]
    least = max(2, min(20, int(learned.sum()) // 20))
    model = kind(max_iter=ROUNDS, min_samples_leaf=least, categorical_features=coded, random_state=0)
    model.fit(x[learned], y[learned])
    seen, meant = x[~learned], y[~learned]
    place = np.searchsorted(model.classes_, meant) if classes else meant

    def loss(cells: Floats) -> Floats:
        """Of rows that are there several times, one after the other: the mean of each, ``(rows,)``."""
        times = len(cells) // len(meant)
        if classes:
            said = model.predict_proba(cells)[np.arange(len(cells)), np.tile(place, times)]
            each = -np.log(np.maximum(said, 1e-6))
        else:
            each = (model.predict(cells) - np.tile(meant, times)) ** 2
        return each.reshape(times, -1).mean(0)

    whole, lost = loss(seen), np.zeros((x.shape[1], len(seen)))
    for column in range(x.shape[1]):
        cells = np.tile(seen, (SHUFFLES, 1))
        cells[:, column] = np.concatenate([rng.permutation(seen[:, column]) for _ in range(SHUFFLES)])
        lost[column] = loss(cells) - whole
    return lost


def _cells(task: Table, rows: Sequence[Example]) -> Floats:
    """Numbers, with NaN for missing, then the place of each category, the rest as one more: ``(rows, columns)``."""
    numbers = task.numbers(rows, new_texts=False)[:, : len(task.numeric_)]
    coded = [[task.index(name, row.input) for name in task.categorical_] for row in rows]
    return np.concatenate([numbers, np.array(coded, np.float64).reshape(len(rows), -1)], 1)


def _targets(task: Table, rows: Sequence[Example]) -> NDArray[Any]:
    if task.classes_:
        return np.array([str(row.target) for row in rows])
    return np.array([parse_number(row.target) for row in rows], np.float64)
