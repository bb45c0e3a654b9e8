"""The table of waves, and a pair of numbers that is turned by its place."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

PLACES, WIDTH, BASE = 16, 16, 100.0
RATE, START = 0.5, 0.35
"""Radians for each place, and the angle of the pair at place 0."""
APART = 2


def frames() -> list[Frame]:
    """The table, one pair at four places, and a query and a key that move together."""
    return [
        _table().frame(
            f"The table for {PLACES} places and {WIDTH} features: blue is above 0, amber below. On the left fast "
            "waves tell neighbours apart, on the right slow ones tell far places apart."
        ),
        _turned().frame("Rotary: one pair of numbers of a query, as an arrow. Each place turns it by the same angle."),
        *(
            _both(place).frame(
                f"The query at place {place}, the key at place {place + APART}: the angle between them is always that "
                f"of {APART} places, so their product is the same wherever they stand."
            )
            for place in (0, 3)
        ),
    ]


def _table() -> Canvas:
    """The sines and cosines as a heat map."""
    angle = np.arange(PLACES)[:, None] * BASE ** (-np.arange(0, WIDTH, 2) / WIDTH)
    table = np.stack([np.sin(angle), np.cos(angle)], axis=2).reshape(PLACES, WIDTH)
    canvas = Canvas(
        "The table of waves",
        "A heat map with places downward and features to the right; the colours change fast from place to place on the "
        "left and slowly on the right.",
    )
    canvas.grid(84, 24, table, cell=12.5, largest=1.0)
    canvas.text(184, 16, "feature: fast waves → slow waves", size=11, color="muted")
    for place in (0, 5, 10, 15):
        canvas.text(78, 24 + place * 12.5 + 10, str(place), size=11, color="muted", anchor="end")
    canvas.text(38, 128, "place", size=11, color="muted")
    return canvas


def _arrow(canvas: Canvas, angle: float, color: str, words: str, dash: str = "") -> None:
    """From the middle of the circle, with words at its end."""
    x, y = 180 + 84 * cos(angle), 128 - 84 * sin(angle)
    canvas.arrow(180, 128, x, y, color=color, width=2.2, dash=dash)
    canvas.text(180 + 102 * cos(angle), 132 - 102 * sin(angle), words, color=color, bold=True)


def _round(desc: str) -> Canvas:
    """A circle with axes."""
    canvas = Canvas("A pair of numbers that is turned", desc)
    canvas.circle(180, 128, 84, color="rule", strength=0.0)
    canvas.line(84, 128, 276, 128, color="rule")
    canvas.line(180, 40, 180, 224, color="rule")
    return canvas


def _turned() -> Canvas:
    """One pair at places 0 to 4."""
    canvas = _round("Five arrows from the middle of a circle, each turned further than the last by the same angle.")
    for place in range(5):
        _arrow(canvas, START + place * RATE, "sea" if place else "ink", str(place))
    canvas.text(62, 30, "the number is\nthe place", size=11, color="muted")
    return canvas


def _both(place: int) -> Canvas:
    """A query at a place, and a key some places further."""
    canvas = _round(f"A query at place {place} and a key at place {place + APART}, with the same angle between them.")
    query, key = START + place * RATE, START - 0.7 + (place + APART) * RATE + pi / 3
    _arrow(canvas, query, "sea", "q")
    _arrow(canvas, key, "amber", "k")
    canvas.curve([(180 + 30 * cos(a), 128 - 30 * sin(a)) for a in np.linspace(query, key, 20)], color="violet")
    canvas.text(60, 30, f"places {place} and {place + APART}", size=12, color="muted")
    canvas.text(284, 30, f"q · k ∝ {cos(key - query):.2f}", size=12, color="violet", bold=True)
    return canvas
