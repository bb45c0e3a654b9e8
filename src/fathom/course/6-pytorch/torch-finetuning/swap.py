"""A net that knows ten digits learns from few examples which are odd: as you freeze and free it, or from the start."""

import torch
from torch import nn
from torch.nn import functional as F

from fathom.learning.adapters import digits

EPOCHS, EXAMPLES = 30, 30


class Net(nn.Module):
    """A body with a batch norm, and a head."""

    def __init__(self, classes):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(64, 48), nn.BatchNorm1d(48), nn.ReLU(), nn.Linear(48, 32), nn.ReLU())
        self.head = nn.Linear(32, classes)

    def forward(self, x):
        """(batch, 64) to (batch, classes)."""
        return self.head(self.body(x))


def fit(net, x, y, groups, epochs, ready):
    """Train with Adam."""
    steps = torch.optim.Adam(groups, lr=0.003)
    for _ in range(epochs):
        ready()
        for batch in torch.randperm(len(x)).split(32):
            steps.zero_grad()
            F.cross_entropy(net(x[batch]), y[batch]).backward()
            steps.step()
    net.eval()


def error(net, x, y):
    """In percent."""
    with torch.no_grad():
        return 100 * (net(x).argmax(1) != y).double().mean().item()


def swap(mine):
    """Train on the digits, then on their parity."""
    torch.manual_seed(0)
    x, y, x_new, y_new = digits()
    net, fresh = Net(10), Net(2)
    fit(net, x, y, net.parameters(), EPOCHS // 3, net.train)
    mine.new_head(net, 2)
    mine.freeze(net, True)
    asked, judged = (x[:EXAMPLES], y[:EXAMPLES] % 2), (x_new, y_new % 2)
    free = [group for group in mine.groups(net, 0.01, 0.1, 0.0) if group["params"]]
    fit(net, *asked, free, EPOCHS, lambda: mine.training_mode(net))
    yield f"yours, the body frozen   error {error(net, *judged):.1f} % in telling odd from even, by {EXAMPLES} examples"
    mine.freeze(net, False)
    fit(net, *asked, mine.groups(net, 0.001, 0.1, 0.0), EPOCHS, lambda: mine.training_mode(net))
    yield f"yours, then set free     error {error(net, *judged):.1f} %"
    fit(fresh, *asked, fresh.parameters(), 2 * EPOCHS, fresh.train)
    yield f"from the start           error {error(fresh, *judged):.1f} %"
