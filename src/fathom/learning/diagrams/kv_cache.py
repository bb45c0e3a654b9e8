"""Scores of a text that grows: what is kept, what is new, and what may not be seen."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame

TOKENS = ("The", "cat", "sat", "on", "the", "mat")
PROMPT, CELL = 3, 26


def frames() -> list[Frame]:
    """The last token, then all from the prompt on, and three at once."""
    steps = [(0, PROMPT), *((n, n + 1) for n in range(PROMPT, len(TOKENS)))]
    found = []
    for begin, end in steps:
        rows = f"rows {begin + 1} to {end}" if end - begin > 1 else f"row {end}"
        kept = f" Keys and values of {begin} tokens come from the cache (blue)." if begin else ""
        lead = "The prompt is read in one go" if not begin else f"Token {end}, {TOKENS[end - 1]!r}"
        found.append(_drawn(begin, end).frame(f"{lead}: {rows} of the scores are computed.{kept}"))
    found.append(
        _drawn(PROMPT, len(TOKENS)).frame(
            f"Three new tokens at once behind a cache of {PROMPT}: the mask is still a triangle, shifted by {PROMPT}."
        )
    )
    return [found.pop(-2), *found]


def _drawn(begin: int, end: int) -> Canvas:
    """The scores when the tokens from begin to end are new."""
    canvas = Canvas(
        "Scores with a cache",
        f"A triangle of scores; {begin} tokens are in the cache, the rows of tokens {begin + 1} to {end} are new.",
    )
    left, top = 92, 44
    canvas.text(left + 3 * CELL, 16, "keys", size=11, color="muted")
    for i, word in enumerate(TOKENS):
        known = i < end
        canvas.text(left - 8, top + i * CELL + 17, word, size=12, anchor="end", color="ink" if known else "rule")
        canvas.text(
            left + i * CELL + 13, top - 8, word, size=11, color="sea" if i < begin else "amber" if known else "rule"
        )
        for j in range(len(TOKENS)):
            x, y = left + j * CELL, top + i * CELL
            if j > i or not known:
                canvas.box(x, y, CELL, CELL, color="rule", strength=0.0, radius=0)
            elif i < begin:
                canvas.box(x, y, CELL, CELL, color="rule", fill="muted", strength=0.18, radius=0)
            else:
                canvas.box(
                    x, y, CELL, CELL, color="amber", fill="sea" if j < begin else "amber", strength=0.4, radius=0
                )
    canvas.text(left - 8, 32, "queries", size=11, color="muted", anchor="end")
    for k, (color, words) in enumerate((("sea", "kept key"), ("amber", "new key"), ("muted", "done before"))):
        canvas.box(262, 60 + 32 * k, 14, 14, color=color, strength=0.4, radius=2)
        canvas.text(282, 72 + 32 * k, words, size=11, anchor="start", color="muted")
    canvas.text(left, 222, f"computed now: {end - begin} of {end} rows", size=12, anchor="start", bold=True)
    return canvas
