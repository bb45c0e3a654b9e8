"""What must hold of masked attention."""

import numpy as np

from fathom.learning.trial import Trial, prop


def case(t: Trial):
    """Queries, keys, values, and a mask that leaves each query one key at least."""
    n, m, d, e = t.dim(4), t.dim(5), t.dim(4), t.dim(3)
    allowed = t.rng.random((n, m)) < 0.6
    allowed[np.arange(n), t.rng.integers(0, m, n)] = True
    return t.normal(n, d), t.normal(m, d), t.normal(m, e), allowed


@prop("the output and the weights")
def forward(t: Trial) -> None:
    _, weights = t.same("attention", *case(t))
    t.equal(np.sum(weights, 1), np.ones(len(weights)), "the weights of each query sum to 1")


@prop("large scores do not overflow")
def large(t: Trial) -> None:
    q, k, v, allowed = case(t)
    t.same("attention", q * 100, k * 100, v, allowed)


@prop("what must not be seen changes nothing")
def future(t: Trial) -> None:
    n, d = t.dim(5, least=2), t.dim(3)
    q, k, v = t.normal(n, d), t.normal(n, d), t.normal(n, 2)
    causal = np.tril(np.ones((n, n), bool))
    before = t.mine("attention", q, k, v, causal)[0]
    k[-1], v[-1] = k[-1] + 3, v[-1] - 5
    after = t.mine("attention", q, k, v, causal)[0]
    t.equal(np.asarray(after)[:-1], np.asarray(before)[:-1], "changing the last position moves the ones before it")
    t.equal(after, t.right("attention", q, k, v, causal)[0], "the output of causal attention")


@prop("the gradients")
def gradients(t: Trial) -> None:
    q, k, v, allowed = case(t)
    t.same("backward", t.normal(len(q), v.shape[1]), q, k, v, allowed)


@prop("the gradients agree with central differences", trials=3)
def numeric(t: Trial) -> None:
    q, k, v, allowed = case(t)
    upstream = t.normal(len(q), v.shape[1])
    d_q, d_k, d_v = t.mine("backward", upstream, q, k, v, allowed)
    t.gradient(d_q, lambda x: t.right("attention", x, k, v, allowed)[0], q, upstream, "the gradient of the queries")
    t.gradient(d_k, lambda x: t.right("attention", q, x, v, allowed)[0], k, upstream, "the gradient of the keys")
    t.gradient(d_v, lambda x: t.right("attention", q, k, x, allowed)[0], v, upstream, "the gradient of the values")
