"""LeNet-5: the first convolutional net in daily use, on bank cheques."""

from __future__ import annotations

from torch import nn

from fathom.nets.image.classifier import ImageClassifier, he_init, small_head


class LeNet(ImageClassifier):
    """Two convolutions with pooling, then three dense layers, as in 1998.

    It differs from the paper where later nets found better: ReLU for scaled tanh, max-pooling for averages with
    trained coefficients, all maps joined to all for a hand-made table, a softmax for radial basis functions. Both
    convolutions are padded, so that any side from 8 pixels up will do (the paper's images had 32, none padded).

    Shapes: in ``(batch, channels, size, size)``; features ``(batch, 16, size // 4, size // 4)``; out
    ``(batch, classes)``.

    Reference: LeCun, Bottou, Bengio & Haffner 1998, *Gradient-based learning applied to document recognition*.

    Raises:
        UserError: images of less than 8 pixels a side.
    """

    smallest = 8

    def __init__(self, channels: int, size: int, classes: int, *, dropout: float = 0.0) -> None:
        super().__init__(channels, size, classes, dropout=dropout)
        features = nn.Sequential(
            nn.Conv2d(channels, 6, 5, padding=2),  # (batch, 6, size, size)
            nn.MaxPool2d(2),  # (batch, 6, size // 2, size // 2)
            nn.ReLU(),
            nn.Conv2d(6, 16, 5, padding=2),
            nn.MaxPool2d(2),  # (batch, 16, size // 4, size // 4)
            nn.ReLU(),
        )
        neck = nn.Sequential(
            nn.Flatten(),  # (batch, 16 · (size // 4)²)
            nn.Linear(16 * (size // 4) ** 2, 120),
            nn.ReLU(),
            nn.Linear(120, 84),  # (batch, 84)
            nn.ReLU(),
        )
        for layer in (*features, *neck):
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                he_init(layer)
        self.assemble(features, neck, small_head(84, classes))
