"""F1, and the choice of a model under limits."""

import numpy as np


def f1(truth, said, cls):
    """F1 of one class; 0.0 where the class is neither there nor said. truth, said: lists of classes."""
    tp = sum(a == cls and b == cls for a, b in zip(truth, said))
    fp = sum(a != cls and b == cls for a, b in zip(truth, said))
    fn = sum(a == cls and b != cls for a, b in zip(truth, said))
    return 2 * tp / max(1, 2 * tp + fp + fn)


def choose(models, optimize, limits):
    """The number of the best model that keeps all limits; None where none does.

    models: a list of dicts from figures to numbers. optimize: the figure that is to be as small as possible; of equal
    ones the first model. limits: a dict from a figure to the largest value that is still allowed.
    """
    allowed = [i for i, m in enumerate(models) if all(m[name] <= most for name, most in limits.items())]
    return min(allowed, key=lambda i: models[i][optimize]) if allowed else None
