"""Embeddings of digits by your triplet loss, and by PyTorch's: a new digit is recognized by one example of each."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

from fathom.learning.adapters import array, operation

EPOCHS, MARGIN = 30, 1.0


def theirs(e, labels):
    """The same by PyTorch's distances and gradients."""
    d = ((e[:, None] - e[None]) ** 2).sum(2)
    same = labels[:, None] == labels[None]
    far = d.masked_fill(~same, -1.0).amax(1)
    return F.relu(far - d.masked_fill(same, torch.inf).amin(1) + MARGIN).mean()


def trained(loss):
    """A net whose embeddings this loss has shaped, and the digits to judge it by."""
    torch.manual_seed(0)
    pixels, labels = load_digits(return_X_y=True)
    x, y = torch.as_tensor(pixels / 16, dtype=torch.float32), torch.as_tensor(labels)
    net = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 16))
    steps = torch.optim.Adam(net.parameters(), lr=0.0005)
    for epoch in range(EPOCHS):
        order = torch.as_tensor(np.random.default_rng(epoch).permutation(1000))
        for batch in order.split(50):
            steps.zero_grad()
            loss(net(x[batch]), y[batch]).backward()
            steps.step()
    with torch.no_grad():
        return array(net(x[1000:])), labels[1000:]


def swap(mine):
    """Train with each, and let yours recognize."""

    def own(e, labels):
        y = labels.numpy()
        return operation(lambda e: mine.loss(e, y, MARGIN), lambda g, e: (g * mine.gradient(e, y, MARGIN),), e)

    for name, loss in {"yours": own, "built in": theirs, "untrained": None}.items():
        e, labels = (
            trained(loss) if loss else (load_digits(return_X_y=True)[0][1000:] / 16, load_digits().target[1000:])
        )
        first = [int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]
        said = mine.recognize(e, e[first], list(range(10)), np.inf)
        wrong = np.mean([a != b for a, b in zip(said, labels)])
        yield f"{name:9} error {100 * wrong:.1f} %, with one example of each digit{'' if loss else ', by their pixels'}"
