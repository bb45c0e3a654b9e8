"""Vectors of words, learned by your skip-gram from short sentences, and asked about sentences that are new."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np

from fathom.data import practice
from fathom.data.source import cache_folder

EPOCHS, WIDTH, WRONG, RATE = 6, 16, 4, 20.0


def swap(mine):
    """Learn the vectors; then, which is the right neighbour, and which was drawn?"""
    with Path(practice.make("moods", cache_folder())).open(encoding="utf-8", newline="") as file:
        sentences = [row["text"].lower().split() for row in csv.DictReader(file)]
    counts = Counter(word for one in sentences for word in one)
    number = {word: i for i, word in enumerate(counts)}
    numbers = [np.array([number[word] for word in one]) for one in sentences if len(one) > 1]
    cut = len(numbers) * 4 // 5
    known, new = (np.concatenate([mine.pairs(one, 2) for one in part]) for part in (numbers[:cut], numbers[cut:]))
    chance = mine.noise(np.array(list(counts.values()), float))
    rng = np.random.default_rng(0)
    inner, outer = rng.normal(size=(len(counts), WIDTH)) * 0.1, np.zeros((len(counts), WIDTH))

    def draw(many, each):
        return rng.choice(len(counts), (many, each), p=chance)

    def judged():
        v, wrong = inner[new[:, 0]], draw(len(new), 1)
        right, other = (v * outer[new[:, 1]]).sum(axis=1), (v * outer[wrong[:, 0]]).sum(axis=1)
        above = (right > other).mean() + (right == other).mean() / 2
        return f"loss {mine.loss(*new.T, wrong, inner, outer):.2f}, the right neighbour scores higher in {100 * above:.0f} %"

    yield f"untrained {judged()} of {len(new):,} pairs of new sentences"
    for _ in range(EPOCHS):
        for batch in np.array_split(rng.permutation(len(known)), len(known) // 200):
            d_inner, d_outer = mine.gradients(*known[batch].T, draw(len(batch), WRONG), inner, outer)
            inner, outer = inner - RATE * d_inner, outer - RATE * d_outer
    yield f"yours     {judged()}"
    unit = inner / np.linalg.norm(inner, axis=1, keepdims=True)
    for word in ("sister", "happy"):
        near = np.argsort(-(unit @ unit[number[word]]))[1:4]
        yield f"nearest to “{word}”, which occurs {counts[word]} times: {', '.join(list(counts)[i] for i in near)}"
