"""What must hold of the search for wrong labels, and mistakes that were planted."""

import numpy as np

from fathom.learning.trial import Code, Trial, prop

CENTRES = Code(
    "lambda a, b, x: (lambda d: np.exp(-d) / np.exp(-d).sum(1, keepdims=True))("
    "(lambda d: d - d.min(1, keepdims=True))(np.stack([((x - a[b == k].mean(0)) ** 2).sum(1) / 2 for k in range(3)], 1)))"
)
WITNESS = Code(
    "lambda a, b, x: np.c_[np.isin(x[:, 0], a[:, 0]) * 1.0, np.full(len(x), len(a)), np.full(len(x), b.sum())]"
)


@prop("each example is judged by a model that has not seen it, but all others")
def unseen(t: Trial) -> None:
    n = 2 + t.dim(8)
    folds = t.rng.permutation(np.arange(n) % (2 + t.dim(2)))
    x, y = np.arange(n)[:, None] + 0.5, t.labels(n, 3)
    got = t.same("out_of_fold", x, y, folds, WITNESS)
    t.equal(np.asarray(got)[:, 0], np.zeros(n), "a model has seen what it judges")


@prop("the suspects")
def flagged(t: Trial) -> None:
    k = 1 + t.dim(3)
    n = k + t.dim(8)
    p = np.round(64 * t.rng.dirichlet(np.full(k, 0.5), n)) / 64  # their sums are exact, in any order
    y = np.concatenate([np.arange(k), t.labels(n - k, k)])
    t.same("suspects", p, y)


@prop("classes that are always hard have a lower bar")
def bars(t: Trial) -> None:
    e = t.uniform(0.0, 0.03)
    p = np.array([[0.97 - e, 0.03 + e], [0.96, 0.04], [0.55, 0.45], [0.6, 0.4], [0.45, 0.55]])
    t.same("suspects", p, np.array([0, 0, 1, 1, 0]))
    t.same("suspects", p, np.array([0, 0, 1, 1, 1]))


@prop("planted mistakes are found, on three seeds", trials=3)
def planted(t: Trial) -> None:
    n = 600
    truth = t.rng.integers(0, 3, n)
    x = t.rng.normal(size=(n, 2)) + 4.0 * np.array([[0, 0], [1, 0], [0, 1]])[truth]
    wrong = t.rng.choice(n, 60, replace=False)
    y = truth.copy()
    y[wrong] = (y[wrong] + 1 + t.rng.integers(0, 2, 60)) % 3
    folds = t.rng.permutation(np.arange(n) % 5)
    p = t.mine("out_of_fold", x, y, folds, CENTRES)
    got = set(np.asarray(t.mine("suspects", np.asarray(p), y)).tolist())
    theirs = set(np.asarray(t.right("suspects", t.right("out_of_fold", x, y, folds, CENTRES), y)).tolist())
    hits, found = len(got & set(wrong.tolist())), len(theirs & set(wrong.tolist()))
    t.true(hits >= found - 2, f"{hits} of 60 wrong labels are found; the solution finds {found}")
    t.true(
        len(got) - hits <= len(theirs) - found + 2,
        f"{len(got) - hits} flags are wrong; of the solution's {len(theirs) - found}",
    )
