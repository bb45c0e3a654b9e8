"""The size of a signal and of its gradient through 20 layers, for weights of three sizes."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

UNITS, LAYERS = 100, 20
FACTORS = ((0.5, "sea", "half of He"), (1.0, "good", "He: √(2/n)"), (2.0, "amber", "twice He"))


def frames() -> list[Frame]:
    """Forward, backward, and the activations of layers 1, 5 and 10 as bars."""
    return [
        _sizes(False, "Forward: typical size of the activations after each relu layer of 100 units (measured)."),
        _sizes(True, "Backward: typical size of the gradient that reaches each layer from the last (measured)."),
        _spread(0.5, "sea", "Weights half as large as He: after 10 layers the signal is almost 0."),
        _spread(1.0, "good", "He: the activations of layers 1, 5 and 10 have about the same size."),
    ]


def _signal(factor: float) -> tuple[list[np.ndarray], list[float]]:
    """The activations of each layer, and the size of the gradient in front of each layer."""
    rng = np.random.default_rng(0)
    weights = [rng.normal(0, factor * np.sqrt(2 / UNITS), (UNITS, UNITS)) for _ in range(LAYERS)]
    a, kept = rng.normal(size=(200, UNITS)), list[np.ndarray]()
    for w in weights:
        a = np.maximum(a @ w, 0)
        kept.append(a)
    g, sizes = rng.normal(size=a.shape), list[float]()
    for w, a in zip(reversed(weights), reversed(kept)):
        g = (g * (a > 0)) @ w.T
        sizes.append(float(np.sqrt((g**2).mean())))
    return kept, sizes[::-1]


def _sizes(back: bool, caption: str) -> Frame:
    canvas = Canvas(
        "Size of the signal over the layers",
        "Three lines on a log scale: one falls, one stays level, one rises. " + caption,
    )
    field = axes(
        canvas, 44, 26, 300, 170, (1, LAYERS), (-7, 7), xticks=(1, 5, 10, 15, 20), yticks=(-6, -3, 0, 3, 6),
        xlabel="layer", ylabel="size, as power of 10",
    )  # fmt: skip
    for factor, color, name in FACTORS:
        kept, grads = _signal(factor)
        sizes = grads if back else [float(np.sqrt((a**2).mean())) for a in kept]
        field.curve([(i + 1, np.log10(size)) for i, size in enumerate(sizes)], color=color)
        at = {0.5: -5.6, 1.0: 0.7, 2.0: 5.0}[factor]
        field.text(14 if back else 7.5, at, name, color=color, bold=True)
    return canvas.frame(caption)


def _spread(factor: float, color: str, caption: str) -> Frame:
    kept, _ = _signal(factor)
    canvas = Canvas("Activations of three layers", "Three histograms side by side. " + caption)
    for i, layer in enumerate((1, 5, 10)):
        a = kept[layer - 1]
        counts, edges = np.histogram(a[a > 0], bins=16, range=(0, 4))
        field = axes(canvas, 22 + i * 114, 40, 96, 150, (0, 4), (0, max(counts) * 1.05), xticks=(0, 2, 4))
        field.bars(edges, counts, color=color)
        size = float(np.sqrt((a**2).mean()))
        canvas.text(70 + i * 114, 18, f"layer {layer}", bold=True)
        canvas.text(70 + i * 114, 33, f"size {size:.2g}", size=11, color="muted")
    canvas.text(180, 232, "activation (those above 0)", size=11, color="muted")
    return canvas.frame(caption)
