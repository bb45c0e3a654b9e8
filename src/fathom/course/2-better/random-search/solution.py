"""Random search over settings, on their own scales."""

import numpy as np


def draw(space, rng):
    """Draw one value for each setting.

    space: a dict from a name to (low, high, scale), scale "log" or "linear". rng: a NumPy Generator.
    Returns a dict from each name to a number between low and high, uniform on its scale.
    """
    drawn = {}
    for name, (low, high, scale) in space.items():
        u = rng.random()
        drawn[name] = low * (high / low) ** u if scale == "log" else low + (high - low) * u
    return drawn


def search(space, error_of, trials, rng):
    """Try that many draws; error_of(settings) is the error on dev. Returns the best settings and their error."""
    best, lowest = None, np.inf
    for _ in range(trials):
        settings = draw(space, rng)
        error = error_of(settings)
        if error < lowest:
            best, lowest = settings, error
    return best, lowest
