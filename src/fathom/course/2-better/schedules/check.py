"""What must hold of the schedule."""

import numpy as np

from fathom.learning.trial import Trial, prop


@prop("the rate without warm-up")
def plain(t: Trial) -> None:
    steps = t.dim(20)
    t.same("rate_at", int(t.rng.integers(steps)), steps, t.uniform(0.1, 1.0), 0)


@prop("the rate during warm-up, and after it")
def warmed(t: Trial) -> None:
    warmup = 1 + t.dim(6)
    steps = warmup + t.dim(12)
    peak = t.uniform(0.1, 1.0)
    for step in (0, warmup - 1, warmup, steps - 1, int(t.rng.integers(steps))):
        t.same("rate_at", step, steps, peak, warmup)


@prop("up to the peak, then down")
def shape(t: Trial) -> None:
    rates = [t.mine("rate_at", i, 30, 2.0, 10) for i in range(30)]
    t.equal(max(rates), 2.0, "the highest rate")
    t.true(np.all(np.diff(rates[:11]) > 0), "it rises to the end of the warm-up")
    t.true(np.all(np.diff(rates[10:]) < 0), "it falls after that")
