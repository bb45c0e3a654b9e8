"""Health checks: each fault is named, first; healthy trainings are passed over in silence."""

from __future__ import annotations

import doctest
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from fathom.finding_catalogue import every_kind
from fathom.records import Finding
from fathom.training import health
from fathom.training.health import CHECKS, Signals, findings
from loops import alike, asked, asked_awake, biased, names, net, points, run, scaled


def planted() -> dict[str, Callable[[], list[Finding]]]:
    """The name of what should be found first, and a training in which it is."""
    x, y = points()
    order = torch.argsort(y, stable=True)
    dropped = nn.Sequential(net(32)[0], nn.ReLU(), nn.Dropout(0.5), net(32)[2])
    return {
        "vanishing_gradients": lambda: run(net(*[24] * 8, activation=nn.Sigmoid), x, y),
        "exploding_gradients": lambda: run(scaled(net(48, 48), 4), x, y, lr=0.001),
        "dead_units": lambda: run(biased(net(32, 32)), x, y),
        "saturated_units": lambda: run(scaled(net(48, 48, activation=nn.Tanh), 5), x, y, lr=0.01),
        "high_learning_rate": lambda: run(net(32, 32), x, y, lr=6.0),
        "low_learning_rate": lambda: run(net(32, 32), x, y, lr=3e-4),
        "inputs_not_scaled": lambda: run(net(32), x * 100, y, lr=0.001),
        "symmetric_weights": lambda: run(alike(net(32, 32)), x, y),
        "class_order": lambda: run(net(32), x[order], y[order], shuffle=False),
        "wrong_output": lambda: run(net(32), x, y, loss=lambda z, t: F.cross_entropy(z.softmax(1), t)),
        "judged_in_training_mode": lambda: run(dropped, x, y, judge=asked_awake),
        "weights_shrunk": lambda: run(net(32, 32), x, y, decay=2.0, lr=0.05),
        "labels_unrelated": lambda: run(net(8), x, y[torch.randperm(600)], lr=0.02, epochs=12),
        "unfinished": lambda: run(net(32, 32, 32), x, y, lr=0.1, epochs=3),
    }


@pytest.mark.parametrize("name", planted())
def test_what_was_planted_is_named_first(name: str) -> None:
    found = planted()[name]()
    assert names(found)[:1] == [name], [finding.title for finding in found]
    assert found[0].advice
    assert found[0].evidence


def zeroed(layer: nn.Linear) -> nn.Linear:
    """As a logistic regression begins."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


HEALTHY: dict[str, Callable[[], list[Finding]]] = {
    "relu": lambda: run(net(32, 32), *points()),
    "tanh": lambda: run(net(32, activation=nn.Tanh), *points(1)),
    "judged": lambda: run(nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 4)), *points(),
                          judge=asked),
    "borders of zeros": lambda: run(net(32), torch.cat([points()[0][:, :6], torch.zeros(600, 6)], 1), points()[1]),
    "batch norm": lambda: run(nn.Sequential(nn.Linear(12, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 4)),
                              *points(2), judge=asked),
    "one layer that begins at 0": lambda: run(zeroed(nn.Linear(12, 4)), *points(), lr=0.05, epochs=20),
    "learned by heart": lambda: run(net(128), points()[0][:60], points()[1][:60], epochs=200),
    "large inputs before a norm": lambda: run(nn.Sequential(nn.BatchNorm1d(12), net(32)), points()[0] * 100,
                                              points()[1]),
}  # fmt: skip


@pytest.mark.parametrize("kind", HEALTHY)
def test_healthy_trainings_are_passed_over_in_silence(kind: str) -> None:
    assert names(HEALTHY[kind]()) == []


def test_every_check_has_a_name_of_its_own_and_is_silent_where_nothing_was_measured() -> None:
    found = [check.name for check in CHECKS]
    assert len(set(found)) == len(found)
    assert set(found) <= set(every_kind())  # where each name stands once, so that no other check has it
    explained = {name for check in CHECKS for name in check.explains}
    assert explained <= set(found)
    assert findings(Signals()) == []


def test_a_check_stands_in_a_file_of_its_findings_name() -> None:
    assert [type(check).__module__.rpartition(".")[2] for check in CHECKS] == [check.name for check in CHECKS]


def test_the_check_that_the_package_shows_runs() -> None:
    assert doctest.testmod(health, raise_on_error=True).attempted > 3
