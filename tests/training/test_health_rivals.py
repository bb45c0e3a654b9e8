"""Two nets that work against each other, and two that only look so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Adam

import fathom
from loops import CLASSES, FEATURES, names, points

Judged = Callable[[Tensor, float], Tensor]

JUDGED: dict[str, Judged] = {
    "logits": lambda s, y: F.binary_cross_entropy_with_logits(s, torch.full_like(s, y)),
    "probabilities": lambda s, y: F.binary_cross_entropy(s.sigmoid(), torch.full_like(s, y)),
    "squares": lambda s, y: F.mse_loss(s, torch.full_like(s, y)),
}


class Pair(nn.Module):
    """One that makes and one that tells."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.make = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, 2))
        self.tell = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 1))

    def forward(self, z: Tensor) -> Tensor:
        return self.make(z)


def rivals(judged: Judged, fake: float, *, asked_once: bool = False, steps: int = 400) -> list[str]:
    """What is said where fake examples have this target."""
    model = Pair()
    make, tell = Adam(model.make.parameters(), 1e-3), Adam(model.tell.parameters(), 5e-3)
    with fathom.watch(model, make, tell) as health:
        for _ in range(steps):
            made, real = model(torch.randn(32, 3)), torch.randn(32, 2) * 0.3 + 1
            loss = judged(model.tell(real), 1.0) + judged(model.tell(made.detach()), fake)
            tell.zero_grad()
            loss.backward()
            tell.step()
            if not asked_once:
                health.step(loss)
            loss = judged(model.tell(made), 1.0)
            make.zero_grad()
            loss.backward()
            make.step()
            health.step(loss)
    return names(health.findings)


@pytest.mark.parametrize("kind", JUDGED)
def test_a_judge_with_one_target_for_all_is_named(kind: str) -> None:
    assert rivals(JUDGED[kind], 1.0)[:1] == ["rivals_agree"]
    assert "rivals_agree" not in rivals(JUDGED[kind], 0.0)


def test_of_one_loss_alone_nothing_is_said() -> None:
    assert "rivals_agree" not in rivals(JUDGED["logits"], 0.0, asked_once=True)


@pytest.mark.parametrize("both", [True, False])
def test_two_tasks_that_are_learned_well_in_turns_are_no_rivals(both: bool) -> None:
    x, y = points()
    x = x + 8 * F.one_hot(y, FEATURES)  # easy
    torch.manual_seed(0)
    body, heads = nn.Sequential(nn.Linear(FEATURES, 32), nn.ReLU()), nn.Linear(32, 2)
    model = nn.Sequential(body, heads)
    slow, quick = Adam(body.parameters(), 1e-3), Adam(heads.parameters(), 1e-2)
    bce = F.binary_cross_entropy_with_logits
    with fathom.watch(model, slow, quick) as health:
        for k in range(800):
            rows = torch.arange(32 * k, 32 * k + 32) % len(x)
            first, second = (y[rows] == 0).float(), (y[rows] < CLASSES // 2).float()
            if k % 2 == 0:
                told = heads(body(x[rows]).detach())
                loss, steps = bce(told[:, 0], first) + bce(told[:, 1], second), (quick,)
            else:
                told = model(x[rows])
                loss = bce(told, torch.stack([first, second], 1))
                steps = (slow, quick) if both else (slow,)
            model.zero_grad()
            loss.backward()
            for optimizer in steps:
                optimizer.step()
            health.step(loss)
    assert loss.item() < 0.05
    assert "rivals_agree" not in names(health.findings)
