"""What must hold of initial weights."""

import numpy as np

from fathom.learning.trial import Trial, look, prop


@look("initialize")
def drawn_alike(args, got):
    """What tells weights of other draws apart: their deviation, mean and tails, how many differ, and the biases."""
    widths, _, _ = args
    found = []
    for (w, b), inputs, outputs in zip(got, widths, widths[1:]):
        w, b = np.asarray(w, float), np.asarray(b, float)
        if w.shape != (inputs, outputs) or b.shape != (outputs,):
            return [w.shape, b.shape]
        if w.size < 2000:
            return None
        size = w.std() * np.sqrt(inputs)
        z = (w - w.mean()) / w.std() if w.std() > 0 else w
        found.append(
            [
                np.log(size + 1e-9),
                w.mean() * np.sqrt(inputs),
                (z**4).mean(),
                len(np.unique(w)) / w.size,
                np.log(np.abs(b).mean() + 1e-9),
                b.std(),
            ]
        )
    return found


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


@prop("each weight is a draw of its own", trials=1)
def own_draws(t: Trial) -> None:
    n, seeds = 36, 80
    pairs = [t.mine("initialize", [6, 6, 6], "tanh", t.seed()) for _ in range(seeds)]
    w = np.array([[np.asarray(layer[0]).ravel() for layer in one] for one in pairs]) / t.right(
        "scale", 6, "tanh"
    )  # deviation 1
    means, variances = w.mean(2).ravel(), w.var(2).ravel()
    t.true(0.4 < n * means.var() < 1.9, "the means of the layers vary otherwise than by independent draws")
    says = "the deviations of the layers vary otherwise than by independent draws: what is drawn is not adjusted afterwards"
    t.true(0.3 < variances.var() * n / 2 < 2.3, says)
    shared = float(np.corrcoef(w[:, 0].ravel(), w[:, 1].ravel())[0, 1])
    t.true(
        abs(shared) < 0.1,
        "the layers have the same weights: each goes on with the generator where the last one stopped",
    )


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
