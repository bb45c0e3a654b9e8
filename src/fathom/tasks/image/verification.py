"""Verification and search: do two pictures show the same person, product or place, also one never seen in training?

The net gives each picture an embedding; identities never part, so that dev and test show only strangers. Evaluation
asks every pair of a split.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fathom.data.class_names import with_class_names
from fathom.data.image import drawing, image_csv, image_file, image_folder
from fathom.errors import UserError
from fathom.metrics import AUC_MISSED, Metric
from fathom.metrics.verification import cosine_distances, pack, pair_examples
from fathom.nets.image.efficientnet_lite0 import EfficientNetLite0
from fathom.nets.image.embedding import EmbeddingNet, arcface_loss, triplet_loss
from fathom.nets.net_options import parse_number
from fathom.records import Baseline, Drawing, Example, Examples, Prediction, Source
from fathom.spelling import choice
from fathom.task import Batch, Draw, Recognition
from fathom.tasks import classification
from fathom.tasks.image import augmentation
from fathom.tasks.image.classification import HEAD_SHARE
from fathom.tasks.image.image_base import weights_installed
from fathom.tasks.image.square_images import SquareImageTask, middle_side, shapes_of
from fathom.training.regularization import RATE_SHARE

OWN = ("size", "flip", "loss", "width", "margin", "scale")
"""Options of the task itself; all others of ``--set`` are the net's."""
LOSSES = ("arcface", "triplet")
"""The usual one first: of ten strangers its area was 0.7 and 0.6 points higher in two of two draws."""
PLACES = 4
"""Places a side at which features are looked at: on strangers' faces their mean alone was worse than pixels."""
POLICY = augmentation.Policy(turn=10.0, zoom=(0.85, 1.1), reach=0.08)


class Verification(SquareImageTask):
    """A folder of pictures for each identity, or a table of paths and identities.

    Attributes:
        classes_: the identities of the training split.
        places_: places a side at which the pretrained net's features are kept; 0: their mean, as in the first versions.
    """

    name = "verification"
    batch_by = "label"
    target_fields = ("classes_",)
    start_name = "pretrained features, standardized"

    classes_: list[str]
    places_: int = 0

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """Never by itself: folders of pictures are classes, unless ``--task verification`` says otherwise."""
        return Recognition(0.0, "asked for by --task verification")

    def examples(self, source: Source) -> Examples:
        """Read names and headers; each identity is a group."""
        if source.path.is_dir():
            read = image_folder.read_picture_folder(source, closed=False)
        else:
            read = image_csv.read_picture_csv(source, source.target)
        read = with_class_names(read)
        counts = Counter(e.target for e in read.items)
        if max(counts.values()) < 2:
            raise UserError(
                f"none of the {len(counts):,} identities in {source.text} has two pictures, and there is no pair to "
                "learn from: give a folder for each identity"
            )
        items = tuple(replace(e, group=e.target) for e in read.items)
        return replace(read, items=items)

    def fit(self, train: Sequence[Example]) -> None:
        """Learn the identities, size, channels and the pixels' mean and deviation."""
        self.classes_ = classification.classes_of(train)
        self.places_ = PLACES if self.settings.net == "pretrained" else 0
        self.learn_pixels(train)

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``image`` (size, size, channels) uint8, ``label`` () int64, and ``who`` () int64, known also of strangers."""
        who = -1 if example.target is None else hash_of(str(example.target))
        label = np.array(classification.index_of(example.target, self.classes_), np.int64)
        return {"image": self.pixels(example), "label": label, "who": np.array(who, np.int64)}

    def prepare(self, batch: Batch, draw: Draw | None) -> Batch:
        """Channels first; moved, turned, mirrored and re-lit while training."""
        image = batch["image"].permute(0, 3, 1, 2)  # (batch, channels, height, width), channels-last in memory
        if draw is not None and self.settings.augment:
            u, strength = augmentation.numbers(draw, image), self.settings.augment
            theta = augmentation.maps(u, strength, POLICY, image)
            image = augmentation.relit(augmentation.moved(image, theta), u, strength, POLICY)
        return {**batch, "image": image}

    def defaults(self, train: Sequence[Example]) -> dict[str, Any]:
        """About 600 steps of 48 pictures, four of each of twelve identities; 60 of a net that knows photographs."""
        net = self.settings.net or self._usual_net(train)
        batch = 48
        epochs = int(np.clip(round((60 if net == "pretrained" else 600) * batch / len(train)), 4, 80))
        return {
            "net": net,
            "epochs": epochs,
            "batch_size": batch,
            "optimizer": "adamw",
            "lr": 2e-4 if net == "pretrained" else 2e-3,
            "schedule": "one-cycle",
            "weight_decay": 0.02,
            "augment": 1.0,
        }

    def net(self) -> nn.Module:
        """Build the net of that name, with an embedding for a head."""
        self._loss()
        made = self.body(2, OWN)
        width = parse_number(self.settings, "width", 128, 2, 1024)
        if not (self.places_ and isinstance(made, EfficientNetLite0)):
            return self.normalized(EmbeddingNet(made, width, len(self.classes_)), made)
        net = self.normalized(EmbeddingNet(made, width, len(self.classes_), made.keep_places(self.places_)), made)
        net.warm = True
        setattr(net.head, RATE_SHARE, HEAD_SHARE)
        return net

    def fit_start(self, net: Any, features: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
        """Begin with the frozen features themselves."""
        net.body.fit_start(features, labels)

    def _usual_size(self, side: int, n: int) -> int:
        """As for classes; 128 for the pretrained net, at which its last maps have `PLACES` a side."""
        return 128 if self.settings.net == "pretrained" else super()._usual_size(side, n)

    @staticmethod
    def _usual_net(train: Sequence[Example]) -> str:
        """Pretrained where its weights are installed, since strangers are to be told apart: coloured or not."""
        shapes = shapes_of(train, 50)
        large = shapes and middle_side(shapes) >= 32
        return "pretrained" if large and weights_installed() and len(train) <= 5000 else "convnet"

    def _loss(self) -> str:
        asked = str(self.settings.options.get("loss", "arcface"))
        if asked not in LOSSES:
            raise UserError(f"there is no loss '{asked}' for verification{choice(asked, LOSSES)}")
        return asked

    def loss(self, output: Any, batch: Batch) -> tuple[Tensor, Tensor]:
        """The triplet loss, or ArcFace's while training; strangers are judged by triplets alone. Both ``(batch,)``."""
        vectors, cosines = output
        if self._loss() == "arcface" and torch.is_grad_enabled():
            scale = parse_number(self.settings, "scale", 16.0, 1.0, 128.0, float)
            return arcface_loss(
                cosines, batch["label"], scale, parse_number(self.settings, "margin", 0.3, 0.0, 1.5, float)
            )
        losses, weights = triplet_loss(
            vectors, batch["who"], parse_number(self.settings, "margin", 0.3, 0.0, 2.0, float)
        )
        known = (batch["who"] >= 0).float()
        return losses * known, weights * known

    @property
    def classes(self) -> Sequence[str]:
        """The identities of the training split."""
        return self.classes_

    @property
    def metric(self) -> Metric:
        """What is missing to an area of 1 under the ROC curve of all pairs."""
        return AUC_MISSED

    def decode(self, output: Any, batch: Batch) -> list[Prediction]:
        """The embedding, packed."""
        return [Prediction(pack(vector)) for vector in output[0].float().cpu().numpy()]

    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """None of one picture alone but the count."""
        return {"count": 1.0}

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """Everything alike; and the pixels themselves, 16 × 16, each picture around its mean."""
        same = pack(np.ones(2))
        trivial = Baseline("all alike", [same] * len(others), 0.0)
        began = time.monotonic()
        rows = [image_file.decode(e.input, 16, self.channels_, self.levels).ravel().astype(np.float64) for e in others]
        said = [pack((row - row.mean()) / max(float(np.linalg.norm(row - row.mean())), 1e-6)) for row in rows]
        return [trivial, Baseline("pixels, 16 × 16", said, time.monotonic() - began)] if others else [trivial]

    def format_prediction(self, example: Example, prediction: Prediction) -> str:
        """How many numbers it has; `fathom similar` compares them."""
        return f"an embedding ({len(prediction.value)} letters)"

    def drawings(
        self, examples: Sequence[Example], predictions: Sequence[Prediction], losses: Sequence[float]
    ) -> Iterator[Drawing]:
        """Pairs: of the same that are farthest, of two that are nearest, and the middle of both kinds."""
        targets = [e.target for e in examples]
        first, second, same = pair_examples(targets)
        distance = cosine_distances([p.value for p in predictions], first, second)
        for alike, name in ((True, "the same"), (False, "two")):
            kind = same == alike
            order = np.flatnonzero(kind)[np.argsort(distance[kind])]
            if not len(order):
                continue
            worst = order[::-1][:3] if alike else order[:3]
            for place, which in (*((w, "hardest") for w in worst), (order[len(order) // 2], "middling")):
                a, b = examples[first[place]], examples[second[place]]
                both = drawing.side_by_side([self.show(a)["picture"], self.show(b)["picture"]])
                yield Drawing(f"{a.id} · {b.id}", both, None, f"{name}, distance {distance[place]:.2f} ({which})")


def hash_of(name: str) -> int:
    """A number for a name, the same everywhere."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=7).digest())
