"""U-Net: a class for every pixel.

    pictures ─► down ─► down ─► down ─► down     each half the side: what is there, less and less where
                  │       │       │       │
    logits ◄── up ◄── up ◄── up ◄─────────┘      each twice the side: what is below, beside what was seen on the way

Reference: Ronneberger, Fischer & Brox 2015, *U-Net: convolutional networks for biomedical image segmentation*; with
batch norm, and with sides kept by padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.errors import UserError
from fathom.nets.dropout import Dropout
from fathom.nets.image.classifier import conv3x3
from fathom.nets.image.pyramid import CHANNELS, PretrainedPyramid


class UNet(nn.Module):
    """From scratch: two convolutions at each of `depth` + 1 sizes, `width` maps at the largest and twice at each next.

    Shapes: in ``(batch, channels, height, width)``, sides that 2 to the power `depth` divides; out
    ``(batch, classes, height, width)``, logits.
    """

    def __init__(self, channels: int, classes: int, *, width: int = 24, depth: int = 4, dropout: float = 0.0) -> None:
        super().__init__()
        if not (1 <= depth <= 5 and 4 <= width <= 256):
            raise UserError(f"a U-Net of width {width} and depth {depth} is out of range: choose 4 to 256 and 1 to 5")
        widths = [width * 2**i for i in range(depth + 1)]
        self.first = DoubleConv(channels, width)
        self.down = nn.ModuleList(DoubleConv(a, b) for a, b in pairwise(widths))
        self.up = nn.ModuleList(UpBlock(b, a, a) for a, b in reversed(list(pairwise(widths))))
        self.dropout = Dropout(dropout)
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of each pixel: ``(batch, classes, height, width)``."""
        seen = [self.first(images)]
        for down in self.down:
            seen.append(down(F.max_pool2d(seen[-1], 2)))
        maps = self.dropout(seen.pop())
        for up in self.up:
            maps = up(maps, seen.pop())
        return self.head(maps)


class PretrainedUNet(nn.Module):
    """With EfficientNet-Lite0 from ImageNet as the way down; logits come at half the side and are enlarged.

    Shapes as `UNet`; any sides.
    """

    mean: ClassVar[tuple[float, float, float]] = PretrainedPyramid.mean
    std: ClassVar[tuple[float, float, float]] = PretrainedPyramid.std

    def __init__(
        self,
        channels: int,
        classes: int,
        *,
        widths: tuple[int, ...] = (128, 64, 48, 32),
        dropout: float = 0.0,
        weights: bool = True,
    ) -> None:
        super().__init__()
        if len(widths) != 4 or min(widths) < 4:
            raise UserError(f"widths={','.join(map(str, widths))} is out of range: give four numbers from 4 up")
        self.encoder = PretrainedPyramid(channels, weights=weights)
        skips = CHANNELS[-2::-1]
        inputs = (CHANNELS[-1], *widths)
        self.up = nn.ModuleList(UpBlock(a, s, w) for a, s, w in zip(inputs, skips, widths, strict=False))
        self.dropout = Dropout(dropout)
        self.head = nn.Conv2d(widths[-1], classes, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of each pixel: ``(batch, classes, height, width)``."""
        seen: Sequence[Tensor] = self.encoder(images)
        maps = self.dropout(seen[-1])
        for up, skip in zip(self.up, seen[-2::-1], strict=True):
            maps = up(maps, skip)
        return F.interpolate(self.head(maps), size=images.shape[2:], mode="bilinear", align_corners=False)


class DoubleConv(nn.Sequential):
    """Two 3 × 3 convolutions with batch norm and ReLU: ``(batch, inputs, h, w)`` to ``(batch, outputs, h, w)``."""

    def __init__(self, inputs: int, outputs: int) -> None:
        layers: list[nn.Module] = []
        for before in (inputs, outputs):
            layers += [conv3x3(before, outputs), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
        super().__init__(*layers)


class UpBlock(nn.Module):
    """Enlarge what is below to the side of what was seen on the way, and look at both."""

    def __init__(self, below: int, beside: int, outputs: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(below, outputs, 1, bias=False)
        self.both = DoubleConv(outputs + beside, outputs)

    def forward(self, below: Tensor, beside: Tensor) -> Tensor:
        """``(batch, below, h / 2, w / 2)`` and ``(batch, beside, h, w)`` to ``(batch, outputs, h, w)``."""
        enlarged = F.interpolate(self.narrow(below), size=beside.shape[2:], mode="bilinear", align_corners=False)
        return self.both(torch.cat([enlarged, beside], 1))


SEGMENTATION_NETS: dict[str, type[nn.Module]] = {"unet": UNet, "pretrained-unet": PretrainedUNet}
