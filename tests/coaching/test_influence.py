"""Figures of all examples together, as a mean over examples."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import fathom
from drawn_data import boxed
from fathom.coaching import influence
from fathom.coaching.gains import figure
from fathom.coaching.influence import additive, influences
from fathom.coaching.probe import encoded, run_statistics
from fathom.coaching.run_context import context_of
from fathom.diagnosis.intervals import resample
from fathom.metrics import ERROR, LABELS_MISSED
from task_cases import labelled_texts


def share_wrong(targets: Sequence[Any], predictions: Sequence[Any], weights: np.ndarray) -> np.ndarray:
    wrong = np.array([t != p for t, p in zip(targets, predictions, strict=True)], float)
    return (weights * wrong).sum(1) / weights.sum(1)


def area(targets: Sequence[Any], predictions: Sequence[Any], weights: np.ndarray) -> np.ndarray:
    return np.array([1 - roc_auc_score(targets, predictions, sample_weight=row) for row in weights])


def drawn(n: int, seed: int = 0) -> tuple[list[int], list[float]]:
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.4).astype(int)
    return y.tolist(), (y + 1.5 * rng.normal(size=n)).tolist()


def test_of_a_share_each_example_is_what_it_is() -> None:
    """A mean over examples has as influences the examples themselves."""
    rows = influences(replace(ERROR, needs=(), pooled=share_wrong), [0, 1, 1, 0, 1], [0, 0, 1, 0, 0])
    assert rows == pytest.approx(np.array([[0, 1], [1, 1], [0, 1], [0, 1], [1, 1]]))


@pytest.mark.parametrize("most", [10_000, 150])
def test_the_mean_is_the_figure_and_varies_as_it_does(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The area under the curve of scikit-learn; its standard error by a bootstrap of the figure itself."""
    monkeypatch.setattr(influence, "_MOST", most)
    targets, scores = drawn(600)
    metric = replace(ERROR, needs=(), pooled=area)
    rows = influences(metric, targets, scores)
    assert rows[:, 0].mean() == pytest.approx(1 - roc_auc_score(targets, scores))
    means = figure(additive(metric), resample(rows, 4000))
    weights = np.random.default_rng(1).multinomial(600, np.full(600, 1 / 600), 400).astype(float)
    assert float(means.std()) == pytest.approx(float(area(targets, scores, weights).std()), rel=0.2)


def test_two_nets_on_the_same_examples_are_compared_in_pairs() -> None:
    """What two nets have in common is no reason to doubt their difference."""
    rng = np.random.default_rng(0)
    meant = ["|".join(name for name in "abc" if rng.random() < 0.3) for _ in range(300)]
    one = [{name: (name in labels) + rng.normal() for name in "abc"} for labels in meant]
    two = [{name: p + 0.1 * rng.normal() for name, p in row.items()} for row in one]
    metric = additive(LABELS_MISSED)
    rows = np.concatenate([influences(LABELS_MISSED, meant, list(map(json.dumps, said))) for said in (one, two)], 1)
    sums = resample(rows, 2000)
    apart = figure(metric, sums[:, :2]).std() ** 2 + figure(metric, sums[:, 2:]).std() ** 2
    together = (figure(metric, sums[:, :2]) - figure(metric, sums[:, 2:])).std() ** 2
    assert together < 0.2 * apart


def test_a_metric_that_is_a_sum_already_stays() -> None:
    assert additive(ERROR) is ERROR
    assert additive(LABELS_MISSED).label == LABELS_MISSED.label


@pytest.mark.parametrize("task", ["boxes", "labels"])
def test_the_coach_sees_the_figure_that_the_run_has(task: str, tmp_path: Path) -> None:
    data, net = (boxed(tmp_path), "detector") if task == "boxes" else (labelled_texts(tmp_path), "average")
    run = fathom.train(str(data), epochs=1, net=net, out=tmp_path / "run")
    context = context_of(run.folder)
    rows = run_statistics(context, encoded(context, context.settings).of("dev"))
    assert rows is not None
    known = dict(context.decomposition.levels)["dev"].value
    assert float(figure(context.additive_metric, rows.sum(0))) == pytest.approx(known)


def test_labels_are_coached(tmp_path: Path) -> None:
    """A rate that is far too low is found among the remedies, by a figure that ranks all texts."""
    run = fathom.train(str(labelled_texts(tmp_path)), epochs=2, lr=1e-6, net="average", out=tmp_path / "run")
    advice = fathom.load(run.path).next(budget=20)
    assert any(step.first_look is not None or step.gain is not None for step in advice.steps)
