"""What all nets for images share: features, neck and head.

    images ──features──► maps (batch, f, h, w) or (batch, f) ──neck──► (batch, f) ──dropout──► head ──► logits
    └──────────────────────────────── embed ──────────────────────────────────┘

Grad-CAM hooks `features`; a linear head can be fitted on what `embed` returns; `head` is always the last layer.
"""

from __future__ import annotations

import math
from typing import ClassVar

from torch import Tensor, nn

from fathom.errors import UserError
from fathom.nets.dropout import Dropout


class ImageClassifier(nn.Module):
    """Base of the nets for images; a subclass builds three parts and hands them to `assemble`.

    Shapes: in ``(batch, channels, size, size)``, float and normalized; out ``(batch, classes)``, logits.

    Attributes:
        smallest: the smallest side in pixels that the net can look at.
        features: images to feature maps ``(batch, f, h, w)`` or feature vectors ``(batch, f)``.
        neck: those to vectors ``(batch, f)``, by pooling, flattening or dense layers.
        head: the last linear layer.
    """

    smallest: ClassVar[int] = 1
    features: nn.Module
    neck: nn.Module
    head: nn.Linear

    def __init__(self, channels: int, size: int, classes: int, *, dropout: float = 0.0) -> None:
        super().__init__()
        if channels < 1 or classes < 1:
            raise UserError(f"a net needs at least one channel and one class, not {channels} and {classes}")
        if size < self.smallest:
            raise UserError(
                f"this net needs images of at least {self.smallest} pixels a side, not {size}: "
                "choose a larger size or the net 'mlp'"
            )
        self.dropout = Dropout(dropout)

    def assemble(self, features: nn.Module, neck: nn.Module, head: nn.Linear) -> None:
        """Take the three parts; the order of their parameters is the order in which the data passes."""
        self.features, self.neck, self.head = features, neck, head

    def embed(self, images: Tensor) -> Tensor:
        """What the net makes of the images before it decides: ``(batch, f)``."""
        return self.neck(self.features(images))

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits: ``(batch, classes)``."""
        return self.head(self.dropout(self.embed(images)))


class GlobalAverage(nn.Module):
    """The mean over all places of each feature map (Lin, Chen & Yan 2014, *Network in Network*)."""

    def forward(self, maps: Tensor) -> Tensor:
        """``(batch, f, h, w)`` to ``(batch, f)``."""
        return maps.mean(dim=(2, 3))


def conv3x3(inputs: int, outputs: int, *, stride: int = 1, bias: bool = False) -> nn.Conv2d:
    """A 3 × 3 convolution that keeps the side (divides it by the stride).

    He-initialized; without bias by default, since the batch norm that follows would subtract it again.
    """
    conv = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=bias)
    he_init(conv)
    return conv


def he_init(layer: nn.Conv2d | nn.Linear) -> None:
    """Initialize for a ReLU: variance 2 / fan-in keeps the signal's size through the layers (He et al. 2015)."""
    nn.init.normal_(layer.weight, std=math.sqrt(2 / layer.weight[0].numel()))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def small_head(inputs: int, classes: int) -> nn.Linear:
    """The last layer, so small that a new net holds all classes for about equally likely (Goyal et al. 2017, §5.1)."""
    head = nn.Linear(inputs, classes)
    nn.init.normal_(head.weight, std=0.01)
    nn.init.zeros_(head.bias)
    return head


def count_halvings(size: int, *, least: int = 3) -> int:
    """How often a side can be halved, rounding down, with at least ``least`` left; at least once."""
    return max(1, int(math.log2(size / least)))
