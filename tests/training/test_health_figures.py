"""Each figure in a title is one that was measured: it stands in the evidence, which is computed here anew."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from test_health_batches import mlp, shuffled
from test_health_checks import planted
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam, Optimizer

import fathom
from fathom.records import Finding
from fathom.training.health import Signals, to_json
from fathom.training.health.observer import Watch
from loops import points

NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")


def numbers_in(value: Any) -> Iterator[float]:
    """All numbers in nested lists and mappings, and how many members these have."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int | float):
        yield float(value)
    elif isinstance(value, str):
        yield from (float(one.replace(",", "")) for one in NUMBER.findall(value))
    elif isinstance(value, dict):
        yield float(len(value))
        for key, one in value.items():
            yield from numbers_in(key)
            yield from numbers_in(one)
    elif isinstance(value, list | tuple):
        yield float(len(value))
        for one in value:
            yield from numbers_in(one)


def means(signals: Signals) -> set[float]:
    """Means over parts of the training, as checks take them."""
    values = np.array(signals.losses.values)
    found = {float(part.mean()) for parts in (4, 5, 10, 12, 20) for part in np.array_split(values, parts) if len(part)}
    late = values[-max(10, len(values) // 3) :]
    quarter = max(1, len(late) // 4)
    found |= {float(late[:quarter].mean()), float(late[-quarter:].mean())}
    parts = signals.losses.windows(12)
    return found | {float(parts[:2].mean()), float(parts[-2:].mean())}


RECOMPUTED: dict[str, Callable[[Signals], set[float]]] = {
    "first": lambda s: {s.losses.first, *means(s), *(one.through_time[2] for one in s.snapshots)},
    "first_loss": lambda s: {s.losses.first},
    "last": lambda s: {*means(s), *(one.through_time[3] for one in s.snapshots)},
    "last_loss": means,
    "steps": lambda s: {
        float(x) for x in (s.losses.steps, *(one.through_time[1] for one in s.snapshots), *range(1, 999))
    },
    "rms": lambda s: {float(np.median([x.rms for one in s.snapshots for x in one.inputs]))},
    "dropped": lambda s: {s.dropout},
}
"""What stands in the evidence under these names, worked out from the losses and snapshots."""


def is_shown(text: str, numbers: set[float]) -> bool:
    """Whether a figure of a title is one of these numbers, or a hundred times one, rounded as it is written."""
    shown = float(text.replace(",", ""))
    digits = len(re.sub(r"e.*|[^0-9]", "", text).lstrip("0")) or 1
    near = max(abs(shown) * 0.51 * 10 ** (1 - digits), 0.51 if "." not in text and "e" not in text else 0.0)
    return any(abs(shown - factor * one) <= near for one in numbers for factor in (1, 100) if math.isfinite(one))


def check(found: list[Finding], signals: Signals) -> None:
    assert found
    shots = signals.snapshots
    known = {float(signals.classes), float(signals.losses.steps), signals.losses.first, float(len(shots))}
    known |= {float(x.units) for one in shots for x in one.activations}
    known |= {float(layer.units) for one in shots for layer in one.layers}
    known |= set(numbers_in([layer.name for one in shots for layer in one.layers]))  # a layer may be called “0”
    known |= {-1.0, 0.0, 1.0, 2.0, 255.0}  # bounds that are always the same
    for finding in found:
        told = set(numbers_in(finding.evidence)) | {1 + one for one in numbers_in(finding.evidence)}
        for text in NUMBER.findall(finding.title):
            assert is_shown(text, told | known), (finding.name, text, finding.title, finding.evidence)
        for name, value in finding.evidence.items():
            if name in RECOMPUTED and isinstance(value, float):
                right = RECOMPUTED[name](signals)
                assert any(value == pytest.approx(one, rel=1e-6) for one in right), (finding.name, name, value)


@pytest.mark.parametrize("name", planted())
def test_each_figure_of_a_title_was_measured(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Watch] = []
    attach = Watch.attach

    def kept(self: Watch) -> Watch:
        seen.append(self)
        return attach(self)

    monkeypatch.setattr(Watch, "attach", kept)
    found = planted()[name]()
    json_of = to_json(seen[-1].signals)
    assert json_of["losses"]["steps"] == seen[-1].signals.losses.steps
    check(found, seen[-1].signals)


@pytest.mark.parametrize(
    ("optimizer", "scale", "loss"),
    [
        (lambda p: SGD(p, 3.0), 1.0, F.cross_entropy),
        (lambda p: SGD(p, 1e-9), 1.0, F.cross_entropy),
        (lambda p: Adam(p, 1e-3), 1e5, lambda a, b: F.mse_loss(a[:, 0], 1e5 * (3 + b.float()))),
        (lambda p: Adam(p, 1e-3), 1e5, lambda a, b: F.l1_loss(a[:, 0], 1e5 * (3 + b.float()))),
        (lambda p: Adam(p, 1e-3), 1.0, lambda a, b: F.mse_loss(a[:, 0], b.float())),
    ],
    ids=["leaps", "stands", "dollars", "dollars away", "class numbers"],
)
def test_figures_of_what_went_wrong_with_steps_and_targets_were_measured(
    optimizer: Callable[[Any], Optimizer], scale: float, loss: Callable[[Tensor, Tensor], Tensor]
) -> None:
    x, y = points()
    net: nn.Module = mlp()
    stepper = optimizer(net.parameters())
    with fathom.watch(net, stepper) as health:
        for _ in range(8):
            for a, b in shuffled(x, y)():
                value = loss(net(a), b)
                stepper.zero_grad()
                value.backward()  # type: ignore[no-untyped-call]
                stepper.step()
                health.step(value)
    if not (scale == 1.0 and not health.findings):
        check(health.findings, health.signals)


def test_the_first_loss_in_a_title_is_the_first_loss() -> None:
    """Where what knowing nothing costs is less than the first loss was, both are told."""
    x, y = points()
    net = mlp()
    with torch.no_grad():
        for p in net.parameters():
            p.mul_(3.0)
    stepper = SGD(net.parameters(), 1e-7)
    with fathom.watch(net, stepper, pretrained=True) as health:
        for _ in range(8):
            for a, b in shuffled(x, y)():
                value = F.cross_entropy(net(a), b)
                stepper.zero_grad()
                value.backward()  # type: ignore[no-untyped-call]
                stepper.step()
                health.step(value)
    for finding in health.findings:
        if "at first" in finding.title:
            assert f"{health.signals.losses.first:.3g}" in finding.title
    check(health.findings, health.signals)
