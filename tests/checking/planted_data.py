"""Data with planted faults: photograph-like pictures in folders, and tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from fathom.checking import DataProfile, profile_data
from fathom.data.source import resolve
from fathom.progress import Watcher
from fathom.records import Finding
from fathom.runs.check import check
from fathom.tasks import recognize


def picture(seed: int, width: int = 120, height: int = 96) -> Image.Image:
    """A picture unlike any other: random shapes over a smooth ground, as a photograph has them."""
    rng = np.random.default_rng(seed)
    ground = Image.fromarray(rng.integers(0, 256, (4, 5, 3), np.uint8)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    pixels = np.asarray(ground).copy()
    for _ in range(14):
        x, y = rng.integers(0, width - 20), rng.integers(0, height - 20)
        w, h = rng.integers(8, 40, 2)
        pixels[y : y + h, x : x + w] = rng.integers(0, 256, 3)
    return Image.fromarray(pixels)


def folder(root: Path, classes: dict[str, range]) -> Path:
    """A folder for each class (``a``, ``train/a``) with the pictures of these seeds."""
    for name, seeds in classes.items():
        (root / name).mkdir(parents=True)
        for seed in seeds:
            picture(seed).save(root / name / f"{seed:03d}.png")
    return root


def table(path: Path, columns: dict[str, list]) -> Path:
    """A CSV."""
    rows = zip(*columns.values(), strict=True)
    text = "\n".join([",".join(columns), *(",".join("" if v is None else str(v) for v in row) for row in rows)])
    path.write_text(text + "\n", encoding="utf-8")
    return path


def healthy(n: int = 200, seed: int = 0) -> dict[str, list]:
    """Columns of a table with nothing wrong: two numbers, a category, and a target that depends on them, with noise."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=n), rng.normal(size=n)
    kind = rng.choice(["red", "green", "blue"], n)
    label = np.where(x + 0.5 * y + rng.normal(size=n) * 0.7 > 0, "yes", "no")
    return {"x": x.round(6).tolist(), "y": y.round(6).tolist(), "kind": kind.tolist(), "label": label.tolist()}


def profile(path: Path, **options: object) -> DataProfile:
    """What the checks are given of data, as the verb gives it."""
    source = resolve(str(path), **options)  # type: ignore[arg-type]
    return profile_data(recognize(source)[0](), source, Watcher())


def found(path: Path | str, **options: object) -> dict[str, Finding]:
    """The findings by name; none is told twice unless for another split."""
    return {f.name: f for f in check(str(path), Watcher(), **options).findings}  # type: ignore[arg-type]
