"""A window that moves over a sentence: right pairs, and words that are drawn as wrong ones."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame

WORDS = ("she", "drinks", "hot", "tea", "at", "noon")
DRAWN = ("king", "stone", "seven")
"""Made for the picture."""
WINDOW = 2


def frames() -> list[Frame]:
    """The centre at three places."""
    found = []
    for centre in (3, 1, 5):
        near = [i for i in range(len(WORDS)) if i != centre and abs(i - centre) <= WINDOW]
        named = ", ".join(WORDS[i] for i in near)
        found.append(
            _drawn(centre, near).frame(
                f"The centre is {WORDS[centre]!r}. Its neighbours within {WINDOW} places are right pairs: {named}. "
                "For each, words are drawn as wrong pairs."
            )
        )
    return found


def _drawn(centre: int, near: list[int]) -> Canvas:
    """The sentence, the window, and the questions."""
    canvas = Canvas(
        "Right and wrong neighbours",
        f"A sentence of six words with {WORDS[centre]!r} as centre; arcs lead to {len(near)} neighbours. "
        "Below are three words that were drawn.",
    )
    middles = []
    for i, word in enumerate(WORDS):
        x = 8.0 + i * 58
        color = "violet" if i == centre else "good" if i in near else "rule"
        canvas.box(x, 84, 54, 28, word, color=color, bold=i == centre)
        middles.append(x + 27)
    for i in near:
        high = 20 + 14 * abs(i - centre)
        a, b = middles[centre], middles[i]
        arc = [(a + (b - a) * k / 20, 84 - high * 4 * (k / 20) * (1 - k / 20)) for k in range(21)]
        canvas.curve(arc, color="good", width=1.8)
        canvas.text((a + b) / 2, 80 - high, "yes", size=11, color="good", halo=True)
    for k, word in enumerate(DRAWN):
        x = 70.0 + k * 80
        canvas.line(middles[centre], 112, x + 30, 176, color="problem", dash="4 3")
        canvas.box(x, 178, 60, 28, word, color="problem", dash="4 3")
        canvas.text(x + 30, 222, "no", size=11, color="problem")
    canvas.text(14, 152, "drawn by\nfrequency", size=11, color="muted", anchor="start")
    return canvas
