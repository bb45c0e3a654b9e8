"""A schedule of the learning rate: warm-up, then half a cosine."""

import numpy as np


def rate_at(step, steps, peak, warmup):
    """The rate of a step, from 0 to steps - 1.

    It rises in a line, from 0 at step 0 to the peak at step `warmup`, then falls along half a cosine that would reach 0
    at step `steps`. With no warm-up it begins at the peak. Returns a number.
    """
    if step < warmup:
        return peak * step / warmup
    done = (step - warmup) / (steps - warmup)
    return peak * 0.5 * (1 + np.cos(np.pi * done))
