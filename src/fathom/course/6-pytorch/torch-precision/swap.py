"""A net on handwritten digits that computes in bfloat16 by your loss, and one that computes in float32."""

import torch
from torch import nn
from torch.nn import functional as F

from fathom.learning.adapters import digits

EPOCHS = 15


def swap(mine):
    """Train both by the same steps."""
    x, y, x_new, y_new = digits()
    whole = lambda net, x, y: F.cross_entropy(net(x), y)  # noqa: E731
    for name, loss_of in {"yours": mine.loss_of, "float32": whole}.items():
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(64, 48), nn.LayerNorm(48), nn.ReLU(), nn.Linear(48, 10))
        for _ in range(EPOCHS):
            for batch in torch.randperm(len(x)).split(32):
                net.zero_grad()
                loss = loss_of(net, x[batch], y[batch])
                loss.backward()
                with torch.no_grad():
                    for p in net.parameters():
                        p.copy_(mine.step(p, p.grad.bfloat16(), 0.2)[0] if name == "yours" else p - 0.2 * p.grad)
        with torch.no_grad():
            wrong = (net(x_new).argmax(1) != y_new).double().mean().item()
        types = (
            f"   layers give {', '.join(mine.types_of(net, x[:2]))}".replace("torch.", "") if name == "yours" else ""
        )
        yield f"{name:9} error {100 * wrong:.1f} %, last loss {loss.item():.3f}{types}"
