"""Faults of the data: planted in folders and tables on disk, trained with ``fathom.train``, and asked of the coach."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.coach.data import Set, parted

NETS = {"pictures": ("mlp", "convnet"), "table": ("mlp", "logistic")}


@dataclass
class Laid:
    """Data laid out in three parts, before it is written.

    Attributes:
        parts: inputs and labels of train, dev and test; pictures from 0 to 255, or rows.
        classes: how many.
    """

    parts: dict[str, tuple[NDArray[np.float32], NDArray[np.int64]]]
    classes: int

    @property
    def pictures(self) -> bool:
        """Or a table."""
        return self.parts["train"][0].ndim == 4


def laid(data: Set, most: int = 1500) -> Laid:
    """A data set in three parts, of which train has so many at most."""
    cut = {"train": data.train[:most], "dev": data.dev[: most // 2], "test": data.test}
    return Laid({name: (data.raw[rows].copy(), data.y[rows].copy()) for name, rows in cut.items()}, data.classes)


Plant = Callable[[Laid, np.random.Generator], Laid]


def flipped(y: NDArray[np.int64], share: float, classes: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """That share of the labels moved to another class at random."""
    chosen = rng.random(len(y)) < share
    return np.where(chosen, (y + rng.integers(1, classes, len(y))) % classes, y)


def untouched(data: Laid, rng: np.random.Generator) -> Laid:
    """Nothing: what is wrong is how it is trained."""
    return data


def noisy_train(data: Laid, rng: np.random.Generator) -> Laid:
    """20 % of the labels of train."""
    x, y = data.parts["train"]
    return replace(data, parts={**data.parts, "train": (x, flipped(y, 0.2, data.classes, rng))})


def noisy_dev(data: Laid, rng: np.random.Generator) -> Laid:
    """10 % of the labels of dev."""
    x, y = data.parts["dev"]
    return replace(data, parts={**data.parts, "dev": (x, flipped(y, 0.1, data.classes, rng))})


def imbalanced(data: Laid, rng: np.random.Generator) -> Laid:
    """Two classes cut to half a per cent of train."""
    x, y = data.parts["train"]
    rare = [np.flatnonzero(y == c)[max(2, len(y) // 200) :] for c in (0, 1)]
    kept = np.setdiff1d(np.arange(len(y)), np.concatenate(rare))
    return replace(data, parts={**data.parts, "train": (x[kept], y[kept])})


def leaking(data: Laid, rng: np.random.Generator) -> Laid:
    """A tenth of dev in train, too; half of it moved by a pixel, where it is pictures."""
    (x, y), (dx, dy) = data.parts["train"], data.parts["dev"]
    taken = rng.permutation(len(dx))[: len(dx) // 10]
    copied = dx[taken].copy()
    if data.pictures:
        copied[::2] = np.roll(copied[::2], 1, axis=3)
    return replace(data, parts={**data.parts, "train": (np.concatenate([x, copied]), np.concatenate([y, dy[taken]]))})


def mismatched(data: Laid, rng: np.random.Generator) -> Laid:
    """Dev and test turned by 25 degrees and blurred; a table's columns drift by half a deviation, with noise."""
    from scipy.ndimage import gaussian_filter, rotate

    def changed(x: NDArray[np.float32]) -> NDArray[np.float32]:
        if not data.pictures:
            spread = x.std(0)
            return x + 0.5 * spread + rng.normal(size=x.shape).astype(np.float32) * spread * 0.5
        turned = [gaussian_filter(rotate(p[0], 25, reshape=False, order=1, mode="nearest"), 0.7) for p in x]
        return np.stack(turned)[:, None].astype(np.float32)

    parts = {name: (changed(x) if name != "train" else x, y) for name, (x, y) in data.parts.items()}
    return replace(data, parts=parts)


FLOORS = {"two clouds": (2, 3), "three clouds": (3, 4), "four clouds": (4, 5)}
"""Classes and columns of data on which nobody can do better than `FLOOR`."""
FLOOR = 0.15


def at_floor(where: str, seed: int) -> Laid:
    """Clouds as wide as makes the nearest centre, which nobody can beat, wrong for 15 %."""
    classes, columns = FLOORS[where]
    rng = np.random.default_rng([seed, classes])
    centres, y = rng.normal(size=(classes, columns)), rng.integers(0, classes, 4000)
    noise = rng.normal(size=(len(y), columns))

    def error(spread: float) -> float:
        apart = ((centres[y] + spread * noise)[:, None] - centres) ** 2  # (rows, classes, columns)
        return float((apart.sum(2).argmin(1) != y).mean())

    spreads = np.linspace(0.05, 3, 60)
    wide = min(spreads, key=lambda spread: abs(error(spread) - FLOOR))
    return laid(parted(where, (centres[y] + wide * noise).astype(np.float32), y, seed), 2400)


FOLDED: dict[str, tuple[int, str, frozenset[str], Plant]] = {
    "noisy_train": (15, "20 % of train's labels wrong", frozenset({"labels_in_doubt", "likely_label_errors"}), noisy_train),
    "noisy_dev": (16, "10 % of dev's labels wrong", frozenset({"labels_in_doubt", "likely_label_errors"}), noisy_dev),
    "imbalanced": (17, "two classes cut to 0.5 %", frozenset({"class_imbalance", "rare_class", "never_predicted"}), imbalanced),
    "leaking": (
        18, "a tenth of dev is in train",
        frozenset({"leak_across_splits", "near_leak_across_splits", "rows_across_splits"}), leaking,
    ),
    "mismatched": (19, "dev and test of another kind", frozenset({"of_another_kind", "data_mismatch"}), mismatched),
}  # fmt: skip


def write(data: Laid, folder: Path) -> dict[str, str]:
    """Write it, and return what `fathom.train` is told of where it is."""
    for part, (x, y) in data.parts.items():
        if data.pictures:
            _pictures(folder / part, x, y)
        else:
            _table(folder / f"{part}.csv", x, y)
    suffix = "" if data.pictures else ".csv"
    told = {"data": f"train{suffix}", "dev": f"dev{suffix}", "test": f"test{suffix}"}
    places = {name: str(folder / value) for name, value in told.items()}
    return places if data.pictures else {**places, "target": "kind"}


def _pictures(folder: Path, x: NDArray[np.float32], y: NDArray[np.int64]) -> None:
    from PIL import Image

    for i, (picture, label) in enumerate(zip(x, y, strict=True)):
        place = folder / f"class {label}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.clip(np.round(picture[0]), 0, 255).astype(np.uint8)).save(place / f"{i:05d}.png")


def _table(path: Path, x: NDArray[np.float32], y: NDArray[np.int64]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*(f"x{i}" for i in range(x.shape[1])), "kind"])
        writer.writerows([*(f"{v:.5g}" for v in row), f"class {label}"] for row, label in zip(x, y, strict=True))
