"""Image classification: which of several classes does a picture show?"""

from __future__ import annotations

import time
from collections.abc import Sequence

from numpy.typing import NDArray
from torch import Tensor, nn

from fathom.data.class_names import with_class_names
from fathom.data.image import idx, image_csv, image_file, image_folder, listings, pixel_tables
from fathom.records import Baseline, Example, Examples, Source
from fathom.task import Batch, Recognition
from fathom.tasks import classification, logistic_baseline
from fathom.tasks.image.square_images import SquareImageTask
from fathom.training.regularization import RATE_SHARE

HEAD_SHARE = 0.1
"""Of the learning rate, for a head that was fitted on frozen features first."""


class ImageClassification(SquareImageTask, classification.Classification):
    """Folders of pictures, one per class; a CSV of path and label; idx files."""

    name = "image-classification"

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """Many pictures in folders, idx files, or a table whose rows name pictures or hold their pixels."""
        if source.path.is_dir():
            if idx.find_idx(source.path):
                return Recognition(1.0, "idx files of pictures and labels")
            if image_file.has_images(source.path):
                return Recognition(0.9, *image_folder.reading_of_pictures(source))
        if listings.is_picture_csv(source.path):
            return Recognition(0.95, "a table that names picture files")
        if holds_pixels(source):
            return Recognition(0.95, "a table of the pixels of pictures", "--task table reads the pixels as numbers")
        return Recognition(0.0, "neither a folder nor a table of pictures")

    def examples(self, source: Source) -> Examples:
        """Read the names and headers of the pictures; decoding comes later, once."""
        if holds_pixels(source):
            read = with_class_names(pixel_tables.read_pixel_tables(source))
        elif source.path.is_dir():
            read = with_class_names(image_folder.read_picture_folder(source))
        else:
            read = with_class_names(image_csv.read_picture_csv(source, source.target))
        classification.check_repeats(read.items, "name another target, or put the pictures of a class into one folder")
        return read

    def fit(self, train: Sequence[Example]) -> None:
        """Learn classes, size, channels and the pixels' mean and deviation."""
        super().fit(train)
        self.learn_pixels(train)

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``image`` (size, size, channels) uint8 and ``label`` () int64."""
        return {"image": self.pixels(example), "label": self.label(example)}

    def net(self) -> nn.Module:
        """Build the net of that name; of one that comes with weights the head is fitted first."""
        net = self.square_net(len(self.classes_))
        net.warm = self.settings.net == "pretrained" or bool(self.hub_)
        if net.warm:  # a head that is fitted already would be thrown about by the rate that its features need
            setattr(net.head, RATE_SHARE, HEAD_SHARE)
        return net

    def loss(self, output: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Cross-entropy of logits ``(batch, classes)``; of mixed pictures that of both labels, as they were mixed."""
        smoothing = self.settings.label_smoothing or 0.0
        losses, weights = classification.cross_entropy(output, batch["label"], smoothing)
        if "share" in batch:
            others, _ = classification.cross_entropy(output, batch["label"][batch["other"]], smoothing)
            losses = batch["share"] * losses + (1 - batch["share"]) * others
        return losses, weights

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


def holds_pixels(source: Source) -> bool:
    """Whether a table holds the pictures themselves, and none lie beside it."""
    return not (source.path.is_dir() and image_file.has_images(source.path)) and pixel_tables.is_pixel_table(source)
