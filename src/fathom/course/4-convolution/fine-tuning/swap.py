"""A body that stays as it is and a head that learns: frozen by your step, by PyTorch, and not frozen."""

from unittest.mock import patch

import torch
from torch import nn

from fathom.learning.adapters import array, duel
from fathom.training import optimizers


class Step(torch.optim.Optimizer):
    """Your step, over all parameters at once."""

    def __init__(self, mine, net, lr, ends):
        super().__init__(net.parameters(), {"lr": lr, "peak": lr})
        self.mine, self.named = mine, dict(net.named_parameters())
        self.frozen = [name for name in self.named if name.endswith(ends)] if ends else []

    @torch.no_grad()
    def step(self, closure=None):
        """Hand over weights and gradients by their names."""
        lr = self.param_groups[0]["lr"]
        params = {name: array(p) for name, p in self.named.items()}
        grads = {name: array(p.grad) for name, p in self.named.items()}
        for name, new in self.mine.step(params, grads, self.frozen, lr, 0.0).items():
            self.named[name].copy_(torch.as_tensor(new, dtype=torch.float32))


def net(fixed=False):
    """A convolution that nobody trained, and a dense layer."""
    body = nn.Conv2d(1, 32, 3, padding=1).requires_grad_(not fixed)
    return nn.Sequential(body, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(512, 10))


def swap(mine):
    """Train with each."""
    asked = {"epochs": 12, "lr": 0.05, "optimizer": "sgd", "weight_decay": 0.0}
    for name, frozen in {"yours": ("0.weight", "0.bias"), "yours, all learned": ()}.items():
        build = lambda net, kind, lr, decay, frozen=frozen: [Step(mine, net, lr, frozen)]  # noqa: E731
        with patch.object(optimizers, "build_optimizers", build):
            yield from duel("practice:digits?n=600", {name: net}, **asked)
    yield from duel("practice:digits?n=600", {"built in": lambda: net(fixed=True)}, **asked)
