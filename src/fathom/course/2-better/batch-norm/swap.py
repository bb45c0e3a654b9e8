"""A net on handwritten digits, with your batch norm and with PyTorch's."""

import torch
from torch import nn

from fathom.learning.adapters import array, duel, operation


class Norm(nn.Module):
    """Batch norm of yours, with running averages."""

    def __init__(self, mine, features):
        super().__init__()
        self.mine = mine
        self.gamma, self.beta = nn.Parameter(torch.ones(features)), nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("variance", torch.ones(features))

    def forward(self, x):
        """(batch, features)."""
        if not self.training:
            kept = array(self.mean), array(self.variance)
            used = lambda x, g, b: self.mine.use(x, g, b, *kept, 1e-5)  # noqa: E731
            return operation(used, lambda u, x, g, b: (0 * x, 0 * g, 0 * b), x, self.gamma, self.beta)

        def ahead(x, g, b):
            out, mean, variance = self.mine.forward(x, g, b, 1e-5)
            if not self.mean.is_meta:
                self.mean.mul_(0.9).add_(0.1 * torch.as_tensor(mean, dtype=torch.float32))
                self.variance.mul_(0.9).add_(0.1 * torch.as_tensor(variance, dtype=torch.float32))
            return out

        return operation(ahead, lambda u, x, g, b: self.mine.backward(u, x, g, 1e-5), x, self.gamma, self.beta)


def net(norm):
    """Two hidden layers."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, 48), norm(48), nn.ReLU(), nn.Linear(48, 32), norm(32), nn.ReLU(), nn.Linear(32, 10)
    )


def swap(mine):
    """Train with both."""
    nets = {"yours": lambda: net(lambda n: Norm(mine, n)), "built in": lambda: net(nn.BatchNorm1d)}
    yield from duel("practice:digits?n=600", nets, epochs=12, lr=0.003)
