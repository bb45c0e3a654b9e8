"""Changes to spectrograms that leave the words as they are, for a whole batch at once, on the device.

Another speed, another voice (pitch scale stretched, as by a longer or shorter throat), another microphone (a tilt over
pitch), noise, and blanks in time and pitch (SpecAugment; Park et al. 2019). Each example's change follows from
(seed, epoch, example) alone; what stands in the padding plays no part.
"""

from __future__ import annotations

import torch
from torch import Tensor

from fathom.task import Draw

SPEED, VOICE, TILT, LEVEL = 0.2, 0.15, 1.0, 1.0
"""Ranges at strength 1: of speed and of the pitch scale as shares, of tilt and level in nepers of power."""
BLANKS, BLANK_TIME, BLANK_BANDS = 2, 0.15, 0.15
"""Blanks of each kind, and the widest as a share of the recording and of the bands."""
NOISE = 6.0
"""Nepers from the quietest noise that is added to the loudest, which is 1 below a band's usual level."""


def augment(
    mel: Tensor,
    length: Tensor,
    draw: Draw,
    strength: float,
    mean: Tensor,
    longest: float = 1 + SPEED,
    still: bool = False,
) -> tuple[Tensor, Tensor]:
    """Change each spectrogram of a batch.

    Args:
        mel: ``(batch, time, mels)`` logarithms of power.
        length: ``(batch,)`` frames.
        draw: the random numbers of this batch.
        strength: 1 is usual; it scales every range.
        mean: of each band, ``(mels,)``: what a blank is filled with.
        still: time stays as it is: no other speed, no blanks in time.
        longest: how much longer the padded batch becomes, so that slowed recordings fit.

    Returns:
        Float spectrograms ``(batch, time · longest, mels)``, zero in the padding, and their lengths ``(batch,)``.
    """
    u = torch.from_numpy(draw.uniform(6 + 4 * BLANKS)).to(mel.device)  # (batch, numbers) in [0, 1)
    sign = u * 2 - 1
    mel = mel.float()
    if not still:
        mel, length = _stretched(mel, length, 1 + strength * SPEED * sign[:, 0], longest)
    mel = _pitched(mel, 1 + strength * VOICE * sign[:, 1])
    across = torch.linspace(-1, 1, mel.shape[2], device=mel.device)
    mel = mel + (strength * (TILT * sign[:, 2:3] * across + LEVEL * sign[:, 3:4]))[:, None]
    quiet = -1.0 - NOISE * u[:, 4:5] - (4.0 / max(strength, 0.1)) * u[:, 5:6]  # (batch, 1)
    mel = torch.logaddexp(mel, (mean + quiet)[:, None])
    time = torch.arange(mel.shape[1], device=mel.device) / length[:, None]  # (batch, time) in [0, 1)
    bands = (torch.arange(mel.shape[2], device=mel.device) / mel.shape[2]).expand(len(mel), -1)
    rest = u[:, 6:]
    for i in range(BLANKS):
        a, b, c, d = (rest[:, 4 * i + j, None] for j in range(4))
        gone = _within(bands, c, strength * BLANK_BANDS * d)[:, None]
        if not still:
            gone = gone | _within(time, a, strength * BLANK_TIME * b)[:, :, None]
        mel = torch.where(gone, mean, mel)
    return mel * (time < 1)[:, :, None], length


def augment_heard(heard: Tensor, length: Tensor, draw: Draw, strength: float) -> tuple[Tensor, Tensor]:
    """Another speed, and blanks in time and features, for what an encoder heard.

    Args:
        heard: ``(batch, places, features)``.
        length: ``(batch,)`` places.
        draw: the random numbers of this batch.
        strength: 1 is usual; it scales every range.

    Returns:
        Float features ``(batch, places · longest, features)``, zero in the blanks and the padding, and their lengths.
    """
    u = torch.from_numpy(draw.uniform(1 + 4 * BLANKS)).to(heard.device)  # (batch, numbers) in [0, 1)
    heard, length = _stretched(heard.float(), length, 1 + strength * SPEED * (u[:, 0] * 2 - 1), 1 + strength * SPEED)
    time = torch.arange(heard.shape[1], device=heard.device) / length[:, None]  # (batch, places) in [0, 1)
    features = (torch.arange(heard.shape[2], device=heard.device) / heard.shape[2]).expand(len(heard), -1)
    for i in range(BLANKS):
        a, b, c, d = (u[:, 1 + 4 * i + j, None] for j in range(4))
        gone = _within(features, c, strength * BLANK_BANDS * d)[:, None]
        gone = gone | _within(time, a, strength * BLANK_TIME / 2 * b)[:, :, None]
        heard = heard.masked_fill(gone, 0.0)
    return heard * (time < 1)[:, :, None], length


def _within(places: Tensor, start: Tensor, width: Tensor) -> Tensor:
    """Which places in [0, 1) lie in a blank that begins at ``start · (1 - width)``."""
    begin = start * (1 - width)
    return (places >= begin) & (places < begin + width)


def _stretched(mel: Tensor, length: Tensor, factor: Tensor, longest: float) -> tuple[Tensor, Tensor]:
    """Each recording `factor` ``(batch,)`` times as long, by linear interpolation between frames."""
    width = int(mel.shape[1] * longest) + 1
    new = (length * factor).round().long().clamp(1, width)  # (batch,)
    at = torch.arange(width, device=mel.device) * ((length - 1).clamp(min=0) / (new - 1).clamp(min=1))[:, None]
    at = torch.minimum(at, (length - 1)[:, None].to(at.dtype))  # (batch, width) places in the old one
    low = at.floor().long()
    high = torch.minimum(low + 1, (length - 1)[:, None])
    part = (at - low)[:, :, None]
    take = (-1, -1, mel.shape[2])
    below, above = (mel.gather(1, index[:, :, None].expand(take)) for index in (low, high))
    return below + part * (above - below), new


def _pitched(mel: Tensor, factor: Tensor) -> Tensor:
    """Each recording's bands spread by `factor` ``(batch,)``, by linear interpolation between bands."""
    bands = mel.shape[2]
    at = (torch.arange(bands, device=mel.device) * factor[:, None]).clamp(max=bands - 1)  # (batch, bands)
    low = at.floor().long()
    high = (low + 1).clamp(max=bands - 1)
    part = (at - low)[:, None]
    below, above = (mel.gather(2, index[:, None].expand(-1, mel.shape[1], -1)) for index in (low, high))
    return below + part * (above - below)
