"""What must hold of initial weights."""

import numpy as np

from fathom.learning.trial import Trial, prop


@prop("the deviation")
def deviation(t: Trial) -> None:
    t.same("scale", t.dim(500) * t.pick(1, 7), t.pick("relu", "tanh", "linear"))
    t.same("scale", t.dim(9), t.pick("linear", "relu", "tanh"))
    t.same("scale", 4 + t.dim(9), "relu")


@prop("a weight for each pair, a bias for each unit, and these 0")
def shapes(t: Trial) -> None:
    widths = [t.dim(5) for _ in range(2 + t.dim(3))]
    layers = t.mine("initialize", widths, t.pick("relu", "tanh"), t.seed())
    t.equal([np.shape(w) for w, _ in layers], list(zip(widths, widths[1:])), "the shapes of the weights")
    for (_, b), n in zip(layers, widths[1:]):
        t.equal(b, np.zeros(n), "the biases are not 0")


@prop("no two weights are equal, and their mean is near 0")
def different(t: Trial) -> None:
    w = np.asarray(t.mine("initialize", [50, 40], "relu", t.seed())[0][0])
    t.true(len(np.unique(w)) == w.size, "units that begin equal stay equal")
    t.true(abs(w.mean()) < 6 * w.std() / np.sqrt(w.size), "the mean of the weights is far from 0")


@prop("the weights have the deviation", trials=2)
def spread(t: Trial) -> None:
    inputs, activation = t.pick(50, 80), t.pick("relu", "tanh")
    w = np.asarray(t.mine("initialize", [inputs, 100], activation, t.seed())[0][0])
    expected = t.right("scale", inputs, activation)
    t.true(0.93 < w.std() / expected < 1.07, f"the deviation is {w.std():.4f}, and should be {expected:.4f}")


@prop("they are normal numbers, from the generator that is given", trials=2)
def drawn(t: Trial) -> None:
    seed, other = t.seed(), t.seed()
    w = np.asarray(t.mine("initialize", [80, 100], "relu", seed)[0][0])
    far = float(np.mean(np.abs(w) > 2 * w.std()))  # of normal numbers 4.6 %, of uniform ones none
    t.true(0.03 < far < 0.065, f"{100 * far:.1f} % lie beyond two deviations, and of normal numbers 4.6 %")
    again = t.mine("initialize", [80, 100], "relu", seed)[0][0]
    t.equal(
        again, w, "a generator with the same seed gives other weights: draw from rng alone, or no run can be repeated"
    )
    t.true(
        not np.array_equal(t.mine("initialize", [80, 100], "relu", other)[0][0], w),
        "another seed gives the same weights: draw from rng",
    )


@prop("the size survives 12 layers of relu", trials=1)
def survives(t: Trial) -> None:
    layers = t.mine("initialize", [64] * 13, "relu", t.seed())
    x = t.rng.normal(size=(20, 64))
    for w, b in layers:
        x = np.maximum(x @ w + b, 0)
    size = float(np.sqrt((x**2).mean()))
    t.true(0.15 < size < 6, f"of size 1 is left {size:.2g}")
