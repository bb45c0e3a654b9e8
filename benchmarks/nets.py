"""The reference net of the comparisons, the same for every contender that runs on torch."""

from __future__ import annotations

from torch import nn


def reference_cnn() -> nn.Sequential:
    """Two convolutions and two dense layers: ``(batch, 1, 28, 28)`` to ``(batch, 10)``."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.MaxPool2d(2),  # (batch, 32, 14, 14)
        nn.Conv2d(32, 64, 3, padding=1),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.MaxPool2d(2),  # (batch, 64, 7, 7)
        nn.Flatten(),
        nn.Linear(64 * 7 * 7, 128),
        nn.ReLU(),
        nn.Dropout(0.25),
        nn.Linear(128, 10),
    )
