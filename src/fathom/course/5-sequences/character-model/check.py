"""What must hold of a model of letters; trained on made-up languages whose entropy is known."""

import numpy as np

from fathom.learning.trial import Trial, prop


def spoken(rng, letters, n):
    """A text of a random language in which each letter depends on the one before; and its entropy in bits."""
    table = rng.dirichlet(np.full(letters, 0.3), letters) * 0.98 + 0.02 / letters
    text = [0]
    for u in rng.random(n - 1):
        text.append(int(np.searchsorted(np.cumsum(table[text[-1]]), u)))
    text = np.minimum(np.array(text), letters - 1)
    return text, float(-np.log2(table[text[:-1], text[1:]]).mean())


@prop("windows, and what follows them")
def cut(t: Trial) -> None:
    n = t.dim(4)
    t.same("pairs", t.labels(n + t.dim(6), 5), n)


@prop("the table of a short text")
def counted(t: Trial) -> None:
    letters = t.dim(4)
    t.same("train", t.labels(1 + t.dim(9), letters), letters, t.uniform(0.1, 2.0))


@prop("the bits of a text")
def surprise(t: Trial) -> None:
    letters = t.dim(4)
    table = np.abs(t.rng.normal(size=(letters, letters))) + 0.1
    t.same("bits", table / table.sum(1, keepdims=True), t.labels(1 + t.dim(8), letters))


@prop("a language is learned nearly to its entropy, on three seeds", trials=3)
def learned(t: Trial) -> None:
    text, entropy = spoken(t.rng, 12, 12_000)
    table = t.mine("train", text[:9_000], 12, 0.5)
    reached = float(t.mine("bits", table, text[9_000:]))
    known = float(-np.log2(np.bincount(text, minlength=12)[text] / len(text)).mean())
    theirs = float(t.right("bits", t.right("train", text[:9_000], 12, 0.5), text[9_000:]))
    t.true(
        reached < theirs + 0.05,
        f"{reached:.2f} bits on new text; the solution has {theirs:.2f}, the entropy of the language is {entropy:.2f}",
    )
    t.true(reached < known, "knowing the letter before does not help")
