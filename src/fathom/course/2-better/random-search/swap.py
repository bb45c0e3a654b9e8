"""Your search sets the learning rate and the width of a real net; each trial is a training."""

import contextlib
import io
import tempfile
from pathlib import Path

import numpy as np
from torch import nn

from fathom.learning.adapters import duel

TRIALS = 8


def net(width):
    """A hidden layer."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10))


def swap(mine):
    """Search, then train once more with the best, beside a usual choice."""
    import fathom

    tried = []

    def error_of(settings):
        with tempfile.TemporaryDirectory() as place, contextlib.redirect_stdout(io.StringIO()):
            run = fathom.train(
                "practice:digits?n=600", net=net(round(settings["width"])), out=Path(place) / "run",
                lr=settings["rate"], epochs=4,
            )  # fmt: skip
            tried.append(run.figures["dev"].value)
        return tried[-1]

    space = {"rate": (1e-4, 1.0, "log"), "width": (4, 64, "log")}
    best, error = mine.search(space, error_of, TRIALS, np.random.default_rng(0))
    width = round(best["width"])
    yield f"dev errors of {len(tried)} trials: {', '.join(f'{100 * e:.0f}' for e in sorted(tried))} %"
    yield f"the best, {100 * error:.1f} %, has a rate of {best['rate']:.2g} and a width of {width}; trained again, and by a rate found by fathom's range test:"
    nets = {"yours": best["rate"], "built in": "auto"}
    for name, rate in nets.items():
        yield from duel("practice:digits?n=600", {name: lambda: net(width)}, epochs=4, lr=rate)
