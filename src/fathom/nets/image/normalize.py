"""The step between pixels as they are stored and a net: it belongs to the net, so that no one can forget it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fathom.errors import UserError
from fathom.nets.image.classifier import ImageClassifier


class Normalized(nn.Module):
    """A net for images with its normalization in front: subtract each channel's mean, divide by its deviation.

    Shapes: in ``(batch, channels, h, w)``, uint8 or float on the scale 0..255; out what the body gives. The body gets
    them in the memory format *channels last*, in which convolutions on a CPU are fastest.

    Reference: LeCun, Bottou, Orr & Müller 1998, *Efficient BackProp*, §4.3.

    Raises:
        UserError: a mean without a deviation or the reverse, or a deviation that is not above 0.
    """

    mean: Tensor
    std: Tensor
    warm: bool
    """Where its head can be fitted first: see `fathom.nets.pretrained`."""
    mirrored: bool = False
    """In evaluation the answer is the mean of those to the picture and to its mirror image: test-time augmentation."""

    def __init__(self, body: ImageClassifier, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        if len(mean) != len(std) or min(std) <= 0:
            raise UserError(f"each channel needs a mean and a deviation above 0, not {list(mean)} and {list(std)}")
        self.body = body
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32).view(1, -1, 1, 1))

    def normalize(self, images: Tensor) -> Tensor:
        """``(batch, channels, h, w)`` to the same shape, each channel around 0."""
        normal = (images.to(self.mean.dtype) - self.mean) / self.std
        return normal.contiguous(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits: ``(batch, classes)``."""
        normal = self.normalize(images)
        if self.mirrored and not self.training:
            return (self.body(normal) + self.body(normal.flip(3))) / 2
        return self.body(normal)

    def embed(self, images: Tensor) -> Tensor:
        """What the body makes of the images before it decides: ``(batch, f)``."""
        return self.body.embed(self.normalize(images))

    @property
    def features(self) -> nn.Module:
        """The body's features, for Grad-CAM to hook."""
        return self.body.features

    @property
    def neck(self) -> nn.Module:
        """The body's neck."""
        return self.body.neck

    @property
    def head(self) -> nn.Linear:
        """The body's last layer."""
        return self.body.head
