"""Byte-pair encoding: words cut into pieces that are learned from how often they occur."""

from collections import Counter


def merge(pieces, pair):
    """Join each occurrence of the pair, from left to right: ["a", "b", "a", "b"] with ("a", "b") gives ["ab", "ab"].

    pieces: a list of strings. pair: two strings. Returns a new list.
    """
    joined, i = [], 0
    while i < len(pieces):
        if tuple(pieces[i : i + 2]) == tuple(pair):
            joined.append(pieces[i] + pieces[i + 1])
            i += 2
        else:
            joined.append(pieces[i])
            i += 1
    return joined


def learn(counts, merges):
    """The pairs that are joined, in order; at most `merges` of them.

    counts: how often each word occurs, a dict. Each word begins as its letters. Each time the pair of neighbours that
    occurs most often in all words is joined everywhere; of equally frequent pairs the one that comes first in the
    order of Python's tuples. It ends early when no word has two pieces left.
    """
    words = [(list(word), n) for word, n in counts.items()]
    found = []
    for _ in range(merges):
        often = Counter()
        for pieces, n in words:
            for pair in zip(pieces, pieces[1:]):
                often[pair] += n
        if not often:
            break
        best = min(often, key=lambda pair: (-often[pair], pair))
        words = [(merge(pieces, best), n) for pieces, n in words]
        found.append(best)
    return found


def encode(word, pairs):
    """The pieces of a word: its letters, joined by the learned pairs in their order."""
    pieces = list(word)
    for pair in pairs:
        pieces = merge(pieces, pair)
    return pieces
