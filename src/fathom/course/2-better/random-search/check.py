"""What must hold of random search."""

import numpy as np

from fathom.learning.trial import Code, Trial, prop

SPACE = {"rate": (1e-4, 1.0, "log"), "dropout": (0.05, 0.9, "linear"), "decay": (1e-6, 1e-2, "log")}


def many(t: Trial, n: int, space=SPACE):
    """Draws of one call each, from different seeds."""
    return [t.mine("draw", space, t.seed()) for _ in range(n)]


@prop("each value lies between its ends", trials=3)
def between(t: Trial) -> None:
    for settings in many(t, 15):
        t.equal(set(settings), set(SPACE), "a value for each setting")
        for name, (low, high, _) in SPACE.items():
            t.true(low <= settings[name] <= high, f"{name} lies outside of {low} to {high}")


@prop("on a log scale every decade is as likely, on a linear one every part", trials=1)
def scale(t: Trial) -> None:
    found = many(t, 200)
    for name, (low, high, kind) in SPACE.items():
        v = np.array([one[name] for one in found])
        u = np.log(v / low) / np.log(high / low) if kind == "log" else (v - low) / (high - low)
        ordered = np.sort(u)
        gap = np.max(np.abs(ordered - (np.arange(200) + 0.5) / 200))
        t.true(gap < 0.16, f"{name} is not drawn evenly on its scale: half of the draws lie below {np.median(v):.3g}")


@prop("settings are drawn independently", trials=1)
def independent(t: Trial) -> None:
    found = many(t, 80)
    a = np.log([one["rate"] for one in found])
    b = np.log([one["decay"] for one in found])
    t.true(abs(np.corrcoef(a, b)[0, 1]) < 0.55, "rate and decay rise and fall together")


@prop("the search returns the best of its draws, and its error", trials=4)
def best(t: Trial) -> None:
    error_of = Code("lambda s: (np.log10(s['rate']) + 2) ** 2 + s['dropout']")
    settings, error = t.mine("search", SPACE, error_of, 40, t.seed())
    expected = (np.log10(settings["rate"]) + 2) ** 2 + settings["dropout"]
    t.equal(error, expected, "the error is that of the settings")
    t.true(error < 1.1, f"the best of 40 draws has an error of {error:.2f}")


@prop("exactly so many trials are made", trials=2)
def counted(t: Trial) -> None:
    trials = t.dim(6, least=2)
    # the error falls from call to call, so that the last draw is the best
    falling = Code("(lambda c: lambda s: c.append(0) or 100.0 - len(c))([])")
    t.equal(t.mine("search", SPACE, falling, trials, t.seed())[1], 100.0 - trials, "the error of the last trial")


@prop("of equal errors the first is kept, and trials differ", trials=2)
def first(t: Trial) -> None:
    space = {"rate": (0.1, 1.0, "linear")}
    seed = t.seed()
    one = t.mine("search", space, Code("lambda s: 1.0"), 1, seed)[0]
    many_ = t.mine("search", space, Code("lambda s: 1.0"), 5, seed)[0]
    t.equal(many_, one, "the first of equals")
    high = t.mine("search", space, Code("lambda s: -s['rate']"), 30, seed)[0]["rate"]
    t.true(high > one["rate"] or one["rate"] > 0.7, "all trials are alike")
