"""Your checker put to work: on parts of PyTorch and of fathom, and on some that are broken on purpose."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from fathom.nets.text.crf import CRF


class Leaky(torch.autograd.Function):
    """A relu whose gradient forgets where the input was negative."""

    @staticmethod
    def forward(ctx, x):
        """max(x, 0)."""
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, g):
        """Wrong: everything passes."""
        return g


class Rounded(torch.autograd.Function):
    """A square whose gradient was computed with 8 bits too few."""

    @staticmethod
    def forward(ctx, x):
        """x²."""
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        """Nearly 2 x."""
        return g * 2 * ctx.saved_tensors[0].to(torch.bfloat16).double()


def agrees(mine, function, shape):
    """What your checker says of a function of a tensor."""
    rng = np.random.default_rng(0)
    probe = rng.normal(size=1000)

    def number(tensor):
        out = function(tensor).flatten()
        return (out * torch.as_tensor(probe[: len(out)])).sum()

    def gradient(x):
        t = torch.tensor(x, requires_grad=True)
        number(t).backward()
        return t.grad.numpy()

    return mine.agrees(lambda x: number(torch.tensor(x)).item(), gradient, rng.normal(size=shape))


def swap(mine):
    """Judge each."""
    torch.manual_seed(0)
    lstm, crf = nn.LSTM(3, 4).double(), CRF(torch.ones(4, 4)).double()
    words = torch.tensor([[0, 2, 1, 1]])
    parts = {
        "softmax": (lambda x: x.softmax(1), (3, 4), True),
        "a convolution": (lambda x: F.conv2d(x, torch.ones(2, 1, 3, 3, dtype=torch.float64)), (2, 1, 5, 5), True),
        "an LSTM through time": (lambda x: lstm(x)[0], (5, 2, 3), True),
        "fathom's conditional random field": (lambda x: crf.loss(x, words, torch.tensor([4])), (1, 4, 3), True),
        "a relu that forgets where it was 0": (Leaky.apply, (4, 5), False),
        "a square with 8 bits too few": (Rounded.apply, (4, 5), False),
    }
    for name, (function, shape, right) in parts.items():
        said = agrees(mine, function, shape)
        yield f"{name:36} {'agrees' if said else 'does not agree':15} {'as it should' if said == right else 'and is wrong'}"
