"""What must hold of a low-rank update."""

import numpy as np

from fathom.learning.trial import Trial, prop


def case(t: Trial):
    """Inputs, the frozen matrix, two narrow ones, and their strength."""
    n, inputs, outputs, rank = t.dim(4), t.dim(5), t.dim(5), t.pick(2, 1, 3)
    x, w, a, b = t.normal(n, inputs), t.normal(inputs, outputs), t.normal(inputs, rank), t.normal(rank, outputs)
    return x, w, a, b, t.uniform(0.5, 9.0)


@prop("the output")
def ahead(t: Trial) -> None:
    t.same("forward", *case(t))


@prop("with b = 0 it is the layer as it was")
def start(t: Trial) -> None:
    x, w, a, b, alpha = case(t)
    t.equal(t.mine("forward", x, w, a, 0 * b, alpha), x @ w, "before anything is learned the output differs")


@prop("one matrix does the same")
def one(t: Trial) -> None:
    x, w, a, b, alpha = case(t)
    got = t.same("merged", w, a, b, alpha)
    t.equal(x @ np.asarray(got), t.right("forward", x, w, a, b, alpha), "the merged matrix gives another output")


@prop("the gradients")
def back(t: Trial) -> None:
    x, w, a, b, alpha = case(t)
    t.same("backward", t.normal(len(x), w.shape[1]), x, w, a, b, alpha)


@prop("at the start b has a gradient, and a has none")
def first(t: Trial) -> None:
    x, w, a, b, alpha = case(t)
    g = t.normal(len(x), w.shape[1])
    t.same("backward", g, x, w, a, 0 * b, alpha)


@prop("the gradients agree with central differences", trials=4)
def numeric(t: Trial) -> None:
    x, w, a, b, alpha = case(t)
    g = t.normal(len(x), w.shape[1])
    d_x, d_a, d_b = t.mine("backward", g, x, w, a, b, alpha)
    t.gradient(d_x, lambda v: t.right("forward", v, w, a, b, alpha), x, g, "the gradient of x")
    t.gradient(d_a, lambda v: t.right("forward", x, w, v, b, alpha), a, g, "the gradient of a")
    t.gradient(d_b, lambda v: t.right("forward", x, w, a, v, alpha), b, g, "the gradient of b")


@prop("how many numbers are learned")
def counted(t: Trial) -> None:
    t.same("learned", 1 + t.dim(30), 1 + t.dim(40), t.dim(8))
