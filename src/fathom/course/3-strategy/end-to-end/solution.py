"""Power laws of two ways, and the choice between them."""

import numpy as np


def fit(sizes, errors):
    """a and b of error = a · size^(−b), by least squares on logarithms.

    sizes, errors: (measurements,). Returns a, b.
    """
    slope, intercept = np.polyfit(np.log(sizes), np.log(errors), 1)
    return float(np.exp(intercept)), float(-slope)


def decide(sizes, steps, direct, n, margin):
    """ "direct" if, at n examples, its fitted error is below (1 − margin) times that of the steps; else "steps".

    sizes, steps, direct: (measurements,): where both were measured, and their errors.
    """
    (a, b), (c, d) = fit(sizes, steps), fit(sizes, direct)
    return "direct" if c * n**-d < (1 - margin) * a * n**-b else "steps"
