"""Four words, merge by merge."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from fathom.learning.diagrams.svg import Canvas, Frame

COUNTS = {"low": 5, "lower": 2, "newest": 6, "widest": 3}
MERGES = 4
LETTER, GAP, HIGH = 13, 10, 26


def frames() -> list[Frame]:
    """After all merges, then from the letters on."""
    words = {word: list(word) for word in COUNTS}
    found = [_drawn(words, "").frame("Each word begins as its letters. On the left is how often it occurs.")]
    for number in range(1, MERGES + 1):
        often: Counter[tuple[str, str]] = Counter()
        for word, pieces in words.items():
            for pair in pairwise(pieces):
                often[pair] += COUNTS[word]
        best = min(often, key=lambda pair: (-often[pair], pair))
        words = {word: _merged(pieces, best) for word, pieces in words.items()}
        told = f"Merge {number}: {best[0]} and {best[1]} stand together {often[best]} times, and become one piece."
        found.append(_drawn(words, best[0] + best[1]).frame(told))
    return [found[-1], *found[:-1]]


def _merged(pieces: list[str], pair: tuple[str, str]) -> list[str]:
    """The pieces with the pair joined, from left to right."""
    joined: list[str] = []
    i = 0
    while i < len(pieces):
        step = 2 if tuple(pieces[i : i + 2]) == pair else 1
        joined.append("".join(pieces[i : i + step]))
        i += step
    return joined


def _drawn(words: dict[str, list[str]], new: str) -> Canvas:
    """The words as they are cut; the newest piece in amber."""
    cut = "; ".join(" ".join(pieces) for pieces in words.values())
    canvas = Canvas("Words cut into pieces", f"Four words as boxes of letters: {cut}.", height=200)
    for row, (word, pieces) in enumerate(words.items()):
        x, y = 92.0, 18.0 + row * 44
        canvas.text(70, y + 18, f"{COUNTS[word]} ×", color="muted", anchor="end")
        for piece in pieces:
            wide = LETTER * len(piece) + GAP
            color = "amber" if piece == new else "sea" if len(piece) > 1 else "muted"
            canvas.box(x, y, wide, HIGH, piece, color=color, size=14, bold=len(piece) > 1)
            x += wide + 5
    return canvas
