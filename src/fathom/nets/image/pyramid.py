"""EfficientNet-Lite0 as a pyramid: what it sees at each size, for nets that must say where things are."""

from __future__ import annotations

from itertools import accumulate
from typing import ClassVar, cast

from torch import Tensor, nn

from fathom.errors import UserError
from fathom.nets.image.efficientnet_lite0 import STAGES, EfficientNetLite0

CHANNELS = (16, 24, 40, 112, 320)
"""Maps at 1/2, 1/4, 1/8, 1/16 and 1/32 of the side."""
_LAST = (0, 1, 2, 4, 6)
"""The stage that ends each size."""


class PretrainedPyramid(nn.Module):
    """Feature maps at five sizes, from ImageNet's weights; batch norms keep ImageNet's statistics.

    What sees edges and colours, down to a quarter of the side, stays as it came: it is good for any photographs, and
    learning it would cost as much time as all the rest (as in Detectron's ``FREEZE_AT = 2``).

    Shapes: in ``(batch, 1 or 3, height, width)``; out five of ``(batch, CHANNELS[i], height / 2^(i+1), …)``, rounded
    up.

    Raises:
        MissingExtra: the package with the weights is not installed.
        UserError: neither one channel nor three.
    """

    mean: ClassVar[tuple[float, float, float]] = EfficientNetLite0.mean
    std: ClassVar[tuple[float, float, float]] = EfficientNetLite0.std

    def __init__(self, channels: int, *, weights: bool = True) -> None:
        super().__init__()
        if channels not in (1, 3):
            raise UserError(f"the pretrained net sees images of one channel or three, not {channels}")
        features = EfficientNetLite0(channels, 128, 2, weights=weights).features
        self.stem, self.blocks = features.stem, features.blocks
        ends = list(accumulate(count for count, *_ in STAGES))
        self.taps = {ends[stage] - 1 for stage in _LAST}
        self.frozen = weights
        self.fixed = ends[1] if weights else 0
        if weights:
            for module in (self.stem, cast(nn.Sequential, self.blocks)[: self.fixed]):
                cast(nn.Module, module).requires_grad_(False)

    def train(self, mode: bool = True) -> PretrainedPyramid:
        """Switch to training; batch norms that came with weights stay as they are."""
        super().train(mode)
        if self.frozen:
            for module in self.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        return self

    def forward(self, images: Tensor) -> list[Tensor]:
        """The maps, from the largest to the smallest."""
        if images.shape[1] == 1:
            images = images.expand(-1, 3, -1, -1)  # (batch, 3, h, w)
        maps: Tensor = cast(nn.Module, self.stem)(images)
        found = []
        for number, block in enumerate(cast(nn.Sequential, self.blocks)):
            maps = block(maps)
            if number in self.taps:
                found.append(maps)
        return found
