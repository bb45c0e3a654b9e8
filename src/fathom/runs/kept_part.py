"""Which part of a net was kept after training, where it has several: ``kept.json``, and the line that tells it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TypedDict

from fathom.metrics import Metric
from fathom.number_format import significant
from fathom.records import Kept
from fathom.runs.file_schemas import checked
from fathom.runs.folder import RunFolder
from fathom.validation import Real

FILE = "kept.json"


class KeptPart(TypedDict):
    """``kept.json``, as `fathom.records.Kept` has it."""

    part: str
    figures: dict[str, Real]
    losses: dict[str, Real]
    rival: str
    low: Real
    high: Real


def write(run: RunFolder, kept: Kept | None) -> None:
    """Keep what was kept; nothing where there was nothing to choose."""
    if kept is not None:
        run.write_json(FILE, asdict(kept))


def summary(run: RunFolder, metric: Metric) -> list[tuple[str, str]]:
    """The line that tells it, with its label; none where there was nothing to choose."""
    if not run.has(FILE):
        return []
    kept = Kept(**checked(run.read_json(FILE), KeptPart, run.path / FILE, "it"))
    return [("kept", sentence(kept, metric))]


def sentence(kept: Kept, metric: Metric) -> str:
    """Which part is kept, what each reached on dev, and how surely it differs from the best other one.

    >>> from fathom.metrics import ERROR
    >>> sentence(Kept("both", {"net": 0.1, "both": 0.08}, {"net": 0.3, "both": 0.28}, "net", -0.03, -0.01), ERROR)
    'both   dev error of net 10.0 %, both 8.0 %; in loss both is better than net by 0.01 to 0.03'
    """
    each = ", ".join(f"{name} {metric.show(value)}" for name, value in kept.figures.items())
    part, rival = kept.part, kept.rival
    if kept.high < 0:
        told = f"{part} is better than {rival} by {significant(-kept.high, 2)} to {significant(-kept.low, 2)}"
    elif kept.low > 0:
        told = f"{rival} is better than {part} by {significant(kept.low, 2)} to {significant(kept.high, 2)}"
    else:
        span = f"{significant(kept.low, 2)} to {significant(kept.high, 2)}"
        told = f"{part} and {rival} cannot be told apart (difference {span})"
    return f"{part}   dev {metric.label} of {each}; in loss {told}"
