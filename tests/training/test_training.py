"""The loop's parts, each against a reference: formulas, scikit-learn, finite differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from fathom.data.counter_rng import BatchRng, example_keys
from fathom.data.store import build_store
from fathom.metrics import ERROR, EVENT_F1_MISSED, PERPLEXITY, RMSE, WORD_ERROR_RATE
from fathom.progress import Watcher
from fathom.records import Settings, Source
from fathom.tasks import classification
from fathom.tasks.image.augmentation import augment
from fathom.testing import ToyTask
from fathom.training import optimizers, schedules
from fathom.training.gradcam import gradcam
from fathom.training.linear_probe import fit_head
from fathom.training.loop import fit
from fathom.training.names import OPTIMIZERS, SCHEDULES
from fathom.training.regularization import EarlyStopping, weight_decay_groups
from fathom.training.training_data import TrainingData

RESOLVED = {"schedule": "cosine", "precision": "fp32", "device": "cpu", "epochs": 30, "batch_size": 16}


def train_toy(folder, kept=True, **asked):
    folder.mkdir(exist_ok=True)
    task = ToyTask(Settings(**{**RESOLVED, "optimizer": "sgd", "lr": 0.1, **asked}))
    examples = task.examples(Source("toy:96", folder)).items
    task.fit(examples[:64])
    store, _ = build_store(examples, task.encode, "toy", folder / "store")
    torch.manual_seed(0)
    net = task.net()
    data = TrainingData(store, example_keys(store.ids), np.arange(64), np.arange(64, 96), examples[64:])
    return net, fit(net, task, data, task.settings, folder if kept else None, Watcher())


def test_a_net_that_is_only_judged_becomes_the_same_and_leaves_nothing(tmp_path):
    """Its best epoch is not the last, so that what is put back is seen."""
    asked = {"optimizer": "adam", "lr": 3.0, "epochs": 8, "schedule": "constant", "batch_size": 4}
    kept, told = train_toy(tmp_path, **asked)
    net, told_apart = train_toy(tmp_path / "apart", kept=False, **asked)
    assert told.best_epoch < told.epoch - 1
    assert told_apart.best_epoch == told.best_epoch
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), kept.parameters(), strict=True))
    assert [row["dev_metric"] for row in told_apart.history] == [row["dev_metric"] for row in told.history]
    assert {path.name for path in (tmp_path / "apart").iterdir()} == {"store"}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_finds_the_line(name, tmp_path):
    lr = {"sgd": 0.3, "momentum": 0.1, "nesterov": 0.1}.get(name, 0.1)
    net, progress = train_toy(tmp_path, optimizer=name, lr=lr)
    assert net.weight.item() == pytest.approx(2.0, abs=0.1)
    assert progress.history[-1]["dev_metric"] < 0.1
    assert progress.step == 30 * 4


def test_muon_takes_the_hidden_matrices_alone():
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2))
    muon, companion = optimizers.build_optimizers(net, "muon", 0.01, 0.1)
    assert [p.shape for g in muon.param_groups for p in g["params"]] == [(8, 8)]
    assert sum(len(g["params"]) for g in companion.param_groups) == 5


def test_momentum_is_the_textbook_formula():
    weight = nn.Parameter(torch.tensor([[1.0, -2.0]]))
    holder = nn.Module()
    holder.weight = weight
    (optimizer,) = optimizers.build_optimizers(holder, "momentum", 0.1, 0.0)
    expected, velocity = np.array([1.0, -2.0]), np.zeros(2)
    for _ in range(5):
        (weight**2).sum().backward()
        optimizer.step()
        optimizer.zero_grad()
        velocity = 0.9 * velocity + 2 * expected
        expected = expected - 0.1 * velocity
    np.testing.assert_allclose(weight.detach().numpy()[0], expected, rtol=1e-5)


def test_weight_decay_spares_norms_biases_and_embeddings():
    net = nn.ModuleList([nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Embedding(5, 2), nn.Conv2d(1, 2, 3)])
    decayed, spared = weight_decay_groups(net, 0.1)
    assert {p.shape for p in decayed["params"]} == {(4, 3), (2, 1, 3, 3)}
    assert decayed["weight_decay"] == 0.1
    assert spared["weight_decay"] == 0
    assert len(spared["params"]) == 5


def test_a_module_learns_at_its_share_of_the_rate():
    net = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    net[1].rate_share = 0.1
    (optimizer,) = optimizers.build_optimizers(net, "adamw", 0.5, 0.1)
    peaks = {id(p): group["peak"] for group in optimizer.param_groups for p in group["params"]}
    assert [peaks[id(p)] for p in net.parameters()] == [0.5, 0.5, 0.05, 0.05]
    assert optimizer.param_groups[0]["peak"] == 0.5  # what the history tells


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_stay_between_zero_and_the_peak(name):
    factors = [schedules.build_schedule(name)(done) for done in np.linspace(0, 1, 101)]
    assert all(0 <= f <= 1 for f in factors)
    assert max(factors) == pytest.approx(1, abs=1e-3)
    assert name == "constant" or factors[-1] <= 0.0101
    warmed = schedules.build_schedule(name, warmup=0.2)
    assert warmed(0.0) < 0.05
    assert warmed(0.5) == schedules.build_schedule(name)(0.5)


def test_early_stopping_waits_as_long_as_it_was_told(tmp_path):
    _, progress = train_toy(tmp_path, lr=0.0, patience=3)
    assert progress.best_epoch == 1
    assert len(progress.history) == 4
    assert "no better" in progress.stopped


@pytest.mark.parametrize(
    ("patience", "metric", "best", "stops"),
    [
        (None, ERROR, 0.0, True), (None, WORD_ERROR_RATE, 0.0, True), (None, EVENT_F1_MISSED, 1e-16, True),
        (None, ERROR, 0.01, False), (None, RMSE, 0.0, False), (None, PERPLEXITY, 1e-12, False),
        (0, ERROR, 0.0, False), (20, ERROR, 0.0, False),
    ],
)  # fmt: skip
def test_a_figure_that_cannot_be_better_ends_a_training_that_was_not_told_how_long_to_wait(
    patience, metric, best, stops
):
    stopping = EarlyStopping(patience, metric)
    assert not stopping.reason_to_stop(12, 3, best)
    reason = stopping.reason_to_stop(13, 3, best)
    assert bool(reason) is stops
    assert not stops or "since epoch 3: it cannot be better" in reason


def test_cross_entropy_is_that_of_the_definition_and_skips_the_unknown():
    logits = torch.randn(5, 3, requires_grad=True)
    labels = torch.tensor([0, 1, 2, classification.UNKNOWN, 1])
    losses, weights = classification.cross_entropy(logits, labels, smoothing=0.3)
    logs = logits.detach().double().log_softmax(1)
    expected = -(0.7 * logs.gather(1, labels.clamp(min=0)[:, None])[:, 0] + 0.3 * logs.mean(1))
    torch.testing.assert_close(losses.detach().double()[weights > 0], expected[weights > 0], rtol=1e-5, atol=1e-6)
    assert weights.tolist() == [1, 1, 1, 0, 1]
    with torch.no_grad():
        plain, _ = classification.cross_entropy(logits, labels, smoothing=0.3)
    assert float(plain[0]) == pytest.approx(float(-logs[0, 0]), rel=1e-5)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_head_is_the_logistic_regression(classes):
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, 300)
    features = (rng.normal(size=(300, 6)) + 2 * np.eye(classes, 6)[labels]).astype(np.float32) * 5 + 3
    head = nn.Linear(6, classes)
    fit_head(head, features, labels)
    ours = head(torch.from_numpy(features)).softmax(1).detach().numpy()
    standardized = (features - features.mean(0)) / (features.std(0) + 1e-6)
    references = [LogisticRegression(C=c, max_iter=200).fit(standardized, labels) for c in (1e-4, 1e-3, 1e-2)]
    distances = [np.abs(ours - r.predict_proba(standardized)).max() for r in references]
    assert min(distances) < 1e-3


def test_gradcam_is_the_weighted_sum_of_the_maps():
    torch.manual_seed(0)
    net = nn.Module()
    net.features = nn.Sequential(nn.Conv2d(1, 4, 3))
    net.head = nn.Linear(4, 3)
    net.forward = lambda x: net.head(net.features(x).mean((2, 3)))
    image, chosen = torch.randn(2, 1, 8, 8), torch.tensor([0, 2])
    heat = gradcam(net, (image,), chosen)
    maps = net.features(image).detach()  # with mean pooling the gradient is the head's weight, shared evenly
    expected = (net.head.weight[chosen][:, :, None, None] * maps).sum(1).relu().detach()
    expected = expected / expected.amax((1, 2), keepdim=True).clamp(min=1e-12)
    np.testing.assert_allclose(heat, expected, atol=1e-5)


def test_augmentation_of_an_example_does_not_depend_on_its_batch():
    image = torch.randint(0, 255, (6, 3, 48, 48), dtype=torch.uint8)
    keys = example_keys([f"{i}" for i in range(6)])
    together = augment(image, BatchRng(0, 1, keys), 1.0, flip=True)
    apart = torch.cat([augment(image[i : i + 1], BatchRng(0, 1, keys[i : i + 1]), 1.0, flip=True) for i in range(6)])
    torch.testing.assert_close(together, apart)
    assert not torch.equal(together, augment(image, BatchRng(0, 2, keys), 1.0, flip=True))


def test_small_pictures_are_only_moved_by_whole_pixels():
    image = torch.arange(64, dtype=torch.float32).reshape(1, 1, 8, 8).repeat(20, 1, 1, 1)
    moved = augment(image, BatchRng(0, 0, example_keys([str(i) for i in range(20)])), 1.0, flip=False)
    assert set(moved.unique().tolist()) <= set(image.unique().tolist())
    assert any(torch.equal(one, image[0]) for one in moved)
    assert math.isclose(float((moved == moved.round()).float().mean()), 1.0)
