"""What batch norm, layer norm and RMS norm take their figures over."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

X = np.array([[4.0, 2, 0, 6, 3], [1, 5, 3, 2, 4], [6, 1, 2, 5, 1], [3, 3, 7, 2, 0]])
CELL = 30


def frames() -> list[Frame]:
    """The same grid three times."""
    row = X[0]
    mean, size = row.mean(), float(np.sqrt((row**2).mean()))
    column = [(i, 0) for i in range(len(X))]
    across = [(0, j) for j in range(X.shape[1])]
    told = (
        ("layer norm", across, (row - mean) / row.std(), f"mean {mean:.2f}, deviation {row.std():.2f}",
         "Layer norm: mean and deviation of one token, over its features. No other token is needed."),
        ("RMS norm", across, row / size, f"root mean square {size:.2f}",
         "RMS norm: also one token, but its mean stays; it is only divided."),
        ("batch norm", column, (X[:, 0] - X[:, 0].mean()) / X[:, 0].std(), f"mean {X[:, 0].mean():.2f}",
         "Batch norm, for comparison: one feature, over all tokens of the batch. A single token has no deviation."),
    )  # fmt: skip
    return [_drawn(*one).frame(caption) for *one, caption in told]


def _drawn(name: str, marked: list[tuple[int, int]], after: np.ndarray, figures: str) -> Canvas:
    """The grid with the numbers that belong together, and what becomes of them."""
    canvas = Canvas(f"What {name} measures", f"A grid of tokens by features; marked is what {name} takes together.")
    canvas.text(180, 18, f"{name}: {figures}", bold=True)
    canvas.text(145, 38, "features →", size=11, color="muted")
    for i in range(len(X)):
        canvas.text(62, 46 + i * CELL + 19, f"token {i + 1}", size=11, color="muted", anchor="end")
    canvas.grid(70, 46, X, cell=CELL, show="{:g}", largest=14, color="muted", marked=marked)
    across = len({i for i, _ in marked}) == 1
    x, y = (70, 198) if across else (284, 46)
    canvas.grid(x, y, after[None] if across else after[:, None], cell=CELL, show="{:.1f}", largest=2.0, size=11)
    if across:
        canvas.arrow(145, 170, 145, 194, color="sea")
        canvas.text(62, 217, "after", size=11, color="muted", anchor="end")
    else:
        canvas.arrow(228, 106, 278, 106, color="sea")
        canvas.text(299, 38, "after", size=11, color="muted")
    return canvas
