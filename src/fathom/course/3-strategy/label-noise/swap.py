"""Wrong labels planted among handwritten digits: how many do your suspects hold, and what is training without them worth?"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

NOISE = 0.1


def fit_predict(x_train, y_train, x):
    """Logistic regression."""
    return LogisticRegression(max_iter=300, C=0.1).fit(x_train, y_train).predict_proba(x)


def swap(mine):
    """Plant, find, and train again without what was found; errors are on digits with right labels."""
    pixels, truth = load_digits(return_X_y=True)
    x, y, x_new, y_new = pixels[:1200] / 16, truth[:1200], pixels[1200:] / 16, truth[1200:]
    rng = np.random.default_rng(0)
    wrong = rng.random(len(y)) < NOISE
    given = np.where(wrong, (y + rng.integers(1, 10, len(y))) % 10, y)
    found = mine.suspects(mine.out_of_fold(x, given, rng.integers(0, 5, len(y)), fit_predict), given)
    right = int(wrong[found].sum())
    yield f"{wrong.sum()} labels of {len(y)} were made wrong; you suspect {len(found)}, and {right} of these are"

    def error(kept, labels):  # of a model that takes every label at its word
        nearest = KNeighborsClassifier(1).fit(x[kept], labels[kept])
        return 100 * (1 - nearest.score(x_new, y_new))

    everything, clean = np.ones(len(y), bool), np.ones(len(y), bool)
    clean[found] = False
    yield f"error of the nearest neighbour with all of them {error(everything, given):.1f} %, without your suspects {error(clean, given):.1f} %"
    yield f"error of the nearest neighbour with every label right {error(everything, y):.1f} %"
