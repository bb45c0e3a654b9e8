"""VGG: depth from nothing but 3 × 3 convolutions."""

from __future__ import annotations

from torch import nn

from fathom.errors import UserError
from fathom.nets.image.classifier import ImageClassifier, conv3x3, count_halvings, he_init, small_head


class VGG(ImageClassifier):
    """Blocks of conv, conv, pool, each with twice the maps of the one before, then a dense layer.

    Two 3 × 3 convolutions see 5 × 5 pixels with fewer weights than one 5 × 5 convolution, and with a ReLU between.
    The paper had no batch norm and three dense layers; ``norm=False`` shows how much harder that is to train.

    Shapes: in ``(batch, channels, size, size)``; features ``(batch, f, h, h)`` with h from 3 to 5; out
    ``(batch, classes)``.

    Reference: Simonyan & Zisserman 2015, *Very deep convolutional networks for large-scale image recognition*.

    Args:
        width: maps of the first block.
        widest: maps of the later blocks at most.
        dense: units of the layer before the head.
        norm: batch norm after each convolution.

    Raises:
        UserError: images of less than 8 pixels a side, or no maps or units.
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
        widest: int = 256,
        dense: int = 256,
        norm: bool = True,
    ) -> None:
        super().__init__(channels, size, classes, dropout=dropout)
        if min(width, widest, dense) < 1:
            raise UserError(f"width, widest and dense start at 1; they are {width}, {widest} and {dense}")
        blocks: list[nn.Module] = []
        inputs, outputs, side = channels, width, size
        for _ in range(count_halvings(size)):
            blocks.append(conv_block(inputs, outputs, norm=norm))
            inputs, outputs, side = outputs, min(2 * outputs, max(width, widest)), side // 2
        features = nn.Sequential(*blocks)  # (batch, inputs, side, side)
        linear = nn.Linear(inputs * side * side, dense)
        he_init(linear)
        neck = nn.Sequential(nn.Flatten(), linear, nn.ReLU())  # (batch, dense)
        self.assemble(features, neck, small_head(dense, classes))


def conv_block(inputs: int, outputs: int, *, norm: bool) -> nn.Sequential:
    """``(batch, inputs, h, w)`` to ``(batch, outputs, h // 2, w // 2)``."""
    layers: list[nn.Module] = []
    for maps in (inputs, outputs):
        layers.append(conv3x3(maps, outputs, bias=not norm))
        if norm:
            layers.append(nn.BatchNorm2d(outputs))
        layers.append(nn.ReLU())
    return nn.Sequential(*layers, nn.MaxPool2d(2))
