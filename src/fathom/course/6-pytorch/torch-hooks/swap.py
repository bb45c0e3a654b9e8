"""Your hooks in trainings of a net on handwritten digits: at a rate that suits, and at one that kills its units."""

import torch
from torch import nn
from torch.nn import functional as F

from fathom.learning.adapters import digits

EPOCHS = 10


def swap(mine):
    """Train, and look inside."""
    x, y, x_new, y_new = digits()
    for rate in (0.1, 3.0):
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
        steps = torch.optim.SGD(net.parameters(), lr=rate)
        begun = sum(mine.gradient_norms(net, x[:100], y[:100]).values())
        for _ in range(EPOCHS):
            for batch in torch.randperm(len(x)).split(32):
                steps.zero_grad()
                F.cross_entropy(net(x[batch]), y[batch]).backward()
                steps.step()
        with torch.no_grad():
            wrong = (net(x_new).argmax(1) != y_new).double().mean().item()
        dead, zeros = mine.dead_units(net, net[1], list(x.split(100))), mine.activations(net, x)["1"][2]
        ended = sum(mine.gradient_norms(net, x[:100], y[:100]).values())
        yield (
            f"yours, rate {rate}: {len(dead)} of 48 units are dead, {100 * zeros:.0f} % of the activations are 0; gradient "
            f"{begun:.2f}, at the end {ended:.2f}; error {100 * wrong:.1f} %"
        )
