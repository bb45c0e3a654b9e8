"""Detection: what is in a picture, and where?

Pictures are brought into a square, whole and with their proportions; boxes go along, through augmentation too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from fathom.data.image import boxes as annotated
from fathom.data.image import drawing, image_file, masks
from fathom.data.image.letterbox import GREY, square_of, within
from fathom.errors import UserError
from fathom.exported.box_rows import SURE, boxes_in_picture, class_called, told_boxes
from fathom.metrics import MAP50_MISSED, Metric
from fathom.metrics.detection import match_boxes, parse_boxes
from fathom.nets.image.detector import DETECTION_NETS, STRIDES, Proposals, detection_loss, non_max_suppression
from fathom.nets.image.normalize import Normalized
from fathom.nets.net_options import choose_net, parse_flag, parse_number
from fathom.records import Baseline, Example, Examples, Finding, Prediction, Source
from fathom.task import Batch, Draw, Recognition
from fathom.tasks.image import annotation_findings as found
from fathom.tasks.image import augmentation
from fathom.tasks.image.image_base import WholeImageTask, sizes

OWN = ("size", "flip")
"""Options of the task itself; all others of ``--set`` are the net's."""
STEP = 32
MOST = 200
"""True boxes of a picture that are learned from, at most."""
POLICY = augmentation.Policy(turn=0.0, zoom=(0.7, 1.4), reach=0.15)


class Detection(WholeImageTask):
    """Pictures with boxes.

    Attributes:
        classes_: names of the classes.
        most_: boxes of a training picture, at most.
        mean_box_: for each class the mean box, in shares of the picture.
    """

    name = "detection"
    nets = tuple(DETECTION_NETS)
    renders = True
    target_fields = ("classes_", "most_", "mean_box_")

    classes_: list[str]
    most_: int
    mean_box_: list[list[float]]

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """A COCO file, YOLO's labels, Pascal VOC's annotations or a table of boxes, and pictures."""
        layout = annotated.box_layout(source.path)
        if not layout or (layout == annotated.TABLE and source.target is not None):
            return Recognition(0.0, "no boxes")
        if layout == annotated.TABLE:  # surer than what else its columns may be: labels, or a quantity
            return Recognition(0.99, "pictures with boxes (a table)", "--target COLUMN reads one label a picture")
        otherwise = "--task segmentation reads its masks" if masks.has_masks(source.path) else ""
        return Recognition(0.97, f"pictures with boxes ({layout})", otherwise)

    def examples(self, source: Source) -> Examples:
        """Read the annotations, and the headers of the pictures."""
        examples, self._read = annotated.read_boxes(source)
        return examples

    def findings(self, examples: Examples) -> list[Finding]:
        """Boxes at fault or too small, pictures without any, classes that never occur."""
        rows = {e.id: parse_boxes(e.target, 6) for e in examples.items}
        side, small, total = self._side(examples.items), [], 0
        for example in examples.items:
            frame = self._frame(example)
            corners = rows[example.id][:, 1:5] * side / max(frame)
            total += len(corners)
            sides = corners[:, 2:] - corners[:, :2]
            small += [example.id] * int((sides.min(1, initial=np.inf) < STRIDES[0] / 2).sum())
        return [
            *found.boxes_at_fault(self._read.faults),
            *found.small_boxes(small, total, STRIDES[0] / 2, side),
            *found.nothing_marked([name for name, r in rows.items() if not len(r)], len(rows), "boxes"),
            *found.never_marked(self._read.classes, annotated.classes_in(examples.items)),
        ]

    def target_classes(self, examples: Sequence[Example]) -> list[tuple[str, ...]]:
        """The classes of the boxes of each."""
        numbers = [sorted({int(row[0]) for row in parse_boxes(e.target, 6)}) for e in examples]
        return [tuple(self._read.classes[n] for n in own) for own in numbers]

    def _side(self, train: Sequence[Example]) -> int:
        """The side of the square to which pictures are brought: as asked, or the usual one."""
        seen = sizes(train)
        if not seen:
            raise UserError("none of the training pictures can be read: check that the files are whole")
        longest = float(np.median([max(s) for s in seen]))
        side = parse_number(self.settings, "size", min(longest, 320), 64, 1280)
        return max(64, round(side / STEP) * STEP)

    def fit(self, train: Sequence[Example]) -> None:
        """Learn the size, the classes, how many boxes there are at most, and the pixels' scale."""
        self.width_ = self.height_ = self._side(train)
        rows = [parse_boxes(e.target, 6) for e in train]
        every = np.concatenate(rows)
        if not len(every):
            raise UserError("no training picture has a box: give some in which there is something to find")
        self.classes_ = list(self._read.classes)
        self.most_ = int(np.clip(max(map(len, rows)), 1, MOST))
        frames = [np.tile(np.array([max(1, v) for v in self._frame(e)]), 2) for e in train]
        shares = np.concatenate([r[:, 1:5] / f for r, f in zip(rows, frames, strict=True)])
        of = [shares[every[:, 0] == i] for i in range(len(self.classes_))]
        self.mean_box_ = [b.mean(0).tolist() if len(b) else [0.0, 0.0, 1.0, 1.0] for b in of]
        self.learn_pictures(train)

    @staticmethod
    def _frame(example: Example) -> tuple[int, int]:
        return image_file.upright_size(example.input)

    def pixels(self, example: Example) -> NDArray[np.uint8]:
        """The picture in the middle of a grey square: ``(size, size, channels)``."""
        return square_of(example.input, self._frame(example), self.width_, self.channels_, self.levels)

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``image`` (size, size, channels) uint8, ``boxes`` (most, 4) float32, shares of the square, ``kinds`` (most,)
        int64, below 0 where there is no box, and ``frame`` (2,) float32: the picture's width and height."""
        frame = self._frame(example)
        corners, kinds = np.zeros((self.most_, 4), np.float32), np.full(self.most_, -1, np.int64)
        rows = parse_boxes(example.target or "[]", 6)
        rows = rows[rows[:, 5] == 0][: self.most_]
        corners[: len(rows)] = within(rows[:, 1:5], frame, self.width_)
        kinds[: len(rows)] = rows[:, 0]
        return {"image": self.pixels(example), "boxes": corners, "kinds": kinds, "frame": np.array(frame, np.float32)}

    def prepare(self, batch: Batch, draw: Draw | None) -> Batch:
        """Channels first; picture and boxes moved together, and the picture re-lit, while training."""
        image = batch["image"].permute(0, 3, 1, 2)  # (batch, channels, height, width), channels-last in memory
        if draw is None or not self.settings.augment:
            return {**batch, "image": image}
        flip = parse_flag(self.settings, "flip", usual=True)
        policy = augmentation.Policy(flip, POLICY.turn, POLICY.zoom, POLICY.reach)
        u, strength = augmentation.numbers(draw, image), self.settings.augment
        theta = augmentation.maps(u, strength, policy, image)
        moved = augmentation.moved(image.float() - GREY, theta, outside="zeros") + GREY
        boxes = augmentation.moved_boxes(batch["boxes"], theta)
        cut = boxes.clamp(0, 1)
        area, left = ((b[..., 2:] - b[..., :2]).clamp(min=0).prod(-1) for b in (boxes, cut))
        kinds = batch["kinds"].where(left > 0.25 * area, -1)
        lit = augmentation.relit(moved, u, strength, policy)
        return {**batch, "image": lit, "boxes": cut, "kinds": kinds}

    def defaults(self, train: Sequence[Example]) -> dict[str, Any]:
        """About 450 steps of 8 pictures."""
        n = len(train)
        batch = 8 if n < 4000 else 16
        return {
            "net": "detector",
            "epochs": int(np.clip(round(450 * batch / n), 4, 60)),
            "batch_size": batch,
            "optimizer": "adamw",
            "lr": 1e-3,
            "schedule": "one-cycle",
            "weight_decay": 0.02,
            "grad_clip": 10.0,
            "augment": 1.0,
        }

    def net(self) -> nn.Module:
        """Build the net of that name."""
        cls, options = choose_net(DETECTION_NETS, self.settings, usual="detector", kind="boxes", own=OWN)
        return Normalized(cls(self.channels_, len(self.classes_), **options), *self.normalization(cls))

    def loss(self, output: Proposals, batch: Batch) -> tuple[Tensor, Tensor]:
        """Of classes and places, both ``(batch,)``; see `fathom.nets.image.detector.detection_loss`."""
        return detection_loss(output, batch["boxes"], batch["kinds"])

    @property
    def classes(self) -> Sequence[str]:
        """Names of the classes."""
        return self.classes_

    @property
    def metric(self) -> Metric:
        """What is missing to a mean average precision of 1, at an overlap of 50 %."""
        return MAP50_MISSED

    def decode(self, output: Proposals, batch: Batch) -> list[Prediction]:
        """The boxes that stay, in pixels of the picture, the surest first, as JSON."""
        answers = []
        for logits, corners, frame in zip(output.logits, output.boxes, batch["frame"].tolist(), strict=True):
            rows = non_max_suppression(logits, corners.float()).cpu().numpy()
            text = boxes_in_picture(rows, (frame[0], frame[1]), self.width_)
            answers.append(Prediction(json.dumps(text), text[0][1] if text else None))
        return answers

    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """Boxes told with some confidence, those of them that are right, and those that are true."""
        said, meant = parse_boxes(prediction.value, 6), parse_boxes(target, 6)
        said = said[said[:, 1] >= SURE]
        hits = 0
        for kind in {*said[:, 0], *meant[:, 0]}:
            true = meant[meant[:, 0] == kind]
            told = said[said[:, 0] == kind]
            hits += int((match_boxes(told[:, 2:], true[:, 1:5], true[:, 5] > 0, (0.5,)) == 1).sum())
        return {
            "box_hits": float(hits),
            "boxes_found": float(len(said)),
            "boxes_meant": float((meant[:, 5] == 0).sum()),
        }

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """Nothing anywhere; and for each class the mean box of the training pictures, everywhere."""
        counts = annotated.classes_in(train)
        said = []
        for example in others:
            frame = np.tile(np.array(self._frame(example)), 2)
            rows = [
                [
                    i,
                    round(counts[i] / max(1, len(train)) / (1 + counts[i] / max(1, len(train))), 4),
                    *(b * frame).tolist(),
                ]
                for i, b in enumerate(np.array(self.mean_box_))
            ]
            said.append(json.dumps(rows))
        return [Baseline("nothing", ["[]"] * len(others), 0.0), Baseline("the mean box everywhere", said, 0.0)]

    def format_prediction(self, example: Example, prediction: Prediction) -> str:
        """What is where, of the boxes with some confidence."""
        return told_boxes(parse_boxes(prediction.value, 6).tolist(), self.classes_)

    def render(self, example: Example, prediction: Prediction | None) -> NDArray[np.uint8] | None:
        """The boxes in the picture: those told with some confidence, or the true ones."""
        if prediction is None and example.target is None:
            return None
        frame = self._frame(example)
        scale = min(1.0, 640 / max(frame))
        width, height = (max(1, round(side * scale)) for side in frame)
        picture = image_file.decode_whole(example.input, width, height, levels=self.levels)
        if prediction is None:
            rows = parse_boxes(example.target, 6)
            told = [(r[1:5] * scale, class_called(r[0], self.classes_), int(r[0])) for r in rows]
        else:
            rows = parse_boxes(prediction.value, 6)
            rows = rows[rows[:, 1] >= SURE]
            told = [(r[2:] * scale, f"{class_called(r[0], self.classes_)} {r[1]:.2f}", int(r[0])) for r in rows]
        return drawing.draw_boxes(picture, told)
