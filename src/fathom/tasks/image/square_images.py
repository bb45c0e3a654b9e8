"""What tasks share that bring pictures to squares: size, augmentation, defaults and the nets for pictures.

Pictures are decoded once to squares of one size, kept as uint8, and gathered from there; a batch is augmented as a
whole, on the device. The net takes raw pixels: normalization is its first layer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fathom.data.image import image_file
from fathom.errors import Unreadable, UserError
from fathom.nets import IMAGE_NETS, choose_net, hub
from fathom.nets.image.airbench import Airbench, whitening_filters
from fathom.nets.image.classifier import GlobalAverage, ImageClassifier
from fathom.nets.image.hub import HubImage, hub_image_options
from fathom.nets.image.normalize import Normalized
from fathom.nets.net_options import parse_flag, parse_number
from fathom.records import Example
from fathom.task import Batch, Draw
from fathom.tasks.image import augmentation, mixup
from fathom.tasks.image.image_base import GREY, UNREADABLE, ImageTask, moments, weights_installed

OPTIONS = ("size", "flip", "mixup", "cutmix", "grow", "tta")
"""Options of the task itself; all others of ``--set`` are the net's."""
SMALL = 64
"""Pixels of the side up to which pictures are small: kept as they are, larger ones are brought to it."""
FEW = 500
"""Pictures up to which the pretrained net's time is no matter."""


class SquareImageTask(ImageTask):
    """Base of a task that brings pictures to squares.

    Attributes:
        size_: side of the square that each picture is brought to, in pixels.
        hub_: configuration of a net of the hub (``--net hf:NAME``); empty for the others.
        whitening_: the first filters of the net airbench, from the training pictures; empty for the others.
    """

    nets = tuple(IMAGE_NETS)

    size_: int
    hub_: dict[str, Any]
    whitening_: list[list[float]] = []  # noqa: RUF012 - replaced by `fit`, never changed
    _fresh: str = ""

    def learn_pixels(self, train: Sequence[Example]) -> None:
        """Learn size, channels and the pixels' mean and deviation (from at most 1,000 pictures).

        Raises:
            UserError: none of the pictures can be read, or the size that was asked for is out of range.
        """
        self._fresh = hub.hub_name(self.settings.net)
        self.hub_ = hub_image_options(self._fresh) if self._fresh else {}
        shapes = shapes_of(train, 200)
        if not shapes:
            raise UserError(UNREADABLE)
        self.channels_ = 3 if any(channels == 3 for _, channels in shapes) else 1
        self.size_ = self._asked_size() or self._usual_size(middle_side(shapes), len(train))
        if not 8 <= self.size_ <= 1024:
            raise UserError(f"`size={self.size_}` is out of range: choose 8 to 1024 pixels")
        self.learn_levels(train)
        some = []
        for example in train[:: max(1, len(train) // 1000)]:
            with suppress(Unreadable):  # it will be skipped and listed when it is encoded
                some.append(self.pixels(example))
        self.learn_scale([moments(image) for image in some])
        if self.settings.net == "airbench":
            images = torch.from_numpy(np.stack(some[:: -(-len(some) // 500)]))
            normal = (images - torch.tensor(self.mean_)) / torch.tensor(self.std_)  # (n, size, size, channels)
            self.whitening_ = whitening_filters(normal.permute(0, 3, 1, 2))

    def _asked_size(self) -> int:
        """What ``--set size=…`` says; 0 without."""
        asked = self.settings.options.get("size") or 0
        try:
            return int(asked)
        except (TypeError, ValueError):
            raise UserError(f"`size={asked}` is no number: choose 8 to 1024 pixels") from None

    def _usual_size(self, side: int, n: int) -> int:
        """The usual side: small pictures as they are, photos at 64; for the pretrained net 160, many small ones 128."""
        if self.hub_:
            return int(self.hub_["about"]["size"])
        if self.settings.net == "pretrained":
            return 128 if side <= SMALL and n > FEW else 160
        return max(8, side) if side <= SMALL else SMALL

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them up again; runs of the first versions know no nets of the hub."""
        super().restore({"hub": {}, **state})

    def check_state(self) -> None:
        """Refuse sizes that cannot be."""
        super().check_state()
        if not 8 <= self.size_ <= 1024:
            raise UserError("its sizes do not fit each other")

    def pixels(self, example: Example) -> NDArray[np.uint8]:
        """The picture as the net is given it: ``(size, size, channels)``."""
        return image_file.decode(example.input, self.size_, self.channels_, self.levels)

    def prepare(self, batch: Batch, draw: Draw | None) -> Batch:
        """Channels first for the net; moved, mirrored and re-lit while training."""
        image = batch["image"].permute(0, 3, 1, 2)  # (batch, channels, height, width), channels-last in memory
        if draw is not None and self.settings.augment:
            flip = parse_flag(self.settings, "flip", usual=self.channels_ == 3)
            image = augmentation.augment(image, draw, self.settings.augment, flip=flip)
        return self._mixed({**batch, "image": image}, draw)

    def _mixed(self, batch: Batch, draw: Draw | None) -> Batch:
        """Pictures at the size of this part of the training, and mixed in pairs, where that was asked for."""
        if draw is None:
            return batch
        if parse_flag(self.settings, "grow"):
            batch = {**batch, "image": mixup.grown(batch["image"], draw.done)}
        for name, mix in (("mixup", mixup.mixup), ("cutmix", mixup.cutmix)):
            strength = parse_number(self.settings, name, 0.0, 0.0, 10.0, float)
            if strength:
                image, other, share = mix(batch["image"], draw, strength)
                return {**batch, "image": image, "other": other, "share": share}
        return batch

    def defaults(self, train: Sequence[Example]) -> dict[str, Any]:
        """Pretrained for few photos, a net from scratch otherwise; the fewer the pictures, the more epochs."""
        net = self.settings.net or self._usual_net(train)
        n = len(train)
        if hub.hub_name(net):
            epochs = int(np.clip(round(1500 / n), 2, 10))
            return _settings(net, epochs, 16, "adamw", 5e-5, weight_decay=0.01, augment=1.0, label_smoothing=0.0)
        if net == "pretrained":
            # Many small pictures look less like the photographs that it knows, and a pass over them costs less. At
            # twice the rate without clipping, single steps threw the fitted head back to chance.
            drawn = n > FEW and middle_side(shapes_of(train, 50)) <= SMALL
            epochs = int(np.clip(round((3000 if drawn else 1000) / n), 1, 5))
            return _settings(
                net, epochs, 32, "adamw", 5e-4 if drawn else 1e-4, weight_decay=0.01, augment=1.0, label_smoothing=0.0,
                **({"grad_clip": 1.0} if drawn else {}),
            )  # fmt: skip
        batch = 32 if n < 2000 else 64 if n < 20_000 else 128
        epochs = int(np.clip(5200 * batch / n, 8, 60))
        if net == "logistic":
            return _settings(net, epochs, batch, "adam", 1e-3, weight_decay=0.0, augment=0.0)
        if net == "mlp":
            return _settings(net, epochs, batch, "adamw", 1e-3, weight_decay=0.01, augment=0.0)
        if net == "airbench":
            batch = 32 if n < 2000 else 64 if n < 10_000 else 256
            epochs = int(np.clip(round(360_000 / n), 6, 60))
            return _settings(
                net, epochs, batch, "nesterov", 0.6 * batch / 256, weight_decay=5e-4, augment=1.0, label_smoothing=0.2
            )
        return _settings(net, epochs, batch, "adamw", 3e-3, weight_decay=0.05, augment=1.0)

    @staticmethod
    def _usual_net(train: Sequence[Example]) -> str:
        """Pretrained where the pictures are few, large enough and coloured, and its weights are installed."""
        shapes = shapes_of(train, 50)
        photos = shapes and middle_side(shapes) >= 48 and any(c == 3 for _, c in shapes)
        available = weights_installed()
        return "pretrained" if photos and available and len(train) <= 5000 else "convnet"

    def square_net(self, outputs: int) -> Normalized:
        """The net of that name with so many outputs, its normalization in front.

        Raises:
            UserError: there is no such net or option, or it takes pictures of one size where they were to grow.
        """
        body = self.body(outputs, OPTIONS)
        net = self.normalized(body, body)
        mirrors = self.settings.net == "airbench" and parse_flag(self.settings, "flip", usual=self.channels_ == 3)
        net.mirrored = parse_flag(self.settings, "tta", usual=mirrors)
        if parse_flag(self.settings, "grow") and (self.hub_ or not isinstance(body.neck, GlobalAverage)):
            raise UserError(
                f"the net {self.settings.net} takes pictures of one size: leave `grow` out, or choose convnet, "
                "resnet, inception, mobilenet or pretrained"
            )
        return net

    def body(self, outputs: int, own: Sequence[str]) -> ImageClassifier:
        """The net of that name without normalization; one of the hub has its weights only where it is new here.

        Args:
            outputs: how many numbers it gives.
            own: options of ``--set`` that are the task's and not the net's.
        """
        if not self.hub_:
            cls, options = choose_net(IMAGE_NETS, self.settings, usual="convnet", kind="pictures", own=own)
            net = cls(self.channels_, self.size_, outputs, **options)
            if isinstance(net, Airbench) and self.whitening_:
                net.whiten(self.whitening_)
            return net
        asked = {k: v for k, v in self.settings.options.items() if k not in own}
        if asked:
            raise UserError(f"a net of the hub has no option '{next(iter(asked))}': leave it out")
        net = HubImage(self.channels_, self.size_, outputs, config=self.hub_, dropout=self.settings.dropout or 0.0)
        if self._fresh and not net.head.weight.is_meta:
            hub.take_weights(net.features.body, self._fresh)  # type: ignore[arg-type]
        return net

    def normalized(self, body: Any, made: ImageClassifier) -> Normalized:
        """The body with its normalization in front: what its weights expect where `made` came with some."""
        return Normalized(body, *self.normalization(made))

    def normalization(self, net: object) -> tuple[list[float], list[float]]:
        """Mean and deviation of the channels that a net wants: its own where it came with weights."""
        return super().normalization(SimpleNamespace(**self.hub_["about"]) if self.hub_ else net)

    def wrap_module(self, module: nn.Module) -> nn.Module:
        """A module of the user's own sees normalized pictures, ``(batch, channels, size, size)``."""
        return Normalized(module, self.mean_, self.std_)  # type: ignore[arg-type]

    def small(self, examples: Sequence[Example]) -> NDArray[np.float32]:
        """The pixels of the pictures at 32 × 32 at most, around 0: ``(examples, side * side * channels)``."""
        side = min(self.size_, 32)
        rows = [image_file.decode(e.input, side, self.channels_, self.levels).ravel() for e in examples]
        return np.asarray(rows, np.float32) / np.float32(255) - np.float32(0.5)


def _settings(net: str, epochs: int, batch_size: int, optimizer: str, lr: float, **others: Any) -> dict[str, Any]:
    """Defaults with a one-cycle schedule."""
    return {
        "net": net,
        "epochs": epochs,
        "batch_size": batch_size,
        "optimizer": optimizer,
        "lr": lr,
        "schedule": "one-cycle",
        **others,
    }


def shapes_of(train: Sequence[Example], most: int) -> list[tuple[int, int]]:
    """Shorter side and channels of about so many pictures, spread over all; those that cannot be read are left out."""
    return [shape for shape in map(_shape, train[:: max(1, len(train) // most)]) if shape]


def middle_side(shapes: Sequence[tuple[int, int]]) -> int:
    """The middle one of the shorter sides; 0 where there are none."""
    return int(np.median([side for side, _ in shapes])) if shapes else 0


def _shape(example: Example) -> tuple[int, int] | None:
    """Shorter side and channels of a picture, from its header; None where it cannot be read."""
    if isinstance(example.input, np.ndarray):
        return min(example.input.shape[:2]), 1 if example.input.ndim == 2 else example.input.shape[2]
    try:
        size, mode = image_file.probe(example.input)
    except Unreadable:
        return None
    return min(size), 1 if mode in GREY else 3
