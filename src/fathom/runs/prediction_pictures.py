"""The pictures of a report: what the net said of some examples, and what it was given while it learned."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from itertools import count as count_from
from pathlib import Path

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray
from PIL import Image

from fathom.data import files
from fathom.data.counter_rng import BatchRng
from fathom.data.image import drawing
from fathom.errors import Unreadable, UserError
from fathom.records import Example, Prediction
from fathom.reporting import thumbnails
from fathom.reporting.report_data import Sketch
from fathom.runs.predict import Predictor
from fathom.runs.prepare import Prepared
from fathom.task import Batch, Task
from fathom.training.batching import collate, gather
from fathom.training.evaluation import to_device
from fathom.training.gradcam import gradcam, last_feature_maps

SIDE = 420
"""Longer side of a drawn picture, in pixels."""
MAX_PICTURES = 12
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
STRIP_LENGTH = 8
"""Pictures of the strip that shows the augmentation."""


def sketches(task: Task, prepared: Prepared, on: pl.DataFrame) -> list[Sketch]:
    """Predictions drawn into their pictures, as the task draws them; nothing where words say it better."""
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
    return found[:MAX_PICTURES]


def augmented_strip(task: Task, prepared: Prepared) -> bytes | None:
    """A strip of training pictures as the net is given them, with masks and boxes; None where nothing is augmented."""
    train = prepared.indices("train")
    if task.inputs != ("image",) or not task.settings.augment or not len(train):
        return None
    chosen = train[np.linspace(0, len(train) - 1, min(STRIP_LENGTH, len(train))).astype(int)]
    keys = prepared.data().keys[chosen]
    batch = task.prepare(gather(task, prepared.store, chosen), BatchRng(task.settings.seed, 0, keys))
    return thumbnails.jpeg(drawing.side_by_side([_seen(batch, i) for i in range(len(chosen))]), 1400)


def _seen(batch: Batch, i: int) -> NDArray[np.uint8]:
    """One picture of a prepared batch, with what was moved along."""
    pixels = (
        batch["image"][i].float().clamp(0, 255).round().byte().permute(1, 2, 0).numpy()
    )  # (height, width, channels)
    picture = drawing.to_rgb(np.ascontiguousarray(pixels))
    if "mask" in batch:
        mask = batch["mask"][i].numpy()
        return drawing.draw_mask(picture, mask, int(mask[mask < 255].max(initial=0)) + 1)
    if "boxes" in batch:
        side = np.array(picture.shape[1::-1] * 2)
        boxes = [
            (box * side, "", int(c))
            for box, c in zip(batch["boxes"][i].numpy(), batch["kinds"][i], strict=True)
            if c >= 0
        ]
        return drawing.draw_boxes(picture, boxes)
    return picture


def picture_writer(predictor: Predictor, out: Path, count: int) -> Callable[[Example, Prediction], None]:
    """A function that draws predictions: into one picture, or into a folder where there are several inputs.

    Raises:
        UserError: the task has nothing to draw, the name is none of a picture, or something lies there already.
    """
    task, many = predictor.task, count > 1
    heat = (
        task.metric.is_classification_error
        and task.inputs == ("image",)
        and last_feature_maps(predictor.net) is not None
    )
    if not task.renders and not heat:
        raise UserError(f"a prediction of the task {task.name} is no picture: leave -o out")
    if not many and out.suffix.lower() not in FORMATS:
        raise UserError(f"{out} is no picture by its name: end it in .png or .jpg")
    files.refuse_existing(out, folder=many)
    if many:
        out.mkdir(parents=True, exist_ok=True)
    number = count_from(1)

    def write(example: Example, answer: Prediction) -> None:
        picture = task.render(example, answer)
        if picture is None:
            picture = _heated(predictor, example)
        place = out / f"{next(number):04d}-{Path(str(example.input)).stem[:80]}.png" if many else out
        with files.replacing(place) as waiting:
            Image.fromarray(picture).save(waiting, format=FORMATS[place.suffix.lower()])

    return write


def _heated(predictor: Predictor, example: Example) -> NDArray[np.uint8]:
    """The picture with Grad-CAM of what was predicted over it."""
    task = predictor.task
    batch = task.prepare(to_device(collate(task, [task.encode(example)]), task.settings.device or "cpu"), None)
    inputs = tuple(batch[name] for name in task.inputs)
    with torch.no_grad():
        chosen = predictor.net(*inputs).argmax(1)
    heat = gradcam(predictor.net, inputs, chosen)
    picture = task.show(example)["picture"]
    if heat is None:
        return picture
    with Image.open(BytesIO(thumbnails.overlay_heat(picture, heat[0], side=max(256, *picture.shape[:2])))) as image:
        return np.asarray(image.convert("RGB"))
