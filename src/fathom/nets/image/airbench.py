"""Airbench: the shape of the nets that hold the records of speed on small pictures.

    images ─ whitened patches ─► ┌ conv ─ pool ─ norm ─ ReLU ┐ ┌ conv ─ norm ─ ReLU ┐ ─► … ─ mean ─ head
                                 └──────────── each stage halves the side ──────────┘

The first layer is not learned. It makes the small patches of the training pictures uncorrelated and of equal size, so
that what follows need not spend its first epochs on finding that out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.errors import UserError
from fathom.nets.image.classifier import GlobalAverage, ImageClassifier, count_halvings, small_head
from fathom.nets.image.convnet import halve_by_pooling, keep_size

LARGE = 40
"""Pixels of the side above which patches are taken at every second place only."""
EVEN = 5e-4
"""Added to the variance along each direction, so that what hardly varies is not blown up."""


class Airbench(ImageClassifier):
    """A whitening that stays as it is, then two convolutions at each size, wide at once.

    Shapes: in ``(batch, channels, size, size)``; features ``(batch, f, h, h)``; out ``(batch, classes)``.

    Reference: Jordan 2024, *94% on CIFAR-10 in 3.29 seconds on a single GPU*; the first layer: Page 2018, *How to train
    your ResNet*.

    Args:
        width: maps of the first stage; each next one has twice as many.
        depth: convolutions of a stage.
        widest: maps at most.

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
        width: int = 64,
        depth: int = 2,
        widest: int = 256,
    ) -> None:
        super().__init__(channels, size, classes, dropout=dropout)
        if min(width, depth, widest) < 1:
            raise UserError(f"width, depth and widest start at 1; they are {width}, {depth} and {widest}")
        self.whitening = Whitening(channels, stride=2 if size > LARGE else 1)
        side = (size - 3) // self.whitening.stride + 1
        widths = [min(width * 2**stage, max(width, widest)) for stage in range(count_halvings(side, least=2))]
        stages: list[nn.Module] = []
        for inputs, outputs in pairwise([self.whitening.maps, *widths]):
            stages += [halve_by_pooling(inputs, outputs), *(keep_size(outputs) for _ in range(depth - 1))]
        self.assemble(nn.Sequential(self.whitening, *stages), GlobalAverage(), small_head(widths[-1], classes))

    def whiten(self, filters: Sequence[Sequence[float]]) -> None:
        """Take the filters that `whitening_filters` found in the training pictures."""
        self.whitening.take(filters)


class Whitening(nn.Module):
    """Each 3 × 3 patch along fixed directions, what is above zero and below it apart; nothing here is learned.

    ``(batch, channels, h, w)`` to ``(batch, maps, (h - 3) / stride + 1, …)``.
    """

    filters: Tensor

    def __init__(self, channels: int, *, stride: int) -> None:
        super().__init__()
        inputs = 9 * channels
        self.maps, self.stride = 2 * inputs, stride
        directions = nn.init.orthogonal_(torch.empty(inputs, inputs))
        self.register_buffer("filters", directions.view(inputs, channels, 3, 3))

    def take(self, filters: Sequence[Sequence[float]]) -> None:
        """Replace the directions, ``(inputs, inputs)``."""
        self.filters.copy_(torch.tensor(filters, dtype=self.filters.dtype).view_as(self.filters))

    def forward(self, images: Tensor) -> Tensor:
        """``(batch, channels, h, w)`` to ``(batch, maps, (h - 3) / stride + 1, …)``."""
        along = F.conv2d(images, torch.cat([self.filters, -self.filters]), stride=self.stride)
        return along.relu()


def whitening_filters(images: Tensor, seen: int = 200_000) -> list[list[float]]:
    """The directions in which 3 × 3 patches vary, each over its deviation, from the one with the least.

    Args:
        images: ``(n, channels, h, w)``, float and normalized.
        seen: patches that are looked at, at most.

    Returns:
        ``(9 channels, 9 channels)``, a filter a row.
    """
    patches = F.unfold(images, 3).transpose(1, 2).flatten(0, 1)  # (n * places, 9 channels)
    patches = patches[:: math.ceil(len(patches) / seen)].double()
    variance, directions = torch.linalg.eigh(patches.T @ patches / len(patches))
    filters = directions.T / (variance + EVEN).sqrt()[:, None]
    return [[float(f"{value:.6g}") for value in row] for row in filters.tolist()]
