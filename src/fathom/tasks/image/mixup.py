"""Pictures of a batch mixed in pairs, and their losses with them: mixup and CutMix; and pictures that grow.

Mixing keeps a net from being too sure between its examples: the target is as mixed as the picture. References: Zhang et
al. 2018, *mixup*; Yun et al. 2019, *CutMix*. That pictures are small at first saves time where details do not matter
yet (Howard 2018; Tan & Le 2021, *EfficientNetV2*).
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from fathom.task import Batch, Draw

SMALLEST = 0.5
"""Share of the side with which a training with growing pictures begins."""
GROWN = 0.7
"""Share of the training after which pictures have their full size."""


def shares(draw: Draw, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """How much each picture keeps of itself, from Beta(strength, strength), at least half; and its place in a draw of
    lots: both ``(batch,)``."""
    from scipy.stats import beta

    u = draw.uniform(2)
    kept = beta.ppf(u[:, 0].astype(float), strength, strength)
    return np.maximum(kept, 1 - kept).astype(np.float32), u[:, 1]


def partners(lots: np.ndarray) -> np.ndarray:
    """With which of the batch each picture is mixed: the next in the order of the lots; ``(batch,)``."""
    order = np.argsort(lots, kind="stable")
    found = np.empty(len(lots), np.int64)
    found[order] = np.roll(order, -1)
    return found


def mixup(image: Tensor, draw: Draw, strength: float) -> tuple[Tensor, Tensor, Tensor]:
    """Each picture faded into another of the batch.

    Args:
        image: ``(batch, channels, height, width)``.
        draw: the random numbers of this batch.
        strength: of Beta: 0.2 is usual.

    Returns:
        The pictures, which other each was mixed with ``(batch,)``, and how much it kept of itself ``(batch,)``.
    """
    kept, lots = shares(draw, strength)
    other, share = torch.from_numpy(partners(lots)).to(image.device), torch.from_numpy(kept).to(image.device)
    weight = share[:, None, None, None]
    return weight * image.float() + (1 - weight) * image[other].float(), other, share


def cutmix(image: Tensor, draw: Draw, strength: float) -> tuple[Tensor, Tensor, Tensor]:
    """A rectangle of each picture replaced by that of another of the batch; arguments and results as of `mixup`."""
    kept, lots = shares(draw, strength)
    other = torch.from_numpy(partners(lots)).to(image.device)
    height, width = image.shape[2:]
    middle = torch.from_numpy(draw.uniform(2)).to(image.device)  # (batch, 2)
    half = torch.from_numpy(np.sqrt(1 - kept)).to(image.device)[:, None] / 2
    low, high = (middle - half).clamp(0, 1), (middle + half).clamp(0, 1)
    rows = (torch.arange(height, device=image.device) + 0.5) / height
    columns = (torch.arange(width, device=image.device) + 0.5) / width
    down = (rows[None] >= low[:, :1]) & (rows[None] < high[:, :1])  # (batch, height)
    across = (columns[None] >= low[:, 1:]) & (columns[None] < high[:, 1:])  # (batch, width)
    cut = (down[:, :, None] & across[:, None, :])[:, None]  # (batch, 1, height, width)
    share = 1 - cut.float().mean((1, 2, 3))
    return torch.where(cut, image[other].float(), image.float()), other, share


def mixed(targets: Tensor, batch: Batch) -> Tensor:
    """Targets ``(batch, …)`` as mixed as their pictures are, where they are."""
    if "share" not in batch:
        return targets
    share = batch["share"].reshape(-1, *[1] * (targets.ndim - 1))
    return share * targets + (1 - share) * targets[batch["other"]]


def grown(image: Tensor, done: float, least: int = 24) -> Tensor:
    """Pictures at the size for this part of the training: half the side at first, all of it from `GROWN` on.

    Args:
        image: ``(batch, channels, height, width)``.
        done: share of the training that is over, in [0, 1].
        least: the smallest side.
    """
    share = min(1.0, SMALLEST + (1 - SMALLEST) * done / GROWN)
    side = max(least, round(image.shape[-1] * share / 8) * 8)
    if side >= image.shape[-1]:
        return image
    return F.interpolate(image.float(), size=(side, side), mode="bilinear", antialias=True, align_corners=False)
