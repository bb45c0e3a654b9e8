"""Iris flowers of three species, by the length and width of their leaves.

From scikit-learn: 150 flowers, 4 measurements, three species.
"""

from __future__ import annotations

from pathlib import Path

from fathom.data.practice.csvs import write_csv


def write(folder: Path) -> Path:
    """Write ``iris.csv``; the column ``target`` holds the class's name."""
    from sklearn.datasets import load_iris

    return write_csv(folder / "iris.csv", load_iris(), "target")
