"""A U-Net of your wiring on handwritten digits, and the same wired by PyTorch."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from fathom.learning.adapters import array, duel, valued


class Net(nn.Module):
    """Two levels above the bottom; your values, PyTorch's gradients."""

    def __init__(self, mine=None):
        super().__init__()
        self.mine = mine
        conv = lambda a, b: nn.Conv2d(a, b, 3, padding=1)  # noqa: E731
        self.down = nn.ModuleList([conv(1, 6), conv(6, 12)])
        self.bottom, self.up = conv(12, 24), nn.ModuleList([conv(12 + 6, 6), conv(24 + 12, 12)])
        self.head = nn.Linear(6 * 16, 10)

    def wired(self, x):
        """The same of PyTorch."""
        kept = []
        for block in self.down:
            kept.append(block(x).relu())
            x = F.max_pool2d(kept[-1], 2)
        x = self.bottom(x).relu()
        for block, across in zip(reversed(self.up), reversed(kept)):
            x = block(torch.cat([F.interpolate(x, scale_factor=2.0), across], 1)).relu()
        return x

    def own(self, x):
        """(batch, 1, 8, 8) to (batch, 6, 8, 8), picture by picture."""

        def block(layer):
            return lambda one: array(layer(torch.as_tensor(one[None], dtype=torch.float32)).relu()[0])

        down, up = ([block(layer) for layer in layers] for layers in (self.down, self.up))
        with torch.no_grad():
            return np.stack([self.mine.forward(one, down, block(self.bottom), up) for one in x])

    def forward(self, x):
        """(batch, 1, 8, 8) to (batch, 10)."""
        maps = self.wired(x) if self.mine is None else valued(self.own, self.wired, x)
        return self.head(F.max_pool2d(maps, 2).flatten(1))


def swap(mine):
    """Train with both."""
    shapes = ", ".join("×".join(map(str, one)) for one in mine.shapes(6, 8, 2))
    yield f"yours: what is joined has the shapes {shapes}"
    yield from duel("practice:digits?n=400", {"yours": lambda: Net(mine), "built in": Net}, epochs=8, lr=0.005)
