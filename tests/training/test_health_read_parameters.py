"""Weights that the net reads itself, as a codebook, and that no gradient reaches."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Adam

import fathom
from loops import names, points


class Codes(nn.Module):
    """An autoencoder by way of the nearest of 16 codes; the codes are a parameter, or the weight of a layer."""

    def __init__(self, *, layer: bool = False, unused: bool = False) -> None:
        super().__init__()
        self.enter, self.leave = nn.Linear(12, 4), nn.Linear(4, 12)
        self.table = nn.Embedding(16, 4) if layer else None
        self.codes = None if layer else nn.Parameter(torch.empty(16, 4).uniform_(-0.1, 0.1))
        self.unused = nn.Parameter(torch.randn(16, 4)) if unused else None

    def all_codes(self) -> Tensor:
        codes = self.codes if self.table is None else self.table.weight
        assert codes is not None
        return codes

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z = self.enter(x)
        code = self.all_codes()[torch.cdist(z, self.all_codes()).argmin(1)]
        return self.leave(z + (code - z).detach()), z, code


def rebuilt(model: Codes, *, pull: float, average: bool = False) -> list[str]:
    """Points are to be said again; the codes are pulled to what is said of these, or averaged."""
    x, _ = points()
    optimizer = Adam(model.parameters(), 3e-3)
    with fathom.watch(model, optimizer) as health:
        for _ in range(4):
            for rows in torch.randperm(len(x)).split(20):
                told, z, code = model(x[rows])
                loss = F.mse_loss(told, x[rows]) + 0.25 * F.mse_loss(z, code.detach())
                if pull:
                    loss = loss + pull * F.mse_loss(code, z.detach())
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                if average:
                    with torch.no_grad():
                        model.all_codes().lerp_(z.mean(0).expand_as(model.all_codes()), 0.1)
                health.step(loss)
    return [one.title for one in health.findings if one.name == "untrained_layers"]


@pytest.mark.parametrize(
    ("layer", "unused", "pull", "average", "told"),
    [
        (False, False, 0.0, False, "codes"),
        (True, False, 0.0, False, "table.weight"),
        (False, False, 1.0, False, ""),
        (False, False, 0.0, True, ""),
        (False, True, 1.0, False, ""),
    ],
    ids=["a parameter", "a layer's weight", "pulled", "averaged", "another is not used"],
)
def test_codes_that_no_gradient_reaches_are_told(
    layer: bool, unused: bool, pull: float, average: bool, told: str
) -> None:
    torch.manual_seed(0)
    found = rebuilt(Codes(layer=layer, unused=unused), pull=pull, average=average)
    assert bool(found) == bool(told)
    assert all(f"reaches {told}," in title for title in found)


class Waves(nn.Module):
    """Waves of random directions, which are a parameter that is read without a gradient, and a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.ways, self.say = nn.Parameter(0.3 * torch.randn(12, 64)), nn.Linear(128, 4)

    def forward(self, x: Tensor) -> Tensor:
        turns = x @ self.ways.detach()
        return self.say(torch.cat([turns.cos(), turns.sin()], 1))


def test_random_features_that_do_are_left_alone_and_the_net_is_as_before() -> None:
    torch.manual_seed(0)
    x, y = points()
    model = Waves()
    hooks = len(model._forward_hooks), len(model._forward_pre_hooks)
    optimizer = Adam(model.parameters(), 1e-2)
    with fathom.watch(model, optimizer) as health:
        for _ in range(12):
            for rows in torch.randperm(len(x)).split(20):
                loss = F.cross_entropy(model(x[rows]), y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                health.step(loss)
    assert "untrained_layers" not in names(health.findings)
    assert (len(model._forward_hooks), len(model._forward_pre_hooks)) == hooks
