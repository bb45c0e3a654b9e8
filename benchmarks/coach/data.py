"""Data sets as arrays in memory. Thresholds are tuned on `TUNED_ON` only, and scored on `SCORED_ON` only."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import DATA


@dataclass(frozen=True)
class Set:
    """A data set.

    Attributes:
        name: of it.
        raw: as it is stored, such as pixels from 0 to 255: ``(n, features)`` or ``(n, 1, height, width)``.
        y: classes, ``(n,)``.
        classes: how many.
        train, dev, test: indices of the parts.
    """

    name: str
    raw: NDArray[np.float32]
    y: NDArray[np.int64]
    classes: int
    train: NDArray[np.int64]
    dev: NDArray[np.int64]
    test: NDArray[np.int64]

    @property
    def pictures(self) -> bool:
        """Whether a convolution makes sense of it."""
        return self.raw.ndim == 4

    @property
    def x(self) -> NDArray[np.float32]:
        """Scaled by what the training part shows: pictures by one mean and deviation, tables by one for each column."""
        axes = None if self.pictures else 0
        part = self.raw[self.train]
        return ((self.raw - part.mean(axes)) / (part.std(axes) + 1e-6)).astype(np.float32)

    def smaller(self, n: int) -> Set:
        """With so many training examples."""
        return replace(self, train=self.train[:n])


def parted(name: str, raw: NDArray[np.float32], y: NDArray[np.int64], seed: int, most: int = 6000) -> Set:
    """Split at random: 60 % train, 20 % dev, 20 % test."""
    order = np.random.default_rng([seed, 77]).permutation(len(raw))[:most]
    a, b = int(0.6 * len(order)), int(0.8 * len(order))
    classes = int(y.max()) + 1
    return Set(name, raw.astype(np.float32), y.astype(np.int64), classes, order[:a], order[a:b], order[b:])


def digits(seed: int) -> Set:
    """Handwritten digits of 8 × 8 pixels, 0 to 16."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return parted("digits", x.reshape(-1, 1, 8, 8) * 255 / 16, y, seed)


def wine(seed: int) -> Set:
    """Chemical analyses of wine, 13 columns."""
    from sklearn.datasets import load_wine

    x, y = load_wine(return_X_y=True)
    return parted("wine", x, y, seed)


def tumours(seed: int) -> Set:
    """Breast tumours, 30 columns of uneven scales."""
    from sklearn.datasets import load_breast_cancer

    x, y = load_breast_cancer(return_X_y=True)
    return parted("tumours", x, y, seed)


def rings(seed: int) -> Set:
    """Five rings in a plane that lies in eight dimensions, with noise."""
    rng = np.random.default_rng([seed, 5])
    y = rng.integers(0, 5, 3000)
    angle, radius = rng.uniform(0, 2 * np.pi, 3000), 1 + y + rng.normal(0, 0.25, 3000)
    plane = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)  # (n, 2)
    return parted("rings", plane @ rng.normal(size=(2, 8)) + rng.normal(0, 0.1, (3000, 8)), y, seed)


def spirals(seed: int) -> Set:
    """Three arms of a spiral in a plane, with noise."""
    rng = np.random.default_rng([seed, 3])
    y, along = rng.integers(0, 3, 3000), rng.uniform(0.3, 3, 3000)
    angle = along * 2.2 + y * 2 * np.pi / 3
    x = np.stack([along * np.cos(angle), along * np.sin(angle)], 1) + rng.normal(0, 0.12, (3000, 2))
    return parted("spirals", x, y, seed)


def parity(seed: int) -> Set:
    """Two classes by the signs of three of six columns, which no line parts."""
    rng = np.random.default_rng([seed, 4])
    x = rng.normal(size=(8000, 6))
    return parted("parity", x, ((x[:, 0] * x[:, 1] > 0) ^ (x[:, 2] > 0.5)).astype(np.int64), seed, 8000)


def made(seed: int) -> Set:
    """Six classes of two clusters each in forty columns, of which twelve tell; one label of twenty is wrong."""
    from sklearn.datasets import make_classification

    x, y = make_classification(
        6000, 40, n_informative=12, n_redundant=6, n_classes=6, n_clusters_per_class=2, flip_y=0.05, random_state=seed
    )
    return parted("made", x, y, seed)


def fashion(seed: int) -> Set:
    """Fashion-MNIST, 6,000 of it: 28 × 28 pixels with borders of zeros, 0 to 255."""
    x, y = _fashion()
    return parted("fashion", x, y, seed)


@cache
def _fashion() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    from benchmarks.data import _idx

    x, y = _idx("train", 12_000)
    return x.reshape(-1, 1, 28, 28).astype(np.float32), y.astype(np.int64)


def gaussians(seed: int) -> Set:
    """Ten Gaussian clouds in twenty dimensions, about 5 % of which nobody can tell apart."""
    x, y = clouds(seed, 5000, 2.6)
    return parted("gaussians", x, y, seed)


def clouds(seed: int, n: int, apart: float, classes: int = 10, dims: int = 20) -> tuple[NDArray, NDArray]:
    """Clouds of spread 1 around centres that are drawn with a spread of `apart` over the root of half the dimensions."""
    rng = np.random.default_rng([seed, 9])
    centres = rng.normal(size=(classes, dims)) * apart / np.sqrt(dims / 2)
    y = rng.integers(0, classes, n)
    return (centres[y] + rng.normal(size=(n, dims))).astype(np.float32), y


def spoken(seed: int) -> Set:
    """Spoken digits as log-mel spectrograms of 32 bands and 32 times."""
    x, y = _spoken()
    return parted("spoken", x, y, seed)


@cache
def _spoken() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    import soundfile
    from scipy.signal import resample, stft

    rows, labels = [], []
    for path in sorted((DATA / "fsdd").rglob("*.wav")):
        sound, rate = soundfile.read(path, dtype="float32")
        _, _, power = stft(sound, rate, nperseg=256, noverlap=128)
        bands = np.log(1e-4 + np.abs(power[:128]).reshape(32, 4, -1).mean(1))  # (bands, times)
        rows.append(resample(bands, 32, axis=1))
        labels.append(int(path.name[0]))
    x = np.stack(rows)[:, None].astype(np.float32)
    return (x - x.min()) * 255 / (x.max() - x.min()), np.array(labels)


def incomes(seed: int) -> Set:
    """The adult table, numbers only and a few categories one-hot: 76 % of one class."""
    import polars as pl

    table = pl.read_csv(DATA / "adult" / "adult.csv", n_rows=20_000)
    target = table.columns[-1]
    y = (table[target].str.contains(">50K")).cast(pl.Int64).to_numpy()
    numbers = table.select(pl.col(pl.Int64, pl.Float64)).to_numpy()
    words = table.select([c for c in table.columns[:-1] if table[c].dtype == pl.String and table[c].n_unique() < 20])
    onehot = words.to_dummies().to_numpy()
    return parted("incomes", np.concatenate([numbers, onehot], 1).astype(np.float32), y, seed)


TUNED_ON: Mapping[str, Callable[[int], Set]] = {
    "digits": digits,
    "wine": wine,
    "tumours": tumours,
    "rings": rings,
    "spirals": spirals,
    "parity": parity,
    "made": made,
}
SCORED_ON: Mapping[str, Callable[[int], Set]] = {
    "fashion": fashion,
    "spoken": spoken,
    "gaussians": gaussians,
    "incomes": incomes,
}

os.environ.setdefault("OMP_NUM_THREADS", "1")
