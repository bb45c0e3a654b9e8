"""Embeddings in which the same thing lies near: the triplet loss with the hardest examples, and recognition by one."""

import numpy as np


def distances(a, b):
    """The squared Euclidean distance of each row of a, (n, d), to each row of b, (m, d): (n, m)."""
    return ((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=2)


def hardest(e, labels):
    """The triplets of a batch, as a list of (anchor, positive, negative): row numbers of e.

    e: (n, d), embeddings. labels: (n,), whole numbers. Each row is an anchor once, in order, if there is another row
    with its label and one with another label. positive: the farthest of the other rows with its label. negative: the
    nearest row with another label.
    """
    d, triplets = distances(e, e), []
    for a in range(len(e)):
        same = labels == labels[a]
        if same.sum() > 1 and not same.all():
            positive = np.argmax(np.where(same, d[a], -1.0))
            triplets.append((a, int(positive), int(np.argmin(np.where(same, np.inf, d[a])))))
    return triplets


def loss(e, labels, margin):
    """The mean over the triplets of max(0, d(anchor, positive) - d(anchor, negative) + margin), with squared distances;
    0 where there is no triplet."""
    d, triplets = distances(e, e), hardest(e, labels)
    return sum(max(0.0, d[a, p] - d[a, n] + margin) for a, p, n in triplets) / max(1, len(triplets))


def gradient(e, labels, margin):
    """The gradient of the loss with respect to e, (n, d); which rows are hardest counts as fixed."""
    d, triplets, found = distances(e, e), hardest(e, labels), np.zeros(e.shape)
    for a, p, n in triplets:
        if d[a, p] - d[a, n] + margin > 0:
            found[a] += 2 * (e[n] - e[p])
            found[p] += 2 * (e[p] - e[a])
            found[n] += 2 * (e[a] - e[n])
    return found / max(1, len(triplets))


def recognize(e, known, names, farthest):
    """Who it is, with one example of each: a name for each row of e, as a list.

    e: (n, d). known: (m, d), one embedding for each of the names. The name of the nearest, or None where its squared
    distance is above farthest.
    """
    d = distances(e, known)
    return [names[int(k)] if row[k] <= farthest else None for row, k in zip(d, d.argmin(axis=1))]
