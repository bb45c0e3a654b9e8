"""A small convolutional net that learns fast on a CPU: fathom's usual net for images."""

from __future__ import annotations

from torch import nn

from fathom.errors import UserError
from fathom.nets.image.classifier import GlobalAverage, ImageClassifier, conv3x3, count_halvings, small_head

STAGES = 3
"""Stages at least; in pictures too small for so many halvings the first ones keep the side."""


class ConvNet(ImageClassifier):
    """Stages of one or more 3 × 3 convolutions; each stage halves the side and doubles the maps.

    What makes it fast: the pooling stands before batch norm and ReLU, which then see a quarter of the places (for the
    ReLU the order makes no difference to the result); convolutions before a batch norm have no bias; images of more
    than 64 pixels are halved by the first convolution's stride. The number of stages follows from the size: the last
    maps have 3 to 5 places a side.

    Shapes: in ``(batch, channels, size, size)``; features ``(batch, f, h, h)`` with h from 3 to 5; out
    ``(batch, classes)``.

    Reference: Ioffe & Szegedy 2015 (batch norm); Jordan 2024, *94% on CIFAR-10 in 3.29 seconds* (the order of
    convolution, pooling, norm; few layers).

    Args:
        width: maps of the first stage.
        depth: convolutions in each stage after the first.
        widest: maps of the later stages at most.

    Raises:
        UserError: images of less than 8 pixels a side, or no maps or convolutions.
    """

    smallest = 8

    def __init__(
        self,
        channels: int,
        size: int,
        classes: int,
        *,
        dropout: float = 0.0,
        width: int = 32,
        depth: int = 2,
        widest: int = 256,
    ) -> None:
        super().__init__(channels, size, classes, dropout=dropout)
        if min(width, depth, widest) < 1:
            raise UserError(f"width, depth and widest start at 1; they are {width}, {depth} and {widest}")
        stages: list[nn.Module] = []
        inputs, outputs = channels, width
        for stage in range(max(STAGES, count_halvings(size))):
            if stage == 0 and size > 64:
                stages.append(halve_by_stride(inputs, outputs))
            elif stage < STAGES - count_halvings(size):  # too small to be halved so often
                stages.append(widen(inputs, outputs))
            else:
                stages.append(halve_by_pooling(inputs, outputs))
            stages.extend(keep_size(outputs) for _ in range(depth - 1 if stage else 0))
            inputs, outputs = outputs, min(2 * outputs, max(width, widest))
        features = nn.Sequential(*stages)  # (batch, inputs, 3 to 5, 3 to 5)
        self.assemble(features, GlobalAverage(), small_head(inputs, classes))


def widen(inputs: int, outputs: int) -> nn.Sequential:
    """``(batch, inputs, h, w)`` to ``(batch, outputs, h, w)``."""
    return nn.Sequential(conv3x3(inputs, outputs), nn.BatchNorm2d(outputs), nn.ReLU())


def halve_by_pooling(inputs: int, outputs: int) -> nn.Sequential:
    """``(batch, inputs, h, w)`` to ``(batch, outputs, h // 2, w // 2)``, keeping the largest of each four."""
    return nn.Sequential(conv3x3(inputs, outputs), nn.MaxPool2d(2), nn.BatchNorm2d(outputs), nn.ReLU())


def halve_by_stride(inputs: int, outputs: int) -> nn.Sequential:
    """``(batch, inputs, h, w)`` to ``(batch, outputs, h / 2, w / 2)``, looking at each second place only."""
    return nn.Sequential(conv3x3(inputs, outputs, stride=2), nn.BatchNorm2d(outputs), nn.ReLU())


def keep_size(maps: int) -> nn.Sequential:
    """``(batch, maps, h, w)`` to the same shape."""
    return widen(maps, maps)
