"""Segmentation: which class does each pixel of a picture belong to?

Pictures and masks are brought to one size, at which the net is judged as well: a mask is scaled without new numbers,
and both are moved by the same map while training.
"""

from __future__ import annotations

import base64
import logging
import re
import time
import zlib
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.data.image import drawing, mask_values, masks
from fathom.data.image.mask_values import LEFT_OUT, MaskForm, MaskValues
from fathom.errors import Unreadable, UserError
from fathom.metrics import Metric
from fathom.metrics.overlap import INTERSECTION, UNION, mean_iou_missed
from fathom.nets.image.normalize import Normalized
from fathom.nets.image.unet import SEGMENTATION_NETS, PretrainedUNet
from fathom.nets.net_options import choose_net, parse_flag, parse_number
from fathom.records import Baseline, Example, Examples, Finding, Prediction, Source
from fathom.task import Batch, Draw, Recognition
from fathom.tasks.image import annotation_findings as found
from fathom.tasks.image import augmentation
from fathom.tasks.image.image_base import WholeImageTask, sizes, weights_installed
from fathom.training.regularization import RATE_SHARE

_log = logging.getLogger("fathom")

OWN = ("size", "flip", "ignore")
"""Options of the task itself; all others of ``--set`` are the net's."""
JUDGED = 8
"""Where labels are judged, one pixel of each square of so many by so many is."""
STEP = 32
"""Sides are multiples of this, so that every net can halve them."""
SEEN = 6000
"""Pictures that a training looks at, each several times where they are fewer."""
ENCODER_SHARE = 0.33
"""Of the learning rate, for what was learned on photographs: the way up is new, and learns faster."""
POLICY = augmentation.Policy(turn=6.0, zoom=(0.6, 1.1), reach=0.15)
BEND = 0.02
"""Share of a side by which points are moved, elastically."""
VOID = ("void", "ignore", "unlabeled", "unlabelled", "background (ignored)")


class Segmentation(WholeImageTask):
    """Pictures with a mask each.

    Attributes:
        classes_: names of the classes.
        values_: the number of each class in the masks.
        rare_: weight of each class in the loss: the rarer, the more.
        form_, nearest_, left_out_: how masks are read, see `MaskValues`.
    """

    name = "segmentation"
    nets = tuple(SEGMENTATION_NETS)
    gives_label_probabilities = True
    renders = True
    target_fields = ("classes_", "values_", "rare_", "form_", "nearest_", "left_out_")

    classes_: list[str]
    values_: list[int]
    rare_: list[float]
    form_: str = str(MaskForm.NUMBERS)
    nearest_: bool = False
    left_out_: list[int] = [LEFT_OUT]  # noqa: RUF012 - replaced by `fit`, never changed
    _names: Sequence[str] = ()

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """A folder of pictures beside a folder of masks."""
        if masks.has_masks(source.path):
            guessed = source.path.is_dir() and masks.only_content_says(source.path)
            otherwise = "--task image-classification takes the folders for classes" if guessed else ""
            return Recognition(0.96, "pictures and masks", otherwise)
        return Recognition(0.0, "no folders of pictures and masks")

    def examples(self, source: Source) -> Examples:
        """Read names and sizes of pictures and masks."""
        self._names = masks.class_names(source.path)
        return masks.read_masks(source)

    def findings(self, examples: Examples) -> list[Finding]:
        """Pictures in whose mask is nothing but background, and named classes that never occur (of 1,000 masks)."""
        items = examples.items[:: max(1, len(examples.items) // 1000)]
        counts, total = self._looked_at(items)
        names = self._names
        named = names if len(total) and max(total) < len(names) else []
        return [
            *found.nothing_marked([n for n, c in counts.items() if set(c) <= {0}], len(items), "class but background"),
            *found.never_marked(named, total),
        ]

    def _looked_at(self, items: Sequence[Example]) -> tuple[dict[str, set[int]], Counter[int]]:
        """The values in each mask that can be read, and the pixels of each over all; nothing where training refuses."""
        seen = self._survey(items)
        try:
            read = mask_values.settle(seen, self._ignored(), len(self._names))
        except UserError:
            return {}, Counter()
        found = {}
        for e in items:
            with suppress(Unreadable):
                classes = set(np.unique(read.classes(mask_values.decode_mask(e.target, read.form))).tolist())
                found[e.id] = {read.values[i] for i in classes - {LEFT_OUT}}
        return found, seen.counts

    def fit(self, train: Sequence[Example]) -> None:
        """Learn the size, the classes that occur and how many pixels are of each, and the pixels' scale."""
        seen = sizes(train)
        if not seen:
            raise UserError("none of the training pictures can be read: check that the files are whole")
        width, height = np.median(seen, axis=0)
        longest = parse_number(self.settings, "size", min(max(width, height), 256), 32, 1024)
        scale = longest / max(width, height)
        self.width_, self.height_ = (max(STEP, round(s * scale / STEP) * STEP) for s in (width, height))
        seen_masks = self._survey(train)
        read = mask_values.settle(seen_masks, self._ignored(), len(self._names))
        void = {v for v, name in enumerate(self._names) if name.lower() in VOID} if self._ignored() is None else set()
        self.form_, self.nearest_ = str(read.form), read.nearest
        self.values_ = [v for v in read.values if v not in void]
        self.left_out_ = sorted({*read.left_out, *(void & set(read.values))})
        counts = Counter(dict(zip(self.values_, self._pixels(seen_masks), strict=True)))
        self._say(seen_masks)
        self.classes_ = self._class_names()
        shares = np.array([counts[v] for v in self.values_], float)
        rare = np.sqrt(np.median(shares) / shares).clip(0.3, 3.0)
        self.rare_ = (rare / (rare * shares / shares.sum()).sum()).tolist()
        self.learn_pictures(train)

    def _survey(self, train: Sequence[Example]) -> mask_values.MaskSurvey:
        """What stands in the training masks (at most 1,000)."""
        return mask_values.survey([str(e.target) for e in train[:: max(1, len(train) // 1000)]])

    def _pixels(self, seen: mask_values.MaskSurvey) -> list[int]:
        """How many pixels are of each class, one or more."""
        found = np.array(list(seen.counts), np.int32)
        n = np.array(list(seen.counts.values()))
        classes = self._reading.classes(found)
        return [max(1, int(n[classes == i].sum())) for i in range(len(self.values_))]

    def _ignored(self) -> int | None:
        """The value that counts for nothing, as asked: a number, or a colour such as ``#e0e0c0``."""
        asked = self.settings.options.get("ignore")
        if isinstance(asked, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", asked):
            return int(asked[1:], 16)
        return None if asked is None else int(parse_number(self.settings, "ignore", LEFT_OUT, 0, 0xFFFFFF))

    @property
    def _reading(self) -> MaskValues:
        """How masks are read."""
        return MaskValues(MaskForm(self.form_), tuple(self.values_), tuple(self.left_out_), self.nearest_)

    def _class_names(self) -> list[str]:
        """The names that a file gives the numbers, or one after the other the values; else the values."""
        names, form = self._names, MaskForm(self.form_)
        if form is MaskForm.NUMBERS and max(self.values_) < len(names):
            return [names[v] for v in self.values_]
        if form is not MaskForm.COLOURS and len(names) == len(self.values_):
            return list(names)
        if form is MaskForm.COLOURS:
            return [mask_values.value_name(v, form) for v in self.values_]
        return [names[v] if v < len(names) else f"class {v}" for v in self.values_]

    def _say(self, seen: mask_values.MaskSurvey) -> None:
        """Say how masks were understood where that is not plain."""
        form = MaskForm(self.form_)
        shown = ", ".join(mask_values.value_name(v, form) for v in self.values_[:8])
        shown += " …" if len(self.values_) > 8 else ""
        if self.nearest_:
            _log.warning(
                "the masks hold %d values, most of them noise: each pixel is read as the nearest of %s",
                len(seen.counts),
                shown,
            )
        if seen.failed:
            _log.warning("a training mask cannot be read: %s", seen.failed)
        if self.left_out_ and self._ignored() is None:
            out = ", ".join(mask_values.value_name(v, form) for v in self.left_out_)
            _log.warning("pixels of %s in the masks count for nothing; `--set ignore=N` names another value", out)
        elif LEFT_OUT in self.values_ and len(self.values_) > 2 and form is MaskForm.NUMBERS:
            _log.warning("the masks hold %s, each a class; `--set ignore=255` leaves one out", shown)

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``image`` (height, width, channels) uint8, ``mask`` (height, width) uint8: class, or `LEFT_OUT`."""
        image = self.pixels(example)
        if example.target is None:
            return {"image": image, "mask": np.full(image.shape[:2], LEFT_OUT, np.uint8)}
        return {"image": image, "mask": self._truth(example.target)}

    def _truth(self, path: Any) -> NDArray[np.uint8]:
        """The mask at the net's size, in class numbers from 0 up."""
        return unpack(_kept(str(path), self.width_, self.height_, self._reading))

    def prepare(self, batch: Batch, draw: Draw | None) -> Batch:
        """Channels first; picture and mask moved together, and the picture re-lit, while training."""
        image = batch["image"].permute(0, 3, 1, 2)  # (batch, channels, height, width), channels-last in memory
        if draw is None or not self.settings.augment:
            return {**batch, "image": image}
        flip = parse_flag(self.settings, "flip", usual=True)
        policy = augmentation.Policy(flip, POLICY.turn, POLICY.zoom, POLICY.reach)
        u = augmentation.numbers(draw, image)
        theta = augmentation.maps(u, self.settings.augment, policy, image)
        bend = augmentation.bends(draw, self.settings.augment, BEND, image)
        lit = augmentation.relit(augmentation.moved(image, theta, bend=bend), u, self.settings.augment, policy)
        return {**batch, "image": lit, "mask": augmentation.moved_masks(batch["mask"], theta, bend)}

    def defaults(self, train: Sequence[Example]) -> dict[str, Any]:
        """The pretrained U-Net where its weights are installed; 6,000 pictures are looked at, however few there are."""
        n = len(train)
        net = self.settings.net or ("pretrained-unet" if weights_installed() else "unet")
        batch = 16 if n >= 2000 else 8 if net == "unet" else 4
        return {
            "net": net,
            "epochs": int(np.clip(round(SEEN / n), 4, 300)),
            "batch_size": batch,
            "optimizer": "adamw",
            "lr": 2e-3 if net == "unet" else 3e-3,
            "schedule": "one-cycle",
            "weight_decay": 0.01,
            "grad_clip": 5.0,
            "augment": 1.0,
        }

    def net(self) -> nn.Module:
        """Build the net of that name."""
        cls, options = choose_net(SEGMENTATION_NETS, self.settings, usual="unet", kind="masks", own=OWN)
        net = cls(self.channels_, len(self.classes_), **options)
        if isinstance(net, PretrainedUNet):
            setattr(net.encoder, RATE_SHARE, ENCODER_SHARE)
        return Normalized(net, *self.normalization(cls))

    def loss(self, output: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """The pixels' mean cross-entropy, rare classes weighing more; a picture without a mask weighs nothing."""
        mask = batch["mask"].long()
        rare = torch.tensor(self.rare_, device=output.device)
        known = (mask != LEFT_OUT).flatten(1).any(1)  # (batch,)
        nats = F.cross_entropy(
            output.float(), mask, weight=rare, ignore_index=LEFT_OUT, reduction="none"
        )  # (batch, height, width)
        shares = rare[mask.where(mask != LEFT_OUT, 0)] * (mask != LEFT_OUT)
        mean = nats.flatten(1).sum(1) / shares.flatten(1).sum(1).clamp(min=1e-6)
        return mean * known, known.float()

    def label_probabilities(
        self, output: Tensor, batch: Batch
    ) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]] | None:
        """The class of one pixel of each square of `JUDGED` by `JUDGED`, and its probabilities."""
        near = slice(JUDGED // 2, None, JUDGED)
        probabilities = output[:, :, near, near].float().softmax(1).flatten(2).transpose(1, 2).cpu().numpy()
        mask = batch["mask"][:, near, near].flatten(1).long()
        labels = mask.masked_fill(mask == LEFT_OUT, -1).cpu().numpy()  # (batch, pixels)
        return list(zip(labels, probabilities, strict=True))

    @property
    def classes(self) -> Sequence[str]:
        """Names of the classes."""
        return self.classes_

    @property
    def metric(self) -> Metric:
        """What is missing to a mean intersection over union of 1."""
        return mean_iou_missed(len(self.classes_))

    def decode(self, output: Tensor, batch: Batch) -> list[Prediction]:
        """The likeliest class of each pixel, packed (see `unpack`)."""
        best = output.argmax(1).to(torch.uint8).cpu().numpy()  # (batch, height, width)
        return [Prediction(pack(mask)) for mask in best]

    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """Pixels of each class in both masks, and in either; what is left out of the true one counts for nothing."""
        said, meant = unpack(prediction.value), self._truth(target)
        known = meant != LEFT_OUT
        n = len(self.classes_)
        pairs = np.bincount(n * meant[known].astype(np.int64) + said[known], minlength=n * n).reshape(n, n)
        inter = pairs.diagonal()
        union = pairs.sum(0) + pairs.sum(1) - inter
        return {f"{k}{i}": float(v[i]) for k, v in ((INTERSECTION, inter), (UNION, union)) for i in range(n)}

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """The most frequent class everywhere; and trees that look at each pixel's colour, surroundings and place."""
        from sklearn.ensemble import ExtraTreesClassifier

        began = time.monotonic()
        some = [self.encode(e) for e in train[:: max(1, len(train) // 60)]]
        seen = np.concatenate([e["mask"].ravel() for e in some])
        most = int(np.bincount(seen[seen != LEFT_OUT], minlength=len(self.classes_)).argmax())
        everywhere = pack(np.full((self.height_, self.width_), most, np.uint8))
        trivial = Baseline("most frequent class everywhere", [everywhere] * len(others), 0.0)
        if not others:
            return [trivial]
        rng = np.random.default_rng(0)
        rows = [looks(e["image"]) for e in some]
        chosen = [rng.choice(len(r), min(len(r), 60_000 // len(rows) + 1), replace=False) for r in rows]
        features = np.concatenate([r[c] for r, c in zip(rows, chosen, strict=True)])
        labels = np.concatenate([e["mask"].ravel()[c] for e, c in zip(some, chosen, strict=True)])
        trees = ExtraTreesClassifier(20, min_samples_leaf=5, random_state=0, n_jobs=2)
        trees.fit(features[labels != LEFT_OUT], labels[labels != LEFT_OUT])
        said = [trees.predict(looks(self.pixels(e))).reshape(self.height_, self.width_) for e in others]
        took = time.monotonic() - began
        return [trivial, Baseline("trees on colour and place", [pack(m.astype(np.uint8)) for m in said], took)]

    def format_prediction(self, example: Example, prediction: Prediction) -> str:
        """Which share of the picture each class fills, the largest first."""
        shares = np.bincount(unpack(prediction.value).ravel(), minlength=len(self.classes_)).astype(float)
        shares = shares[: len(self.classes_)] / max(1.0, shares[: len(self.classes_)].sum())
        first = [i for i in np.argsort(-shares)[:4] if shares[i] >= 0.005]
        return ", ".join(f"{self.classes_[i]} {100 * shares[i]:.0f} %" for i in first)

    def render(self, example: Example, prediction: Prediction | None) -> NDArray[np.uint8] | None:
        """The mask in colours over the picture, with a legend."""
        if prediction is None and example.target is None:
            return None
        mask = self._truth(example.target) if prediction is None else unpack(prediction.value)
        over = drawing.draw_mask(self.pixels(example), mask, len(self.classes_))
        return drawing.with_legend(over, self.classes_, [int(i) for i in np.unique(mask) if i != LEFT_OUT])


def looks(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Of each pixel its colour, the mean and deviation around it, and its place: ``(height * width, features)``."""
    pixels = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255  # (1, channels, height, width)
    mean = F.avg_pool2d(pixels, 9, 1, 4, count_include_pad=False)
    spread = (F.avg_pool2d(pixels**2, 9, 1, 4, count_include_pad=False) - mean**2).clamp(min=0).sqrt()
    height, width = image.shape[:2]
    place = torch.stack(torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij"))
    return torch.cat([pixels, mean, spread, place[None]], 1)[0].flatten(1).T.numpy()


def pack(mask: NDArray[np.uint8]) -> str:
    """A mask of class numbers as short text: width, height and the squeezed bytes.

    >>> unpack(pack(np.array([[0, 1], [2, 2], [1, 0]], np.uint8))).tolist()
    [[0, 1], [2, 2], [1, 0]]
    """
    height, width = mask.shape
    return f"{width}x{height}:{base64.b85encode(zlib.compress(np.ascontiguousarray(mask).tobytes(), 1)).decode()}"


def unpack(text: str) -> NDArray[np.uint8]:
    """The mask that `pack` wrote, ``(height, width)``.

    Raises:
        UserError: the text is none.
    """
    size, _, packed = str(text).partition(":")
    try:
        width, height = map(int, size.split("x"))
        if not 0 < width * height <= 4096 * 4096:
            raise ValueError(size)
        squeezed = zlib.decompressobj()
        data = squeezed.decompress(base64.b85decode(packed), width * height)
        return np.frombuffer(data, np.uint8).reshape(height, width)
    except (ValueError, zlib.error):
        raise UserError(f"'{str(text)[:20]}…' is no packed mask: restore the results or train again") from None


@lru_cache(maxsize=20_000)
def _kept(path: str, width: int, height: int, reading: MaskValues) -> str:
    """The packed mask of a file at a size, in class numbers: judged at every epoch, decoded once."""
    whole = mask_values.decode_mask(path, reading.form)
    if new := reading.unknown(whole):
        shown = ", ".join(mask_values.value_name(v, reading.form) for v in new[:5]) + (" …" if len(new) > 5 else "")
        _log.warning("%s holds %s, which no training mask does: these pixels count for nothing", Path(path).name, shown)
    return pack(reading.classes(mask_values.resize_mask(whole, width, height)))
