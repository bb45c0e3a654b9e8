"""The nets that dropout trains: each step another part of the whole."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

COLUMNS = ((50, 3), (140, 5), (230, 5), (320, 1))


def frames() -> list[Frame]:
    """The whole net, three steps of a training with p = 0.5, and use."""
    whole = [np.ones(n, bool) for _, n in COLUMNS]
    rng = np.random.default_rng(16)
    found = [_net(whole, "", "A net without dropout: every unit takes part in every step.")]
    for step in (1, 2, 3):
        kept = [whole[0], rng.random(5) >= 0.5, rng.random(5) >= 0.5, whole[3]]
        many = int(kept[1].sum() + kept[2].sum())
        found.append(
            _net(
                kept,
                "× 2",
                f"Training, example {step}: {many} of 10 hidden units remain, multiplied by 1 / (1 − 0.5) = 2.",
            )
        )
    found.append(
        _net(
            whole,
            "× 1",
            "In use: all units take part, and nothing is multiplied. The mean of each unit is as in training.",
        )
    )
    return found


def _net(kept: list[np.ndarray], factor: str, caption: str) -> Frame:
    canvas = Canvas("A net with two hidden layers of five units", caption, height=236)
    places = [[(x, 114 + (i - (n - 1) / 2) * 40) for i in range(n)] for x, n in COLUMNS]
    for left, right, a, b in zip(places, places[1:], kept, kept[1:]):
        for (x1, y1), here in zip(left, a):
            for (x2, y2), there in zip(right, b):
                if here and there:
                    canvas.line(x1 + 14, y1, x2 - 14, y2, color="muted", width=0.9)
    for number, (column, alive) in enumerate(zip(places, kept)):
        color = ("muted", "sea", "sea", "amber")[number]
        for (x, y), on in zip(column, alive):
            if on:
                canvas.circle(x, y, 14, color=color, strength=0.3)
            else:
                canvas.circle(x, y, 14, "0", color="rule", strength=0, dash="3 3")
        if factor and color == "sea":
            canvas.text(column[0][0], 232, factor, color="sea", bold=True, size=14)
    return canvas.frame(caption)
