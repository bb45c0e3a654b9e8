"""What must hold of clipping and sampling."""

import numpy as np

from fathom.learning.trial import Trial, prop


@prop("gradients are shortened together")
def short(t: Trial) -> None:
    grads = [t.normal(t.dim(3), t.dim(3), scale=3) for _ in range(t.dim(4))] + [t.normal(t.dim(3))]
    t.same("clip", grads, t.uniform(0.1, 8.0))


@prop("short ones stay as they are")
def stay(t: Trial) -> None:
    grads = [t.normal(t.dim(3)) for _ in range(t.dim(3))]
    t.equal(t.mine("clip", grads, 1000.0), grads, "they change")
    t.equal(t.mine("clip", [0 * g for g in grads], 1.0), [0 * g for g in grads], "zeros change")


@prop("at temperature 0 the likeliest is taken")
def cold(t: Trial) -> None:
    scores = t.normal(t.dim(6))
    t.equal(t.mine("sample", scores, 0.0, t.seed()), int(np.argmax(scores)), "another was taken")
    t.equal(t.mine("sample", scores, 0, t.seed()), int(np.argmax(scores)), "another was taken")


@prop("draws follow the softmax at each temperature", trials=1)
def drawn(t: Trial) -> None:
    for temperature in (0.5, 3.0):
        scores = np.array([2.0, 1.0, 0.0, -1.0]) + t.uniform(-1, 1)
        e = np.exp((scores - scores.max()) / temperature)
        expected = e / e.sum()
        n = 250
        counts = np.bincount([t.mine("sample", scores, temperature, t.seed()) for _ in range(n)], minlength=4)
        # three draws more than five deviations: what is rare is far from normal, and two of it may well be drawn
        off = np.abs(counts - n * expected) - 5 * np.sqrt(n * expected * (1 - expected))
        t.true(
            off.max() < 3,
            f"at temperature {temperature} the shares are {np.round(counts / n, 2)}, not {np.round(expected, 2)}",
        )


@prop("chance comes from rng alone", trials=1)
def repeatable(t: Trial) -> None:
    seeds = [t.seed() for _ in range(20)]
    first, again = ([t.mine("sample", np.zeros(50), 1.0, one) for one in seeds] for _ in range(2))
    t.equal(again, first, "generators with the same seeds give other letters: draw from rng alone")


@prop("scores of any size can be drawn from")
def large(t: Trial) -> None:
    scores = np.array([5000.0, 0.0, -5000.0, 4000.0])[t.rng.permutation(4)]
    t.equal(
        t.mine("sample", scores, t.uniform(0.5, 2.0), t.seed()),
        int(scores.argmax()),
        "the only likely one was not drawn",
    )
