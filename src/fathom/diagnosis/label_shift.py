"""Are the classes mixed alike in every split?

A permutation test: examples (or whole groups) are dealt to the two splits at random, and the chi-square statistic of
the deal that was made is compared with those. It is exact also where classes are rare. Only a shift that is also
large enough to matter is told.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fathom.diagnosis.intervals import Floats, by_split, groups_of
from fathom.finding_kinds import FindingKind
from fathom.metrics import Metric
from fathom.records import Finding

LABEL_SHIFT = FindingKind(
    name="label_shift",
    severity="warning",
    lesson="data-mismatch",
    meaning=(
        "The shares of the classes in {split} differ from those in train. So the two figures measure "
        "different problems."
    ),
    advice="Split again at random within each class, unless {split} has the shares that the net will meet.",
    rank=3,
)

PERMUTATIONS = 4_999
SIGNIFICANCE_LEVEL = 0.01
MIN_TOTAL_VARIATION = 0.05
"""Smallest total variation distance that is told: this share of the examples is of another class than in train."""


def check(frame: pl.DataFrame, metric: Metric) -> list[Finding]:
    """Compare the class shares of dev and of test with those of train."""
    if "stat_squared" in frame.columns or not metric.is_rate:
        return []
    found = []
    parts = by_split(frame)
    for split in ("dev", "test"):
        if "train" not in parts or split not in parts:
            continue
        train, other = parts["train"], parts[split]
        both = pl.concat([train, other])
        names, classes = np.unique(both["target"].cast(pl.String).to_numpy().astype(str), return_inverse=True)
        if len(names) > both.height // 2:  # nearly every target is its own: these are no classes
            continue
        in_other = np.arange(both.height) >= train.height
        p, distance = permutation_test(classes, in_other, groups_of(both))
        if p >= SIGNIFICANCE_LEVEL or distance < MIN_TOTAL_VARIATION:
            continue
        before = np.bincount(classes[~in_other], minlength=len(names)) / train.height
        after = np.bincount(classes[in_other], minlength=len(names)) / other.height
        most = np.argsort(-np.abs(after - before), kind="stable")[:3]
        changes = ", ".join(f"{names[i]} {100 * before[i]:.0f} → {100 * after[i]:.0f} %" for i in most)
        evidence = {
            "split": split,
            "p_value": p,
            "total_variation": distance,
            "shares": {str(names[i]): {"train": float(before[i]), split: float(after[i])} for i in most},
        }
        title = f"the shares of the classes differ between train and {split}: {changes}"
        found.append(LABEL_SHIFT.found(title, evidence, split=split))
    return found


def permutation_test(
    classes: NDArray[np.intp], chosen: NDArray[np.bool_], groups: NDArray | None = None, seed: int = 0
) -> tuple[float, float]:
    """Test whether the chosen examples have the same classes as the others: p-value, total variation distance."""
    k = int(classes.max()) + 1
    total, part = np.bincount(classes, minlength=k), np.bincount(classes[chosen], minlength=k)
    n, m = int(total.sum()), int(part.sum())
    distance = float(np.abs(part / m - (total - part) / (n - m)).sum() / 2)
    rng = np.random.default_rng(seed)
    if groups is None:
        dealt = rng.multivariate_hypergeometric(total, m, PERMUTATIONS, method="marginals").astype(np.float64)
    else:
        dealt = _deal_groups(classes, chosen, groups, k, rng)
    sizes = dealt.sum(1, keepdims=True)
    actual = _chi_square(part[None].astype(np.float64), total, np.array([[m]]))[0]
    as_far = (_chi_square(dealt, total, sizes) >= actual * (1 - 1e-9)).sum()
    return float((1 + as_far) / (1 + len(dealt))), distance


def _chi_square(part: Floats, total: NDArray[np.intp], sizes: NDArray) -> Floats:
    n = total.sum()
    expected = sizes * total / n
    return ((part - expected) ** 2 / np.maximum(expected, 1e-12) / (1 - sizes / n)).sum(1)


def _deal_groups(
    classes: NDArray[np.intp], chosen: NDArray[np.bool_], groups: NDArray, k: int, rng: np.random.Generator
) -> Floats:
    """Deal as many whole groups as were chosen, at random."""
    _, index = np.unique(groups, return_inverse=True)
    table = np.zeros((index.max() + 1, k))
    np.add.at(table, (index, classes), 1)
    held = int(min(max(1, len(np.unique(index[chosen]))), len(table) - 1)) if len(table) > 1 else 1
    deals = max(499, min(PERMUTATIONS, 20_000_000 // len(table)))
    if len(table) == 1:
        return np.repeat(np.bincount(classes[chosen], minlength=k)[None].astype(np.float64), deals, 0)
    return np.stack([table[rng.permutation(len(table))[:held]].sum(0) for _ in range(deals)])
