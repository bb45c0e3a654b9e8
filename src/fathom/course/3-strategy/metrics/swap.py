"""Four nets are trained, and yours is the choice: the fewest mistakes, among those that are small enough."""

from functools import partial

import polars as pl
from torch import nn

from fathom.learning.adapters import duel

WIDTHS, MOST = (2, 6, 16, 128), 2000


def net(width):
    """A hidden layer."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10))


def swap(mine):
    """Train, choose, and say how its classes differ."""

    def told(run):
        frame = run.results.filter(pl.col("split") == "dev")
        truth, said = frame["target"].to_list(), frame["prediction"].to_list()
        scores = {cls: mine.f1(truth, said, cls) for cls in sorted(set(truth))}
        worst = min(scores, key=scores.__getitem__)
        return f"F1 from {scores[worst]:.2f} (digit {worst}) to {max(scores.values()):.2f}"

    models = []
    for width in WIDTHS:
        many = 75 * width + 10
        for line in duel(
            "practice:digits?n=600", {f"yours, {width} units": partial(net, width)}, more=told, epochs=12, lr=0.005
        ):
            models.append({"error": float(line.split("dev error ")[1].split()[0]), "weights": many})
            yield f"{line}, {many:,} weights"
    best, free = mine.choose(models, "error", {"weights": MOST}), mine.choose(models, "error", {})
    yield f"you choose {WIDTHS[best]} units with at most {MOST:,} weights, and {WIDTHS[free]} without a limit"
