"""What must hold of the fit, and choices scored by the error that they reach."""

import numpy as np

from fathom.learning.trial import Trial, prop

SIZES = np.array([50.0, 100, 200, 400, 800])


@prop("a power law is found again")
def found(t: Trial) -> None:
    a, b = t.uniform(0.5, 5.0), t.uniform(0.1, 0.6)
    sizes = SIZES[: 1 + t.dim(4)]
    t.equal(list(t.mine("fit", sizes, a * sizes**-b)), [a, b], "a and b of an exact power law", 1e-6)


@prop("the fit of noisy errors")
def noisy(t: Trial) -> None:
    sizes = SIZES[: 2 + t.dim(3)]
    t.same("fit", sizes, np.exp(t.normal(len(sizes), scale=0.3)) * sizes**-0.3)


@prop("the choice")
def chosen(t: Trial) -> None:
    e = [t.uniform(0.3, 0.9) * SIZES ** -t.uniform(0.05, 0.2), t.uniform(1.0, 4.0) * SIZES ** -t.uniform(0.2, 0.5)]
    t.same("decide", SIZES, *e, float(10 ** t.rng.uniform(2, 6)), t.uniform(0.0, 0.3))


@prop("where both are alike it stays with the steps", always=False)
def alike(t: Trial) -> None:
    e = t.uniform(0.3, 0.9) * SIZES**-0.2
    t.same("decide", SIZES, e, e * t.pick(0.99, 0.95, 1.0), 1000.0, 0.1)


@prop("in a hundred projects the choice reaches an error near the best", trials=1, always=False)
def projects(t: Trial) -> None:
    mine = best = 0.0
    for _ in range(100):
        a, b, c, d = t.rng.uniform(0.3, 0.8), t.rng.uniform(0.05, 0.2), t.rng.uniform(1, 5), t.rng.uniform(0.25, 0.5)
        noise = np.exp(t.rng.normal(0, 0.05, (2, 5)))
        n = float(10 ** t.rng.uniform(2, 5.5))
        got = t.mine("decide", SIZES, a * SIZES**-b * noise[0], c * SIZES**-d * noise[1], n, 0.05)
        truth = {"steps": a * n**-b, "direct": c * n**-d}
        mine, best = mine + np.log(truth[got]), best + np.log(min(truth.values()))
    t.true(
        mine - best < 3.0,
        f"on average the error is {100 * (np.exp((mine - best) / 100) - 1):.1f} % above the best choice's",
    )
