"""Trainings as anybody writes them, watched: clouds of points, small nets, and what the checks say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.records import Finding
from fathom.training.health.observer import Watch

CLASSES, FEATURES = 4, 12


def points(seed: int = 0) -> tuple[Tensor, Tensor]:
    """Four clouds that a line nearly parts: (600, 12), (600,)."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, CLASSES, 600)
    x = rng.normal(size=(CLASSES, FEATURES))[y] * 1.2 + rng.normal(size=(600, FEATURES))
    return torch.from_numpy(x).float(), torch.from_numpy(y)


def net(*widths: int, activation: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    """Layers of these widths."""
    torch.manual_seed(1)
    layers: list[nn.Module] = []
    for a, b in zip((FEATURES, *widths), widths, strict=False):
        layers += [nn.Linear(a, b), activation()]
    return nn.Sequential(*layers, nn.Linear(widths[-1] if widths else FEATURES, CLASSES))


def run(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    *,
    lr: float = 0.1,
    epochs: int = 25,
    batch: int = 32,
    shuffle: bool = True,
    loss: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy,
    judge: Callable[[nn.Module], None] = lambda model: None,
    watched: bool = True,
    decay: float = 0.0,
) -> list[Finding]:
    """A loop as anybody writes it."""
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, weight_decay=decay)
    generator = torch.Generator().manual_seed(0)
    health = Watch(model, optimizer)
    if watched:
        health.attach()
    for _ in range(epochs):
        model.train()
        order = torch.randperm(len(x), generator=generator) if shuffle else torch.arange(len(x))
        for rows in order.split(batch):
            value = loss(model(x[rows]), y[rows])
            value.backward()
            optimizer.step()
            optimizer.zero_grad()
            health.step(value)
        judge(model)
    health.detach()
    return health.findings


def names(found: list[Finding]) -> list[str]:
    """Of the findings."""
    return [finding.name for finding in found]


def scaled(model: nn.Module, factor: float) -> nn.Module:
    """With weights of He's size times a factor."""
    for m in model.modules():
        if isinstance(m, nn.Linear):
            nn.init.kaiming_normal_(m.weight)
            m.weight.data *= factor
    return model


def biased(model: nn.Sequential) -> nn.Module:
    """With hidden biases of -6."""
    for m in list(model)[:-1]:
        if isinstance(m, nn.Linear):
            nn.init.constant_(m.bias, -6.0)
    return model


def alike(model: nn.Module) -> nn.Module:
    """With all weights alike."""
    for m in model.modules():
        if isinstance(m, nn.Linear):
            nn.init.constant_(m.weight, 0.1)
            nn.init.zeros_(m.bias)
    return model


def regress(loss: Callable[[Tensor, Tensor], Tensor], scale: float = 1.0, batch: int = 32) -> list[Finding]:
    """A regression on a line with noise, its weights scaled, as anybody writes it."""
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(600, FEATURES, generator=rng)
    y = x[:, 0] + 0.3 * torch.randn(600, generator=rng)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(FEATURES, 24), nn.ReLU(), nn.Linear(24, 1))
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(scale)
    return run(model, x, y, lr=0.01, batch=batch, epochs=12, loss=loss)


def asked_awake(model: nn.Module) -> None:
    """Judge without calling eval."""
    with torch.no_grad():
        model(points()[0])


def asked(model: nn.Module) -> None:
    """Judge as it should be."""
    model.eval()
    with torch.no_grad():
        model(points()[0])
