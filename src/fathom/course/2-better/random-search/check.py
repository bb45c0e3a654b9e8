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
    for settings in many(t, 15, {"share": (0.6, 0.9, "linear")}):
        t.true(0.6 <= settings["share"] <= 0.9, "share lies outside of 0.6 to 0.9")


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
    found = many(t, 120)
    for a, b in (("rate", "decay"), ("rate", "dropout"), ("dropout", "decay")):
        # of independent draws the correlation of the ranks is within 0.5 but once in ten million
        ranks = [np.argsort(np.argsort([one[name] for one in found])) for name in (a, b)]
        t.true(abs(np.corrcoef(*ranks)[0, 1]) < 0.5, f"{a} and {b} rise and fall together")


@prop("the trials of a search are independent of each other", trials=1)
def own_draws(t: Trial) -> None:
    space, highest = {"rate": (0.0, 1.0, "linear")}, Code("lambda s: -s['rate']")
    tops = [t.mine("search", space, highest, 4, t.seed())[0]["rate"] for _ in range(200)]
    # the largest of four even draws is 0.8 on average, with a deviation of 0.163
    t.true(abs(np.mean(tops) - 0.8) < 0.06, f"the largest of four trials is {np.mean(tops):.2f} on average, not 0.80")


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
