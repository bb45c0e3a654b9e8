"""What must hold of CTC: against the sum over all paths, written out."""

from itertools import product

import numpy as np

from fathom.learning.trial import Trial, prop


def spelled(path):
    """By the definition."""
    merged = [c for i, c in enumerate(path) if i == 0 or path[i - 1] != c]
    return [c for c in merged if c]


def probabilities(t: Trial, frames: int, classes: int):
    """Of each class in each frame."""
    p = t.rng.random((frames, classes)) + 0.05
    p = np.round(p, 1) + 0.1 if t.plain else p
    return p / p.sum(1, keepdims=True)


@prop("what a path spells")
def spell(t: Trial) -> None:
    path = t.rng.integers(0, 3, t.dim(8, least=0)).tolist()
    t.same("collapse", path)


@prop("a blank separates two equal letters", always=False)
def double(t: Trial) -> None:
    c = t.dim(3)
    t.equal(t.mine("collapse", [0, c, c, 0, c, 0]), [c, c], "c c – c spells c c")


@prop("the probability is the sum over all paths", always=False)
def summed(t: Trial) -> None:
    frames, classes = t.dim(5), 2 + t.dim(1, least=0)
    p = probabilities(t, frames, classes)
    text = t.rng.integers(1, classes, t.dim(3, least=0)).tolist()
    expected = sum(
        np.prod(p[range(frames), path]) for path in product(range(classes), repeat=frames) if spelled(path) == text
    )
    t.equal(t.mine("score", p, text), expected, "the sum over all paths is another")


@prop("longer texts, with repeats")
def longer(t: Trial) -> None:
    classes = 1 + t.dim(3)
    text = t.rng.integers(1, classes, t.dim(4)).tolist()
    t.same("score", probabilities(t, 2 * len(text) + t.dim(3, least=0), classes), text)


@prop("the probabilities of all texts sum to 1", trials=3, always=False)
def whole(t: Trial) -> None:
    p = probabilities(t, 3, 3)
    texts = {tuple(spelled(path)) for path in product(range(3), repeat=3)}
    t.equal(sum(t.mine("score", p, list(text)) for text in texts), 1.0, "they do not")
