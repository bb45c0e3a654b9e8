"""A residual block forward and backward, with the numbers of an example; and the gradient through many blocks."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

BLOCKS, FEATURES = 20, 16
NUMBERS: dict[str, list[tuple[float, float, str]]] = {
    "forward": [
        (30, 34, "(1, 2)"),
        (116, 200, "(2, −0.5)"),
        (190, 200, "(2, 0)"),
        (296, 130, "(1, 0)"),
        (322, 34, "(2, 2)"),
    ],
    "shortcut": [(322, 34, "(1, −1)"), (166, 84, "(1, −1)")],
    "branch": [
        (322, 34, "(1, −1)"),
        (166, 84, "(1, −1)"),
        (190, 200, "(0.5, 2)"),
        (116, 200, "(0.5, 0)"),
        (80, 120, "(0.5, 0.25)"),
        (48, 30, "(1.5, −0.75)"),
    ],
}
"""What is written at the wires of the block, and where: the worked numbers of the lesson."""


def gradients(residual: bool) -> np.ndarray:
    """The norm of the gradient before each of 20 random blocks, the last first; at the end of the net it is 1.

    Args:
        residual: whether the input of each block is added to its output.
    """
    rng = np.random.default_rng(1)
    size = 0.4 / FEATURES**0.5
    weights = [
        (rng.normal(size=(FEATURES, FEATURES)) * size * 2, rng.normal(size=(FEATURES, FEATURES)) * size)
        for _ in range(BLOCKS)
    ]
    x, gates = rng.normal(size=FEATURES), []
    for w1, w2 in weights:
        a = np.maximum(x @ w1, 0)
        gates.append(a > 0)
        x = a @ w2 + (x if residual else 0)
    g = np.ones(FEATURES) / FEATURES**0.5
    norms = [1.0]
    for (w1, w2), gate in zip(weights[::-1], gates[::-1]):
        g = ((g @ w2.T) * gate) @ w1.T + (g if residual else 0)
        norms.append(float(np.linalg.norm(g)))
    return np.array(norms)


def frames() -> list[Frame]:
    """The block, forward, backward; then twenty of them."""
    plain, residual = gradients(False), gradients(True)
    power = int(np.floor(np.log10(plain[-1])))
    return [
        _block("").frame(
            "A residual block. The shortcut above has no weights; the branch below has two products and a ReLU."
        ),
        _block("forward").frame("Forward: x = (1, 2). The branch gives (1, 0). The output is the sum, (2, 2)."),
        _block("shortcut").frame(
            "Backward: the sum hands the gradient (1, −1) to both paths. The shortcut leaves it unchanged."
        ),
        _block("branch").frame("The branch gives (0.5, 0.25). Both parts add up at x: (1.5, −0.75)."),
        _chain().frame(
            "Size of the gradient through 20 random blocks, on a logarithmic axis. Plain: it "
            f"falls below 10^{power + 1}. "
            f"Residual: it is {residual[-1]:.1f} at the first block.".replace("-", "−")
        ),
    ]


def _block(part: str) -> Canvas:
    """The two paths with the numbers of the example."""
    canvas = Canvas(
        "A residual block",
        "Two paths from x to the output: a straight shortcut, and a branch with three boxes. They meet in a sum.",
        height=230,
    )
    back = part in ("shortcut", "branch")
    up = "amber" if part in ("shortcut", "branch") else "sea"
    low = "amber" if part == "branch" else "sea" if part in ("", "forward") else "rule"
    spans = [((44, 60), (290, 60), up), ((326, 60), (352, 60), up)]
    spans += [
        ((30, 78), (52, 150), low),
        ((108, 160), (126, 160), low),
        ((182, 160), (200, 160), low),
        ((256, 150), (302, 78), low),
    ]
    for start, end, color in spans:
        first, second = (end, start) if back else (start, end)
        canvas.arrow(*first, *second, color=color, width=2.2)
    canvas.circle(26, 60, 18, "x", color="sea", size=15, bold=True)
    canvas.circle(308, 60, 18, "+", color="sea", size=17, bold=True)
    for x, words in ((52, "· w₁"), (126, "ReLU"), (200, "· w₂")):
        canvas.box(x, 142, 56, 36, words, color="muted" if low == "rule" else low, size=13)
    canvas.text(166, 50, "shortcut", size=12, color="muted")
    canvas.text(154, 132, "branch", size=12, color="muted")
    for at, height, words in NUMBERS.get(part, ()):
        canvas.text(at, height, words, size=12, color="amber" if back else "sea", bold=True, halo=True)
    return canvas


def _chain() -> Canvas:
    """Both gradients over the number of blocks passed."""
    canvas = Canvas(
        "The gradient through 20 blocks",
        "Two curves on a logarithmic axis: the plain one falls steeply, the residual one stays near 1.",
        height=240,
    )
    plain, residual = np.log10(gradients(False)), np.log10(gradients(True))
    field = axes(
        canvas,
        44,
        26,
        300,
        170,
        (0, BLOCKS),
        (-16, 2),
        xticks=(0, 5, 10, 15, 20),
        yticks=(0, -5, -10, -15),
        xlabel="blocks passed, from the output back",
        ylabel="log10 of the gradient's norm",
    )
    field.curve(enumerate(plain), color="muted", width=2.6)
    field.curve(enumerate(residual), color="amber", width=2.6)
    field.text(12, float(residual[12]) - 1.6, "residual", size=13, color="amber", bold=True)
    field.text(13, float(plain[13]) + 1.4, "plain", size=13, color="muted", bold=True)
    return canvas
