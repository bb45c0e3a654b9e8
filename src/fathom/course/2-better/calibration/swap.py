"""A dense net that learned pictures of cats by heart: how sure it is, and how right, before and after your temperature."""

import numpy as np
import polars as pl
from torch import nn

from fathom.diagnosis.calibration import calibration
from fathom.learning.adapters import duel

BINS = 10


def net():
    """Wide."""
    return nn.Sequential(nn.AvgPool2d(4), nn.Flatten(), nn.Linear(768, 128), nn.ReLU(), nn.Linear(128, 2))


def swap(mine):
    """Train, then fit on one half of dev, and judge on the other."""

    def told(run):
        frame = run.results.filter(pl.col("split") == "dev")
        names = [name for name in frame.columns if name.startswith("p_")]
        z = np.log(np.maximum(frame.select(names).to_numpy().astype(float), 1e-30))  # softmax gives the same again
        labels = np.array([names.index(f"p_{one}") for one in frame["target"]])
        temperature = float(mine.fit(z[::2], labels[::2], 0.05, 20.0))
        before, after = (
            mine.calibration_error(mine.probabilities(z[1::2], t), labels[1::2], BINS) for t in (1.0, temperature)
        )
        found = calibration(frame, BINS)
        assert found is not None
        whole = mine.calibration_error(mine.probabilities(z, 1.0), labels, BINS)
        return (
            f"temperature {temperature:.2f}: error of the confidence {100 * before:.1f} %, then {100 * after:.1f} %; "
            f"of all of dev {100 * whole:.1f} %, built in {100 * found.ece:.1f} %"
        )

    yield from duel("practice:cats?n=1000", {"yours": net}, more=told, epochs=40, lr=0.01)
