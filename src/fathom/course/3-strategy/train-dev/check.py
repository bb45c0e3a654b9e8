"""What must hold of train-dev and of the verdict, scored in projects whose truth is known."""

from fathom.learning.trial import Trial, prop


@prop("a random part of train, without repeats")
def random(t: Trial) -> None:
    n, share = 5 * t.dim(8), t.pick(0.2, 0.5, 0.1)
    seed = t.seed()
    got = list(t.mine("part", n, share, seed))
    t.equal(len(got), round(share * n), "its size")
    t.equal(got, sorted(set(got)), "sorted, and each once")
    t.true(all(0 <= i < n for i in got), "numbers below n")


@prop("every example may be in it", trials=1)
def fair(t: Trial) -> None:
    seen = [i for _ in range(60) for i in t.mine("part", 20, 0.3, t.seed())]
    counts = [seen.count(i) for i in range(20)]
    t.true(min(counts) > 3 and max(counts) < 34, "some are chosen far more often than others")


@prop("the verdict")
def named(t: Trial) -> None:
    sets = []
    for _ in range(3):
        n = int(t.rng.integers(20, 400))
        sets.append((int(t.rng.integers(0, n // 2)), n))
    t.same("verdict", *sets, t.pick(1.0, 2.0, 3.0))


@prop("small sets are no evidence")
def silent(t: Trial) -> None:
    t.same("verdict", (2, 20), (4, 20), (t.pick(5, 3), 20), 3.0)
    t.same("verdict", (20, 2000), (t.pick(400, 380), 2000), (401, 2000), 3.0)
    t.same("verdict", (20, 2000), (30, 2000), (t.pick(400, 200), 2000), 3.0)


@prop("in 150 projects what is said is right, and what is plain is said", trials=1, always=False)
def projects(t: Trial) -> None:
    said = right = plain = told = 0
    for i in range(150):
        base, n = t.rng.uniform(0.01, 0.1), int(t.rng.choice([60, 300, 1500]))
        variance, mismatch = t.rng.choice([0.0, 0.02, 0.1, 0.2], 2)
        rates = (base, base + variance, base + variance + mismatch)
        sets = [(int(t.rng.binomial(n, p)), n) for p in rates]
        got = t.mine("verdict", *sets, 3.0)
        truth = "variance" if variance > mismatch else "mismatch" if mismatch > variance else None
        if got:
            said += 1
            right += (got == truth) or (truth is None and max(variance, mismatch) > 0)
        if n == 1500 and abs(variance - mismatch) >= 0.08:
            plain += 1
            told += got == truth
    t.true(right >= 0.9 * said, f"{right} of {said} verdicts are right")
    t.true(told >= 0.95 * plain, f"{told} of {plain} plain cases are named")
