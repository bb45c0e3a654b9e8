"""Noise that a net learns to take away: noised and sampled by you, beside the real digits."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from torch import nn

from fathom.learning.adapters import array

EPOCHS, STEPS, WIDTH = 60, 60, 8


class Denoiser(nn.Module):
    """Predicts the noise, from the noised numbers and the step."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(WIDTH + 1, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, WIDTH)
        )

    def forward(self, x, t):
        """(batch, width) and (batch,) to (batch, width)."""
        return self.layers(torch.cat([x, t[:, None] / STEPS], 1))


def swap(mine):
    """Train, judge the loss on new digits, and draw."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    x = PCA(WIDTH, whiten=True, random_state=0).fit_transform(load_digits().data)
    known, new, betas = x[:1400], x[1400:], np.linspace(0.002, 0.15, STEPS)
    net = Denoiser()
    steps = torch.optim.Adam(net.parameters(), lr=0.002)
    as_tensor = lambda a: torch.as_tensor(a, dtype=torch.float32)  # noqa: E731

    def predict(x, t):
        with torch.no_grad():
            return array(net(as_tensor(x), as_tensor(t)))

    yield f"yours keep {100 * mine.kept(betas)[-1]:.1f} % of the variance of a digit after {STEPS} steps"
    for _ in range(EPOCHS):
        for batch in np.array_split(rng.permutation(len(known)), len(known) // 50):
            t, noise = rng.integers(0, STEPS, len(batch)), rng.normal(size=(len(batch), WIDTH))
            steps.zero_grad()
            found = net(as_tensor(mine.noised(known[batch], t, noise, betas)), as_tensor(t))
            ((found - as_tensor(noise)) ** 2).mean().backward()
            steps.step()
    t, noise = rng.integers(0, STEPS, len(new)), rng.normal(size=new.shape)
    yield f"yours      loss {mine.loss(predict, new, t, noise, betas):.3f} on {len(new)} new digits; without a net it is 1"
    drawn = mine.sample(rng.normal(size=(300, WIDTH)), predict, betas, np.random.default_rng(1))
    near = lambda a: np.sqrt(((a[:, None] - known[None]) ** 2).sum(2)).min(axis=1).mean()  # noqa: E731
    yield f"distance to the nearest known digit: yours {near(drawn):.2f}, real new ones {near(new):.2f}, pure noise {near(rng.normal(size=(300, WIDTH))):.2f}"
