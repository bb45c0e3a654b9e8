"""One epoch of the U-Net on camvid and of the detector on raccoon: from fathom's cache, and the loop one would write.

The plain loop has the same net, loss, AdamW and batch; it decodes and scales each picture anew in two worker processes,
moves and lights it by Pillow as fathom does for whole batches, and computes in fp32.
"""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.comparison import Ask, Bound, Comparison, Figures
from benchmarks.data import DATA

BATCH, RATE = 8, 1e-3


def ours(ask: Ask, data: Path, **options: Any) -> Figures:
    """Train as ``fathom train`` does, for two epochs at a constant rate; the second is told."""
    from benchmarks.loops import ours as loop

    asked = {"epochs": 2, "batch_size": BATCH, "lr": RATE, "schedule": "constant", "grad_clip": 0.0}
    *_, (seconds, accuracy) = loop.epochs(ask, str(data), **asked, options=options)
    return {"seconds": seconds, "accuracy": accuracy}


def fitted(name: str, data: Path, **options: Any) -> tuple[Any, dict[str, list[Any]]]:
    """The task as it is fitted for a training, and its examples by split."""
    from fathom.data.splits.split import make_splits
    from fathom.records import Settings, Source
    from fathom.tasks import by_name

    asked = Settings(options=options)
    reader = by_name(name)(asked)
    examples = reader.examples(Source(str(data), data))
    splits = make_splits(examples)
    parts = {split: list(examples.of(splits.ids(split))) for split in ("train", "dev")}
    task = reader.clone(asked.filled(reader.defaults(parts["train"])))
    task.fit(parts["train"])
    return task, parts


def moved(photo: Any, size: tuple[int, int], maps: Any, *, nearest: bool, outside: int) -> Any:
    """A Pillow picture under an affine map in pixels."""
    from PIL import Image

    how = Image.Resampling.NEAREST if nearest else Image.Resampling.BILINEAR
    return photo.transform(size, Image.Transform.AFFINE, maps, how, fillcolor=outside if nearest else (outside,) * 3)


def plain(ask: Ask, name: str, data: Path, **options: Any) -> Figures:
    """The loop of PyTorch's tutorials for such data."""
    import torch
    from torch.utils.data import DataLoader, Dataset

    torch.manual_seed(ask.seed)
    random.seed(ask.seed)
    task, parts = fitted(name, data, **options)
    width, height = task.width_, task.height_

    class Pictures(Dataset):
        """Decodes, scales, moves and lights one picture with its mask or boxes."""

        def __init__(self, examples: list[Any], training: bool) -> None:
            self.examples, self.training = examples, training

        def __len__(self) -> int:
            return len(self.examples)

        def __getitem__(self, i: int) -> dict[str, Any]:
            from PIL import Image, ImageEnhance

            item = task.encode(self.examples[i])
            if not self.training:
                return {k: torch.as_tensor(np.array(v)) for k, v in item.items()}
            photo = Image.fromarray(item["image"])
            scale, mirror = random.uniform(0.7, 1.2), random.random() < 0.5
            left, top = (random.uniform(-0.15, 0.15) * side for side in (width, height))
            a = -scale if mirror else scale
            maps = (a, 0, width / 2 - a * width / 2 + left, 0, scale, height / 2 - scale * height / 2 + top)
            bright = ImageEnhance.Brightness(moved(photo, (width, height), maps, nearest=False, outside=114))
            photo = ImageEnhance.Contrast(bright.enhance(random.uniform(0.9, 1.1))).enhance(random.uniform(0.8, 1.2))
            found = {**item, "image": np.array(photo)}
            if "mask" in item:
                found["mask"] = np.array(
                    moved(Image.fromarray(item["mask"]), (width, height), maps, nearest=True, outside=255)
                )
            if "boxes" in item:
                boxes = item["boxes"] * (width, height, width, height)
                across = (boxes[:, [0, 2]] - maps[2]) / a
                down = (boxes[:, [1, 3]] - maps[5]) / scale
                corners = np.stack([across.min(1), down.min(1), across.max(1), down.max(1)], 1)
                found["boxes"] = np.clip(corners / (width, height, width, height), 0, 1).astype(np.float32)
            return {k: torch.as_tensor(np.array(v)) for k, v in found.items()}

    net = task.net()
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE)
    loader = DataLoader(Pictures(parts["train"], True), batch_size=BATCH, shuffle=True, num_workers=2)
    dev = DataLoader(Pictures(parts["dev"], False), batch_size=32, num_workers=2)
    seconds = accuracy = 0.0
    for _ in range(2):
        began = time.monotonic()
        net.train()
        for batch in loader:
            batch["image"] = batch["image"].permute(0, 3, 1, 2)
            optimizer.zero_grad()
            losses, weights = task.loss(net(batch["image"]), batch)
            (losses.sum() / weights.sum()).backward()
            optimizer.step()
        accuracy = 1 - judged(task, net, dev, parts["dev"])
        seconds = time.monotonic() - began
    return {"seconds": seconds, "accuracy": accuracy}


def judged(task: Any, net: Any, dev: Any, examples: list[Any]) -> float:
    """The task's metric on dev."""
    import torch

    from fathom.training.evaluation import metric_over

    net.eval()
    said = []
    with torch.no_grad():
        for batch in dev:
            batch["image"] = batch["image"].permute(0, 3, 1, 2)
            said += task.decode(net(batch["image"]), batch)
    return metric_over(task, [(e, p, 0.0, 1.0) for e, p in zip(examples, said, strict=True)])


def raccoon(ask: Ask) -> Path:
    """The photos with their boxes; a sixth of them when it must be quick."""
    if not ask.quick:
        return DATA / "raccoon"
    about = json.loads((DATA / "raccoon" / "annotations.json").read_text())
    about["images"] = about["images"][:30]
    kept = {image["id"] for image in about["images"]}
    about["annotations"] = [a for a in about["annotations"] if a["image_id"] in kept]
    (ask.folder / "few").mkdir()
    (ask.folder / "few" / "images").symlink_to(DATA / "raccoon" / "images")
    (ask.folder / "few" / "annotations.json").write_text(json.dumps(about))
    return ask.folder / "few"


ABOUT = """The second of two epochs at a constant rate, with its look at dev; the same net (pretrained below, its first
    stages fixed), loss, AdamW 1e-3 and batch of 8. The plain loop decodes, scales, moves and lights each picture anew in
    two worker processes (Pillow) and computes in fp32; fathom gathers from its cache, changes whole batches, and computes
    in what it measured to be faster. Outside: imports, loading the weights, fitting, encoding, baselines, report."""
PIXELS = Comparison(
    about=ABOUT,
    contenders={
        "fathom": lambda ask: ours(ask, DATA / "camvid", ignore=11),
        "plain": lambda ask: plain(ask, "segmentation", DATA / "camvid", ignore=11),
    },
    bounds=(
        Bound("one epoch of the U-Net on camvid, against the plain DataLoader loop in fp32", "fathom", "plain", 0.6),
    ),
    slack=0.1,
)
BOXES = Comparison(
    about=ABOUT,
    contenders={
        "fathom": lambda ask: ours(ask, raccoon(ask)),
        "plain": lambda ask: plain(ask, "detection", raccoon(ask)),
    },
    bounds=(
        Bound(
            "one epoch of the detector on raccoon, against the plain DataLoader loop in fp32", "fathom", "plain", 0.6
        ),
    ),
    slack=0.2,
)
