"""An Inception net: each block looks at several sizes at once and lets the data choose.

Reference: Szegedy et al. 2015, *Going deeper with convolutions*; with batch norm, as Ioffe & Szegedy 2015 made it, and
with two 3 × 3 filters for the 5 × 5 (Szegedy et al. 2016).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fathom.errors import UserError
from fathom.nets.image.classifier import GlobalAverage, ImageClassifier, conv3x3, count_halvings, he_init, small_head


class Inception(ImageClassifier):
    """A stem, then stages of Inception blocks with pooling between them.

    Shapes: in ``(batch, channels, size, size)``; out ``(batch, classes)``.

    Args:
        depth: blocks in each stage.
        width: maps of the first stage; each next stage has twice as many.

    Raises:
        UserError: images of less than 8 pixels a side, or a width below 8.
    """

    smallest = 8

    def __init__(
        self, channels: int, size: int, classes: int, *, dropout: float = 0.0, depth: int = 2, width: int = 64
    ) -> None:
        super().__init__(channels, size, classes, dropout=dropout)
        if depth < 1 or width < 8:
            raise UserError(f"depth starts at 1 and width at 8; they are {depth} and {width}")
        layers: list[nn.Module] = [conv_norm(channels, width, 3, stride=2 if size > 48 else 1)]
        inputs, side = width, size // (2 if size > 48 else 1)
        for stage in range(min(3, count_halvings(side))):
            layers.append(nn.MaxPool2d(2, ceil_mode=True))
            for _ in range(depth):
                layers.append(InceptionBlock(inputs, width * 2**stage))
                inputs = width * 2**stage
        self.assemble(nn.Sequential(*layers), GlobalAverage(), small_head(inputs, classes))


class InceptionBlock(nn.Module):
    """Four ways beside each other, each narrowed first by a 1 × 1 convolution; their maps are put together.

        1 × 1 ──────────────────────┐ half of the maps
        1 × 1 ─ 3 × 3 ──────────────┤ a quarter
        1 × 1 ─ 3 × 3 ─ 3 × 3 ──────┤ an eighth
        3 × 3 maximum ─ 1 × 1 ──────┘ an eighth

    ``(batch, inputs, h, w)`` to ``(batch, outputs, h, w)``.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        quarter, eighth = outputs // 4, outputs // 8
        narrow = max(8, outputs // 4)
        self.ways = nn.ModuleList(
            [
                conv_norm(inputs, outputs - quarter - 2 * eighth, 1),
                nn.Sequential(conv_norm(inputs, narrow, 1), conv_norm(narrow, quarter, 3)),
                nn.Sequential(
                    conv_norm(inputs, narrow // 2, 1), conv_norm(narrow // 2, eighth, 3), conv_norm(eighth, eighth, 3)
                ),
                nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), conv_norm(inputs, eighth, 1)),
            ]
        )

    def forward(self, maps: Tensor) -> Tensor:
        """``(batch, inputs, h, w)`` to ``(batch, outputs, h, w)``."""
        return torch.cat([way(maps) for way in self.ways], 1)


def conv_norm(inputs: int, outputs: int, side: int, *, stride: int = 1) -> nn.Sequential:
    """Convolution, batch norm, ReLU: ``(batch, inputs, h, w)`` to ``(batch, outputs, h / stride, w / stride)``."""
    if side == 3:
        conv = conv3x3(inputs, outputs, stride=stride)
    else:
        conv = nn.Conv2d(inputs, outputs, side, stride=stride, bias=False)
        he_init(conv)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())
