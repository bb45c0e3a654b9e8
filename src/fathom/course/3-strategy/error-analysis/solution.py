"""Ceilings of tags, and the work that brings most within a budget."""

from itertools import combinations

import numpy as np


def ceiling(mistakes, examples):
    """By how much the error can fall at most if all mistakes with a tag are mended: a dict from each tag to a share.

    mistakes: a list of lists of tags, one for each mistake; a tag stands once in each. examples: of dev.
    """
    tags = {tag for one in mistakes for tag in one}
    return {tag: sum(tag in one for one in mistakes) / examples for tag in tags}


def choose(mistakes, days, mended, budget):
    """The set of tags to work on that is expected to mend most mistakes within a budget of days, as a sorted list.

    days: a dict from each tag to what the work on it takes. mended: a dict from each tag to the share of its mistakes
    that such work mends, each mistake independently. A mistake with several chosen tags has several chances.
    """
    best, most = [], 0.0
    for size in range(1, len(days) + 1):
        for chosen in combinations(sorted(days), size):
            if sum(days[tag] for tag in chosen) > budget:
                continue
            gain = 0.0
            for one in mistakes:
                left = 1.0
                for tag in one:
                    left *= 1 - mended[tag] * (tag in chosen)
                gain += 1 - left
            if gain > most + 1e-9:
                best, most = list(chosen), gain
    return best
