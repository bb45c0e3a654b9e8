"""What must hold of any training: which weights are kept, in which order examples come, what is drawn anew and when."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fathom.data.counter_rng import example_keys
from fathom.data.store import build_store
from fathom.progress import Watcher
from fathom.records import Settings, Source
from fathom.testing import ToyTask
from fathom.training import optimizers, schedules
from fathom.training.batching import epoch_batches
from fathom.training.evaluation import evaluate, metric_over
from fathom.training.loop import fit
from fathom.training.training_data import TrainingData
from fathom.training.training_state import TrainingState

RESOLVED = {"optimizer": "sgd", "lr": 0.1, "schedule": "constant", "device": "cpu", "epochs": 3, "batch_size": 16}


class Noted(nn.Module):
    """A line that notes which of 64 units dropout left, and whether it was trained."""

    def __init__(self) -> None:
        super().__init__()
        self.line, self.units = nn.Linear(1, 1), nn.Dropout(0.5)
        self.noted: list[tuple[bool, tuple[float, ...]]] = []

    def forward(self, x: Tensor) -> Tensor:
        self.noted.append((self.training, tuple(self.units(torch.ones(64)).tolist())))
        return self.line(x)


def toy(folder: Path, importance: float | None = None, **asked: object) -> tuple[ToyTask, TrainingData]:
    """64 points to train on and 32 to judge by."""
    task = ToyTask(Settings(**{**RESOLVED, **asked}))
    examples = task.examples(Source("toy:96", folder)).items
    task.fit(examples[:64])
    store, _ = build_store(examples, task.encode, "toy", folder / "store")
    counts = None if importance is None else np.full(96, importance, np.float32)
    return task, TrainingData(store, example_keys(store.ids), np.arange(64), np.arange(64, 96), examples[64:], counts)


def trained(task: ToyTask, data: TrainingData, net: nn.Module | None = None) -> tuple[nn.Module, TrainingState]:
    torch.manual_seed(0)
    net = net or task.net()
    return net, fit(net, task, data, task.settings, None, Watcher())


def test_the_net_is_left_with_the_weights_of_its_best_epoch(tmp_path: Path) -> None:
    task, data = toy(tmp_path, optimizer="adam", lr=3.0, epochs=8, batch_size=4)
    net, told = trained(task, data)
    said = evaluate(net, task, data.store, data.dev)
    rows = list(zip(data.dev_examples, said.predictions, said.losses, said.weights, strict=True))
    figures = [row["dev_metric"] for row in told.history]
    assert metric_over(task, rows) == pytest.approx(min(figures))
    assert min(figures) < 0.9 * figures[-1]  # so that the last weights would be seen


def test_dropout_is_another_in_each_step_and_none_while_the_net_is_judged(tmp_path: Path) -> None:
    net = Noted()
    trained(*toy(tmp_path), net)
    steps = [units for training, units in net.noted if training]
    judged = [units for training, units in net.noted if not training]
    assert len(steps) == 3 * 4
    assert len(set(steps)) == len(steps)
    assert judged
    assert set(judged) == {(1.0,) * 64}


def test_that_all_examples_count_half_changes_nothing(tmp_path: Path) -> None:
    """The loss is a mean over weights, so that only the ratios of the weights matter."""
    (net, told), (half, told_half) = (trained(*toy(tmp_path, importance)) for importance in (None, 0.5))
    assert torch.allclose(net.weight, half.weight, rtol=1e-5)
    assert told.history[-1]["train_loss"] == pytest.approx(told_half.history[-1]["train_loss"], rel=1e-5)


def test_each_epoch_has_an_order_of_its_own_and_all_examples_once(tmp_path: Path) -> None:
    task, data = toy(tmp_path)
    orders = [
        np.concatenate(epoch_batches(task, data.store, data.keys, data.train, size=16, seed=0, epoch=e)).tolist()
        for e in (1, 2, 1)
    ]
    assert [sorted(one) for one in orders] == [list(range(64))] * 3
    assert orders[0] == orders[2]
    assert sum(a == b for a, b in zip(orders[0], orders[1], strict=True)) < 10


class Ragged(ToyTask):
    """Points that are written as often as their number says."""

    ragged = ("x",)
    inputs = ("x", "x_length")

    def encode(self, example):
        told = super().encode(example)
        return {**told, "x": np.full((1 + int(example.id.split()[1]) * 7 % 11, 1), told["x"][0], np.float32)}

    def net(self) -> nn.Module:
        class Mean(nn.Module):
            def forward(self, x: Tensor, length: Tensor) -> Tensor:
                return x.sum(1) / length[:, None]

        return Mean()


def test_predictions_of_examples_of_any_length_stand_beside_their_examples(tmp_path: Path) -> None:
    task = Ragged(Settings(**RESOLVED))
    examples = task.examples(Source("toy:40", tmp_path)).items
    store, _ = build_store(examples, task.encode, "ragged", tmp_path / "store")
    chosen = np.random.default_rng(0).permutation(40)
    said = evaluate(task.net(), task, store, chosen, batch_size=7)
    assert [p.value for p in said.predictions] == pytest.approx([examples[i].input for i in chosen], abs=1e-5)


def test_nesterovs_momentum_looks_ahead() -> None:
    """Sutskever et al. 2013: the step is that of the velocity which the next one will have."""
    weight = nn.Parameter(torch.tensor([[1.0, -2.0]]))
    holder = nn.Module()
    holder.weight = weight
    (optimizer,) = optimizers.build_optimizers(holder, "nesterov", 0.1, 0.0)
    expected, velocity = np.array([1.0, -2.0]), np.zeros(2)
    for _ in range(5):
        optimizer.zero_grad()
        (weight**2).sum().backward()
        optimizer.step()
        velocity = 0.9 * velocity + 2 * expected
        expected = expected - 0.1 * (2 * expected + 0.9 * velocity)
    np.testing.assert_allclose(weight.detach().numpy()[0], expected, rtol=1e-5)


@pytest.mark.parametrize("name", ["cosine", "one-cycle"])
def test_smooth_schedules_have_no_jump(name: str) -> None:
    factors = np.array([schedules.build_schedule(name, warmup=0.1)(done) for done in np.linspace(0, 1, 2001)])
    assert np.abs(np.diff(factors)).max() < 0.01
