"""Style transfer: one picture's things in another picture's manner.

The new picture is what is learned: its deep features should be the content's, and the correlations of its features at
every size (their Gram matrices, in which no place is left) the style's.

Reference: Gatys, Ecker & Bethge 2016, *Image style transfer using convolutional neural networks*. Here with
EfficientNet-Lite0 for VGG: the picture is learned from coarse to fine, which its sharper features ask for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.nets.image.efficientnet_lite0 import ConvNorm, EfficientNetLite0

CONTENT_LAYERS = (4, 10)
"""Blocks whose features tell what is shown."""
STYLE_LAYERS = (0, 2, 4, 7, 10)
"""Blocks whose correlations tell the manner; the stem comes first."""


@dataclass(frozen=True)
class Weights:
    """How much each aim counts.

    Attributes:
        content: what is shown.
        style: the manner.
        smooth: neighbours that are alike.
    """

    content: float = 1.0
    style: float = 1.0
    smooth: float = 1.0


class Features(nn.Module):
    """The features of a picture ``(1, 3, height, width)`` on the scale 0 to 1, at the stem and after chosen blocks."""

    def __init__(self) -> None:
        super().__init__()
        net = EfficientNetLite0(3, 128, 2).eval().requires_grad_(False)
        self.stem, self.blocks = net.features.stem, net.features.blocks
        for module in self.modules():
            if isinstance(module, ConvNorm):
                module.slow_in_bf16 = False

    def forward(self, picture: Tensor) -> dict[int, Tensor]:
        """Maps by number of the block, the stem's by -1."""
        maps = self.stem((picture * 255 - 127) / 128)  # type: ignore[operator]
        found = {-1: maps}
        for number, block in enumerate(self.blocks):  # type: ignore[arg-type]
            if number > max(*CONTENT_LAYERS, *STYLE_LAYERS):
                break
            maps = block(maps)
            found[number] = maps
        return found


def gram_matrix(maps: Tensor) -> Tensor:
    """Which features occur together, wherever: ``(1, f, h, w)`` to ``(f, f)``."""
    flat = maps[0].flatten(1)  # (f, h * w)
    return flat @ flat.T / flat.shape[1]


def transfer_style(
    features: Features, content: Tensor, style: Tensor, *, steps: int, weights: Weights, lr: float = 0.03
) -> Iterator[tuple[Tensor, float]]:
    """The new picture ``(1, 3, height, width)`` in [0, 1] after each step, and the loss.

    Args:
        features: of the net that judges.
        content: the picture whose things are kept, ``(1, 3, height, width)`` in [0, 1].
        style: the picture whose manner is taken, of any size.
        steps: how many; the first third at half the size.
        weights: of the aims.
        lr: Adam's learning rate.
    """
    sizes = [tuple(s // 2 for s in content.shape[2:]), tuple(content.shape[2:])]
    picture = F.interpolate(content, size=sizes[0], mode="area")
    for size, count in zip(sizes, (steps // 3, steps - steps // 3), strict=True):
        here = F.interpolate(content, size=size, mode="area")
        scale = size[0] / sizes[-1][0]
        manner = F.interpolate(style, scale_factor=scale, mode="area") if scale < 1 else style
        with torch.no_grad():
            wanted = {k: v for k, v in features(here).items() if k in CONTENT_LAYERS}
            grams = {k: gram_matrix(v) for k, v in features(manner).items() if k in (-1, *STYLE_LAYERS)}
        start = F.interpolate(picture, size=size, mode="bilinear", align_corners=False)
        logits = torch.logit(start.clamp(0.02, 0.98)).detach().requires_grad_()
        optimizer = torch.optim.Adam([logits], lr=lr * 4, betas=(0.9, 0.99))
        for step in range(count):
            for group in optimizer.param_groups:
                group["lr"] = 4 * lr * (1 - 0.8 * step / count)
            picture = torch.sigmoid(logits)
            seen = features(picture)
            kept = sum((seen[k] - v).square().mean() / v.square().mean() for k, v in wanted.items())
            manners = sum((gram_matrix(seen[k]) - g).square().sum() / g.square().sum() for k, g in grams.items())
            rough = (picture.diff(dim=2).square().mean() + picture.diff(dim=3).square().mean()) * 20
            loss = weights.content * kept + 10 * weights.style * manners / len(grams) + weights.smooth * rough
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            picture = torch.sigmoid(logits).detach()
            yield picture, float(loss.detach())
