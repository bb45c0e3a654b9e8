"""BLEU: how many of the n-grams of translations stand in the references."""

from collections import Counter
from math import exp, log


def ngrams(words, n):
    """How often each n-gram occurs, its words joined by spaces: of ["a", "b", "a"] and n = 2, {"a b": 1, "b a": 1}."""
    return dict(Counter(" ".join(words[i : i + n]) for i in range(len(words) - n + 1)))


def clipped(candidate, references, n):
    """The n-grams of the candidate that count as found, and all that it has: a pair of whole numbers.

    candidate: a list of words. references: a list of such. An n-gram counts at most as often as it occurs in the one
    reference in which it occurs most often.
    """
    own = ngrams(candidate, n)
    inside = [ngrams(one, n) for one in references]
    found = sum(min(count, max(one.get(gram, 0) for one in inside)) for gram, count in own.items())
    return found, sum(own.values())


def closest(candidate, references):
    """The length of the reference that is nearest to the candidate's length; of equally near ones the shorter."""
    return min((abs(len(one) - len(candidate)), len(one)) for one in references)[1]


def bleu(candidates, references, most=4):
    """BLEU of a whole corpus, between 0 and 1; 0 where no n-gram of some length is found.

    candidates: a list of translations. references: for each a list of references. The geometric mean of the precisions
    of 1- to most-grams, each summed over the corpus, times exp(1 − r / c) where the candidates' length c in all is
    below r, the sum of the closest references' lengths.
    """
    total = 0.0
    for n in range(1, most + 1):
        pairs = [clipped(c, r, n) for c, r in zip(candidates, references)]
        found, all_ = sum(a for a, _ in pairs), sum(b for _, b in pairs)
        if found == 0:
            return 0.0
        total += log(found / all_) / most
    c = sum(len(one) for one in candidates)
    r = sum(closest(one, refs) for one, refs in zip(candidates, references))
    return exp(total + min(0.0, 1 - r / c))
