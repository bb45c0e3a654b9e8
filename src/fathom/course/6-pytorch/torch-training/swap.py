"""Your loop trains a net on handwritten digits, and fathom's trains the same."""

import torch
from torch import nn

from fathom.learning.adapters import digits, duel

EPOCHS = 15


def net():
    """A hidden layer."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 48), nn.ReLU(), nn.Dropout(0.2), nn.Linear(48, 10))


def swap(mine):
    """Train with both; fathom's has another split, and judges on 120 digits."""
    torch.manual_seed(0)
    x, y, x_new, y_new = digits(360)
    one = net()
    optimizer = torch.optim.Adam(one.parameters(), lr=0.003)
    for epoch in range(1, EPOCHS + 1):
        batches = [(x[i], y[i]) for i in torch.randperm(len(x)).split(32)]
        loss = mine.train_epoch(one, batches, optimizer, 5.0, 1)
        if epoch in (1, EPOCHS):
            judged, wrong = mine.evaluate(one, list(zip(x_new.split(100), y_new.split(100))))
            yield f"yours     epoch {epoch}: loss {loss:.2f}, on new digits {judged:.2f}, error {100 * wrong:.1f} %"
    yield from duel("practice:digits?n=600", {"built in": net}, epochs=EPOCHS, lr=0.003)
