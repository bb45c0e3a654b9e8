"""Pictures of cats and of other animals, drawn by us: hard for a linear model, easy for a net that knows shapes.

Colour, pattern, place, size and background are drawn alike for both classes; only ears, muzzle, eyes, whiskers and
tail tell. Each picture has its own random numbers from (seed, split, number): the same request gives the same bytes,
and a larger n only adds pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
from PIL import Image

from fathom.data.practice.cats.scene import Camera, draw
from fathom.data.practice.labelled import write_labelled
from fathom.data.practice.labels import flipped
from fathom.data.practice.parameters import Between

CLASSES = ("other", "cat")


def write(
    folder: Path,
    *,
    n: Annotated[int, Between(2, 100_000)] = 1000,
    size: Annotated[int, Between(16, 512)] = 64,
    label_noise: Annotated[float, Between(0, 1)] = 0.0,
    shift: Annotated[float, Between(0, 1)] = 0.0,
    imbalance: Annotated[float, Between(0, 1)] = 0.5,
    seed: Annotated[int, Between(0, 2**32 - 1)] = 0,
) -> Path:
    """Write ``cats/cat`` and ``cats/other``, and beside them the true labels as ``truth.csv``.

    Args:
        folder: where to write.
        n: pictures; with `shift` these are for training, and a fifth as many follow for each of dev and test.
        size: pixels per side.
        label_noise: share of the training pictures that lie in the wrong class's folder.
        shift: how much darker, blurrier and more tilted the pictures of ``dev`` and ``test`` are, 0 to 1.
        imbalance: share of cats.
        seed: of everything random.
    """
    splits = [("", n, 0.0)] if not shift else [("train/", n, 0.0), ("dev/", n // 5, shift), ("test/", n // 5, shift)]

    def drawn() -> Iterator[tuple[str, int, int, Image.Image]]:
        for number, (split, count, amount) in enumerate(splits):
            truth = labels(max(count, 2), imbalance)
            given = flipped(truth, label_noise if number == 0 else 0.0, 2, seed)
            for i, (true, label) in enumerate(zip(truth, given)):
                rng = np.random.default_rng([seed, number, i])
                yield f"{split}{i:05d}", label, true, draw(true == 1, size, Camera(amount), rng)

    return write_labelled(folder / "cats", CLASSES, drawn())


def labels(count: int, share: float) -> list[int]:
    """1 for a cat; spread evenly, so that the first k of them have the asked share too."""
    return [int(np.floor((i + 1) * share + 1e-9) - np.floor(i * share + 1e-9)) for i in range(count)]
