"""Nets for sound: from a log-mel spectrogram of any length to the logits of classes.

All are made by ``Net(mels, classes, *, dropout, **options)`` and called with the spectrograms, padded to the longest of
the batch, and their lengths; what stands in the padding changes nothing, neither in training nor in evaluation.

    conv         convolutions over time and pitch, then what is loudest and what is usual over time
    conv-lstm    the same convolutions, then an LSTM in each direction of time
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from fathom.errors import UserError
from fathom.nets.dropout import Dropout
from fathom.nets.image.classifier import he_init, small_head


def length_mask(length: Tensor, longest: int) -> Tensor:
    """Which places hold something: ``(batch, longest)`` bool from ``(batch,)`` lengths."""
    return torch.arange(longest, device=length.device) < length[:, None]


class MaskedBatchNorm(nn.BatchNorm2d):
    """Batch norm over maps ``(batch, maps, time, pitch)`` whose mean and variance leave the padding out.

    Reference: Ioffe & Szegedy 2015.
    """

    def forward(self, maps: Tensor, mask: Tensor | None = None) -> Tensor:
        """Normalize; `mask` is ``(batch, 1, time, 1)``, 1 where there is something. The padding becomes 0."""
        if mask is None:
            return super().forward(maps)
        assert self.running_mean is not None
        assert self.running_var is not None
        if self.training:
            count = mask.sum() * maps.shape[3]
            mean = (maps * mask).sum((0, 2, 3)) / count  # (maps,)
            off = (maps - mean[:, None, None]) * mask
            var = (off * off).sum((0, 2, 3)) / count
            with torch.no_grad():
                momentum = self.momentum or 0.0
                self.running_mean.lerp_(mean.detach().to(self.running_mean.dtype), momentum)
                unbiased = var.detach() * count / (count - 1).clamp(min=1)
                self.running_var.lerp_(unbiased.to(self.running_var.dtype), momentum)
        else:
            mean, var = self.running_mean, self.running_var
        scale = self.weight * (var + self.eps).rsqrt()  # (maps,)
        shift = self.bias - mean * scale
        return (maps * scale[:, None, None] + shift[:, None, None]) * mask


class Stage(nn.Module):
    """A convolution with batch norm that looks at each second place in pitch, and in time where `halve` says so.

    A stride, unlike pooling before the norm, keeps what stands beyond the end out of the last place.

    Shapes: in ``(batch, inputs, time, pitch)``; out ``(batch, outputs, ⌈time / 2⌉ or time, ⌈pitch / 2⌉)``.

    Args:
        inputs, outputs: maps.
        side: of the kernel.
        halve: whether time is halved too.
    """

    def __init__(self, inputs: int, outputs: int, *, side: int, halve: bool) -> None:
        super().__init__()
        self.step = 2 if halve else 1
        self.conv = nn.Conv2d(inputs, outputs, side, stride=(self.step, 2), padding=side // 2, bias=False)
        he_init(self.conv)
        self.norm = MaskedBatchNorm(outputs)

    def forward(self, maps: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
        """Maps and lengths ``(batch,)``, to fewer of both."""
        maps, length = self.conv(maps), (length + self.step - 1) // self.step
        return self.norm(maps, length_mask(length, maps.shape[2])[:, None, :, None].float()).relu(), length


class SpeechNet(nn.Module):
    """Base of a net for sound: convolutions over time and pitch, then `embed`'s way to one vector, then the head.

    Shapes: in ``(batch, time, mels)`` and ``(batch,)``; out ``(batch, classes)``.

    Args:
        mels: bands of the spectrogram.
        classes: how many.
        dropout: before the head.
        width: maps of the first stage; each further one has twice as many.
        stages: each halves pitch, the first two time as well.

    Raises:
        UserError: no maps or stages, or more stages than the bands can be halved.
    """

    def __init__(self, mels: int, classes: int, *, dropout: float, width: int, stages: int) -> None:
        super().__init__()
        if min(width, stages) < 1 or mels < 2**stages:
            raise UserError(
                f"a net for sound needs at least one map, one stage and {2 ** max(stages, 1)} bands, not "
                f"width={width}, stages={stages} and mels={mels}"
            )
        widths = [1, *(width * 2**i for i in range(stages))]
        self.stages = nn.ModuleList(
            Stage(a, b, side=3 if i else 5, halve=i < 2) for i, (a, b) in enumerate(pairwise(widths))
        )
        self.features = widths[-1] * -(-mels // 2**stages)  # of each place in time
        self.dropout = Dropout(dropout)

    def frames(self, mel: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
        """What the convolutions make of each place in time: ``(batch, places, features)``, and how many there are."""
        mel = mel * length_mask(length, mel.shape[1])[:, :, None].to(mel.dtype)
        maps = mel[:, None]  # (batch, 1, time, mels)
        for stage in self.stages:
            maps, length = stage(maps, length)
        return maps.transpose(1, 2).flatten(2), length


def mean_and_peak(frames: Tensor, length: Tensor) -> Tensor:
    """The mean and the largest over time, without the padding: ``(batch, places, f)`` to ``(batch, 2 f)``."""
    mask = length_mask(length, frames.shape[1])[:, :, None]
    mean = (frames * mask).sum(1) / length[:, None].to(frames.dtype)
    peak = frames.masked_fill(~mask, torch.finfo(frames.dtype).min).amax(1)
    return torch.cat([mean, peak], 1)


class SpeechConv(SpeechNet):
    """Convolutions, then the mean and the largest of each feature over time: it does not matter when it was heard.

    Reference: Sainath & Parada 2015, *Convolutional neural networks for small-footprint keyword spotting*.
    """

    def __init__(
        self, mels: int, classes: int, *, dropout: float = 0.3, width: int = 32, stages: int = 3, hidden: int = 128
    ) -> None:
        super().__init__(mels, classes, dropout=dropout, width=width, stages=stages)
        self.dense = nn.Linear(2 * self.features, hidden)
        self.head = small_head(hidden, classes)

    def forward(self, mel: Tensor, length: Tensor) -> Tensor:
        """Return the logits: ``(batch, classes)``."""
        pooled = self.dropout(mean_and_peak(*self.frames(mel, length)))
        return self.head(self.dropout(self.dense(pooled).relu()))


class SpeechConvLSTM(SpeechNet):
    """Convolutions, then an LSTM forward and one backward in time, and the mean and the largest of what they say.

    Reference: Graves & Schmidhuber 2005 (both directions); Arik et al. 2017, *Convolutional recurrent neural networks
    for small-footprint keyword spotting*.
    """

    def __init__(
        self, mels: int, classes: int, *, dropout: float = 0.3, width: int = 32, stages: int = 3, hidden: int = 96
    ) -> None:
        super().__init__(mels, classes, dropout=dropout, width=width, stages=stages)
        if hidden < 1:
            raise UserError(f"an LSTM needs at least one unit, not hidden={hidden}")
        self.forwards = nn.LSTM(self.features, hidden, batch_first=True)
        self.backwards = nn.LSTM(self.features, hidden, batch_first=True)
        self.head = small_head(4 * hidden, classes)

    def forward(self, mel: Tensor, length: Tensor) -> Tensor:
        """Return the logits: ``(batch, classes)``."""
        frames, length = self.frames(mel, length)
        frames = self.dropout(frames)
        there, _ = self.forwards(frames)  # (batch, places, hidden)
        back, _ = self.backwards(reverse_frames(frames, length))
        both = torch.cat([there, reverse_frames(back, length)], 2)
        return self.head(self.dropout(mean_and_peak(both, length)))


def reverse_frames(frames: Tensor, length: Tensor) -> Tensor:
    """Each example back to front, its padding left behind it: ``(batch, places, f)`` to the same shape."""
    places = torch.arange(frames.shape[1], device=frames.device)
    at = torch.where(places < length[:, None], length[:, None] - 1 - places, places)  # (batch, places)
    return frames.gather(1, at[:, :, None].expand_as(frames))


class NormalizedBands(nn.Module):
    """A net for sound with its normalization in front: each band's mean is subtracted, its deviation divided by.

    Shapes: in ``(batch, time, mels)`` of any float type and ``(batch,)``; out what the body gives.

    Args:
        body: the net.
        mean, std: of each band, over the training recordings.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, body: nn.Module, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        if len(mean) != len(std) or min(std) <= 0:
            raise UserError(f"each band needs a mean and a deviation above 0, not {list(mean)} and {list(std)}")
        self.body = body
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32))

    def forward(self, mel: Tensor, length: Tensor) -> Tensor:
        """Return the logits: ``(batch, classes)``; the padding is set to 0 after the normalization."""
        normal = (mel.to(self.mean.dtype) - self.mean) / self.std
        return self.body(normal * length_mask(length, mel.shape[1])[:, :, None], length)


SPEECH_NETS: dict[str, type[SpeechConv] | type[SpeechConvLSTM]] = {"conv": SpeechConv, "conv-lstm": SpeechConvLSTM}
"""Nets for spoken words by name, from the simplest up."""
