"""Shuffled minibatches, and the paths of full-batch and minibatch gradient descent."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

COLORS = ("sea", "amber", "violet")
RATE = 0.2


def frames() -> list[Frame]:
    """How the indices are cut, then two trainings that see every example four times."""
    return [_cut(), _path(64, 4), _path(4, 4)]


def _cut() -> Frame:
    canvas = Canvas(
        "Ten examples in batches of four",
        "Rows of ten numbers, for the file and two epochs, coloured by batch.",
        height=200,
    )
    rng = np.random.default_rng(1)
    rows = (("file", np.arange(10)), ("epoch 1", rng.permutation(10)), ("epoch 2", rng.permutation(10)))
    for r, (name, order) in enumerate(rows):
        y = 24 + r * 58
        canvas.text(56, y + 20, name, anchor="end", size=13)
        for i, index in enumerate(order):
            canvas.box(64 + i * 28.5, y, 27, 30, str(index), color=COLORS[i // 4] if r else "muted", radius=3, size=13)
        if r:
            for k, (start, many) in enumerate(((0, 4), (4, 4), (8, 2))):
                canvas.text(64 + (start + many / 2) * 28.5, y + 46, f"batch {k + 1}", color=COLORS[k], size=11)
    return canvas.frame("Each epoch uses every example once, in a new order. The last batch may be smaller.")


def _path(size: int, epochs: int) -> Frame:
    rng = np.random.default_rng(2)
    x = rng.normal(0, (1.0, 0.7), (64, 2))
    y = x @ np.array([1.0, -0.5]) + rng.normal(0, 0.5, 64)
    w = np.array([-1.5, 1.2])
    path = [w]
    for _ in range(epochs):
        order = rng.permutation(64)
        for i in range(0, 64, size):
            part = order[i : i + size]
            w = w - RATE * x[part].T @ (x[part] @ w - y[part]) / len(part)
            path.append(w)
    best = np.linalg.lstsq(x, y, rcond=None)[0]
    far = float(np.linalg.norm(w - best))
    name = "all 64 examples in one batch" if size == 64 else f"minibatches of {size}"
    canvas = Canvas(
        f"Gradient descent with {name}", f"Level lines and a path of {len(path) - 1} steps towards their centre."
    )
    field = axes(
        canvas, 40, 24, 300, 172, (-2, 2), (-1.5, 1.5), xticks=(-2, 0, 2), yticks=(-1, 0, 1), xlabel="w₁", ylabel="w₂"
    )
    size_of, axis_of = np.linalg.eigh(x.T @ x / 64)  # how steep the loss is, and in which directions
    turn = np.linspace(0, 2 * np.pi, 121)
    circle = axis_of @ (np.stack([np.cos(turn), np.sin(turn)]) / np.sqrt(size_of)[:, None])
    for level in (0.3, 0.8, 1.4, 2.1):
        field.curve((best[:, None] + level * circle).T, color="muted", width=0.7)
    field.curve(path, color="amber", width=1.6)
    field.dots(path, color="amber", radius=2.2)
    field.dots([best], color="sea", radius=4)
    return canvas.frame(
        f"{epochs} epochs with {name}: {len(path) - 1} steps. The last weights are {far:.2f} from the best (blue)."
    )
