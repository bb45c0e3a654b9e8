"""Training loops that are compared; each returns the seconds and the accuracy of every epoch, evaluation included."""

from __future__ import annotations

from itertools import accumulate

Epochs = list[tuple[float, float]]
"""For each epoch the seconds that it took, evaluation included, and the accuracy that was found at its end."""


def until(epochs: Epochs, accuracy: float) -> dict[str, float]:
    """The seconds of the epochs up to the first that is so accurate; of all, and ``reached`` 0, where none is."""
    totals = list(accumulate(seconds for seconds, _ in epochs))
    for number, (total, (_, found)) in enumerate(zip(totals, epochs), 1):
        if found >= accuracy:
            return {"seconds": total, "accuracy": found, "epochs": number, "reached": 1}
    return {"seconds": totals[-1], "accuracy": max(found for _, found in epochs), "epochs": len(epochs), "reached": 0}
