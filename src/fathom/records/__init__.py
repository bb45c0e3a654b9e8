"""The nouns of fathom: what flows from files to findings.

Each is a frozen dataclass without behaviour of its own and without torch, so that any part of the house can hold one.
They follow the way of the data: a `Source` is what the user pointed at, `Examples` are what was read there, `Splits`
say which of them are for what, `Settings` say how to train, a `Result` is what became of one example, and a `Finding`
is something worth telling about all of them.

The example's ``id`` travels the whole way: each number in a report leads back to the file or row that it came from.
"""

from __future__ import annotations

from fathom.declared_options import CUSTOM_NET, OPTIMIZERS, PRECISIONS, SCHEDULES, Settings, Source
from fathom.records.doubt import Doubt, DoubtKind
from fathom.records.examples import SPLITS, Example, Examples, InputKind, SkipKind, Skipped, Splits
from fathom.records.finding import Finding, Severity
from fathom.records.results import Attention, Baseline, Drawing, Interval, Kept, Prediction, Result

__all__ = [
    "CUSTOM_NET", "OPTIMIZERS", "PRECISIONS", "SCHEDULES", "SPLITS", "Attention", "Baseline", "Doubt", "DoubtKind",
    "Drawing",
    "Example", "Examples", "Finding", "InputKind", "Interval", "Kept", "Prediction", "Result", "Settings",
    "Severity", "SkipKind", "Skipped", "Source", "Splits",
]  # fmt: skip
