"""Whether the intervals of a decomposition hold the truth, known from a large pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.comparison import Ask, Figures

MOVED = {"train-dev": 0.0, "dev": 0.9, "test": 0.9}
"""How far each split lies from train, along one axis."""

Told = tuple[dict[str, Any], dict[str, float], float]
"""The intervals of one model, what is true of it, and its error on train."""


def coverage(ask: Ask) -> Figures:
    """How often the intervals of the levels and gaps hold what a pool of 200,000 examples says of the same model."""
    draws = 20 if ask.quick else 200
    rng = np.random.default_rng(0)
    truth = {name: points(rng, 200_000, moved) for name, moved in MOVED.items()}
    told = [measured(rng, truth) for _ in range(draws)]
    usual = float(np.mean([train for _, _, train in told]))
    held: dict[str, list[bool]] = {}
    for levels, real, _ in told:
        goals = {
            **real,
            "variance": real["train-dev"] - usual,
            "data mismatch": real["dev"] - real["train-dev"],
            "dev overfitting": real["test"] - real["dev"],
        }
        for name, goal in goals.items():
            held.setdefault(name, []).append(levels[name].low <= goal <= levels[name].high)
    return {name: float(np.mean(values)) for name, values in held.items()} | {"draws": float(draws)}


def points(rng: np.random.Generator, n: int, moved: float) -> tuple[np.ndarray, np.ndarray]:
    """Two overlapping classes: ``(n, 8)`` and their labels ``(n,)``."""
    label = rng.integers(2, size=n)
    return rng.normal(size=(n, 8)) + 0.45 * (2 * label[:, None] - 1) + moved * np.eye(8)[0], label


def measured(rng: np.random.Generator, truth: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> Told:
    """A model of 300 examples: what is said of it, and what is true."""
    from sklearn.linear_model import LogisticRegression

    from fathom.diagnosis.decomposition import decompose
    from fathom.metrics import ERROR

    x, y = points(rng, 300, 0.0)
    model = LogisticRegression(C=10.0).fit(x, y)
    rows = [("train", float(wrong)) for wrong in model.predict(x) != y]
    for name, n in (("train-dev", 250), ("dev", 350), ("test", 250)):
        a, b = points(rng, n, MOVED[name])
        rows += [(name, float(wrong)) for wrong in model.predict(a) != b]
    taken = decompose(table(rows), ERROR)
    real = {name: float((model.predict(a) != b).mean()) for name, (a, b) in truth.items()}
    levels = dict(taken.levels) | {g.name: g.interval for g in taken.gaps}
    return levels, real, float(levels["train"].value)


def table(rows: Sequence[tuple[str, float]]) -> Any:
    """A table of results in which only split and mistake matter."""
    import polars as pl

    return pl.DataFrame(
        {
            "id": [str(i) for i in range(len(rows))], "split": [s for s, _ in rows], "target": ["a"] * len(rows),
            "prediction": ["a"] * len(rows), "group": pl.Series([None] * len(rows), dtype=pl.String),
            "stat_wrong": [w for _, w in rows], "stat_count": [1.0] * len(rows),
        }
    )  # fmt: skip
