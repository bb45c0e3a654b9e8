"""Classes with an order: read as it was said, learned and decided by their ranks, and the same in what is exported."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from torch.nn import functional as F

import fathom
from fathom.errors import UserError
from fathom.metrics import MAE_IN_RANKS
from fathom.records import Example, Settings
from fathom.tasks.classification import cost_matrix, decode
from fathom.tasks.ordinal import (
    classes_in_order,
    cumulative_logits,
    median_rank,
    median_ranks,
    ordinal_loss,
    rank_costs,
    rank_statistics,
)
from task_cases import texts

SIZES = ["small", "medium", "large"]


@pytest.fixture
def chance() -> np.random.Generator:
    return np.random.default_rng(0)


def asked(order: Any, **others: Any) -> Settings:
    return Settings(options={"order": order}, **others)


def test_classes_stand_in_the_order_that_was_said():
    assert classes_in_order(asked("small, medium,large"), ["large", "small", None]) == SIZES
    assert classes_in_order(asked(("1.0", 2, 10)), ["10", "2", "1"]) == ["1", "2", "10"]


@pytest.mark.parametrize(
    ("order", "targets", "others", "says"),
    [
        ("small,large", ["small", "medium"], {}, "leaves out the class 'medium'"),
        ("small,small", ["small"], {}, "each once"),
        ("small", ["small"], {}, "two classes at least"),
        ("small,,large", ["small"], {}, "is no order"),
        ("small,large", ["small"], {"cost": {"small": 2.0}}, "leave one of them out"),
    ],
)
def test_an_order_that_cannot_be_is_refused(order, targets, others, says):
    with pytest.raises(UserError, match=says):
        classes_in_order(asked(order, **others), targets)


def test_cumulative_logits_are_those_of_the_probabilities_above_and_never_rise(chance):
    logits = torch.tensor(chance.normal(0, 5, (50, 4)))
    above = logits.softmax(1).flip(1).cumsum(1).flip(1)[:, 1:]
    found = cumulative_logits(logits)
    assert torch.allclose(found.sigmoid().double(), above, atol=1e-6)
    assert all((found[:, i] >= found[:, j]).all() for i, j in pairwise(range(3)))


def test_the_loss_of_two_classes_is_the_cross_entropy(chance):
    logits, labels = torch.tensor(chance.normal(size=(20, 2))).float(), torch.tensor(chance.integers(0, 2, 20))
    for smoothing in (0.0, 0.2):
        expected = F.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)
        losses, weights = ordinal_loss(logits, labels, smoothing)
        assert torch.allclose(losses, expected, atol=1e-6)
        assert weights.sum() == 20


def test_a_class_further_off_costs_more_and_an_unknown_one_nothing():
    logits = torch.tensor([[0.0, 0.0, 9.0]] * 4)
    losses, weights = ordinal_loss(logits, torch.tensor([2, 1, 0, -1]))
    assert losses[0] < losses[1] < losses[2]
    assert losses[3] == weights[3] == 0


def test_smoothing_acts_where_gradients_are_taken_alone():
    logits, labels = torch.tensor([[0.0, 1.0, 9.0]]), torch.tensor([2])
    with torch.no_grad():
        assert torch.equal(ordinal_loss(logits, labels, 0.3)[0], ordinal_loss(logits, labels)[0])
    assert ordinal_loss(logits, labels, 0.3)[0] > ordinal_loss(logits, labels)[0]


def test_extreme_logits_have_finite_losses_and_gradients():
    logits = torch.tensor([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4]], requires_grad=True)
    loss = ordinal_loss(logits, torch.tensor([2, 0]))[0].sum()
    loss.backward()
    assert loss.isfinite()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def test_the_median_is_said_and_not_the_most_probable():
    probabilities = torch.tensor([[0.4, 0.25, 0.35], [0.1, 0.2, 0.7]])
    said = decode(probabilities.log(), SIZES, rank_costs(SIZES))
    assert [one.value for one in said] == ["medium", "large"]
    assert said[0].confidence == pytest.approx(0.25)
    assert median_ranks(probabilities.numpy()).tolist() == [1, 2]


def test_mistakes_cost_the_ranks_between():
    assert cost_matrix(SIZES, rank_costs(SIZES)).tolist() == [[0, 1, 2], [1, 0, 1], [2, 1, 0]]


def test_ranks_are_counted():
    told = [rank_statistics(said, target, SIZES) for said, target in (("small", "large"), ("large", "large"))]
    sums = {name: sum(one[name] for one in told) for name in told[0]}
    assert (MAE_IN_RANKS.of(sums), MAE_IN_RANKS.beside[0].of(sums)) == (1.0, 0.5)
    assert rank_statistics("small", "huge", SIZES) == {"wrong": 1.0, "ranks": 2.0, "count": 1.0}


def test_the_baseline_says_the_median_of_train():
    train = [Example("", None, name) for name in ["small", "large", "medium", "large", "large"]]
    assert median_rank(train, train[:2], SIZES).predictions == ["large", "large"]
    assert median_rank(train[:4], train[:2], SIZES).predictions == ["medium", "medium"]


def sizes(path: Path, chance: np.random.Generator, n: int = 240) -> Path:
    """Sizes by a noisy number, so that neighbours are mistaken for each other."""
    x = chance.normal(size=n)
    size = np.digitize(x + chance.normal(0, 0.5, n), [-0.5, 0.5])
    pl.DataFrame({"x": x.round(4), "y": chance.normal(size=n), "size": [SIZES[i] for i in size]}).write_csv(path)
    return path


@pytest.fixture(params=["auto", "boosting", "mlp"])
def run(request, tmp_path, chance, monkeypatch) -> fathom.Run:
    monkeypatch.setenv("FATHOM_CACHE", str(tmp_path / "cache"))
    data = sizes(tmp_path / "sizes.csv", chance)
    return fathom.train(data, target="size", order=SIZES, net=request.param, epochs=4, out=tmp_path / "run")


def test_a_run_is_judged_by_ranks_beside_baselines_that_are_as_well(run):
    figure = run.test()
    rows = run.results.filter(pl.col("split") == "test")
    ranks = [abs(SIZES.index(a) - SIZES.index(b)) for a, b in zip(rows["prediction"], rows["target"], strict=True)]
    assert figure.value == pytest.approx(np.mean(ranks))
    kept = run.folder.figures()
    assert [one["name"] for one in kept["test_baselines"]] == ["median rank", "gradient boosting"]
    assert figure.value < kept["test_baselines"][0]["value"]
    probabilities = rows.select(f"p_{name}" for name in SIZES).to_numpy()
    assert [SIZES[i] for i in median_ranks(probabilities)] == rows["prediction"].to_list()
    assert {f.severity for f in run.diagnose()} <= {"problem", "warning", "note", "good"}


def test_what_is_exported_decides_by_ranks_too(run, tmp_path, chance):
    pytest.importorskip("onnxruntime")
    fathom.load(run.path).export(tmp_path / "export")
    rows = sizes(tmp_path / "new.csv", chance, 60)
    done = subprocess.run(
        [sys.executable, "predict.py", str(rows)],
        cwd=tmp_path / "export", capture_output=True, text=True, check=True,
    )  # fmt: skip
    exported = [line.split("  ")[1] for line in done.stdout.splitlines()]
    assert exported == [answer.value for answer in run.predict(rows)]
    assert json.loads((tmp_path / "export" / "preprocess.json").read_text())["costs"][0] == [0, 1, 2]


def test_numbers_with_an_order_are_classes(tmp_path, chance, monkeypatch):
    monkeypatch.setenv("FATHOM_CACHE", str(tmp_path / "cache"))
    x = chance.normal(size=200)
    stars = np.digitize(x, [-1, -0.3, 0.3, 1]) * 2 + 2
    pl.DataFrame({"x": x, "stars": stars}).write_csv(tmp_path / "stars.csv")
    said: dict[str, Any] = {"target": "stars", "net": "mlp", "epochs": 2}
    run = fathom.train(tmp_path / "stars.csv", order="2,4,6,8,10", out=tmp_path / "run", **said)
    assert list(json.loads((run.path / "encoder" / "state.json").read_text())["classes"]) == ["2", "4", "6", "8", "10"]
    with pytest.raises(UserError, match="leave one of them out"):
        fathom.train(tmp_path / "stars.csv", order="2,4,6,8,10", kind="regression", out=tmp_path / "other", **said)


def test_texts_are_judged_by_ranks_beside_a_median_of_the_linear_model(tmp_path, monkeypatch):
    monkeypatch.setenv("FATHOM_CACHE", str(tmp_path / "cache"))
    data = texts(tmp_path)
    run = fathom.train(data, order="good,fair,bad", net="average", epochs=3, out=tmp_path / "run")
    run.test()
    kept = run.folder.figures()
    assert kept["test_baselines"][0]["name"] == "median rank"
    assert kept["test_baselines"][1]["value"] < 2  # good and bad are two ranks apart, as nobody is fair
    assert set(run.results["stat_ranks"]) <= {0.0, 1.0, 2.0}


def test_a_task_without_ranks_refuses_an_order(tmp_path, monkeypatch):
    from task_cases import pictures

    monkeypatch.setenv("FATHOM_CACHE", str(tmp_path / "cache"))
    with pytest.raises(UserError, match="no option 'order'"):
        fathom.train(pictures(tmp_path), order="dark,bright", net="convnet", out=tmp_path / "run")
