"""What must hold of gradients with respect to the input."""

import numpy as np

from fathom.learning.trial import Trial, prop


def net(t: Trial, d: int):
    """Weights of a net with a hidden layer, and how many classes it has."""
    units, classes = t.dim(5, least=2), t.dim(4, least=2)
    return (t.normal(d, units), t.normal(units), t.normal(units, classes), t.normal(classes)), classes


def case(t: Trial):
    """Pictures between 0 and 1, labels, and a net."""
    n, d = t.dim(4), t.dim(4)
    parts, classes = net(t, d)
    return t.uniform(0, 1, n, d), t.labels(n, classes), parts


def cross_entropy(z: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Of each example, (n,)."""
    top = z.max(axis=1, keepdims=True)
    return np.log(np.exp(z - top).sum(axis=1)) + top[:, 0] - z[np.arange(len(z)), labels]


@prop("the gradient of each example's loss")
def gradient(t: Trial) -> None:
    x, labels, parts = case(t)
    t.same("input_gradient", x, labels, *parts)


@prop("against central differences", trials=3, always=False)
def numeric(t: Trial) -> None:
    x, labels, parts = case(t)
    got = t.mine("input_gradient", x, labels, *parts)

    def losses(x: np.ndarray) -> np.ndarray:
        return cross_entropy(t.right("forward", x, *parts)[1], labels)

    t.gradient(got, losses, x, np.ones(len(x)), "the gradient with respect to x")


@prop("very sure logits", trials=2)
def sure(t: Trial) -> None:
    x, labels, (w1, b1, w2, b2) = case(t)
    t.same("input_gradient", x, labels, w1, b1 + 1, w2, b2 + 2000.0 * np.arange(len(b2)))


@prop("a step that raises the loss, between 0 and 1")
def step(t: Trial) -> None:
    x, labels, parts = case(t)
    t.same("attack", x, labels, t.uniform(0.05, 0.6), *parts)


@prop("what does not matter stays", trials=4)
def still(t: Trial) -> None:
    x, labels, (w1, b1, w2, b2) = case(t)
    w1[0] = 0
    t.same("attack", x, labels, 0.1, w1, b1, w2, b2)
    t.same("attack", x, labels, 0.1, w1, b1 - 50, w2, b2)


@prop("a small step on a small net raises the loss", trials=4, always=False)
def rises(t: Trial) -> None:
    x, labels, parts = case(t)
    x = 0.3 + 0.4 * x
    moved = np.asarray(t.mine("attack", x, labels, 1e-5, *parts), float)
    before, after = (cross_entropy(t.right("forward", at, *parts)[1], labels) for at in (x, moved))
    t.true(np.all(after >= before - 1e-9), "the loss of an example falls")


@prop("how much a pixel moves a logit")
def looks(t: Trial) -> None:
    x, labels, parts = case(t)
    t.same("saliency", x, labels, *parts)
