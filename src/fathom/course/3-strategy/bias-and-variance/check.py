"""What must hold of the decomposition, and of the equation that defines Wilson's interval."""

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


@prop("each end is a share from which what was seen lies z standard errors away", trials=6, always=False)
def defined(t: Trial) -> None:
    n, z = 5 + t.dim(200), t.pick(1.96, 1.0, 2.58)
    wrong = int(t.rng.integers(1, n))
    for end in t.mine("wilson", wrong, n, z):
        t.true(0 < end < 1, f"{end:.3f} is no share")
        t.equal(abs(wrong / n - end), z * (end * (1 - end) / n) ** 0.5, "it lies at another distance", 1e-6)


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
    t.same("largest", dict.fromkeys(parts_, t.uniform(0.1, 0.2)))
    t.same("largest", {"bias": -0.5, "variance": 0.2, "mismatch": t.uniform(0.0, 0.1)})
    t.same("largest", {"bias": 0.1, "variance": 0.3, "mismatch": t.uniform(0.0, 0.29)})
