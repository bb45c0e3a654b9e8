"""What must hold of the decomposition, Wilson's interval against SciPy."""

from scipy.stats import binomtest

from fathom.learning.trial import Trial, prop


@prop("Wilson's interval")
def interval(t: Trial) -> None:
    n = t.dim(9) * t.pick(1, 10)
    t.same("wilson", int(t.rng.integers(0, n + 1)), n, t.pick(1.96, 1.0, 2.58))


@prop("none wrong, all wrong")
def ends(t: Trial) -> None:
    n = t.dim(9)
    t.same("wilson", 0, n, 1.96)
    t.same("wilson", n, n, 1.96)


@prop("as SciPy has it", trials=3, always=False)
def peer(t: Trial) -> None:
    n = 5 + t.dim(200)
    wrong = int(t.rng.integers(0, n))
    other = binomtest(wrong, n).proportion_ci(0.95, method="wilson")
    t.equal(
        list(t.mine("wilson", wrong, n, 1.959963984540054)),
        [float(other.low), float(other.high)],
        "SciPy's differs",
        1e-6,
    )


@prop("the gaps")
def parts(t: Trial) -> None:
    t.same("gaps", *[t.uniform(0.0, 0.5) for _ in range(4)])


@prop("they add up", trials=3, always=False)
def whole(t: Trial) -> None:
    shares = [t.uniform(0.0, 0.5) for _ in range(4)]
    got = t.mine("gaps", *shares)
    t.equal(sum(got.values()), shares[3] - shares[0], "they do not add up to what lies between people and dev")


@prop("the largest")
def most(t: Trial) -> None:
    parts_ = {name: float(t.rng.integers(-2, 4)) / 10 for name in ("bias", "variance", "mismatch")}
    t.same("largest", parts_)
    t.same("largest", {name: -abs(v) for name, v in parts_.items()})
    t.same("largest", {"bias": -0.5, "variance": 0.2, "mismatch": t.uniform(0.0, 0.1)})
    t.same("largest", {"bias": 0.1, "variance": 0.3, "mismatch": t.uniform(0.0, 0.29)})
