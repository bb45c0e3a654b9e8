"""A training that is stopped half-way and goes on from your snapshot, and one that is not stopped."""

import torch
from torch import nn
from torch.nn import functional as F

from fathom.learning.adapters import digits

EPOCHS = 8


def parts():
    """A net with dropout, Adam, and a schedule."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Dropout(0.3), nn.Linear(48, 10))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.005)
    return net, optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)


def go(net, optimizer, scheduler, epochs, x, y):
    """Train."""
    net.train()
    for _ in epochs:
        for batch in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            F.cross_entropy(net(x[batch]), y[batch]).backward()
            optimizer.step()
        scheduler.step()


def swap(mine):
    """Train both, and compare every weight."""
    x, y, x_new, y_new = digits()
    whole = parts()
    go(*whole, range(EPOCHS), x, y)
    first = parts()
    go(*first, range(EPOCHS // 2), x, y)
    data = mine.written(mine.snapshot(*first, EPOCHS // 2))
    again = parts()
    step = mine.resume(data, *again)
    go(*again, range(step, EPOCHS), x, y)
    for name, (net, *_) in {"yours, stopped after epoch " + str(step): again, "built in, not stopped": whole}.items():
        net.eval()
        with torch.no_grad():
            yield f"{name:28} error {100 * (net(x_new).argmax(1) != y_new).double().mean().item():.2f} %"
    apart = max((a - b).abs().max().item() for a, b in zip(again[0].parameters(), whole[0].parameters()))
    yield f"the weights differ by {apart:.1g} at most; a snapshot has {len(data):,} bytes, the weights alone {len(mine.weights_file(whole[0])):,}"
