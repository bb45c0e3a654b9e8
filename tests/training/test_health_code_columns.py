"""Columns of codes that are given as amounts, and columns of amounts that are whole numbers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from test_health_batches import mlp, shuffled, watched
from torch import Tensor
from torch.nn import functional as F
from torch.optim import Adam

from loops import names

WORTH = torch.randn(40, generator=torch.Generator().manual_seed(3))


def jumps(kind: Tensor) -> Tensor:
    return WORTH[kind]


def table(of: Callable[[Tensor], Tensor], kinds: int, classes: int) -> tuple[Tensor, Tensor]:
    """A column of whole numbers, standardized, and two of amounts; the target, or which half it lies in."""
    generator = torch.Generator().manual_seed(0)
    kind = torch.randint(0, kinds, (1400,), generator=generator)
    x = torch.randn(1400, 2, generator=generator)
    y = of(kind) + 0.5 * x[:, 0] * x[:, 1] + 0.2 * torch.randn(1400, generator=generator)
    y = (y - y.mean()) / y.std()
    x = torch.cat([((kind - kind.float().mean()) / kind.float().std())[:, None], x], 1)
    return x, ((y > -0.5).long() + (y > 0.5).long()) if classes else y[:, None]


@pytest.mark.parametrize(
    ("of", "kinds", "classes", "told"),
    [
        (jumps, 40, 0, True),
        (jumps, 40, 3, True),
        (jumps, 16, 0, True),
        (lambda kind: kind / 40, 40, 0, False),
        (lambda kind: 2.0 * kind.float().sin(), 24, 0, False),
        (lambda kind: (kind > 11) * 2.0, 24, 0, False),
        (lambda kind: 0.0 * kind, 40, 0, False),
        (lambda kind: 0.0 * kind, 24, 3, False),
    ],
    ids=["codes", "of classes", "sixteen", "amount", "amount of waves", "threshold", "no matter", "nor to classes"],
)
def test_codes_that_are_given_as_amounts_are_told(
    of: Callable[[Tensor], Tensor], kinds: int, classes: int, told: bool
) -> None:
    x, y = table(of, kinds, classes)
    net = mlp(3, classes or 1)
    loss = F.cross_entropy if classes else F.mse_loss
    found = watched(net, shuffled(x[:1000], y[:1000]), x[1000:], loss=loss, optimizer=Adam(net.parameters(), 0.003))
    assert ("codes_as_amounts" in names(found)) is told
