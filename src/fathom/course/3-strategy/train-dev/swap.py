"""Digits in three worlds: your verdict on what a training lacks, where it is known what that is."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid

SHARE, Z = 0.3, 2.0


def swap(mine):
    """Train on what is left of train, and judge on train, train-dev and dev."""
    pixels, truth = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(truth))  # the file is ordered by its writers: a world of its own
    pixels, truth = pixels[order], truth[order]
    moved = np.roll(pixels.reshape(-1, 8, 8), 1, axis=2).reshape(-1, 64)
    worlds = {  # examples of train, the classifier, pictures of dev, and what is wrong
        "means of many, dev alike": (1200, NearestCentroid(), pixels, ""),
        "neighbours of few, dev alike": (150, KNeighborsClassifier(1), pixels, "variance"),
        "means of many, dev moved": (1200, NearestCentroid(), moved, "mismatch"),
    }
    for name, (n, net, seen, wrong) in worlds.items():
        held = mine.part(n, SHARE, np.random.default_rng(1))
        rest = np.setdiff1d(np.arange(n), held)
        net.fit(pixels[rest], truth[rest])
        mistakes = [
            (int((net.predict(x) != y).sum()), len(y))
            for x, y in ((pixels[rest], truth[rest]), (pixels[held], truth[held]), (seen[1200:], truth[1200:]))
        ]
        said = mine.verdict(*mistakes, Z)
        told = ", ".join(f"{100 * a / b:.1f} %" for a, b in mistakes)
        right = "as it is" if said == wrong else "which is wrong"
        yield f"{name:28} train, train-dev, dev: {told}   yours: {said or 'nothing sure'}, {right}"
