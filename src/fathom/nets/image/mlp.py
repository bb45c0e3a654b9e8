"""The multilayer perceptron: L dense layers, blind to where a pixel lies."""

from __future__ import annotations

from itertools import pairwise

from torch import nn

from fathom.errors import UserError
from fathom.nets.dropout import Dropout
from fathom.nets.image.classifier import ImageClassifier, he_init, small_head


def dense_layers(widths: tuple[int, ...], *, dropout: float = 0.0) -> nn.Sequential:
    """Linear and ReLU from each width to the next, He-initialized: ``(batch, widths[0])`` to ``(batch, widths[-1])``.

    Dropout stands between layers, not after the last.

    Raises:
        UserError: a width below 1.
    """
    if min(widths) < 1:
        raise UserError(f"each hidden layer needs at least one unit, not {', '.join(map(str, widths[1:]))}")
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        if layers and dropout:
            layers.append(Dropout(dropout))
        linear = nn.Linear(inputs, outputs)
        he_init(linear)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers)


class MLP(ImageClassifier):
    """Hidden layers of the given widths, each linear and ReLU, then the head: L = ``len(hidden) + 1`` layers.

    Shapes: in ``(batch, channels, size, size)``; features ``(batch, hidden[-1])``; out ``(batch, classes)``.

    Reference: Rumelhart, Hinton & Williams 1986; ReLU: Glorot, Bordes & Bengio 2011; initialization: He et al. 2015.

    Args:
        hidden: units of each hidden layer; ``()`` leaves logistic regression.

    Raises:
        UserError: a layer without units.
    """

    def __init__(
        self, channels: int, size: int, classes: int, *, dropout: float = 0.0, hidden: tuple[int, ...] = (256, 128)
    ) -> None:
        super().__init__(channels, size, classes, dropout=dropout)
        widths = (channels * size * size, *hidden)
        features = nn.Sequential(
            nn.Flatten(),  # (batch, channels · size · size)
            *dense_layers(widths, dropout=dropout),  # (batch, hidden[-1])
        )
        self.assemble(features, nn.Identity(), small_head(widths[-1], classes))
