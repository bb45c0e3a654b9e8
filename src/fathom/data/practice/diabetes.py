"""How far diabetes has progressed a year later, by age, weight and blood; from scikit-learn (442 people)."""

from __future__ import annotations

from pathlib import Path

from fathom.data.practice.csvs import write_csv


def write(folder: Path) -> Path:
    """Write ``diabetes.csv``, in the units of the clinic; the column ``progression`` is the number to predict."""
    from sklearn.datasets import load_diabetes

    return write_csv(folder / "diabetes.csv", load_diabetes(scaled=False), "progression")
