"""Wrong labels, found by models that have not seen them."""

import numpy as np


def out_of_fold(x, y, folds, fit_predict):
    """The probabilities that a model gives to examples it was not trained on: (examples, classes).

    folds: (examples,), the number of each example's fold, from 0. fit_predict(x_train, y_train, x) trains on the former
    and returns the probabilities of the latter, (len(x), classes).
    """
    p = None
    for fold in np.unique(folds):
        out = folds == fold
        found = fit_predict(x[~out], y[~out], x[out])
        p = np.zeros((len(x), found.shape[1])) if p is None else p
        p[out] = found
    return p


def suspects(p, y):
    """The numbers of the examples whose label is probably wrong, in rising order, as an array.

    p: (examples, classes), out of fold. y: (examples,); each class occurs. The bar of a class is the mean of its
    probability over the examples that are labelled so. An example is suspect where, of the classes that reach their
    bars, the likeliest is not its label; where none does it is not.
    """
    bars = np.array([p[y == j, j].mean() for j in range(p.shape[1])])
    reached = np.where(p >= bars, p, -1.0)  # (examples, classes)
    return np.flatnonzero((reached.max(axis=1) >= 0) & (reached.argmax(axis=1) != y))
