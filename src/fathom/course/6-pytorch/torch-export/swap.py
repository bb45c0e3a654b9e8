"""A trained net, and the graph that you have exported of it: the same answers, in batches of any size."""

import torch
from torch import nn
from torch.nn import functional as F

from fathom.learning.adapters import digits

EPOCHS = 10


def swap(mine):
    """Train, export, and ask both."""
    torch.manual_seed(0)
    x, y, x_new, y_new = digits()
    net = nn.Sequential(nn.Linear(64, 48), nn.BatchNorm1d(48), nn.ReLU(), nn.Dropout(0.2), nn.Linear(48, 10))
    steps = torch.optim.Adam(net.parameters(), lr=0.005)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(x)).split(32):
            steps.zero_grad()
            F.cross_entropy(net(x[batch]), y[batch]).backward()
            steps.step()
    net.eval()
    program = mine.exported(net, x[:4])
    apart = float(mine.largest_difference(net, program, [x_new[:2], x_new[:100], x_new]))
    with torch.no_grad():
        for name, run in {"yours": program.module(), "the net": net}.items():
            yield f"{name:9} error {100 * (run(x_new).argmax(1) != y_new).double().mean().item():.1f} % on {len(x_new)} digits"
    yield f"logits differ by {apart:.1g} at most; batches had 2, 100 and {len(x_new)} digits, the example 4"
