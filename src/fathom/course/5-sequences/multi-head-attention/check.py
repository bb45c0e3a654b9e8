"""What must hold of attention with several heads."""

import numpy as np

from fathom.learning.trial import Trial, prop


def case(t: Trial):
    """What looks, what is looked at, weights, the number of heads, and a mask that leaves each query one key."""
    n, m, heads, d = t.dim(4), t.dim(5), t.pick(2, 1, 3), t.dim(3)
    width = heads * d
    allowed = t.rng.random((n, m)) < 0.6
    allowed[np.arange(n), t.rng.integers(0, m, n)] = True
    weights = [t.normal(width, width, scale=0.7) for _ in range(4)]
    return t.normal(n, width), t.normal(m, width), *weights, heads, allowed


@prop("the features are cut into heads")
def cut(t: Trial) -> None:
    heads = t.pick(2, 1, 3, 4)
    t.same("split", t.normal(1 + t.dim(4), heads * t.dim(3)), heads)


@prop("the heads are put side by side")
def together(t: Trial) -> None:
    heads, places, d = t.pick(2, 1, 3), 1 + t.dim(3), t.dim(3)
    t.same("merge", t.normal(heads, places, d))
    x = t.normal(places, heads * d)
    t.equal(t.mine("merge", t.right("split", x, heads)), x, "merge does not undo split")


@prop("the output and the weights")
def forward(t: Trial) -> None:
    _, weights = t.same("attend", *case(t))
    t.equal(np.sum(weights, 2), np.ones(np.shape(weights)[:2]), "the weights of each query sum to 1, in each head")


@prop("with one head and nothing projected it is plain attention", always=False)
def single(t: Trial) -> None:
    n, width = t.dim(4), t.dim(3)
    x, eye = t.normal(n, width), np.eye(width)
    allowed = np.tril(np.ones((n, n), bool))
    z = np.where(allowed, x @ x.T / np.sqrt(width), -np.inf)
    e = np.exp(z - z.max(1, keepdims=True))
    out, _ = t.mine("attend", x, x, eye, eye, eye, eye, 1, allowed)
    t.equal(out, e / e.sum(1, keepdims=True) @ x, "one head, the weights the identity")


@prop("the gradients of wv and wo")
def gradients(t: Trial) -> None:
    args = case(t)
    t.same("backward", t.normal(*args[0].shape), *args)


@prop("the gradients agree with central differences", trials=3)
def numeric(t: Trial) -> None:
    x, memory, wq, wk, wv, wo, heads, allowed = case(t)
    g = t.normal(*x.shape)
    d_wv, d_wo = t.mine("backward", g, x, memory, wq, wk, wv, wo, heads, allowed)

    def out(v, o):
        return t.right("attend", x, memory, wq, wk, v, o, heads, allowed)[0]

    t.gradient(d_wv, lambda w: out(w, wo), wv, g, "the gradient of wv")
    t.gradient(d_wo, lambda w: out(wv, w), wo, g, "the gradient of wo")
