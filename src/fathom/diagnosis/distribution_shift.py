"""Is dev of the same kind as train? A test of the inputs, and of what the net says of them.

*Classifier two-sample test* (Lopez-Paz and Oquab 2017). A logistic regression learns on one half of either set to tell
the two apart, by what `fathom.data.simple_features` says of the examples; on the other halves the ranks of its scores
are compared (Mann and Whitney 1947), and the halves then change places. Nothing that a net has learned from is used, so
that train may be compared although the net knows it by heart.

*Outputs of the net* (black-box shift detection, Lipton et al. 2018; Rabanser et al. 2019). Where there is a train-dev
split, which the net knows as little as dev, the probability of each class is compared (Kolmogorov and Smirnov).

A set in which only the classes are mixed differently is not of another kind (that is `label_shift`): the examples of
train are drawn so that the classes have dev's shares before anything is compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fathom.diagnosis.example_metadata import CLUSTER_COLUMN, columns_of, described
from fathom.diagnosis.intervals import gap
from fathom.finding_kinds import FindingKind, Role
from fathom.metrics import Metric
from fathom.number_format import significant
from fathom.records import Finding, Interval

OF_ANOTHER_KIND = FindingKind(
    name="of_another_kind",
    severity="warning",
    lesson="data-mismatch",
    meaning=(
        "{split} can be told from train by its inputs alone. So the figures of the two measure different problems."
    ),
    advice=(
        "Look at the examples that differ most. If the net will meet data like {split}, train on more of it, "
        "or make some (--augment). Keep a train-dev split to measure the effect."
    ),
    role=Role.DATA,
)

Floats = NDArray[np.float64]

SIGNIFICANCE_LEVEL = 0.003
"""Probability of a false alarm of each of the tests."""
MIN_AUC = 0.57
"""Smallest area under the curve that is told: below it, hardly any example can be told from those of train."""
MIN_EXAMPLES = 40
"""Examples of each side with which it is worth asking."""
MAX_EXAMPLES = 3_000
"""Examples of each side that are compared."""


@dataclass(frozen=True)
class Apart:
    """How well two sets of examples can be told apart.

    Attributes:
        p: probability of it by chance, were they of one kind.
        auc: how often an example of the second looks more like the second than one of the first; .5 by chance.
        features: what sets them apart, most first: name, median of the first, median of the second, KS distance.
        scores: of each example of the second: how unlike the first it is.
    """

    p: float
    auc: Interval
    features: list[tuple[str, float, float, float]]
    scores: Floats


def tell_apart(first: Floats, second: Floats, names: Sequence[str], seed: int = 0) -> Apart:
    """Ask whether two sets of examples are of one kind.

    Args:
        first: ``(n, features)``, NaN where unknown.
        second: ``(m, features)``.
        names: of the features.
        seed: of the halves.
    """
    from scipy import stats
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(seed)
    one, two = _standard(first, second)
    halves = [rng.permutation(len(x)) < len(x) // 2 for x in (one, two)]
    labels = np.concatenate([np.zeros(len(one)), np.ones(len(two))])
    values, half = np.concatenate([one, two]), np.concatenate(halves)
    scores = np.zeros(len(labels))
    ps, areas = [], []
    for learn in (half, ~half):
        model = LogisticRegression(C=0.02, class_weight="balanced", max_iter=200)
        model.fit(values[learn], labels[learn])
        scores[~learn] = model.decision_function(values[~learn])
        a, b = scores[~learn & (labels == 1)], scores[~learn & (labels == 0)]
        test = stats.mannwhitneyu(a, b, alternative="greater")
        ps.append(float(test.pvalue))
        areas.append(float(test.statistic) / (len(a) * len(b)))
    area = float(np.mean(areas))
    spread = _spread_of_area(area, len(one), len(two))
    auc = Interval(area, max(0.0, area - 1.96 * spread), min(1.0, area + 1.96 * spread))
    return Apart(min(1.0, 2 * min(ps)), auc, _features(first, second, names), scores[labels == 1])


def check(frame: pl.DataFrame, metric: Metric) -> list[Finding]:
    """Tell where dev or test is of another kind than what was trained on."""
    parts = {name: frame.filter(pl.col("split") == name) for name in ("train", "train-dev", "dev", "test")}
    large = (split for split in ("dev", "test") if parts[split].height >= MIN_EXAMPLES)
    return [told for split in large if (told := _compare(parts, split, metric))]


def _compare(parts: Mapping[str, pl.DataFrame], split: str, metric: Metric) -> Finding | None:
    """The finding about one split, where there is something to tell."""
    other, unseen = parts[split], parts["train-dev"]
    apart = _inputs(pl.concat([parts["train"], unseen], how="diagonal_relaxed"), other)
    outputs = _outputs(*_mixed_alike(unseen, other)) if unseen.height >= MIN_EXAMPLES else None
    if apart is None and outputs is None:
        return None
    evidence: dict[str, Any] = {"split": split}
    if apart is not None:
        told, ids = apart
        order = np.argsort(-told.scores, kind="stable")[:20]
        evidence |= {
            "auc": told.auc,
            "p": told.p,
            "features": [
                {"name": name, "train": before, split: after, "distance": distance}
                for name, before, after, distance in told.features[:8]
            ],
            "examples": [ids[int(i)] for i in order],
        }
    if outputs is not None:
        evidence |= {"output": outputs[0], "output_distance": outputs[1], "output_p": outputs[2]}
    title = _title(split, None if apart is None else apart[0], outputs)
    if unseen.height >= MIN_EXAMPLES and "stat_count" in other.columns:
        rise = _rise(unseen, other, metric)
        evidence["rise"] = rise
        bounds = metric.show_size_range(rise.low, rise.high)
        moves = "falls" if metric.higher_is_better else "rises"
        hurts = f"; {metric.label} {moves} by {metric.show_size(rise.value)} ({bounds})"
        title += hurts if rise.low > 0 else f"; it does no measurable harm ({bounds})"
    return OF_ANOTHER_KIND.found(title, evidence, split=split)


def _inputs(train: pl.DataFrame, other: pl.DataFrame) -> tuple[Apart, list[str]] | None:
    """How the examples can be told from those of train, and their ids; None where they cannot."""
    train, other = _looked_at(train), _looked_at(other)
    if min(train.height, other.height) < MIN_EXAMPLES:
        return None
    one, two = _mixed_alike(train, other)
    if min(one.height, two.height) < MIN_EXAMPLES:
        return None
    names, values = described(pl.concat([one, two], how="diagonal_relaxed").drop(CLUSTER_COLUMN, strict=False))
    if not names:
        return None
    asked = tell_apart(values[: one.height], values[one.height :], names)
    sure = asked.p < SIGNIFICANCE_LEVEL and asked.auc.value >= MIN_AUC
    return (asked, [str(name) for name in two["id"].to_list()]) if sure else None


def _looked_at(part: pl.DataFrame) -> pl.DataFrame:
    """The examples of which something is known: of a large split only some were looked at."""
    known = [name for name in columns_of(part) if name != CLUSTER_COLUMN]
    return part.filter(pl.any_horizontal(pl.col(known).is_not_null())) if known else part


def _rise(one: pl.DataFrame, two: pl.DataFrame, metric: Metric) -> Interval:
    """How much worse the second is, on the groups that it has: with new examples of these same groups in mind."""
    alone = pl.lit(None, dtype=pl.String).alias("group")
    return gap(one.with_columns(alone), two.with_columns(alone), metric, 2_000)[0]


def _title(split: str, apart: Apart | None, outputs: tuple[str, float, float] | None) -> str:
    if apart is None:
        assert outputs is not None
        return (
            f"{split} is of another kind than train: the net says {outputs[0]!r} with other probabilities there "
            f"than on train-dev (distance {outputs[1]:.2f})"
        )
    most = ", ".join(_moved(name, before, after) for name, before, after, d in apart.features[:3] if d > 0.1)
    bounds = f"{100 * apart.auc.low:.0f}–{100 * apart.auc.high:.0f}"
    told = f"{split} is of another kind than train: the two are told apart {100 * apart.auc.value:.0f} % ({bounds})"
    return f"{told} of the time" + (f", most by {most}" if most else "")


def _moved(name: str, before: float, after: float) -> str:
    shown = significant(before, 3), significant(after, 3)
    return f"{name} {shown[0]} → {shown[1]}" if shown[0] != shown[1] else f"{name} (its spread, not its median)"


def _mixed_alike(one: pl.DataFrame, two: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """As many of each class from the first, in proportion, as the second has; at most `MAX_EXAMPLES` of either."""
    rng = np.random.default_rng(0)
    two = two[np.sort(rng.permutation(two.height)[:MAX_EXAMPLES])]
    a, b = (frame["target"].cast(pl.String).to_numpy().astype(str) for frame in (one, two))
    classes, counts = np.unique(b, return_counts=True)
    if len(classes) > two.height / 5 or one["target"].dtype.is_float():
        return one[np.sort(rng.permutation(one.height)[:MAX_EXAMPLES])], two
    there = {name: np.flatnonzero(a == name) for name in classes}
    known = [(name, n) for name, n in zip(classes, counts, strict=True) if len(there[name])]
    if 2 * sum(n for _, n in known) < two.height:  # other classes altogether: nothing can be mixed alike
        return one[np.sort(rng.permutation(one.height)[:MAX_EXAMPLES])], two
    most = min(min(len(there[name]) / n for name, n in known), MAX_EXAMPLES / two.height)
    if most * sum(n for _, n in known) < MIN_EXAMPLES:  # a class that train hardly has may not empty all the others
        most = MIN_EXAMPLES / sum(n for _, n in known)
    chosen = [rng.permutation(there[name])[: max(1, round(most * n))] for name, n in known]
    kept = np.isin(b, [name for name, _ in known])
    return one[np.sort(np.concatenate(chosen))], two.filter(pl.Series(kept))


def _outputs(one: pl.DataFrame, two: pl.DataFrame) -> tuple[str, float, float] | None:
    """The class whose probability differs most between the two, how much, and how likely that is by chance."""
    from scipy import stats

    columns = [c for c in one.columns if c.startswith("p_")] or (["confidence"] if "confidence" in one.columns else [])
    found = []
    for column in columns:
        a, b = (frame[column].drop_nulls().to_numpy() for frame in (one, two))
        if len(a) >= MIN_EXAMPLES and len(b) >= MIN_EXAMPLES:
            test = stats.ks_2samp(a, b)
            found.append((column.removeprefix("p_"), float(test.statistic), float(test.pvalue) * len(columns)))
    best = min(found, key=lambda one: one[2], default=None)
    return best if best is not None and best[2] < SIGNIFICANCE_LEVEL else None


def _standard(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Ranks as normal scores, with their squares, and a column for what is missing: one feature as loud as another."""
    from scipy import stats

    both = np.concatenate([first, second])
    columns = []
    for column in both.T:
        missing = np.isnan(column)
        if missing.any() and not missing.all():
            columns.append(missing.astype(np.float64))
        filled = np.where(missing, np.nanmedian(column) if not missing.all() else 0.0, column)
        if filled.std() == 0:
            continue
        normal = stats.norm.ppf((stats.rankdata(filled) - 0.5) / len(filled))
        columns += [normal, (normal**2 - 1) / np.sqrt(2)]
    values = np.stack(columns, 1) if columns else np.zeros((len(both), 1))
    return values[: len(first)], values[len(first) :]


def _features(first: Floats, second: Floats, names: Sequence[str]) -> list[tuple[str, float, float, float]]:
    from scipy import stats

    found = []
    for i, name in enumerate(names):
        a, b = first[:, i][~np.isnan(first[:, i])], second[:, i][~np.isnan(second[:, i])]
        if len(a) > 4 and len(b) > 4:
            middle = np.mean if len(np.unique(np.concatenate([a, b]))) <= 2 else np.median
            found.append((name, float(middle(a)), float(middle(b)), float(stats.ks_2samp(a, b).statistic)))
    return sorted(found, key=lambda one: -one[3])


def _spread_of_area(area: float, n: int, m: int) -> float:
    """Standard error of an area under the curve (Hanley and McNeil 1982)."""
    q1, q2 = area / (2 - area), 2 * area * area / (1 + area)
    variance = area * (1 - area) + (m - 1) * (q1 - area**2) + (n - 1) * (q2 - area**2)
    return float(np.sqrt(max(0.0, variance) / (n * m)))
