"""Logistic regression: the net without a hidden layer."""

from __future__ import annotations

from torch import nn

from fathom.nets.image.classifier import ImageClassifier


class LogisticRegression(ImageClassifier):
    """One weight for each pixel and class, and a softmax (in the loss) on top.

    Its loss is convex, so it may start at zero, where the loss is exactly ``log(classes)``.

    Shapes: in ``(batch, channels, size, size)``; out ``(batch, classes)``; features are the pixels.

    Reference: Cox 1958, *The regression analysis of binary sequences*; Goodfellow, Bengio & Courville, *Deep
    Learning*, §6.2.2.

    Raises:
        UserError: fewer than one channel or class.
    """

    def __init__(self, channels: int, size: int, classes: int, *, dropout: float = 0.0) -> None:
        super().__init__(channels, size, classes, dropout=dropout)
        pixels = channels * size * size
        head = nn.Linear(pixels, classes)
        nn.init.zeros_(head.weight)
        nn.init.zeros_(head.bias)
        self.assemble(nn.Flatten(), nn.Identity(), head)  # (batch, channels · size · size)
