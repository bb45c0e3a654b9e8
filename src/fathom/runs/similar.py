"""``fathom similar``: which pictures are most like this one, as a run's net sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fathom.data import files
from fathom.data.image import drawing
from fathom.errors import FathomError, Unreadable, UserError
from fathom.metrics.verification import THRESHOLD, unpack, unpack_all
from fathom.records import Example
from fathom.runs.folder import RunFolder
from fathom.runs.load import load_net, load_task
from fathom.runs.prepare import read, source_of
from fathom.task import Task
from fathom.training.batching import collate
from fathom.training.evaluation import autocast, call_net, to_device

BATCH = 64
TASKS = ("verification", "image-classification")


@dataclass(frozen=True)
class Match:
    """A picture that is like the one asked about.

    Attributes:
        example: which.
        distance: one minus the cosine of the embeddings.
        same: whether the run's threshold holds them for the same; None where it has none.
    """

    example: Example
    distance: float
    same: bool | None


def similar(run: RunFolder, photo: str, *, most: int = 5, among: Path | None = None) -> list[Match]:
    """The pictures that are most like one, the nearest first.

    Args:
        run: of verification, or of image classification.
        photo: the picture asked about.
        most: how many to return.
        among: a folder to look in; without, the pictures that the run was trained on and judged by.

    Raises:
        UserError: the run cannot compare, a picture cannot be read, or there is nothing to look in.
    """
    if most < 1:
        raise UserError(f"-k {most} is out of range: choose 1 or more")
    task = load_task(run)
    if task.name not in TASKS or task.settings.has_custom_net:
        raise UserError(f"{run.path} is of the task {task.name}: give a run of {' or '.join(TASKS)}")
    net = load_net(run, task)
    asked = task.read(photo)
    seen = _embed(task, net, [asked])
    if not seen:
        raise UserError(f"{photo} cannot be read: give a picture")
    query = seen[0][1]
    found = (
        known_embeddings(run, task, net)
        if among is None
        else _embed(task, net, [e for e in task.read_many(str(among)) if isinstance(e, Example)])
    )
    if not found:
        raise UserError(f"{among or run.path} has no pictures to look in: give a folder of pictures")
    vectors = np.stack([v for _, v in found])
    distance = 1 - vectors @ query
    threshold = run.figures().get("beside", {}).get(THRESHOLD.name, {}).get("dev")
    threshold = threshold or run.figures().get("beside", {}).get(THRESHOLD.name, {}).get("train")
    nearest = np.argsort(distance, kind="stable")[:most]
    return [
        Match(found[i][0], max(0.0, float(distance[i])), None if threshold is None else bool(distance[i] <= threshold))
        for i in nearest
    ]


def write_matches_picture(photo: str, task: Task, likes: Sequence[Match], out: Path) -> None:
    """Write the picture asked about and those like it in a row.

    Raises:
        UserError: the name is none of a picture.
    """
    if out.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise UserError(f"{out} is no picture by its name: end it in .png or .jpg")
    shown = [task.show(task.read(photo))["picture"]]
    for like in likes:
        try:
            shown.append(task.show(like.example)["picture"])
        except Unreadable:
            continue  # it is gone since
    with files.replacing(out) as waiting:
        Image.fromarray(drawing.side_by_side(shown)).save(
            waiting, format="PNG" if out.suffix.lower() == ".png" else "JPEG"
        )


def known_embeddings(run: RunFolder, task: Task, net: Any) -> list[tuple[Example, NDArray[np.floating]]]:
    """The run's own pictures with their embeddings: kept with the results where the task embeds, else made anew.

    Args:
        run: of verification, or of image classification.
        task, net: of the run, loaded.

    Raises:
        UserError: the pictures are gone.
    """
    try:
        examples = {e.id: e for e in read(task, source_of(run.read_recipe())).items}
    except FathomError as error:
        raise UserError(f"the pictures of {run.path} are gone ({error}): give others with `among=FOLDER`") from None
    if task.name != "verification":
        return _embed(task, net, list(examples.values()))
    rows = run.results()
    there = {name: text for name, text in zip(rows["id"], rows["prediction"], strict=True) if name in examples}
    vectors = unpack_all(list(there.values())) if there else np.zeros((0, 1))
    kept = [(examples[name], vector) for name, vector in zip(there, vectors, strict=True)]
    return kept + _embed(task, net, [e for name, e in examples.items() if name not in there])


def _embed(task: Task, net: Any, examples: Sequence[Example]) -> list[tuple[Example, NDArray[np.floating]]]:
    """The examples that can be read, with embeddings of length 1."""
    found: list[tuple[Example, NDArray[np.floating]]] = []
    for start in range(0, len(examples), BATCH):
        readable, encoded = [], []
        for example in examples[start : start + BATCH]:
            try:
                encoded.append(task.encode(example))
                readable.append(example)
            except Unreadable:
                continue
        if not encoded:
            continue
        found += zip(readable, embeddings(task, net, encoded), strict=True)
    return found


def embeddings(task: Task, net: Any, encoded: Sequence[Mapping[str, NDArray[Any]]]) -> list[NDArray[np.floating]]:
    """The embedding of each encoded picture, of length 1.

    Args:
        task, net: of a run of verification or of image classification.
        encoded: pictures, as the task's ``encode`` made them.
    """
    import torch

    with torch.inference_mode(), autocast(task.settings.device or "cpu", task.settings.precision or "fp32"):
        batch = task.prepare(to_device(collate(task, encoded), task.settings.device or "cpu"), None)
        if task.name == "verification":
            vectors = [unpack(p.value) for p in task.decode(call_net(net, task, batch, None)[0], batch)]
        else:
            vectors = list(net.embed(*(batch[name] for name in task.inputs)).float().cpu().numpy())
    return [v / max(float(np.linalg.norm(v)), 1e-12) for v in vectors]
