"""Little pictures with masks, boxes, identities, numbers and labels: data of the picture tasks, always the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image


def noise(rng: np.random.Generator, height: int, width: int, level: int = 90) -> np.ndarray:
    """A noisy grey background in colour, ``(height, width, 3)``."""
    return np.clip(rng.normal(level, 20, (height, width, 3)), 0, 255).astype(np.uint8)


def masked(folder: Path) -> Path:
    """A red square on noise with its mask, 50 of them; one picture without a mask, one with a mask of another size."""
    rng = np.random.default_rng(0)
    data = folder / "data"
    for part in ("images", "masks"):
        (data / part).mkdir(parents=True, exist_ok=True)
    for i in range(52):
        picture, mask = noise(rng, 32, 48), np.zeros((32, 48), np.uint8)
        top, left, side = rng.integers(0, 16), rng.integers(0, 30), rng.integers(8, 16)
        picture[top : top + side, left : left + side] = (220, 40, 40)
        mask[top : top + side, left : left + side] = 1
        Image.fromarray(picture).save(data / "images" / f"{i:02}.png")
        if i == 51:
            mask = mask[:, :40]
        if i != 50:
            Image.fromarray(mask).save(data / "masks" / f"{i:02}.png")
    return data


def boxed(folder: Path) -> Path:
    """A bright square on noise with its box, in COCO's layout, 50 of them; one that is not there."""
    rng = np.random.default_rng(0)
    data = folder / "data"
    (data / "images").mkdir(parents=True, exist_ok=True)
    images, boxes = [], []
    for i in range(51):
        picture = noise(rng, 64, 80)
        left, top, side = (int(v) for v in (rng.integers(0, 40), rng.integers(0, 30), rng.integers(16, 32)))
        picture[top : top + side, left : left + side] = (230, 220, 60)
        images.append({"id": i, "file_name": f"{i:02}.png", "width": 80, "height": 64})
        boxes.append({"id": i, "image_id": i, "category_id": 7, "bbox": [left, top, side, side], "iscrowd": 0})
        if i != 50:
            Image.fromarray(picture).save(data / "images" / f"{i:02}.png")
    about = {"images": images, "annotations": boxes, "categories": [{"id": 7, "name": "square"}]}
    (data / "annotations.json").write_text(json.dumps(about), encoding="utf-8")
    return data


def another_box(data: Path) -> None:
    """The first box is another one."""
    path = data / "annotations.json"
    about = json.loads(path.read_text(encoding="utf-8"))
    about["annotations"][0]["bbox"][2] += 3
    path.write_text(json.dumps(about), encoding="utf-8")


def identities(folder: Path) -> Path:
    """Ten patterns, each seen eight times in other light, and a file that is no picture."""
    rng = np.random.default_rng(0)
    for who in range(10):
        pattern = np.kron(rng.integers(0, 2, (4, 4)), np.ones((6, 6)))
        for i in range(8):
            path = folder / "data" / f"p{who}" / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            light = rng.uniform(60, 140) * pattern + rng.uniform(20, 80) + rng.normal(0, 12, (24, 24))
            Image.fromarray(np.clip(light, 0, 255).astype(np.uint8)).save(path)
    (folder / "data" / "p0" / "broken.png").write_bytes(b"no picture")
    return folder / "data"


def measured(folder: Path) -> Path:
    """Pictures of which the light is the target, in a table; one without a number."""
    rng = np.random.default_rng(0)
    rows = []
    (folder / "data").mkdir(exist_ok=True)
    for i in range(60):
        level = rng.uniform(40, 200)
        Image.fromarray(noise(rng, 12, 12, int(level))).save(folder / "data" / f"{i:02}.png")
        rows.append({"path": f"{i:02}.png", "light": f"{level / 10:.3f}" if i else "dark"})
    pl.DataFrame(rows).write_csv(folder / "data" / "light.csv")
    return folder / "data"


def labelled(folder: Path) -> Path:
    """Pictures with a red and a blue corner, either or both or none, in a table."""
    rng = np.random.default_rng(0)
    rows = []
    (folder / "data").mkdir(exist_ok=True)
    for i in range(80):
        picture, red, blue = noise(rng, 12, 12), i % 2 == 0, i % 4 < 2
        picture[:6, :6] = (230, 30, 30) if red else picture[:6, :6]
        picture[6:, 6:] = (30, 30, 230) if blue else picture[6:, 6:]
        Image.fromarray(picture).save(folder / "data" / f"{i:02}.png")
        rows.append({"path": f"{i:02}.png", "labels": "|".join(["red"] * red + ["blue"] * blue) or "|"})
    pl.DataFrame(rows).write_csv(folder / "data" / "labels.csv")
    return folder / "data"


def another_value(data: Path) -> None:
    """The target of one picture is another one."""
    table = next(data.glob("*.csv"))
    text = table.read_text(encoding="utf-8").splitlines()
    text[5] = text[5].split(",")[0] + "," + text[6].split(",")[1]
    text[7] = text[7].split(",")[0] + "," + text[8].split(",")[1]
    table.write_text("\n".join(text) + "\n", encoding="utf-8")
