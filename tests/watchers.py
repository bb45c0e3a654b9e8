"""Watchers that keep what they are told, or ask to stop."""

from __future__ import annotations

from typing import Any

from fathom.metrics import Metric
from fathom.progress import Watcher


class RecordingWatcher(Watcher):
    """Keeps all that it is told, in the order in which it came.

    Attributes:
        lines: label and text of each line of the summary.
        stages: name and total of each stage.
        done: units done of each stage.
        epochs: the records.
    """

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.stages: list[tuple[str, int]] = []
        self.done: list[int] = []
        self.epochs: list[dict[str, Any]] = []

    def summary_line(self, label: str, text: str) -> None:
        self.lines.append((label, text))

    def begin_stage(self, name: str, total: int) -> None:
        self.stages.append((name, total))
        self.done.append(0)

    def advance(self, n: int = 1) -> None:
        self.done[-1] += n

    def end_epoch(self, record: dict[str, Any], metric: Metric) -> None:
        self.epochs.append(record)

    def of(self, label: str) -> list[str]:
        """The texts of the lines under a label."""
        return [text for name, text in self.lines if name == label]


class StoppingWatcher(Watcher):
    """Asks to stop, always."""

    def stop_requested(self) -> bool:
        return True
