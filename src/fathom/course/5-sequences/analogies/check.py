"""What must hold of vectors of words."""

import numpy as np

from fathom.learning.trial import Trial, prop


@prop("the cosine")
def alike(t: Trial) -> None:
    n = t.dim(5)
    u, v = t.normal(n), t.normal(n)
    t.same("cosine", u, v)
    t.equal(t.mine("cosine", 5 * u, 0.2 * v), t.right("cosine", u, v), "the length matters")
    t.equal(t.mine("cosine", 0 * u, v), 0.0, "of a vector of zeros")


@prop("the analogy, without the three words that are given")
def fourth(t: Trial) -> None:
    words = 4 + t.dim(6, least=0)
    table = t.normal(words, 1 + t.dim(4))
    a, b, c = t.rng.choice(words, 3, replace=False).tolist()
    t.same("analogy", table, a, b, c)


@prop("the analogy holds where directions do", always=False)
def planted(t: Trial) -> None:
    base, royal, female = t.normal(8), t.normal(8), t.normal(8)
    table = np.stack([base, base + royal, base + female, base + royal + female, *t.normal(3, 8)])
    table[3] *= t.uniform(0.3, 3.0)  # frequent words are longer
    t.equal(t.mine("analogy", table, 0, 1, 2), 3, "base is to base + royal as base + female is to another word")

    one = np.eye(3)
    # the last word lies along b + c: it would be the answer if a were not taken away
    table = np.stack([one[0], one[0] + one[1], one[2], one[1] + one[2], 2 * one[0] + one[1] + one[2]])
    t.equal(t.mine("analogy", table, 0, 1, 2), 3, "a is taken away from b")


@prop("the direction decides, not the length and not the distance", always=False)
def direction(t: Trial) -> None:
    one = np.eye(3)
    far = t.uniform(2.0, 5.0) * (one[1] + one[2])  # the very direction, but far away
    near = one[1] + one[2] + 0.4 * one[0]
    table = np.stack([one[0], one[0] + one[1], one[2], far, near, 20 * one[1]])
    t.equal(t.mine("analogy", table, 0, 1, 2), 3, "the word whose direction is that of b − a + c")


@prop("nothing is left along a direction that was removed")
def removed(t: Trial) -> None:
    n = t.dim(4)
    vectors, direction = t.normal(t.dim(4), n), t.normal(n, scale=2)
    direction[0] += 0.5 if abs(direction[0]) < 0.1 else 0.0
    got = t.same("remove", vectors, direction)
    t.equal(np.asarray(got) @ direction, np.zeros(len(vectors)), "a part along the direction is left")
    t.equal(t.mine("remove", np.asarray(got), direction), got, "removing it again changes something")
