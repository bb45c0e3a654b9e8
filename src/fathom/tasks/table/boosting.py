"""Gradient boosting for tables: fitted by scikit-learn, and taken apart into tensors that a module of ours asks.

Both see the same encoded rows, in single precision, so that the module says what scikit-learn would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fathom.tasks.ordinal import median_ranks

MOST_CATEGORIES = 254
"""Categories of a column that trees tell apart; with more, only the most frequent ones are."""
PATIENCE = 20
"""Rounds without a better loss on dev after which no more are fitted."""
_FEWEST_TO_HOLD_OUT = 200
_CELLS = 4e10
"""Rows times columns times rounds at most: some minutes on one core."""
_CELLS_PER_SECOND = 3e7
_SHARE_OF_BUDGET = 0.25


@dataclass(frozen=True)
class Rows:
    """Encoded rows.

    Attributes:
        numbers: ``(rows, n)`` float32, NaN where missing.
        categories: ``(rows, c)`` int64, 0 where missing or unknown.
        target: ``(rows,)``, class indices or numbers; unknown ones are left out.
        weights: how much each counts, ``(rows,)``; None where all count alike.
    """

    numbers: NDArray[np.float32]
    categories: NDArray[np.int64]
    target: NDArray[Any]
    weights: NDArray[np.float32] | None = None

    def known(self) -> Rows:
        """Those whose target is known."""
        known = self.target >= 0 if self.target.dtype.kind == "i" else np.isfinite(self.target)
        return self._at(np.flatnonzero(known))

    def parted(self) -> tuple[Rows, Rows]:
        """Nine tenths, and one, by chance that is always the same."""
        order = np.random.default_rng(0).permutation(len(self.target))
        tenth = len(order) // 10
        return self._at(np.sort(order[tenth:])), self._at(np.sort(order[:tenth]))

    def _at(self, places: NDArray[Any]) -> Rows:
        weights = None if self.weights is None else self.weights[places]
        return Rows(self.numbers[places], self.categories[places], self.target[places], weights)


class Boosting:
    """Histogram gradient boosting, with categories as such.

    Args:
        cardinalities: known categories of each categorical column.
        classes: how many; 0 for a number.
        rounds, leaves, shrinkage: as `fathom.nets.table.trees.TabularBoosting` has them.
    """

    def __init__(
        self,
        cardinalities: Sequence[int],
        classes: int,
        *,
        rounds: int = 500,
        leaves: int = 31,
        shrinkage: float = 0.05,
    ) -> None:
        self.cardinalities, self.classes = list(cardinalities), classes
        self.rounds, self.leaves, self.shrinkage = rounds, leaves, shrinkage
        self.model: Any = None
        self.frequent: list[NDArray[np.int64]] = []

    def fit(self, train: Rows, dev: Rows | None = None, seconds: float | None = None) -> bool:
        """Fit to train; dev says when to stop, or, where there is none, a tenth of train.

        Args:
            train, dev: encoded rows.
            seconds: that the whole training may take; boosting takes a quarter of them, as far as can be foretold.

        Returns:
            whether there was anything to fit: two rows, and two classes.
        """
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        train = train.known()
        if len(train.target) < 2 or len(np.unique(train.target)) < 2:
            return False
        self.frequent = [_most_frequent(train.categories[:, i], n) for i, n in enumerate(self.cardinalities)]
        dev = None if dev is None else dev.known()
        if dev is None and len(train.target) >= _FEWEST_TO_HOLD_OUT:
            train, dev = train.parted()
        judged = dev is not None and len(dev.target) >= 2
        train = _with_each_class(train, self.classes)
        rows, columns = len(train.target), train.numbers.shape[1] + len(self.cardinalities)
        most = _CELLS if seconds is None else seconds * _SHARE_OF_BUDGET * _CELLS_PER_SECOND
        rounds = int(np.clip(most / (rows * columns * max(1, self.classes - 1)), 5, self.rounds))
        categorical = [False] * train.numbers.shape[1] + [True] * len(self.cardinalities)
        kind = HistGradientBoostingClassifier if self.classes else HistGradientBoostingRegressor
        model = kind(
            max_iter=rounds,
            learning_rate=self.shrinkage,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=int(np.clip(rows // 40, 3, 20)),
            early_stopping=judged,
            n_iter_no_change=PATIENCE,
            categorical_features=categorical if any(categorical) else None,
            random_state=0,
        )
        held: dict[str, Any] = {}
        if judged and dev is not None:
            held = {"X_val": self.inputs(dev), "y_val": dev.target}
            held |= {} if dev.weights is None else {"sample_weight_val": dev.weights}
        self.model = model.fit(self.inputs(train), train.target, sample_weight=train.weights, **held)
        return True

    def inputs(self, rows: Rows) -> NDArray[np.float64]:
        """Numbers and categories side by side as the model takes them, ``(rows, n + c)``."""
        codes = rows.categories.astype(np.float64)
        for i, kept in enumerate(self.frequent):
            codes[~np.isin(rows.categories[:, i], kept), i] = np.nan
        return np.concatenate([rows.numbers.astype(np.float64), codes], 1)

    def predict(self, rows: Rows, median: bool = False) -> NDArray[Any]:
        """Class indices, or numbers, ``(rows,)``.

        Args:
            rows: encoded.
            median: of the classes, which have an order, the median is said, and not the most probable.
        """
        if median:
            return median_ranks(self.model.predict_proba(self.inputs(rows)))
        return np.asarray(self.model.predict(self.inputs(rows)))

    def tensors(self) -> dict[str, Tensor]:
        """The trees up to the round that dev likes best, as `fathom.nets.table.trees.BoostedTrees` takes them."""
        return _Export(self).tensors()


def _most_frequent(codes: NDArray[np.int64], known: int) -> NDArray[np.int64]:
    """The known categories that the trees are given, by their indices."""
    counts = np.bincount(codes, minlength=known + 1)[1:]
    there = np.flatnonzero(counts) + 1
    order = np.argsort(-counts[there - 1], kind="stable")[:MOST_CATEGORIES]
    return np.sort(there[order])


class _Export:
    """Takes the trees of a fitted model apart."""

    def __init__(self, boosting: Boosting) -> None:
        self.model, self.classes = boosting.model, boosting.classes
        self.c = len(boosting.cardinalities)
        self.n = self.model.n_features_in_ - self.c
        self.width = 1 + max(boosting.cardinalities, default=0)
        self.rules = [np.zeros(self.width, bool)]  # of each node that asks for a category, what goes left
        encoder = self.model._preprocessor.named_transformers_["encoder"] if self.c else None
        self.codes = [list(known) for known in encoder.categories_] if encoder is not None else []

    def tensors(self) -> dict[str, Tensor]:
        """All trees, one after the other."""
        scores = self.model.validation_score_
        best = int(np.argmax(scores)) if len(scores) else self.model.n_iter_  # the score at 0 is of no tree
        parts: list[dict[str, NDArray[Any]]] = []
        roots, depth, nodes = [], 0, 0
        for tree in (tree for round_ in self.model._predictors[: max(best, 1)] for tree in round_):
            roots.append(nodes)
            depth = max(depth, int(tree.nodes["depth"].max()))
            parts.append(self._nodes(tree, nodes))
            nodes += len(tree.nodes)
        found = {name: torch.from_numpy(np.concatenate([part[name] for part in parts])) for name in parts[0]}
        rules = np.stack(self.rules) if len(self.rules) > 1 else np.zeros((0, 0), bool)
        beside = {"goes_left": torch.from_numpy(rules), "levels": torch.zeros(depth, dtype=torch.bool)}
        return {**found, **beside, "root": torch.tensor(roots), "start": self._start()}

    def _nodes(self, tree: Any, first: int) -> dict[str, NDArray[Any]]:
        """The nodes of a tree, which begin at the place `first` of all."""
        nodes = tree.nodes
        leaf = nodes["is_leaf"].astype(bool)
        own = np.arange(len(nodes)) + first
        feature = nodes["feature_idx"].astype(np.int64)  # the model has put categories first
        feature = np.where(feature < self.c, feature + self.n, feature - self.c) if self.c else feature
        categorical = nodes["is_categorical"].astype(bool) & ~leaf
        rule = np.zeros(len(nodes), np.int64)
        for node in np.flatnonzero(categorical):
            rule[node] = len(self.rules)
            self.rules.append(self._goes_left(tree, nodes[node]))
        return {
            "feature": np.where(leaf, 0, feature),
            "threshold": _below(np.where(leaf | categorical, 0.0, nodes["num_threshold"])),
            "left": np.where(leaf, own, nodes["left"].astype(np.int64) + first),
            "right": np.where(leaf, own, nodes["right"].astype(np.int64) + first),
            "missing_left": nodes["missing_go_to_left"].astype(bool),
            "rule": rule,
            "value": np.where(leaf, nodes["value"], 0.0),
        }

    def _goes_left(self, tree: Any, node: Any) -> NDArray[np.bool_]:
        """Which of the indices of a category go left; those that the model does not know go where missing ones do."""
        goes = np.full(self.width, bool(node["missing_go_to_left"]))
        bits = tree.raw_left_cat_bitsets[node["bitset_idx"]]
        for code, index in enumerate(self.codes[node["feature_idx"]]):
            if index == index:  # the last one may be NaN
                goes[int(index)] = bool(bits[code // 32] >> np.uint32(code % 32) & 1)
        return goes

    def _start(self) -> Tensor:
        """What is said before the first tree."""
        start = torch.from_numpy(np.asarray(self.model._baseline_prediction, np.float64).reshape(-1))
        return torch.cat([-start / 2, start / 2]) if self.classes == 2 else start


def _below(thresholds: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest numbers of single precision that are not above: these part such numbers alike."""
    most = np.finfo(np.float32).max
    single = thresholds.clip(-most, most).astype(np.float32)
    return np.where(single > thresholds, np.nextafter(single, np.float32(-np.inf)), single)


def _with_each_class(rows: Rows, classes: int) -> Rows:
    """The rows, and of each class that has none one that weighs next to nothing."""
    lacking = np.setdiff1d(np.arange(classes), rows.target)
    if not len(lacking):
        return rows
    weights = np.ones(len(rows.target), np.float32) if rows.weights is None else rows.weights
    first = np.zeros(len(lacking), np.int64)
    return Rows(
        np.concatenate([rows.numbers, rows.numbers[first]]),
        np.concatenate([rows.categories, rows.categories[first]]),
        np.concatenate([rows.target, lacking]),
        np.concatenate([weights, np.full(len(lacking), 1e-6, np.float32)]),
    )
