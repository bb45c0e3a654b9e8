"""MobileNetV2: inverted bottlenecks with linear ends, for machines with little to spend.

A block widens its few maps, filters each by itself and narrows them again without a ReLU, which would throw away what
little room is left. Reference: Sandler et al. 2018, *MobileNetV2*.
"""

from __future__ import annotations

from torch import nn

from fathom.errors import UserError
from fathom.nets.image.classifier import GlobalAverage, ImageClassifier, small_head
from fathom.nets.image.efficientnet_lite0 import ConvNorm, InvertedBottleneck

STAGES = (
    # widening, maps, blocks, stride of the first
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
HEAD_CHANNELS = 1280


class MobileNetV2(ImageClassifier):
    """From scratch; for small images the first strides are left out, so that the last maps keep a side of about 4.

    Shapes: in ``(batch, channels, size, size)``; out ``(batch, classes)``.

    Args:
        width: by which all numbers of maps are multiplied.

    Raises:
        UserError: images of less than 8 pixels a side, or a width out of range.
    """

    smallest = 8

    def __init__(self, channels: int, size: int, classes: int, *, dropout: float = 0.1, width: float = 0.5) -> None:
        super().__init__(channels, size, classes, dropout=dropout)
        if not 0.1 <= width <= 4:
            raise UserError(f"width={width} is out of range: choose 0.1 to 4")
        spare = sum(size < side for side in (128, 64, 32, 16))  # strides to leave out, the first ones
        inputs = _maps(32, width)
        layers: list[nn.Module] = [ConvNorm(channels, inputs, 3, stride=1 if spare else 2)]
        spare -= bool(spare)
        for widening, maps, blocks, stride in STAGES:
            if stride == 2 and spare:
                stride, spare = 1, spare - 1
            for number in range(blocks):
                outputs = _maps(maps, width)
                layers.append(InvertedBottleneck(inputs, outputs, 3, 1 if number else stride, widening))
                inputs = outputs
        top = max(_maps(HEAD_CHANNELS, width), 640)
        layers.append(ConvNorm(inputs, top, 1))
        self.assemble(nn.Sequential(*layers), GlobalAverage(), small_head(top, classes))
        for module in self.modules():  # learned from scratch in a few epochs: the running figures must keep up
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = 0.1


def _maps(count: int, width: float) -> int:
    """So many maps times the width, to a multiple of 8, and never less than nine tenths of it."""
    rounded = max(8, int(count * width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * count * width else rounded
