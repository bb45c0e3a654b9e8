"""What must hold of ceilings, and projects in which the choice is carried out."""

import numpy as np

from fathom.learning.trial import Trial, prop

TAGS = ("blur", "dark", "dog", "label", "small")


def project(t: Trial, n: int):
    """Mistakes with overlapping reasons; what work on each takes and mends."""
    k = 1 + t.dim(4)
    tags = TAGS[:k]
    mistakes = [[tag for tag in tags if t.rng.random() < 0.45] for _ in range(n)]
    days = {tag: float(t.rng.integers(1, 9)) for tag in tags}
    mended = {tag: round(float(t.rng.uniform(0.1, 0.95)), 2) for tag in tags}
    return mistakes, days, mended, float(t.rng.integers(2, 16))


def carried_out(rng, mistakes, chosen, mended):
    """How many mistakes are mended when the work is really done."""
    return sum(any(rng.random() < mended[tag] for tag in one if tag in chosen) for one in mistakes)


@prop("the ceilings")
def ceilings(t: Trial) -> None:
    mistakes, *_ = project(t, t.dim(8))
    t.same("ceiling", mistakes, 10 * t.dim(9) + 10)


@prop("the choice that is expected to mend most")
def expected(t: Trial) -> None:
    mistakes, days, mended, budget = project(t, t.dim(6) * 5)
    chosen = list(t.mine("choose", mistakes, days, mended, budget))
    t.equal(chosen, sorted(set(chosen)), "the tags are sorted, each once")
    best = t.right("choose", mistakes, days, mended, budget)

    def gain(tags):
        return float(sum(1 - np.prod([1 - mended[tag] for tag in one if tag in tags]) for one in mistakes))

    t.true(sum(days[tag] for tag in chosen) <= budget, "the budget is broken")
    t.equal(gain(chosen), gain(best), f"expected to be mended; the best choice is {best}", 1e-6)


@prop("what overlaps is mended once")
def overlapping(t: Trial) -> None:
    n = 4 + t.dim(9)
    mistakes = [["blur", "dark"]] * (n + 1) + [["dog"]] * n
    mended = {"blur": 0.9, "dark": 0.85, "dog": t.uniform(0.5, 0.8)}
    t.equal(
        list(t.mine("choose", mistakes, {"blur": 1.0, "dark": 1.0, "dog": 1.0}, mended, 2.0)), ["blur", "dog"],
        "work on dark pictures mends little that work on blurred ones has not",
    )  # fmt: skip


@prop("nothing is chosen where nothing can be afforded")
def poor(t: Trial) -> None:
    mistakes, days, mended, _ = project(t, 10)
    t.equal(
        list(t.mine("choose", mistakes, {k: v + 20 for k, v in days.items()}, mended, 19.0)), [], "the budget is broken"
    )


@prop("carried out in fifty projects, it mends as much as the best", trials=1)
def carried(t: Trial) -> None:
    mine = best = 0.0
    for i in range(50):
        t.level = 4
        mistakes, days, mended, budget = project(t, 60)
        chosen = t.mine("choose", mistakes, days, mended, budget)
        t.true(sum(days[tag] for tag in chosen) <= budget, "the budget is broken")
        world = int(t.rng.integers(2**31))
        mine += np.mean([carried_out(np.random.default_rng([world, k]), mistakes, chosen, mended) for k in range(3)])
        other = t.right("choose", mistakes, days, mended, budget)
        best += np.mean([carried_out(np.random.default_rng([world, k]), mistakes, other, mended) for k in range(3)])
    t.true(mine >= 0.985 * best, f"{mine:.0f} mistakes are mended; the best choice mends {best:.0f}")
