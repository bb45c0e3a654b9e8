"""Greedy search and a beam of two on the same small tree."""

from __future__ import annotations

from math import log

from fathom.learning.diagrams.svg import Canvas, Frame

NEXT = {
    "": {"A": 0.5, "B": 0.4, "end": 0.1},
    "A": {"A": 0.3, "B": 0.3, "end": 0.4},
    "B": {"A": 0.05, "B": 0.05, "end": 0.9},
}
"""The probability of each next word, by the word before."""
PLACES = {
    "": (30.0, 128.0),
    "A": (130.0, 62.0),
    "B": (130.0, 158.0),
    "end": (130.0, 226.0),
    "A A": (250.0, 26.0),
    "A B": (250.0, 62.0),
    "A end": (250.0, 98.0),
    "B A": (250.0, 134.0),
    "B B": (250.0, 170.0),
    "B end": (250.0, 206.0),
}


def score(name: str) -> float:
    """The sum of the log-probabilities of words, separated by spaces."""
    words = name.split()
    return sum(log(NEXT[before][word]) for before, word in zip(["", *words], words))


def best(names: list[str], width: int) -> list[str]:
    """The names with the largest scores."""
    return sorted(names, key=score, reverse=True)[:width]


def frames() -> list[Frame]:
    """Greedy, then the beam step by step."""
    first, second = ["A", "B", "end"], [name for name in PLACES if " " in name]
    kept = best(first, 2)
    last = best([name for name in second if name.split()[0] in kept], 2)
    greedy = best([name for name in second if name[0] == best(first, 1)[0]], 1)[0]
    return [
        _drawn(first, [], "the model").frame(
            "The first word has three possibilities. The number in a node is the sum of log-probabilities."
        ),
        _drawn([*first, *[n for n in second if n[0] == "A"]], ["A", greedy], "greedy search").frame(
            "Greedy search takes the best word at each step: A, then end. Its sum is "
            f"{score(greedy):.2f}, probability 0.20.".replace("-", "−")
        ),
        _drawn(first, kept, "beam of 2").frame("A beam of width 2 keeps the two best beginnings, A and B."),
        _drawn([*first, *second], kept, "beam of 2").frame(
            "Both are extended by all words: six candidates. The finished 'end' was not kept."
        ),
        _drawn([*first, *second], [*kept, *last], "beam of 2").frame(
            f"The best two of all candidates stay: {last[0]} ({score(last[0]):.2f}) and "
            f"{last[1]} ({score(last[1]):.2f}).".replace("-", "−")
        ),
        _drawn([*first, *second], [last[0][0], last[0]], "result").frame(
            f"Divided by the length, {last[0]} has {score(last[0]) / 2:.2f} and {last[1]} {score(last[1]) / 2:.2f}. "
            "The beam finds the sentence with probability 0.36.".replace("-", "−")
        ),
    ]


def _drawn(shown: list[str], kept: list[str], title: str) -> Canvas:
    """The nodes that are shown, those that are kept in colour."""
    canvas = Canvas(
        f"A search tree: {title}",
        "A tree from left to right: the start, three first words, six second words.",
        height=250,
    )
    for name in shown:
        parent = name.rpartition(" ")[0]
        (x1, y1), (x2, y2) = PLACES[parent], PLACES[name]
        on = name in kept
        canvas.line(x1 + 22, y1, x2 - 44, y2, color="amber" if on else "rule", width=3 if on else 1.4)
    canvas.box(8, 114, 44, 28, "start", color="muted", size=12)
    for name in shown:
        x, y = PLACES[name]
        on = name in kept
        canvas.add("rect", x=x - 44, y=y - 15, width=100.0, height=30.0, rx=6, fill="var(--card)")
        canvas.box(
            x - 44,
            y - 15,
            100,
            30,
            f"{name}  {score(name):.2f}".replace("-", "−"),
            color="amber" if on else "muted",
            size=12,
            bold=on,
            strength=0.25 if on else 0.08,
        )
    canvas.text(8, 20, title, size=13, bold=True, anchor="start")
    return canvas
