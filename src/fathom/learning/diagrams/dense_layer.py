"""A dense layer as a product of matrices: forward, and the three gradients."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

X = np.array([[1.0, 0, 2], [-1, 3, 1]])
W = np.array([[1.0, 2], [0, -1], [-1, 1]])
B = np.array([1.0, 0])
G = np.array([[1.0, 0], [2, -1]])
CELL = 28


def frames() -> list[Frame]:
    """The output, then the gradients of w, b and x."""
    return [
        _product(
            ("x", X), ("w", W), ("o", X @ W + B), "+ b",
            "Forward: the output in the strong frame is its row of x times its column of w, plus b = (1, 0).",
        ),
        _product(
            ("xᵀ", X.T), ("g", G), ("∂L/∂w", X.T @ G), "",
            "Backward, weights: a row of xᵀ is one input in all examples. The sum runs over the examples.",
        ),
        _product(
            ("1 1", np.ones((1, 2))), ("g", G), ("∂L/∂b", G.sum(0, keepdims=True)), "",
            "Backward, bias: each bias is used once by every example, so the columns of g are added up.",
        ),
        _product(
            ("g", G), ("wᵀ", W.T), ("∂L/∂x", G @ W.T), "",
            "Backward, input: an input is used by every output. The sum runs over the outputs.",
        ),
    ]  # fmt: skip


def _product(
    left: tuple[str, np.ndarray], right: tuple[str, np.ndarray], out: tuple[str, np.ndarray], more: str, caption: str
) -> Frame:
    """Left times right is out; the row and the column of the last number are marked."""
    canvas = Canvas(f"{out[0]} is {left[0]} times {right[0]}", "Three matrices of numbers. " + caption, height=190)
    marks = (len(left[1]) - 1, right[1].shape[1] - 1)
    row = [(marks[0], i) for i in range(left[1].shape[1])]
    column = [(i, marks[1]) for i in range(len(right[1]))]
    wide = sum(m.shape[1] for _, m in (left, right, out)) * CELL
    x = (360 - wide - 82) / 2
    for (name, matrix), marked, sign in ((left, row, "·"), (right, column, f"{more} ="), (out, [marks], "")):
        y = 100 - len(matrix) * CELL / 2
        canvas.grid(x, y, matrix, cell=CELL, largest=6, show="{:g}", size=13, marked=marked)
        canvas.text(x + matrix.shape[1] * CELL / 2, y - 9, name, bold=True, size=13)
        shape = f"{matrix.shape[0]} × {matrix.shape[1]}"
        canvas.text(x + matrix.shape[1] * CELL / 2, y + len(matrix) * CELL + 17, shape, color="muted", size=11)
        x += matrix.shape[1] * CELL
        canvas.text(x + (14 if sign == "·" else 26), 105, sign, size=13)
        x += 28 if sign == "·" else 54
    return canvas.frame(caption)
