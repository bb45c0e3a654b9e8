"""What must hold of dropout."""

import numpy as np

from fathom.learning.trial import Trial, look, prop


@look("forward")
def masks(args, got):
    """What tells masks of other draws apart: what is kept, by how much it is made larger, and in which pattern."""
    x, p, training, _ = args
    out, mask = np.asarray(got[0], float), np.asarray(got[1], float)
    if p == 0:
        return None
    if not training or mask.shape != x.shape:
        return [out, mask, 0.0]
    if x.size < 1500:
        return None
    kept = mask != 0
    size = float(mask[kept].mean()) if kept.any() else 0.0
    ratio = float(np.mean(out[x != 0] / x[x != 0]))
    return [float(kept.mean()), size, float(mask.std()), ratio, float(kept.mean(0).std()), float(kept.mean(1).std())]


@prop("each number is silenced, or made larger by what makes up for it")
def masked(t: Trial) -> None:
    x, p = t.normal(t.dim(5), t.dim(6)) + 5, t.uniform(0.1, 0.8)
    out, mask = t.mine("forward", x, p, True, t.seed())
    mask = np.asarray(mask)
    t.equal(mask.shape, x.shape, "the mask has the shape of x")
    t.true(np.all(np.isclose(mask, 0) | np.isclose(mask, 1 / (1 - p))), f"each is 0 or {1 / (1 - p):.3f}")
    t.equal(out, x * mask, "the output is x times the mask")


@prop("when the net is used, nothing is done")
def used(t: Trial) -> None:
    x = t.normal(t.dim(4), t.dim(4))
    out, mask = t.mine("forward", x, t.uniform(0.1, 0.8), False, t.seed())
    t.equal(out, x, "the output is x")
    t.equal(mask, np.ones_like(x), "the mask is ones")


@prop("with p = 0 nothing is done")
def never(t: Trial) -> None:
    x = t.normal(t.dim(4), t.dim(4))
    t.equal(t.mine("forward", x, 0.0, True, t.seed())[0], x, "the output is x")


@prop("the mean stays, and as many are silenced as should be", trials=3)
def mean(t: Trial) -> None:
    p = t.uniform(0.15, 0.4)
    out, mask = t.mine("forward", np.ones((70, 80)), p, True, t.seed())
    t.true(abs(np.mean(out) - 1) < 0.08, f"the mean of ones is {np.mean(out):.3f}")
    t.true(
        abs(np.mean(np.asarray(mask) == 0) - p) < 0.04,
        f"{np.mean(np.asarray(mask) == 0):.3f} are silenced, not {p:.3f}",
    )


@prop("examples and units are silenced independently", trials=3)
def independent(t: Trial) -> None:
    mask = np.asarray(t.mine("forward", np.ones((40, 40)), 0.5, True, t.seed())[1]) > 0
    t.true(mask.mean(0).min() > 0 and mask.mean(0).max() < 1, "a unit is silenced for all examples at once")
    t.true(mask.mean(1).min() > 0 and mask.mean(1).max() < 1, "all units of an example are silenced at once")


@prop("each number is silenced by a draw of its own, so that how many are varies", trials=1)
def own_draws(t: Trial) -> None:
    p, n = t.uniform(0.3, 0.6), 120
    shape = (6, 5)
    silent = np.array([np.asarray(t.mine("forward", np.ones(shape), p, True, t.seed())[1]) == 0 for _ in range(n)])
    each = p * (1 - p)
    for what, counts, of in (
        ("in all", silent.sum((1, 2)), 30),
        ("of an example", silent.sum(2).ravel(), 5),
        ("of a unit", silent.sum(1).ravel(), 6),
    ):
        ratio = float(counts.var() / (of * each))  # of independent draws 1, of a fixed number 0
        bound = 7 * np.sqrt(2 / len(counts))
        t.true(
            1 - min(0.9, bound) < ratio < 1 + bound,
            f"how many are silenced {what} varies {ratio:.2f} times as much as by independent draws: p is a probability,"
            " not a share that is reached exactly",
        )


@prop("the mask comes from rng", trials=2)
def repeatable(t: Trial) -> None:
    seed, x = t.seed(), np.ones((8, 9))
    first, again, other = (np.asarray(t.mine("forward", x, 0.5, True, one)[1]) for one in (seed, seed, t.seed()))
    t.equal(again, first, "a generator with the same seed gives another mask: draw from rng alone")
    t.true(not np.array_equal(other, first), "another seed gives the same mask: draw from rng")


@prop("the gradient passes where the signal did")
def back(t: Trial) -> None:
    x, p = t.normal(t.dim(4), t.dim(4)), t.uniform(0.2, 0.6)
    mask = t.right("forward", x, p, True, t.seed())[1]
    t.same("backward", t.normal(*x.shape), mask)
