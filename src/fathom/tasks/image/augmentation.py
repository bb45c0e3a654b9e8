"""Changes to pictures that leave their meaning as it is, for a whole batch at once, on the device.

Each example's change follows from (seed, epoch, example) alone. It is one affine map and one change of light for each
picture, so that masks and boxes can be moved by the same map. Small pictures are only moved by whole pixels: turning
them would blur what little there is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from fathom.task import Draw

SMALL = 40
"""Pictures up to this side are moved by whole pixels."""


@dataclass(frozen=True)
class Policy:
    """How far pictures of a task are changed at strength 1.

    Attributes:
        flip: left and right may be exchanged (not for digits and letters).
        turn: degrees to either side.
        zoom: what is shown of the picture's side, from the least to the most: below 1 is nearer.
        reach: share of a side by which it is moved.
        contrast, light: share, and steps of 255, by which it is lit otherwise; colour pictures only.
    """

    flip: bool = True
    turn: float = 12.0
    zoom: tuple[float, float] = (0.85, 1.15)
    reach: float = 0.1
    contrast: float = 0.2
    light: float = 25.0


def augment(image: Tensor, draw: Draw, strength: float, *, flip: bool) -> Tensor:
    """Move, turn, scale, mirror and re-light each picture of a batch.

    Args:
        image: ``(batch, channels, height, width)`` on the scale 0 to 255.
        draw: the random numbers of this batch.
        strength: 1 is usual; it scales every range.
        flip: whether left and right may be exchanged.

    Returns:
        Float pictures of the same shape and scale.
    """
    policy = Policy(flip=flip)
    u = numbers(draw, image)
    small = image.shape[-1] <= SMALL
    theta = shifts(u, strength, image.shape[-1], flip=flip) if small else maps(u, strength, policy, image)
    return relit(moved(image, theta, nearest=small), u, strength, policy)


def numbers(draw: Draw, image: Tensor) -> Tensor:
    """What every change of a batch follows from: ``(batch, 8)`` in [-1, 1)."""
    return torch.from_numpy(draw.uniform(8)).to(image.device) * 2 - 1


def maps(u: Tensor, strength: float, policy: Policy, image: Tensor) -> Tensor:
    """One affine map for each picture, from a place in the new picture to that in the old one: ``(batch, 2, 3)``.

    Places are in [-1, 1] along each axis, as `torch.nn.functional.affine_grid` has them; turning keeps right angles in
    pictures that are not square, too.
    """
    height, width = image.shape[-2:]
    mirror = torch.where(u[:, 0] < 0, -1.0, 1.0) if policy.flip else torch.ones_like(u[:, 0])
    angle = strength * math.radians(policy.turn) * u[:, 1]
    least, most = (strength * (bound - 1) for bound in policy.zoom)
    scale = (1 + (least + most) / 2 + (most - least) / 2 * u[:, 2]).clamp(min=0.1)
    shift = 2 * strength * policy.reach * u[:, 3:5]  # (batch, 2)
    cos, sin = angle.cos() * scale, angle.sin() * scale
    across = torch.stack([mirror * cos, -sin * height / width, shift[:, 0]], 1)
    down = torch.stack([mirror * sin * width / height, cos, shift[:, 1]], 1)
    return torch.stack([across, down], 1)  # (batch, 2, 3)


def bends(draw: Draw, strength: float, reach: float, image: Tensor) -> Tensor:
    """How far each of 5 × 5 points is moved, by chance: ``(batch, 2, 5, 5)``; what lies between follows smoothly.

    Reference: Simard, Steinkraus & Platt 2003, *Best practices for convolutional neural networks* (elastic distortion);
    on such a grid: Ronneberger, Fischer & Brox 2015, *U-Net*.

    Args:
        draw: the random numbers of this batch.
        strength: 1 is usual.
        reach: the farthest, as a share of the side.
        image: for the device.
    """
    u = torch.from_numpy(draw.uniform(50)).to(image.device).view(-1, 2, 5, 5) * 2 - 1
    return 2 * strength * reach * u


def shifts(u: Tensor, strength: float, size: int, *, flip: bool) -> Tensor:
    """Maps of small square pictures: mirrored, and moved by whole pixels; ``(batch, 2, 3)``."""
    mirror = torch.where(u[:, 0] < 0, -1.0, 1.0) if flip else torch.ones_like(u[:, 0])
    shift = (strength * 0.08 * u[:, 3:5] * size).round() * 2 / size  # (batch, 2)
    zero, one = torch.zeros_like(mirror), torch.ones_like(mirror)
    rows = [torch.stack([mirror, zero, shift[:, 0]], 1), torch.stack([zero, one, shift[:, 1]], 1)]
    return torch.stack(rows, 1)


def moved(
    image: Tensor,
    theta: Tensor,
    *,
    nearest: bool = False,
    outside: Literal["reflection", "zeros"] = "reflection",
    bend: Tensor | None = None,
) -> Tensor:
    """Resample ``(batch, channels, height, width)`` under maps ``(batch, 2, 3)``; float, channels last in memory.

    Args:
        image: the pictures.
        theta: a map of each, from `maps` or `shifts`.
        nearest: take the nearest pixel, and no mean of several.
        outside: what is seen beyond the edge.
        bend: from `bends`; None leaves straight lines straight.
    """
    grid = F.affine_grid(theta, list(image.shape), align_corners=False)  # (batch, height, width, 2)
    if bend is not None:
        smooth = F.interpolate(bend, size=image.shape[2:], mode="bicubic", align_corners=True)
        grid = grid + smooth.permute(0, 2, 3, 1)
    mode = "nearest" if nearest else "bilinear"
    new = F.grid_sample(image.float(), grid, mode=mode, padding_mode=outside, align_corners=False)
    return new.contiguous(memory_format=torch.channels_last)


def moved_masks(mask: Tensor, theta: Tensor, bend: Tensor | None = None) -> Tensor:
    """Masks ``(batch, height, width)`` of classes under the maps of their pictures; no new numbers come about."""
    return moved(mask[:, None], theta, nearest=True, bend=bend)[:, 0].to(mask.dtype)


def moved_boxes(boxes: Tensor, theta: Tensor) -> Tensor:
    """Boxes ``(batch, n, 4)`` (left, top, right, bottom in [0, 1]) under the maps of their pictures.

    A turned box becomes the upright one around it. Boxes may reach outside [0, 1] afterwards.
    """
    linear, shift = theta[:, :, :2], theta[:, :, 2]  # (batch, 2, 2), (batch, 2)
    left, top, right, bottom = (2 * boxes - 1).unbind(2)  # (batch, n) each
    corners = torch.stack(
        [torch.stack([x, y], 2) for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))], 2
    )  # (batch, n, 4, 2)
    back = torch.linalg.inv(linear.float()).transpose(1, 2)[:, None]  # (batch, 1, 2, 2)
    new = (corners.float() - shift[:, None, None]) @ back  # (batch, n, 4, 2)
    return (torch.cat([new.amin(2), new.amax(2)], 2) + 1) / 2


def relit(image: Tensor, u: Tensor, strength: float, policy: Policy) -> Tensor:
    """Other contrast and light; grey pictures are left as they are."""
    if image.shape[1] == 1:
        return image
    contrast = (1 + policy.contrast * strength * u[:, 5])[:, None, None, None]
    light = (policy.light * strength * u[:, 6])[:, None, None, None]
    return (image - 128) * contrast + 128 + light
