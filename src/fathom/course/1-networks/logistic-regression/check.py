"""What must hold of logistic regression."""

import numpy as np

from fathom.learning.trial import Trial, prop


def case(t: Trial):
    """Examples, labels, weights and bias."""
    n, f = t.dim(6), t.dim(4)
    return t.normal(n, f), t.labels(n, 2).astype(float), t.normal(f), float(t.normal(1)[0])


@prop("the probabilities")
def probable(t: Trial) -> None:
    x, _, w, b = case(t)
    t.same("predict", x, w, b)


@prop("the gradients")
def slopes(t: Trial) -> None:
    t.same("gradients", *case(t))


@prop("the gradients agree with central differences", trials=4, always=False)
def numeric(t: Trial) -> None:
    x, y, w, b = case(t)
    d_w, d_b = t.mine("gradients", x, y, w, b)

    def loss(w, b):
        s = x @ w + b
        return np.mean(np.logaddexp(0, s) - s * y)

    t.gradient(d_w, lambda v: loss(v, b), w, 1.0, "the gradient of the weights")
    t.gradient(np.array([d_b]), lambda v: loss(w, v[0]), np.array([b]), 1.0, "the gradient of the bias")


@prop("a step goes downhill, by the rate")
def downhill(t: Trial) -> None:
    t.same("step", *case(t), t.uniform(0.1, 2.0))
