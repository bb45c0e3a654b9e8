"""What fathom reaches on pictures beyond classes: boxes, masks, faces; each row told in the figure of its field."""

from __future__ import annotations

import random
from pathlib import Path

from benchmarks.data import DATA, FASHION
from benchmarks.sequences import Sequence as Training

HELD_OUT = 10
"""People of the faces whose pictures are all in the test split."""


def faces(folder: Path, seed: int) -> Path:
    """The faces with ten of the forty people held out, drawn by the seed."""
    people = sorted(p for p in (DATA / "orl_faces").iterdir() if p.is_dir())
    random.Random(seed).shuffle(people)
    for i, person in enumerate(people):
        place = folder / ("test" if i < HELD_OUT else "train") / person.name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(person)
    return folder


ROWS: dict[str, Training] = {
    "raccoon": Training(
        "raccoon, 120 photos with boxes", (str(DATA / "raccoon"),), "dev", "mAP50", "75 % in 10 min, aim 88 %", 3
    ),
    "camvid": Training(
        "camvid, 100 street scenes, 11 classes", (str(DATA / "camvid"), "--set", "ignore=11"), "dev", "mean IoU",
        "55 % in 10 min, aim 60 %", 3,
    ),
    "orl": Training(
        "orl_faces, 10 of 40 people held out", ("--task", "verification", "--dev", "none"), "test", "verification AUC",
        "97 %, recall@1 95 %, in 5 min", 3, faces, also="recall@1",
    ),
    "fashion-resnet": Training(
        "Fashion-MNIST, ResNet from scratch", (str(FASHION), "--net", "resnet", "--budget", "540s"), "test", "right",
        "93.5 % in 10 min, aim 94.5 %", 1,
    ),
}  # fmt: skip
"""In the order of the table."""
