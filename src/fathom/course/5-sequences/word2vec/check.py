"""What must hold of skip-gram with negative sampling."""

import numpy as np

from fathom.learning.trial import Trial, prop


def case(t: Trial, scale: float = 1.0):
    """Pairs, words that were drawn, and two tables; words occur several times."""
    words, width, n, k = t.dim(5, least=2), t.dim(4), t.dim(5), t.dim(3)
    centres, neighbours = t.rng.integers(0, words, n), t.rng.integers(0, words, n)
    wrong = t.rng.integers(0, words, (n, k))
    return centres, neighbours, wrong, t.normal(words, width, scale=scale), t.normal(words, width, scale=scale)


@prop("each word with its neighbours")
def around(t: Trial) -> None:
    t.same("pairs", t.rng.integers(0, 20, 1 + t.dim(7)), t.pick(1, 2, 3))


@prop("equal words beside each other are a pair", trials=4)
def same_word(t: Trial) -> None:
    tokens = t.rng.integers(0, 20, 2 + t.dim(5))
    tokens[1] = tokens[0]
    t.same("pairs", tokens, t.pick(1, 2))


@prop("the probabilities of the wrong words")
def drawn(t: Trial) -> None:
    t.same("noise", t.rng.integers(1, 400, 1 + t.dim(6)).astype(float))


@prop("the loss")
def lost(t: Trial) -> None:
    t.same("loss", *case(t))


@prop("scores of any size have a loss", trials=4)
def large(t: Trial) -> None:
    t.same("loss", *case(t, scale=60.0))


@prop("the gradients")
def back(t: Trial) -> None:
    t.same("gradients", *case(t))


@prop("a word that occurs twice collects both gradients", trials=5)
def twice(t: Trial) -> None:
    centres, neighbours, wrong, inner, outer = case(t)
    centres, neighbours = np.repeat(centres, 2), np.repeat(neighbours, 2)
    t.same("gradients", centres, neighbours, np.concatenate([wrong, wrong + 0]), inner, outer)


@prop("the gradients agree with central differences", trials=4)
def numeric(t: Trial) -> None:
    centres, neighbours, wrong, inner, outer = case(t)
    d_inner, d_outer = t.mine("gradients", centres, neighbours, wrong, inner, outer)
    t.gradient(d_inner, lambda v: t.right("loss", centres, neighbours, wrong, v, outer), inner, 1.0, "that of inner")
    t.gradient(d_outer, lambda v: t.right("loss", centres, neighbours, wrong, inner, v), outer, 1.0, "that of outer")
