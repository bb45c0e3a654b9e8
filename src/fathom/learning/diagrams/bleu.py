"""Which n-grams of a candidate are found in its reference."""

from __future__ import annotations

from collections import Counter

from fathom.learning.diagrams.svg import Canvas, Frame

CANDIDATE = ["the", "cat", "sat", "on", "on", "the", "mat"]
REFERENCE = ["the", "cat", "is", "on", "the", "mat"]
SIZE = 13


def frames() -> list[Frame]:
    """Words, pairs and triples."""
    names = {1: "words", 2: "pairs of words", 3: "triples of words"}
    found = []
    for n, name in names.items():
        hits = _found(n)
        told = f"Of {len(hits)} {name} {sum(hits)} are found: precision {sum(hits) / len(hits):.2f}."
        more = ' The second "on" does not count: the reference has one only.' if n == 1 else ""
        found.append(_drawn(n, hits).frame(told + more))
    return found


def _found(n: int) -> list[bool]:
    """Of each n-gram whether it counts: as often as the reference has it."""
    left = Counter(tuple(REFERENCE[i : i + n]) for i in range(len(REFERENCE) - n + 1))
    hits = []
    for i in range(len(CANDIDATE) - n + 1):
        gram = tuple(CANDIDATE[i : i + n])
        hits.append(left[gram] > 0)
        left[gram] -= 1
    return hits


def _places(words: list[str], y: float, canvas: Canvas) -> list[tuple[float, float]]:
    """Write the words, and tell where each begins and ends."""
    x, places = 16.0, []
    for word in words:
        wide = 8.0 * len(word) + 16
        canvas.text(x + wide / 2, y, word, size=SIZE)
        places.append((x, x + wide))
        x += wide
    return places


def _drawn(n: int, hits: list[bool]) -> Canvas:
    """Both sentences, and a bar below for each n-gram of the candidate."""
    canvas = Canvas(
        f"The {n}-grams of a candidate",
        f"The candidate is written above the reference. {sum(hits)} of its {len(hits)} {n}-grams are found there.",
        height=210,
    )
    canvas.text(16, 20, "candidate", size=11, color="muted", anchor="start")
    places = _places(CANDIDATE, 40, canvas)
    for i, hit in enumerate(hits):
        (left, _), (_, right) = places[i], places[i + n - 1]
        y = 50.0 + (i % (n + 1)) * 22
        canvas.box(left + 3, y, right - left - 6, 16, "✓" if hit else "–", color="good" if hit else "problem", size=11)
    canvas.text(16, 164, "reference", size=11, color="muted", anchor="start")
    _places(REFERENCE, 184, canvas)
    return canvas
