"""The pictures of a report: what the net said of some examples, and what it was given while it learned."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fathom.data import drawing
from fathom.data.keyed import Draw
from fathom.errors import Unreadable
from fathom.records import Prediction
from fathom.reporting import thumbnails
from fathom.reporting.data import Sketch
from fathom.runs.prepare import Prepared
from fathom.task import Batch, Task
from fathom.training.batching import gather

SIDE = 420
"""Longer side of a drawn picture, in pixels."""
MOST = 12
STRIP = 8
"""Pictures of the strip that shows the augmentation."""


def sketches(task: Task, prepared: Prepared, on: pl.DataFrame) -> list[Sketch]:
    """Predictions drawn into their pictures, as the task draws them; nothing where words say it better."""
    if type(task).drawn is Task.drawn and type(task).drawings is Task.drawings:
        return []
    by_id = {e.id: e for e in prepared.examples.items}
    there = on.filter(pl.col("id").is_in(list(by_id)))
    examples = [by_id[name] for name in there["id"]]
    said = [Prediction(value, sure) for value, sure in zip(there["prediction"], there["confidence"], strict=True)]
    found = []
    try:
        for one in task.drawings(examples, said, there["loss"].to_list()):
            truth = None if one.truth is None else thumbnails.jpeg(one.truth, SIDE)
            found.append(Sketch(one.name, thumbnails.jpeg(one.picture, SIDE), truth, one.text))
    except Unreadable:
        pass  # a file is gone since: the page shows what was drawn before
    return found[:MOST]


def given(task: Task, prepared: Prepared) -> bytes | None:
    """A strip of training pictures as the net is given them, with masks and boxes; None where nothing is augmented."""
    train = prepared.indices("train")
    if task.inputs != ("image",) or not task.settings.augment or not len(train):
        return None
    chosen = train[np.linspace(0, len(train) - 1, min(STRIP, len(train))).astype(int)]
    keys = prepared.data().keys[chosen]
    batch = task.prepare(gather(task, prepared.store, chosen), Draw(task.settings.seed, 0, keys))
    return thumbnails.jpeg(drawing.beside([_seen(batch, i) for i in range(len(chosen))]), 1400)


def _seen(batch: Batch, i: int) -> NDArray[np.uint8]:
    """One picture of a prepared batch, with what was moved along."""
    pixels = (
        batch["image"][i].float().clamp(0, 255).round().byte().permute(1, 2, 0).numpy()
    )  # (height, width, channels)
    picture = drawing.coloured(np.ascontiguousarray(pixels))
    if "mask" in batch:
        mask = batch["mask"][i].numpy()
        return drawing.masked(picture, mask, int(mask[mask < 255].max(initial=0)) + 1)
    if "boxes" in batch:
        side = np.array(picture.shape[1::-1] * 2)
        boxes = [
            (box * side, "", int(c))
            for box, c in zip(batch["boxes"][i].numpy(), batch["kinds"][i], strict=True)
            if c >= 0
        ]
        return drawing.boxed(picture, boxes)
    return picture
