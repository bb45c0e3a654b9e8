"""Handwritten digits, 8 by 8 grey pixels, from scikit-learn: small enough that anything trains in seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
from PIL import Image

from fathom.data.practice.labelled import write_labelled
from fathom.data.practice.labels import flipped
from fathom.data.practice.parameters import Between


def write(
    folder: Path,
    *,
    n: Annotated[int, Between(10, 1797)] = 1797,
    label_noise: Annotated[float, Between(0, 1)] = 0.0,
    seed: Annotated[int, Between(0, 2**32 - 1)] = 0,
) -> Path:
    """Write ``digits/0`` to ``digits/9``, and beside them the true labels as ``truth.csv``.

    Args:
        folder: where to write.
        n: how many of the 1,797 pictures, picked at random.
        label_noise: share of them that lie in the wrong digit's folder.
        seed: of the pick and of the wrong labels.
    """
    from sklearn.datasets import load_digits

    images, targets = load_digits(return_X_y=True)
    chosen = np.sort(np.random.default_rng(seed).permutation(len(images))[:n])
    truth = [int(targets[i]) for i in chosen]
    given = flipped(truth, label_noise, 10, seed)
    pixels = np.round(images[chosen].reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)  # (n, height, width)
    drawn = ((f"{i:04d}", g, t, Image.fromarray(p)) for i, g, t, p in zip(chosen, given, truth, pixels))
    return write_labelled(folder / "digits", [str(digit) for digit in range(10)], drawn)
