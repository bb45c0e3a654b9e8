"""Max-pooling window by window, its gradient, and that of the average."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

X = np.array([[1, 3, 0, 2], [2, 0, 4, 4], [5, 1, -1, -2], [0, 2, -3, -1]], float)
UPSTREAM = np.array([[1, 2], [3, 4]], float)


def largest() -> list[tuple[int, int]]:
    """The place of the first largest number of each window, in reading order of the windows."""
    found = []
    for i, j in np.ndindex(2, 2):
        u, v = divmod(int(X[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].argmax()), 2)
        found.append((2 * i + u, 2 * j + v))
    return found


def frames() -> list[Frame]:
    """The windows, the way back through the maximum, and through the mean."""
    told = []
    out = np.array([X[at] for at in largest()])
    for n, at in enumerate(largest()):
        ties = "It occurs twice; the first counts. " if (X[_window(n)] == X[at]).sum() > 1 else ""
        told.append(
            _drawn(X, out[: n + 1], n, [at], "x", "output").frame(
                f"Window {n + 1}: its largest number is {X[at]:g}. {ties}It becomes the output.".replace("-", "−")
            )
        )
    back = np.zeros((4, 4))
    for n, at in enumerate(largest()):
        back[at] = UPSTREAM.ravel()[n]
    told.append(
        _drawn(back, UPSTREAM.ravel(), None, largest(), "gradient of x", "from above").frame(
            "Backward: each gradient from above goes to the largest number of its window. All others receive 0."
        )
    )
    told.append(
        _drawn(np.kron(UPSTREAM / 4, np.ones((2, 2))), UPSTREAM.ravel(), None, [], "gradient of x", "from above").frame(
            "For the average, each number of a window receives a quarter of the gradient."
        )
    )
    return told


def _window(n: int) -> tuple[slice, slice]:
    i, j = divmod(n, 2)
    return slice(2 * i, 2 * i + 2), slice(2 * j, 2 * j + 2)


def _drawn(
    left: np.ndarray, right: np.ndarray, window: int | None, marked: list[tuple[int, int]], name: str, other: str
) -> Canvas:
    """Four by four numbers on the left, one for each window on the right."""
    canvas = Canvas(
        "Pooling with windows of 2 × 2",
        f"On the left 4 by 4 numbers ({name}), on the right 2 by 2 ({other}).",
        height=230,
    )
    back = other == "from above"
    canvas.text(94, 22, name, size=12, color="muted")
    canvas.grid(10, 32, left, cell=42, show="{:g}", largest=9, size=14)
    for row, column in marked:
        canvas.outline(13.0 + 42 * column, 35.0 + 42 * row, 36.0, 36.0, color="ink", edge=2)
    for k in range(4):
        i, j = divmod(k, 2)
        on = k == window
        canvas.outline(10 + 84 * j, 32 + 84 * i, 84.0, 84.0, color="amber" if on else "muted", edge=3.6 if on else 1.6)
    canvas.text(294, 62, other, size=12, color="muted")
    for k in range(4):
        i, j = divmod(k, 2)
        words = f"{right[k]:g}".replace("-", "−") if k < len(right) else ""
        color, strength = ("amber", 0.25) if k == window else ("rule", 0.0)
        canvas.box(
            246 + 48 * j, 70 + 48 * i, 48, 48, words, color=color, strength=strength, size=15, radius=0, bold=True
        )
    if back:
        canvas.arrow(240, 118, 184, 118, color="amber", width=2.2)
    else:
        canvas.arrow(184, 118, 240, 118, width=2.2)
    canvas.text(94, 222, "windows of 2 × 2", size=12, color="muted")
    return canvas
