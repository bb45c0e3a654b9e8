"""Causal self-attention on a sentence of six words: scores, mask, weights, and the output of one word."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

WORDS = ("the", "cat", "sat", "since", "it", "slept")
KEYS = np.array([[0, 0, 1], [2, 0, 0], [0, 2, 0], [0, 0, 1], [1, 0, 0.5], [0, 1.6, 0]])
"""How much each word is a noun, a verb, another word; made up, as a trained net would learn them."""
QUERIES = np.array([[1, 0, 0.5], [0.5, 0.5, 0.5], [2, 0, 0], [0, 2, 0], [2.5, 0, 0], [2, 0.3, 0.5]])
"""What each word looks for."""
ASKING = 4


def scores() -> np.ndarray:
    """Of each query with each key, ``(words, words)``."""
    return QUERIES @ KEYS.T / np.sqrt(KEYS.shape[1])


def weights(masked: bool = True) -> np.ndarray:
    """The softmax of the scores over the keys that may be read, ``(words, words)``."""
    z = np.where(np.tril(np.ones((6, 6), bool)) | (not masked), scores(), -np.inf)
    e = np.exp(z - z.max(1, keepdims=True))
    return np.asarray(e / e.sum(1, keepdims=True))


def frames() -> list[Frame]:
    """The maps one after another, then one row."""
    z, p = scores(), weights()
    best = int(p[ASKING].argmax())
    return [
        _map(z, None, "scores").frame("Scores: each word (row) compares its query with the key of each word (column)."),
        _map(z, "mask", "scores with mask").frame(
            "The causal mask: a word must not read words after it. Their scores become minus infinity."
        ),
        _map(p, "mask", "weights").frame(
            "The softmax of each row: weights that sum to 1. The first word can only read itself."
        ),
        _map(p, "row", "weights").frame(
            f"The row of '{WORDS[ASKING]}': most of its weight, {p[ASKING, best]:.2f}, is on "
            f"'{WORDS[best]}', the noun before it."
        ),
        _mean().frame(
            f"The output of '{WORDS[ASKING]}' is the mean of the values, weighted by its row. "
            "Later words have weight 0."
        ),
    ]


def _map(values: np.ndarray, part: str | None, name: str) -> Canvas:
    """A heat map, rows ask and columns are read."""
    canvas = Canvas(
        f"Attention: {name}",
        f"A heat map of six rows and six columns, one for each word of a sentence: {name}.",
        height=262,
    )
    shown = np.tril(values) if part else values
    cell = 36
    canvas.grid(96, 40, shown, cell=cell, largest=1.8 * float(np.abs(values).max()))
    for i, word in enumerate(WORDS):
        on = part == "row" and i == ASKING
        canvas.text(90, 62 + cell * i, word, size=13, anchor="end", bold=on, color="amber" if on else "ink")
        canvas.text(114 + cell * i, 32, word, size=12)
        for j in range(6):
            if part and j > i:
                canvas.text(114 + cell * j, 62 + cell * i, "–", size=13, color="muted")
            else:
                canvas.text(114 + cell * j, 62 + cell * i, f"{values[i, j]:.2f}".replace("-", "−"), size=12, bold=on)
    if part == "row":
        canvas.outline(96.0, 40 + cell * ASKING, 6 * cell, cell, edge=3)
    canvas.text(90, 32, "reads →", size=11, color="muted", anchor="end")
    return canvas


def _mean() -> Canvas:
    """The values of the words flow into one output, as thick as their weights."""
    canvas = Canvas(
        "The output of one position",
        "Six boxes, the values, with arrows to one output; the weight is the thickness.",
        height=230,
    )
    p = weights()[ASKING]
    for i, word in enumerate(WORDS):
        x = 8 + 58 * i
        on = p[i] > 0
        canvas.box(x, 16, 54, 32, word, color="sea" if on else "rule", size=13, strength=0.1 + 0.6 * float(p[i]))
        canvas.text(x + 27, 66, f"{p[i]:.2f}", size=12, bold=on, color="ink" if on else "muted")
        if on:
            canvas.line(x + 27, 72, 180, 160, color="sea", width=0.8 + 9 * float(p[i]))
    canvas.box(126, 160, 108, 36, f"output of '{WORDS[ASKING]}'", color="amber", size=12, bold=True)
    canvas.text(180, 216, "sum of weight · value", size=12, color="muted")
    return canvas
