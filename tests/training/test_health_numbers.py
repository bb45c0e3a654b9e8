"""The numbers that the checks of health go by, against references."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import linregress
from torch import nn

from fathom.training.health.analysis.majority_class import gain_over_majority_class
from fathom.training.health.analysis.trend_line import trend_line
from fathom.training.health.analysis.unit_activity import saturated_layer
from fathom.training.health.checks.labels_exclude_others import LabelsExcludeOthers
from fathom.training.health.checks.not_finite import NotFinite
from fathom.training.health.checks.unfinished import Unfinished
from fathom.training.health.measure.activations import activations
from fathom.training.health.signals import ActivationStats, LabelStats, LayerStats, Signals, Snapshot


def test_what_a_net_knows_more_than_the_most_frequent_class_is_told_in_standard_errors() -> None:
    counts = {"0": 60, "1": 40}
    for wrong, gain in ((0.4, 0.0), (0.2, 0.2), (0.5, -0.1)):
        labels = [LabelStats(counts, 0, 0, error_rate=wrong, cross_entropy=1.0) for _ in range(4)]
        seen = [Snapshot(i, labels=one, loss=1.0, batch_size=100) for i, one in enumerate(labels)]
        found, n = gain_over_majority_class(Signals(loss_kind="cross-entropy", classes=2, snapshots=seen))
        assert n == 400
        assert found == pytest.approx(gain / np.sqrt(0.4 * 0.6 / 400), abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_a_trend_line_is_the_least_squares_line_of_scipy(seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=30) + 0.05 * np.arange(30)
    found, reference = trend_line(values), linregress(np.arange(30), values)
    assert found.slope == pytest.approx(reference.slope)
    assert found.standard_error == pytest.approx(reference.stderr)


@pytest.mark.parametrize(
    ("function", "flat"), [(nn.Sigmoid(), 4.5), (nn.Tanh(), 2.5)], ids=["sigmoid", "tanh"]
)  # beyond it a slope is less than a twentieth of the steepest
def test_units_at_their_flat_ends_are_counted_and_others_are_not(function: nn.Module, flat: float) -> None:
    net = nn.Sequential(nn.Linear(4, 4, bias=False), function, nn.Linear(4, 2))
    net[0].weight.data = torch.eye(4)
    names = {id(p): name for name, p in net.named_parameters()}
    given = torch.tensor([[flat, -flat, 0.1, -1.0]]).repeat(8, 1)
    (found,) = activations(net(given), names)
    assert found.saturated_share == pytest.approx(0.5)
    assert activations(net(torch.zeros(8, 4)), names)[0].saturated_share == 0


@pytest.mark.parametrize(("units", "loss", "began", "told"), [
    (32, 1.0, 0.0, True), (1, 1.0, 0.0, False), (32, -1.0, 0.0, False), (32, -1.0, 0.5, True),
])  # fmt: skip
def test_what_reaches_its_ends_on_purpose_is_not_saturated(units: int, loss: float, began: float, told: bool) -> None:
    def seen(share: float) -> list[ActivationStats]:
        return [ActivationStats("stretch", "tanh", "f", units, share, 32)]

    signals = Signals(snapshots=[Snapshot(i, activations=seen(0.8 if i else began)) for i in range(6)])
    for _ in range(6):
        signals.losses.add(loss)
    assert (saturated_layer(signals) is not None) == told


def test_weights_that_are_no_numbers_are_told_though_the_loss_is_one() -> None:
    seen = [Snapshot(i, layers=[LayerStats("0.weight", 0.1, math.nan if i > 1 else 1.0)]) for i in range(4)]
    found = NotFinite().run(Signals(snapshots=seen))
    assert found is not None
    assert found.evidence == {"layer": "0.weight", "step": 2}
    assert NotFinite().run(Signals(snapshots=seen[:2])) is None


@pytest.mark.parametrize(
    ("steps", "fall", "told"), [(12, 0.2, True), (12, 0.0, False), (34, 0.2, True), (34, 0.0, False)]
)
def test_very_few_steps_are_told_where_the_loss_still_falls(steps: int, fall: float, told: bool) -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, steps)
    signals = Signals(loss_kind="cross-entropy", classes=6, evaluations=12 if steps < 20 else 2, forward_passes=steps)
    for i in range(steps):
        signals.losses.add(1.79 - fall * i / steps + noise[i])
    assert (Unfinished().run(signals) is not None) == told


@pytest.mark.parametrize(("yes", "wrong", "classes", "told"), [
    (32, 32, 40, True), (32, 20, 40, False), (50, 50, 40, False), (32, 32, 4, False),
])  # fmt: skip
def test_one_label_of_many_by_a_yes_or_no_for_each(yes: int, wrong: int, classes: int, told: bool) -> None:
    n = 32 * classes
    one = LabelStats({"yes": yes, "no": n - yes}, 0, 0, error_rate=wrong / n)
    seen = [Snapshot(i, labels=one, batch_size=32) for i in range(14)]
    signals = Signals(loss_kind="binary", classes=classes, snapshots=seen)
    assert (LabelsExcludeOthers().run(signals) is not None) == told
