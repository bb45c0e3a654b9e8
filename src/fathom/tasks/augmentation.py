"""Changes to pictures that leave the class as it is, for a whole batch at once, on the device.

Each example's change follows from (seed, epoch, example) alone. Small pictures are only moved by whole pixels: turning
them would blur what little there is.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from fathom.task import Draw

SMALL = 40
"""Pictures up to this side are moved by whole pixels."""


def augment(image: Tensor, draw: Draw, strength: float, *, flip: bool) -> Tensor:
    """Move, turn, scale, mirror and re-light each picture of a batch.

    Args:
        image: ``(batch, channels, height, width)`` on the scale 0 to 255.
        draw: the random numbers of this batch.
        strength: 1 is usual; it scales every range.
        flip: whether left and right may be exchanged (not for digits and letters).

    Returns:
        Float pictures of the same shape and scale.
    """
    u = torch.from_numpy(draw.uniform(8)).to(image.device) * 2 - 1  # (batch, 8) in [-1, 1)
    size = image.shape[-1]
    mirror = torch.where(u[:, 0] < 0, -1.0, 1.0) if flip else torch.ones_like(u[:, 0])
    turn, zoom, reach = (0.0, 0.0, 0.08) if size <= SMALL else (math.radians(12), 0.15, 0.1)
    angle, scale = strength * turn * u[:, 1], 1 + strength * zoom * u[:, 2]
    shift = strength * reach * u[:, 3:5] * size / 2 * 2  # (batch, 2) pixels
    if size <= SMALL:
        shift = shift.round()
    moved = _affine(image.float(), mirror, angle, scale, shift * 2 / size, nearest=size <= SMALL)
    if image.shape[1] == 1:
        return moved
    contrast = (1 + 0.2 * strength * u[:, 5])[:, None, None, None]
    light = (25 * strength * u[:, 6])[:, None, None, None]
    return (moved - 128) * contrast + 128 + light


def _affine(image: Tensor, mirror: Tensor, angle: Tensor, scale: Tensor, shift: Tensor, *, nearest: bool) -> Tensor:
    """Resample ``(batch, channels, height, width)`` under one affine map per picture, reflecting at the edges."""
    cos, sin = angle.cos() * scale, angle.sin() * scale
    rows = [torch.stack([mirror * cos, -sin, shift[:, 0]], 1), torch.stack([mirror * sin, cos, shift[:, 1]], 1)]
    theta = torch.stack(rows, 1)  # (batch, 2, 3)
    grid = F.affine_grid(theta, list(image.shape), align_corners=False)  # (batch, height, width, 2)
    mode = "nearest" if nearest else "bilinear"
    moved = F.grid_sample(image, grid, mode=mode, padding_mode="reflection", align_corners=False)
    return moved.contiguous(memory_format=torch.channels_last)
