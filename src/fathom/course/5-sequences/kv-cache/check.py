"""What must hold of a cache of keys and values."""

import numpy as np

from fathom.learning.trial import Trial, prop


def case(t: Trial, least: int = 0):
    """New tokens, a cache of some before, and weights."""
    new, before, width, d = t.dim(4), t.dim(4, least=least), t.dim(3), t.dim(3)
    cache = (t.normal(before, d), t.normal(before, d))
    return t.normal(new, width), cache, t.normal(width, d), t.normal(width, d), t.normal(width, d)


@prop("the output, and the longer cache")
def one(t: Trial) -> None:
    t.same("extend", *case(t))


@prop("a single token behind others sees them all")
def single(t: Trial) -> None:
    x, cache, *weights = case(t, least=2)
    t.same("extend", x[:1], cache, *weights)


@prop("in pieces the outputs are those of the whole")
def pieces(t: Trial) -> None:
    n, width, d = t.dim(6, least=2), t.dim(3), t.dim(3)
    x, weights = t.normal(n, width), [t.normal(width, d) for _ in range(3)]
    nothing = (np.zeros((0, d)), np.zeros((0, d)))
    whole = t.right("extend", x, nothing, *weights)
    cuts = [0, *sorted(set(t.rng.integers(1, n, t.dim(3)).tolist())), n]
    out, cache = [], nothing
    for a, b in zip(cuts, cuts[1:]):
        part, cache = t.mine("extend", x[a:b], cache, *weights)
        out.append(part)
    t.equal(np.concatenate(out), whole[0], f"cut at {cuts[1:-1]} the outputs differ from those of all {n} at once")
    t.equal(cache, whole[1], "the cache at the end differs from that of all at once")


@prop("how many rows are computed")
def many(t: Trial) -> None:
    t.same("rows", t.dim(20), t.dim(12))


@prop("step by step the rows are those that are counted", trials=4)
def counted(t: Trial) -> None:
    prompt, new = t.dim(6), t.dim(6)
    steps = range(prompt, prompt + new)
    t.equal(t.mine("rows", prompt, new), (sum(steps), prompt + new - 1), "counted one by one")


@prop("how many bytes the cache takes")
def large(t: Trial) -> None:
    t.same("memory", t.dim(4), t.dim(4), 2 * t.dim(4), 1 + t.dim(9), t.dim(3), t.pick(2, 4, 1))
