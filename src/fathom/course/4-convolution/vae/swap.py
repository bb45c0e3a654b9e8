"""A variational autoencoder of digits: your draw and gradients, and PyTorch's."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

from fathom.learning.adapters import array, operation

EPOCHS, LATENT, WEIGHT = 20, 4, 1.0


class Coder(nn.Module):
    """64 pixels to 4 latent numbers, and back."""

    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 2 * LATENT))
        self.decode = nn.Sequential(nn.Linear(LATENT, 48), nn.ReLU(), nn.Linear(48, 64))


def reconstruction(logits, x):
    """The mean over the pictures."""
    return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)


def trained(step):
    """A coder, and noise and pixels of new digits to judge it by."""
    torch.manual_seed(0)
    x = torch.as_tensor(load_digits().data / 16, dtype=torch.float32)
    net = Coder()
    steps = torch.optim.Adam(net.parameters(), lr=0.003)
    for _ in range(EPOCHS):
        for batch in torch.randperm(1400).split(50):
            steps.zero_grad()
            step(net, x[batch], torch.randn(len(batch), LATENT)).backward()
            steps.step()
    return net, x[1400:]


def swap(mine):
    """Train with both; both are judged by your loss."""

    def own(net, x, noise):
        mean, log_var = net.encode(x).chunk(2, 1)
        n = array(noise)
        z = operation(  # its gradients hold those of the divergence, too
            lambda m, v: mine.draw(m, v, n), lambda g, m, v: mine.gradients(g, m, v, n, WEIGHT), mean, log_var
        )
        return reconstruction(net.decode(z), x)

    def theirs(net, x, noise):
        mean, log_var = net.encode(x).chunk(2, 1)
        divergence = 0.5 * (log_var.exp() + mean**2 - 1 - log_var).sum() / len(x)
        return reconstruction(net.decode(mean + (log_var / 2).exp() * noise), x) + WEIGHT * divergence

    for name, step in {"yours": own, "built in": theirs}.items():
        net, x = trained(step)
        with torch.no_grad():
            mean, log_var = net.encode(x).chunk(2, 1)
            logits = net.decode(mean + (log_var / 2).exp() * torch.randn(mean.shape))
        told = [array(one) for one in (x, logits, mean, log_var)]
        parts = mine.loss(*told, WEIGHT), mine.divergence(*told[2:]).mean()
        yield f"{name:9} loss {parts[0]:.2f} on {len(x)} new digits, of which the divergence is {parts[1]:.2f}"
