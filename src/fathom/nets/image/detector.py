"""A small single-stage detector without anchors, on EfficientNet-Lite0.

    pictures ─ pyramid ─ maps at 1/8, 1/16, 1/32 ─ from the smallest up, each added to the next (FPN)
                                                 └─ one head for all three: at each place the classes' logits
                                                    and how far it is to the four sides of the box

Every place of every map proposes one box; which of them is asked to find a true box is decided anew at each step by
how well it does already: by its score and its overlap together.

References: Tian et al. 2019, *FCOS*; Lin et al. 2017, *Feature pyramid networks*; Feng et al. 2021, *TOOD*, whose
assignment this is; Zhang et al. 2021, *VarifocalNet*; Rezatofighi et al. 2019, *Generalized IoU*.
"""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.nets.dropout import Dropout
from fathom.nets.image.pyramid import CHANNELS, PretrainedPyramid

STRIDES = (8, 16, 32)
PRIOR_PROBABILITY = 0.01
"""Probability of a box that every place begins with (Lin et al. 2017, *Focal loss*, §3.3)."""
CANDIDATES = 10
"""Places that are asked for a true box, at most."""


class Proposals(NamedTuple):
    """What every place says: logits ``(batch, places, classes)``, boxes ``(batch, places, 4)`` in [0, 1], and where the
    places are ``(places, 2)``, in [0, 1]."""

    logits: Tensor
    boxes: Tensor
    places: Tensor


class Detector(nn.Module):
    """Shapes: in ``(batch, channels, size, size)``; out `Proposals`."""

    mean: ClassVar[tuple[float, float, float]] = PretrainedPyramid.mean
    std: ClassVar[tuple[float, float, float]] = PretrainedPyramid.std

    def __init__(
        self, channels: int, classes: int, *, width: int = 96, dropout: float = 0.0, weights: bool = True
    ) -> None:
        super().__init__()
        self.encoder = PretrainedPyramid(channels, weights=weights)
        self.lateral = nn.ModuleList(nn.Conv2d(c, width, 1) for c in CHANNELS[2:])
        self.smooth = nn.ModuleList(SeparableConv(width) for _ in STRIDES)
        self.kind, self.place = (nn.Sequential(SeparableConv(width), SeparableConv(width)) for _ in range(2))
        self.dropout = Dropout(dropout)
        self.classes, self.sides = nn.Conv2d(width, classes, 1), nn.Conv2d(width, 4, 1)
        for head in (self.classes, self.sides):
            nn.init.normal_(head.weight, std=0.01)
            nn.init.zeros_(head.bias)  # type: ignore[arg-type]
        nn.init.constant_(self.classes.bias, -math.log((1 - PRIOR_PROBABILITY) / PRIOR_PROBABILITY))  # type: ignore[arg-type]

    def forward(self, images: Tensor) -> Proposals:
        """What every place of the three maps says."""
        seen = [lateral(maps) for lateral, maps in zip(self.lateral, self.encoder(images)[2:], strict=True)]
        for i in (1, 0):  # from the smallest up
            seen[i] = seen[i] + F.interpolate(seen[i + 1], size=seen[i].shape[2:], mode="nearest")
        logits, boxes, places = [], [], []
        for maps, smooth, stride in zip(seen, self.smooth, STRIDES, strict=True):
            maps = smooth(maps)  # (batch, width, h, w)
            logits.append(self.classes(self.dropout(self.kind(maps))).flatten(2).transpose(1, 2))
            reach = F.softplus(self.sides(self.place(maps)).float()) * 4 * stride / images.shape[-1]
            at = cell_centers(maps, stride / images.shape[-1])  # (h * w, 2)
            left, top, right, bottom = reach.flatten(2).unbind(1)  # (batch, h * w) each
            x, y = at.unbind(1)
            boxes.append(torch.stack([x - left, y - top, x + right, y + bottom], 2))
            places.append(at)
        return Proposals(torch.cat(logits, 1).float(), torch.cat(boxes, 1), torch.cat(places))


class SeparableConv(nn.Sequential):
    """A 3 × 3 filter on each map, then a mixture of the maps, batch norm, ReLU: keeps the shape."""

    def __init__(self, width: int) -> None:
        each = nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False)
        super().__init__(each, nn.Conv2d(width, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True))


def cell_centers(maps: Tensor, step: float) -> Tensor:
    """The middle of each place of ``(batch, f, h, w)``, as x and y in [0, 1]: ``(h * w, 2)``."""
    height, width = maps.shape[2:]
    y, x = torch.meshgrid(
        torch.arange(height, device=maps.device), torch.arange(width, device=maps.device), indexing="ij"
    )
    return (torch.stack([x, y], 2).flatten(0, 1) + 0.5) * step


def pairwise_iou(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Intersection over union, and its generalized form, of boxes ``(…, 4)`` that can be broadcast: ``(…)`` each."""
    low, high = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
    inter = (high - low).clamp(min=0).prod(-1)
    area = [(box[..., 2:] - box[..., :2]).clamp(min=0).prod(-1) for box in (a, b)]
    union = (area[0] + area[1] - inter).clamp(min=1e-9)
    around = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).prod(-1).clamp(min=1e-9)
    iou = inter / union
    return iou, iou - (around - union) / around


@torch.no_grad()
def assign_targets(said: Proposals, boxes: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
    """Which true box each place is asked for, and how much of it.

    For each true box the places inside it are ranked by score × overlap⁶; the first `CANDIDATES` are asked. A place
    that several want goes to the one that it overlaps most. What is asked of the best of a box is its overlap, of the
    others in proportion.

    Args:
        said: of the net.
        boxes: ``(batch, n, 4)``.
        kinds: ``(batch, n)`` class numbers, below 0 where there is no box.

    Returns:
        The number of the box ``(batch, places)``, and the quality that is asked, 0 where nothing is, likewise.
    """
    real = kinds >= 0  # (batch, n)
    iou = pairwise_iou(said.boxes[:, None], boxes[:, :, None])[0]  # (batch, n, places)
    scores = said.logits.sigmoid().transpose(1, 2)  # (batch, classes, places)
    score = scores.gather(1, kinds.clamp(min=0)[..., None].expand(-1, -1, scores.shape[2]))  # (batch, n, places)
    x, y = said.places.unbind(1)
    edges = torch.stack([x - boxes[..., :1], y - boxes[..., 1:2], boxes[..., 2:3] - x, boxes[..., 3:] - y])
    inside = (edges.amin(0) > 0) & real[..., None]
    middle = (boxes[..., :2] + boxes[..., 2:]) / 2  # a box smaller than the places' distance: the nearest is inside
    nearest = (said.places - middle[..., None, :]).square().sum(-1).argmin(2, keepdim=True)
    inside |= torch.zeros_like(inside).scatter_(2, nearest, True) & real[..., None]
    fit = (score * iou.clamp(min=1e-4) ** 6).where(inside, 0.0)
    count = min(CANDIDATES, fit.shape[2])
    value, place = fit.topk(count, dim=2)
    chosen = torch.zeros_like(inside).scatter_(2, place, value > 0)
    best = iou.where(chosen, -1.0).argmax(1)  # (batch, places)
    chosen &= torch.zeros_like(chosen).scatter_(1, best[:, None], True)
    fit, iou = fit.where(chosen, 0.0), iou.where(chosen, 0.0)
    asked = fit / fit.amax(2, keepdim=True).clamp(min=1e-12) * iou.amax(2, keepdim=True).clamp(min=0.05)
    return best, asked.gather(1, best[:, None])[:, 0]


def detection_loss(said: Proposals, boxes: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
    """Loss and weight of each picture, both ``(batch,)``.

    The classes' part is varifocal: what is asked of a place is a quality, and places that are asked for nothing count
    the less, the surer they are of that. The boxes' part is the generalized overlap, weighed by the quality. The weight
    is the sum of the qualities, at least 1.
    """
    which, quality = assign_targets(said, boxes, kinds)  # (batch, places)
    kind = kinds.gather(1, which).clamp(min=0)
    target = torch.zeros_like(said.logits).scatter_(2, kind[..., None], quality[..., None])
    probability = said.logits.detach().sigmoid()
    focus = torch.where(target > 0, target, 0.75 * probability**2)
    nats = F.binary_cross_entropy_with_logits(said.logits, target, reduction="none")
    true = boxes.gather(1, which[..., None].expand(-1, -1, 4))
    missed = 1 - pairwise_iou(said.boxes, true)[1]
    losses = (nats * focus).sum((1, 2)) + 2 * (missed * quality).sum(1)
    return losses, quality.sum(1).clamp(min=1.0)


@torch.no_grad()
def non_max_suppression(
    logits: Tensor, boxes: Tensor, *, least: float = 0.01, shared: float = 0.6, most: int = 100
) -> Tensor:
    """The boxes of one picture after non-maximum suppression: rows (class, confidence, left, top, right, bottom).

    Of boxes of a class that overlap by more than `shared` only the surest stays.

    Args:
        logits: ``(places, classes)``.
        boxes: ``(places, 4)``.
        least: smallest confidence.
        shared: largest overlap.
        most: boxes, at most.
    """
    confidence, order = logits.sigmoid().flatten().topk(min(600, logits.numel()))
    order, confidence = order[confidence >= least], confidence[confidence >= least]
    kind, corners = order % logits.shape[1], boxes[order // logits.shape[1]]
    iou = pairwise_iou(corners[:, None], corners[None])[0] * (kind[:, None] == kind[None])
    clash = (iou > shared).cpu().numpy()
    alive: list[int] = []
    gone = clash[0] & False if len(clash) else None
    for i in range(len(order)):
        if gone is not None and not gone[i]:
            alive.append(i)
            gone |= clash[i]
            if len(alive) == most:
                break
    return torch.cat([kind[alive, None].float(), confidence[alive, None], corners[alive]], 1)


DETECTION_NETS: dict[str, type[nn.Module]] = {"detector": Detector}
