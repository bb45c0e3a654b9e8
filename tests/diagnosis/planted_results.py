"""Tables of results with planted errors."""

from __future__ import annotations

import numpy as np
import polars as pl

from fathom.diagnosis.results_table import complete


def rates(**splits: tuple[int, int]) -> pl.DataFrame:
    """So many wrong of so many in each split; two classes in equal shares; ``train_dev`` is train-dev."""
    parts = []
    for split, (wrong, count) in splits.items():
        target = np.arange(count) % 2
        prediction = np.where(np.arange(count) < wrong, 1 - target, target)
        parts.append(pl.DataFrame({"split": split, "target": target, "prediction": prediction}))
    return complete(pl.concat(parts))


def mixed(train: dict[str, int], dev: dict[str, int]) -> pl.DataFrame:
    """All right, with so many examples of each class."""
    parts = []
    for split, counts in (("train", train), ("dev", dev)):
        target = [name for name, count in counts.items() for _ in range(count)]
        parts.append(pl.DataFrame({"split": [split] * len(target), "target": target, "prediction": target}))
    return complete(pl.concat(parts))


def regression(train_noise: float, dev_noise: float, n: int = 400, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    target = rng.normal(size=2 * n)
    noise = np.repeat([train_noise, dev_noise], n) * rng.normal(size=2 * n)
    split = ["train"] * n + ["dev"] * n
    return complete(pl.DataFrame({"split": split, "target": target, "prediction": target + noise}))


def part(frame: pl.DataFrame, split: str) -> pl.DataFrame:
    return frame.filter(pl.col("split") == split)
