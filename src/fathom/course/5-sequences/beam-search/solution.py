"""Beam search over the words of a model."""

import numpy as np


def beam(log_p, end, width, longest):
    """The best sentence that a search with a beam finds.

    log_p(words) gives, for a list of words, the logarithms of the probabilities of each next one, an array (words,).
    end: the word that ends a sentence. width: beginnings that are kept. longest: words a sentence may have, the end
    included; what is longer is cut off there. In each step the best `width` by their sums are kept, finished and
    unfinished together; at the end the best by its sum divided by its number of words wins.
    Returns the words, a list with the end if there is one, and their sum.
    """
    kept = [([], 0.0)]
    for _ in range(longest):
        grown = []
        for words, total in kept:
            if words and words[-1] == end:
                grown.append((words, total))
            else:
                grown += [([*words, word], total + float(x)) for word, x in enumerate(log_p(words))]
        kept = sorted(grown, key=lambda one: -one[1])[:width]
    return max(kept, key=lambda one: one[1] / len(one[0]))
