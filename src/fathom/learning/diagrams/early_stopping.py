"""Errors of train and dev over the epochs: the best epoch, the patience, and the end."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

EPOCHS, PATIENCE = 30, 6


def frames() -> list[Frame]:
    """The whole, then the moments on the way."""
    best, end = _ended(_curves()[1])
    train, dev = _curves()
    shown = [
        (best, f"Epoch {best}: the lowest dev error so far. Its weights are copied."),
        (best + 3, "Three epochs were not better. It may be noise, so the training waits."),
        (end, f"Epoch {end}: {PATIENCE} epochs in a row were not better. It ends, and the copy is used."),
    ]
    whole = _drawn(train, dev, EPOCHS - 1).frame(
        "Train's error (dashed) falls on. Dev's turns and rises: the net fits the noise of its training examples."
    )
    return [whole, *[_drawn(train, dev, last).frame(caption) for last, caption in shown]]


def _curves() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    at = np.arange(EPOCHS)
    train = 0.34 * np.exp(-at / 8) + 0.01
    dev = 0.3 * np.exp(-at / 5) + 0.1 + 0.0032 * at + 0.006 * rng.normal(size=EPOCHS)
    return train, dev


def _ended(dev: np.ndarray) -> tuple[int, int]:
    """The best epoch, and the last one."""
    best = 0
    for epoch, error in enumerate(dev):
        if error < dev[best]:
            best = epoch
        if epoch - best >= PATIENCE:
            return best, epoch
    return best, len(dev) - 1


def _drawn(train: np.ndarray, dev: np.ndarray, last: int) -> Canvas:
    best, end = _ended(dev)
    canvas = Canvas(
        "Errors over the epochs",
        f"Train's error falls throughout; that on dev is lowest at epoch {best} and rises; shown up to epoch {last}.",
    )
    field = axes(
        canvas, 44, 34, 296, 160, (0, EPOCHS), (0, 0.42), xticks=(0, 10, 20, 30), yticks=(0, 0.2, 0.4),
        xlabel="epoch", ylabel="error",
    )  # fmt: skip
    if last > best:
        x0, top = field.at(best, 0.42)
        x1, low = field.at(min(last, end), 0)
        canvas.box(x0, top, x1 - x0, low - top, color="amber", strength=0.12, radius=0)
        canvas.text((x0 + x1) / 2, top + 14, "patience", size=11, color="amber")
    field.curve(zip(range(last + 1), train), color="muted", dash="5 3")
    field.curve(zip(range(last + 1), dev), color="sea")
    if last >= best:
        field.dots([(best, float(dev[best]))], color="good", radius=5)
        field.text(best, float(dev[best]) - 0.055, f"best: {best}", color="good", bold=True, halo=True)
    field.text(24, 0.25, "dev", color="sea", halo=True)
    field.text(24, 0.06, "train", color="muted", halo=True)
    return canvas
