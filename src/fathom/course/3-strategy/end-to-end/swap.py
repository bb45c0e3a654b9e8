"""Your power law at work: the errors at three sizes of the data say what a fourth, larger one will give."""

import numpy as np
from torch import nn

from fathom.learning.adapters import duel

SIZES = (100, 200, 400, 1600)


def net():
    """A hidden layer."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))


def swap(mine):
    """Measure at three sizes, say what comes, and measure that."""
    errors = []
    for size in SIZES:
        if size == SIZES[-1]:
            a, b = mine.fit(np.array(SIZES[:-1], float), np.array(errors))
            yield f"your law: {a:.2f} · n^−{b:.2f}; at {size:,} examples that is an error of {100 * a * size**-b:.1f} %"
        for line in duel(f"practice:digits?n={size}", {f"yours, {size:,} examples": net}, epochs=20, lr=0.005):
            errors.append(max(float(line.split("dev error ")[1].split()[0]) / 100, 0.001))
            yield line
