"""Nets as a user writes them. Thresholds are tuned on `TUNED_ON`, and scored on `SCORED_ON`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.coach.data import Set


def mlp(data: Set, widths: tuple[int, ...], activation: Callable[[], nn.Module] = nn.ReLU, norm: bool = False,
        dropout: float = 0.0) -> nn.Sequential:  # fmt: skip
    """Layers of these widths."""
    layers: list[nn.Module] = [nn.Flatten()]
    before = int(data.raw[0].size)
    for width in widths:
        layers += [nn.Linear(before, width), *([nn.BatchNorm1d(width)] if norm else []), activation()]
        layers += [nn.Dropout(dropout)] if dropout else []
        before = width
    return nn.Sequential(*layers, nn.Linear(before, data.classes))


class Functional(nn.Module):
    """Convolutions whose activations are functions, not modules; a table is seen as one row of pixels."""

    def __init__(self, data: Set, widths: tuple[int, ...], norm: bool, dropout: float = 0.0) -> None:
        super().__init__()
        self.picture = data.pictures
        sides = data.raw.shape[2:] if data.pictures else (1, data.raw.shape[1])
        self.poolings = [2 if min(sides) >= 2 ** (i + 2) else 1 for i in range(len(widths))]
        pairs = zip((1, *widths), widths, strict=False)
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1, bias=not norm) for a, b in pairs)
        self.norms = nn.ModuleList(nn.BatchNorm2d(b) if norm else nn.Identity() for b in widths)
        self.dropout = nn.Dropout(dropout)
        shrunk = 1
        for p in self.poolings:
            shrunk *= p
        self.head = nn.Linear(widths[-1] * (sides[0] // shrunk) * (sides[1] // shrunk), data.classes)

    def forward(self, x: Tensor) -> Tensor:
        """From (batch, 1, height, width) or (batch, features) to (batch, classes)."""
        x = x if self.picture else x[:, None, None]
        for conv, norm, pooling in zip(self.convs, self.norms, self.poolings, strict=True):
            x = F.relu(norm(conv(x)))  # (batch, channels, height, width)
            x = F.max_pool2d(x, pooling) if pooling > 1 else x
        return self.head(self.dropout(x.flatten(1)))  # type: ignore[no-any-return]


class Residual(nn.Module):
    """A residual MLP with layer norms and GELU."""

    def __init__(self, data: Set, width: int, blocks: int) -> None:
        super().__init__()
        self.stem = nn.Linear(int(data.raw[0].size), width)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))
            for _ in range(blocks)
        )
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, data.classes))

    def forward(self, x: Tensor) -> Tensor:
        """From any shape to (batch, classes)."""
        x = self.stem(x.flatten(1))
        for block in self.blocks:
            x = x + block(x)
        return self.head(x)  # type: ignore[no-any-return]


Build = Callable[[Set], nn.Module]
TUNED_ON: Mapping[str, Build] = {
    "mlp 64·64": lambda data: mlp(data, (64, 64)),
    "cnn 8·16": lambda data: Functional(data, (8, 16), norm=False),
    "tanh 48·48": lambda data: mlp(data, (48, 48), nn.Tanh),
    "norm 64·64": lambda data: mlp(data, (64, 64), norm=True),
}
SCORED_ON: Mapping[str, Build] = {
    "mlp 128·64·32": lambda data: mlp(data, (128, 64, 32)),
    "cnn 12·24": lambda data: Functional(data, (12, 24), norm=False),
}
ALSO_HEALTHY: Mapping[str, Build] = {
    **SCORED_ON,
    "cnn, batch norm": lambda data: Functional(data, (12, 24, 24), norm=True),
    "mlp, dropout": lambda data: mlp(data, (128, 64), dropout=0.3),
    "mlp, batch norm": lambda data: mlp(data, (96, 96), norm=True),
    "tanh 100": lambda data: mlp(data, (100,), nn.Tanh),
    "sigmoid 64": lambda data: mlp(data, (64,), nn.Sigmoid),
    "residual": lambda data: Residual(data, 64, 4),
    "wide": lambda data: mlp(data, (512, 512)),
    "linear": lambda data: mlp(data, ()),
}


def initialized(net: nn.Module, how: Callable[[Any], None]) -> nn.Module:
    """Apply `how` to each layer with weights."""
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, (nn.Linear, nn.Conv2d)):
                how(module)
    return net
