"""Nets of a body and a head, clouds of points, and a watched loop as anybody writes it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from fathom.records import Finding
from fathom.training.health import from_json, to_json
from fathom.training.health.observer import Watch

Step = Callable[[Tensor, Tensor], Tensor]


def clouds(seed: int = 0, features: int = 20) -> tuple[Tensor, Tensor]:
    """Four clouds: (600, 20), (600,)."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, 600)
    x = rng.normal(size=(4, features))[y] + rng.normal(size=(600, features))
    return torch.from_numpy(x).float(), torch.from_numpy(y)


class Parts(nn.Module):
    """A body and a head, with something between them."""

    def __init__(self, between: Callable[[Tensor], Tensor] = lambda z: z) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.body = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())
        self.head = nn.Linear(32, 4)
        self.between = between

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 20) → (batch, 4)."""
        return self.head(self.between(self.body(x)))  # type: ignore[no-any-return]


class Listed(nn.Module):
    """Its hidden layers lie in a plain list."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.hidden = [nn.Linear(20, 32), nn.Linear(32, 32)]
        self.head = nn.Linear(32, 4)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 20) → (batch, 4)."""
        for layer in self.hidden:
            x = F.relu(layer(x))
        return self.head(x)  # type: ignore[no-any-return]


def trained(
    net: nn.Module,
    optimizer: Optimizer,
    *,
    loss: Step = F.cross_entropy,
    epochs: int = 4,
    step: Callable[[Optimizer], None] = lambda o: o.step(),
    clear: Callable[[Optimizer], None] = lambda o: o.zero_grad(),
    data: tuple[Tensor, Tensor] | None = None,
) -> list[Finding]:
    """A loop as anybody writes it."""
    x, y = data or clouds()
    generator = torch.Generator().manual_seed(0)
    with Watch(net, optimizer) as health:
        for _ in range(epochs):
            for rows in torch.randperm(len(x), generator=generator).split(30):
                value = loss(net(x[rows]), y[rows])
                value.backward()  # type: ignore[no-untyped-call]
                step(optimizer)
                clear(optimizer)
                health.step(value)
    again = from_json(to_json(health.signals), "health.json")
    assert to_json(again) == to_json(health.signals)
    return health.findings


def frozen(net: Parts) -> Parts:
    """The body cannot learn."""
    net.body.requires_grad_(False)
    return net
