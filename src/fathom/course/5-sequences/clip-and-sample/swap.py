"""A recurrent net at a rate that is too high for it: with your clipping, with fathom's, and with none."""

from unittest.mock import patch

import torch
from torch import nn

from fathom.learning.adapters import array, duel
from fathom.training import loop


class Rows(nn.Module):
    """Digits read row by row."""

    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.RNN(8, 32, nonlinearity="relu"), nn.Linear(32, 10)
        with torch.no_grad():
            self.rnn.weight_hh_l0.mul_(4)  # beyond 1, so that gradients grow from step to step

    def forward(self, x):
        """(batch, 1, 8, 8) to (batch, 10)."""
        return self.head(self.rnn(x[:, 0].transpose(0, 1))[0][-1])


def swap(mine):
    """Train with each."""

    def clip(net, largest):
        held = [p for p in net.parameters() if p.grad is not None]
        for p, g in zip(held, mine.clip([array(p.grad) for p in held], largest)):
            p.grad.copy_(torch.as_tensor(g, dtype=p.dtype))

    asked = {"epochs": 12, "lr": 0.3, "optimizer": "sgd", "grad_clip": 1.0}
    with patch.object(loop, "clip_gradient", clip):
        yield from duel("practice:digits?n=600", {"yours": Rows}, **asked)
    yield from duel("practice:digits?n=600", {"built in": Rows}, **asked)
    yield from duel("practice:digits?n=600", {"none": Rows}, **{**asked, "grad_clip": 0.0})
