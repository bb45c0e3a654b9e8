"""What must hold of train-dev and of the verdict, scored in projects whose truth is known."""

from fathom.learning.trial import Trial, prop


@prop("a random part of train, without repeats")
def random(t: Trial) -> None:
    n, share = 30 + 5 * t.dim(8), t.pick(0.5, 0.4, 0.3)
    seed = t.seed()
    got = list(t.mine("part", n, share, seed))
    t.equal(len(got), round(share * n), "its size")
    t.equal(got, sorted(set(got)), "sorted, and each once")
    t.true(all(0 <= i < n for i in got), "numbers below n")


@prop("it comes from rng", trials=2)
def repeatable(t: Trial) -> None:
    seed = t.seed()
    first, again, other = (list(t.mine("part", 60, 0.4, one)) for one in (seed, seed, t.seed()))
    t.equal(again, first, "a generator with the same seed gives another part: draw from rng alone")
    t.true(other != first, "another seed gives the same part: draw from rng")


@prop("every example may be in it", trials=1)
def fair(t: Trial) -> None:
    seen = [i for _ in range(60) for i in t.mine("part", 20, 0.3, t.seed())]
    counts = [seen.count(i) for i in range(20)]
    t.true(min(counts) > 3 and max(counts) < 34, "some are chosen far more often than others")


@prop("which are in it does not hang together", trials=1)
def apart(t: Trial) -> None:
    n, together = 240, {}
    for _ in range(n):
        found = list(t.mine("part", 6, 0.5, t.seed()))
        for pair in ((a, b) for a in found for b in found if a < b):
            together[pair] = together.get(pair, 0) + 1
    for pair in ((a, b) for a in range(6) for b in range(a + 1, 6)):
        share = together.get(pair, 0) / n
        told = f"{pair[0]} and {pair[1]} are in it together in {share:.2f} of the draws, not in 0.20"
        t.true(abs(share - 0.2) < 5.5 * (0.16 / n) ** 0.5, told)


@prop("the verdict")
def named(t: Trial) -> None:
    sets = []
    for _ in range(3):
        n = int(t.rng.integers(20, 400))
        sets.append((int(t.rng.integers(0, n // 2)), n))
    t.same("verdict", *sets, t.pick(1.0, 2.0, 3.0))


@prop("just above the bound it is named, just below it is not", always=False)
def bound(t: Trial) -> None:
    sizes = [int(n) for n in t.rng.permutation([40, 150, 600])]
    base = t.uniform(0.05, 0.15)
    shares = [base, base + 0.05, base + 0.3] if t.rng.random() < 0.5 else [base, base + 0.25, base + 0.3]
    sets = [(round(p * n), n) for p, n in zip(shares, sizes)]
    p = [wrong / n for wrong, n in sets]
    i = 1 if p[2] - p[1] > p[1] - p[0] else 0
    se = sum(p[k] * (1 - p[k]) / sizes[k] for k in (i, i + 1)) ** 0.5
    ratio = (p[i + 1] - p[i]) / se
    t.equal(t.mine("verdict", *sets, 0.97 * ratio), ("variance", "mismatch")[i], "the gap is above z standard errors")
    t.equal(t.mine("verdict", *sets, 1.03 * ratio), "", "the gap is below z standard errors")


@prop("small sets are no evidence")
def silent(t: Trial) -> None:
    t.same("verdict", (0, 9 + t.dim(5)), (0, 20), (0, 20), 3.0)
    t.same("verdict", (20, 2000), (t.pick(120, 110), 2000), (20, 60), 3.0)  # the larger gap is the less sure one
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
