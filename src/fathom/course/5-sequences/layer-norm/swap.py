"""A net on handwritten digits, with your layer norm and RMS norm, and with PyTorch's."""

import torch
from torch import nn

from fathom.learning.adapters import duel, operation

EPS = 1e-5


class Layer(nn.Module):
    """Layer norm of yours."""

    def __init__(self, mine, features):
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.ones(features)), nn.Parameter(torch.zeros(features))
        self.ahead = lambda x, g, b: mine.layer_forward(x[:, None], g, b, EPS)[:, 0]
        self.back = lambda u, x, g, b: self.parts(*mine.layer_backward(u[:, None], x[:, None], g, EPS))

    def parts(self, d_x, *more):
        """Without the axis of the tokens."""
        return d_x[:, 0], *more

    def forward(self, x):
        """(batch, features)."""
        return operation(self.ahead, self.back, x, self.gamma, self.beta)


class Rms(Layer):
    """RMS norm of yours."""

    def __init__(self, mine, features):
        super().__init__(mine, features)
        self.beta = None
        self.ahead = lambda x, g: mine.rms_forward(x[:, None], g, EPS)[:, 0]
        self.back = lambda u, x, g: self.parts(*mine.rms_backward(u[:, None], x[:, None], g, EPS))

    def forward(self, x):
        """(batch, features)."""
        return operation(self.ahead, self.back, x, self.gamma)


def net(norm):
    """Two hidden layers."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, 48), norm(48), nn.ReLU(), nn.Linear(48, 32), norm(32), nn.ReLU(), nn.Linear(32, 10)
    )


def swap(mine):
    """Train with all four."""
    nets = {
        "yours, layer norm": lambda: net(lambda n: Layer(mine, n)),
        "built in, layer norm": lambda: net(nn.LayerNorm),
        "yours, RMS norm": lambda: net(lambda n: Rms(mine, n)),
        "built in, RMS norm": lambda: net(lambda n: nn.RMSNorm(n, eps=EPS)),
    }
    yield from duel("practice:digits?n=600", nets, epochs=12, lr=0.003)
